"""Files on this machine that a change names: by place and fingerprint, their content is nowhere else."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Self

from msgspec import Struct

from kobotui.locale import _
from kobotui.paths import LocalError

_CHUNK = 1 << 20


class LocalFile(Struct, frozen=True, omit_defaults=True):
    """A file as it was when the change was planned."""

    name: str
    """As the answer names it, which need not be how it is called here."""
    path: str
    sha256: str
    mimetype: str = ""

    @classmethod
    def of(cls, path: Path, name: str = "", mimetype: str = "") -> Self:
        """A file that is there now. Reads it once; raises ``LocalError``."""
        return cls(name or path.name, str(path), fingerprint(path), mimetype or guessed(path.name))

    def content(self) -> bytes:
        """What is in it. Raises ``LocalError`` when it is gone, or is not what it was."""
        try:
            content = Path(self.path).read_bytes()
        except FileNotFoundError:
            raise LocalError(_("{path} is not there any more.").format(path=self.path)) from None
        except (OSError, ValueError) as error:
            raise _unreadable(self.path, error) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise LocalError(_("{path} was changed since this was planned.").format(path=self.path))
        return content


def fingerprint(path: Path) -> str:
    """SHA-256 of a file. Raises ``LocalError``."""
    seen = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen.update(chunk)
    except OSError as error:
        raise _unreadable(str(path), error) from error
    return seen.hexdigest()


def guessed(name: str) -> str:
    """The media type by a file's name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _unreadable(path: str, error: Exception) -> LocalError:
    return LocalError(_("Cannot read {path}: {why}.").format(path=path, why=getattr(error, "strerror", None) or error))
