"""What is settled about the terminal before Textual is imported, which reads its environment at import.

Where the console cannot run, :func:`refuse` says so in a sentence; the commands work everywhere.
"""

from __future__ import annotations

import codecs
import io
import locale
import os
import shutil
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, TextIO

from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

COLOURLESS_THEME = "ansi-dark"
"""The theme that shows bold and reverse alone under ``NO_COLOR``; Textual greys any other one."""

ESCAPE_DELAY = 300
"""Milliseconds an escape waits over SSH for the rest of an arrow key that came in two packets."""

OSC52_LIMIT = 74_000
"""Characters of base64 that terminals still take as one clipboard."""

_SCREEN_CHUNK = 240

_before: dict[str, str | None] = {}


def over_ssh(environ: Mapping[str, str] | None = None) -> bool:
    """Whether every byte and key travels over a line."""
    environ = os.environ if environ is None else environ
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def no_colour(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the user wants no colours at all: ``NO_COLOR`` is set and not empty."""
    return bool((os.environ if environ is None else environ).get("NO_COLOR"))


def theme(wanted: str, environ: Mapping[str, str] | None = None) -> str:
    """The theme to use where the settings want ``wanted``."""
    return COLOURLESS_THEME if no_colour(environ) else wanted


def mouse(wanted: str, environ: Mapping[str, str] | None = None) -> bool:
    """Whether to ask for mouse events; the setting ``auto`` leaves them off over SSH."""
    return not over_ssh(environ) if wanted == "auto" else wanted == "on"


def prepare(environ: MutableMapping[str, str] | None = None) -> None:
    """Set what Textual reads at import; what the user has set stays. :func:`child_environment` takes it back."""
    environ = os.environ if environ is None else environ
    defaults = {"TEXTUAL_ANIMATIONS": "none"}
    if over_ssh(environ):
        defaults["ESCDELAY"] = str(ESCAPE_DELAY)
    if environ.get("STY") and environ.get("COLORTERM"):
        defaults["TEXTUAL_COLOR_SYSTEM"] = "256"  # inherited from the terminal outside; GNU screen garbles 24 bits
    for name, value in defaults.items():
        if name not in environ:
            _change(environ, name, value)
    if no_colour(environ):
        _change(environ, "TEXTUAL_THEME", COLOURLESS_THEME)
    elif "NO_COLOR" in environ:
        _change(environ, "NO_COLOR", None)  # empty means nothing, but Textual takes its mere presence


def _change(environ: MutableMapping[str, str], name: str, value: str | None) -> None:
    _before.setdefault(name, environ.get(name))
    if value is None:
        environ.pop(name, None)
    else:
        environ[name] = value


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for ``$EDITOR`` and other programs: as it was before :func:`prepare`."""
    merged: dict[str, str | None] = {**(os.environ if environ is None else environ), **_before}
    return {name: value for name, value in merged.items() if value is not None}


def refuse(environ: Mapping[str, str] | None = None, streams: tuple[TextIO | None, ...] | None = None) -> str | None:
    """Why the console cannot run here, with the commands that can; None when it can.

    ``streams`` are standard input, output and error. Error, on which Textual draws, is switched to UTF-8 where the
    locale is UTF-8 and only Python was told otherwise.
    """
    environ = os.environ if environ is None else environ
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__) if streams is None else streams
    if environ.get("TERM") in ("dumb", "unknown"):
        return _instead(_("This terminal (TERM={term}) cannot show the console.").format(term=environ["TERM"]))
    if not all(stream is not None and not stream.closed and stream.isatty() for stream in streams):
        return _instead(_("The console needs a terminal for its input and output."))
    drawn_on = streams[-1]
    if not is_utf8(getattr(drawn_on, "encoding", None)) and not _make_utf8(drawn_on):
        return _instead(
            _("The console needs a UTF-8 terminal, and this one uses {encoding}. Try: LC_ALL=C.UTF-8 kobotui").format(
                encoding=getattr(drawn_on, "encoding", None)
            )
        )
    return None


def _instead(why: str) -> str:
    return f"{why} {_('Without it: kobotui projects, kobotui users, kobotui submissions, kobotui --help.')}"


def is_utf8(encoding: str | None) -> bool:
    """Whether Python's name of an encoding means UTF-8."""
    try:
        return codecs.lookup(encoding or "").name == "utf-8"
    except LookupError:
        return False


def _make_utf8(stream: TextIO | None) -> bool:
    if not isinstance(stream, io.TextIOWrapper) or not is_utf8(locale.getencoding()):
        return False
    stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return True


def clipboard_sequence(text: str, environ: Mapping[str, str] | None = None) -> str:
    """The escape sequence (OSC 52) that hands ``text`` to the terminal's clipboard; empty when it is too long.

    Terminals do not answer whether they took it, so the text must be shown as well. Inside tmux and GNU screen it
    is also sent wrapped, to reach the terminal outside.
    """
    environ = os.environ if environ is None else environ
    data = b64encode(text.encode("utf-8", "replace")).decode()
    if len(data) > OSC52_LIMIT:
        return ""
    bare = f"\x1b]52;c;{data}\x07"
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return bare + "\x1bPtmux;" + bare.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY") or term.startswith("screen"):
        chunks = (bare[start : start + _SCREEN_CHUNK] for start in range(0, len(bare), _SCREEN_CHUNK))
        wrapped = "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
        return wrapped if environ.get("STY") else bare + wrapped  # over SSH screen-256color may be tmux as well
    return bare


def browser_command(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The program that shows a web page on the desktop in front of the user; empty when there is none, as over SSH."""
    environ = os.environ if environ is None else environ
    if over_ssh(environ):
        return ()
    shows = sys.platform == "darwin" or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    program = "open" if sys.platform == "darwin" else "xdg-open"
    return (program,) if shows and shutil.which(program, path=environ.get("PATH")) else ()


def clipboard_command(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The program that takes text for the desktop's clipboard on standard input; empty when there is none."""
    environ = os.environ if environ is None else environ
    candidates: list[tuple[str, ...]] = []
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(("wl-copy",))
    if environ.get("DISPLAY"):
        candidates += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if sys.platform == "darwin" and not over_ssh(environ):
        candidates.append(("pbcopy",))
    return next((command for command in candidates if shutil.which(command[0], path=environ.get("PATH"))), ())
