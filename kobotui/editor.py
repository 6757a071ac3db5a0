"""The user's own editor: which one it is, and a private file for what is written in it."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kobotui.locale import _
from kobotui.paths import LocalError

USUAL = ("sensible-editor", "nano", "vim", "vi", "emacs", "micro")
"""Asked for where nobody has said which one is wanted."""


class EditorError(LocalError):
    """An editor that cannot be had, or what it left cannot be read."""


def editor_command(environ: Mapping[str, str] | None = None) -> list[str]:
    """``VISUAL``, else ``EDITOR``, else a usual one; with its options. Raises ``EditorError``."""
    environ = os.environ if environ is None else environ
    for name in ("VISUAL", "EDITOR"):
        if value := environ.get(name, "").strip():
            try:
                return shlex.split(value)
            except ValueError as error:
                raise EditorError(_("{name} cannot be read: {why}.").format(name=name, why=error)) from None
    for name in USUAL:
        if found := shutil.which(name):
            return [found]
    raise EditorError(_("There is no editor: name one in EDITOR, as in EDITOR=nano kobotui."))


class EditedFile:
    """A text in a file that only its owner can read, in a directory of its own; gone when it is closed.

    Editors leave copies beside a file: they go with it.
    """

    def __init__(self, name: str) -> None:
        """``name`` tells the editor what kind of text it is. Raises ``EditorError``."""
        try:
            self._directory = Path(tempfile.mkdtemp(prefix="kobotui-"))
        except OSError as error:
            raise EditorError(_("There is no place for a temporary file: {why}.").format(why=error.strerror)) from error
        self.path = self._directory / name

    def write(self, text: str) -> None:
        """Put a text in. Raises ``EditorError``."""
        try:
            self.path.touch(0o600)
            self.path.write_bytes(text.encode())
        except OSError as error:
            text = _("{path} cannot be written: {why}.")
            raise EditorError(text.format(path=self.path, why=error.strerror)) from error

    def read(self) -> str:
        """What is in it now. Raises ``EditorError``; the file stays."""
        try:
            return self.path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise EditorError(_("{path} cannot be read: {why}.").format(path=self.path, why=error.strerror)) from error
        except UnicodeDecodeError as error:
            raise EditorError(_("{path} is not UTF-8 text.").format(path=self.path)) from error

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self._directory, ignore_errors=True)


async def edit(command: list[str], path: Path) -> None:
    """Let an editor have the terminal until it ends. Raises ``EditorError`` when it cannot be started, or fails."""
    try:
        process = await asyncio.create_subprocess_exec(*command, str(path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise EditorError(_("{editor} cannot be started: {why}.").format(editor=command[0], why=why)) from error
    if code := await process.wait():
        raise EditorError(_("{editor} ended with an error ({code}).").format(editor=command[0], code=code))
