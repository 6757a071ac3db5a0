"""The line at the foot: keys that can be used now, what just happened for a few seconds, and the running jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.locale import _
from kobotui.model.text import cell_width, fit, shown
from kobotui.widgets.painted import Painted, Piece, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2
_FLASH = {"information": (6.0, ""), "warning": (8.0, "warn"), "error": (15.0, "bad")}
"""Seconds and style by severity."""
_LINES = 3
"""As many lines as a flash takes at most."""
_AT_LEAST = 1.0
"""Seconds a flash stays whatever is typed: type-ahead and held keys must not swallow it."""


class KeyHint(Struct, frozen=True):
    """A key and one or two words; disabled ones stay visible, dimmed."""

    key: str
    label: str
    enabled: bool = True


class KeyBar(Painted):
    """As many hints as fit, ``? help`` always last. A flash is a cheap toast: no layers, no animation, and one line
    unless the sentence is longer."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    def __init__(self, hints: Sequence[KeyHint] = (), *, help_key: bool = True, id: str | None = None) -> None:
        """``help_key``: whether ``?`` leads to a help from here."""
        super().__init__(id=id)
        self._hints = tuple(hints)
        self._last = (KeyHint("?", _("help")),) * help_key
        self._jobs = ""
        self._flash = ""
        self._flash_style = ""
        self._height = 1
        self._flashed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def set_keys(self, hints: Sequence[KeyHint]) -> None:
        """The keys, the most wanted first; one for ``?`` is not needed."""
        self._hints = tuple(hint for hint in hints if hint.key != "?")
        self._paint()

    def show_jobs(self, text: str) -> None:
        """The right end: ``2 jobs 61 %``."""
        self._jobs = shown(text)
        self._paint()

    def flash(self, text: str, severity: str = "information") -> None:
        """Say something in place of the keys, until some seconds have passed or a key is pressed.

        ``severity`` is information, warning or error.
        """
        seconds, self._flash_style = _FLASH[severity]
        self._flash = shown(text)
        loop = asyncio.get_running_loop()
        self._flashed_at = loop.time()
        self._forget_timer()
        self._timer = loop.call_later(seconds, self._end_flash)
        self._make_room()

    def key_pressed(self) -> None:
        """A key was pressed: the flash has been seen."""
        if self._flash and asyncio.get_running_loop().time() - self._flashed_at >= _AT_LEAST:
            self._end_flash()

    @property
    def flashing(self) -> str:
        """What is being said, empty when the keys are shown."""
        return self._flash

    def on_unmount(self) -> None:
        self._forget_timer()

    def _end_flash(self) -> None:
        self._forget_timer()
        self._flash = ""
        self._make_room()

    def _make_room(self) -> None:
        """Paint, on as many lines as the flash needs."""
        lines = len(self._flash_lines())
        if lines != self._height:
            self.styles.height = self._height = lines
        self._paint()

    def _flash_lines(self) -> list[str]:
        """The flash broken into lines; the last one is cut where even these are too few."""
        room = max(2, self._room())
        lines = wrapped(self._flash, room, _LINES)
        if len(lines) > _LINES:
            lines[_LINES - 1 :] = [fit(" ".join(lines[_LINES - 1 :]), room)]
        return lines

    def _room(self) -> int:
        """Cells to the left of the running jobs."""
        width = self.size.width
        return width - (cell_width(fit(self._jobs, width // 2)) + _GAP if self._jobs else 0)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _line(self, y: int) -> list[Piece]:
        width = self.size.width
        jobs = fit(self._jobs, width // 2) if y == 0 else ""
        texts = [(width - cell_width(jobs), jobs, self._style("accent"))] if jobs else []
        if self._flash:
            lines = self._flash_lines()
            return self._joined([(0, lines[y] if y < len(lines) else "", self._style(self._flash_style)), *texts])
        room = self._room()
        fitting = []
        left = room - sum(map(_length, self._last))
        for hint in self._hints:
            if (left := left - _length(hint) - _GAP) < 0:
                break
            fitting.append(hint)
        keys = []
        x = 0
        for hint in (*fitting, *self._last):
            keys.append((x, hint.key, self._style("accent" if hint.enabled else "dim")))
            keys.append((x + cell_width(hint.key) + 1, hint.label, self._style("" if hint.enabled else "dim")))
            x += _length(hint) + _GAP
        return self._joined(keys + texts)


def _length(hint: KeyHint) -> int:
    return cell_width(hint.key) + 1 + cell_width(hint.label)
