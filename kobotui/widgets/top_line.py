"""The line on top: where and how much at the left; as whom, on which server, and the badges at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal

from kobotui.locale import _
from kobotui.model.text import cell_width, fit, shown
from kobotui.widgets.painted import REVERSE, Painted, Piece
from kobotui.widgets.spinner import Spinner

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult

    from kobotui.model.account import Account

_GAP = 2
_WHERE_AT_LEAST = 16


class TopLine(Horizontal):
    """Cut by importance when the screen is narrow: the server, who, the facts, where. A badge is never cut."""

    DEFAULT_CSS = "TopLine { height: 1; dock: top; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = _TopText()
        self._spinner = Spinner()

    def compose(self) -> ComposeResult:
        yield self._text
        yield self._spinner

    def show_where(self, where: str, facts: str = "") -> None:
        """The left: ``Projects``, ``312 of 312, 3 marked``."""
        self._text.show_where(where, facts)

    def show_account(self, account: Account | None) -> None:
        """The right: the account in use, None when there is none yet."""
        self._text.show_account(account)

    def show_busy(self, busy: bool) -> None:
        """A spinner at the right edge while something is under way."""
        self._spinner.active = busy


class _TopText(Painted):
    DEFAULT_CSS = "_TopText { width: 1fr; height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._where = self._facts = self._username = self._host = ""
        self._badges: list[tuple[str, str]] = []

    def show_where(self, where: str, facts: str = "") -> None:
        self._where, self._facts = shown(where), shown(facts)
        self._paint()

    def show_account(self, account: Account | None) -> None:
        self._username = self._host = ""
        self._badges = []
        if account is not None:
            self._username, self._host = shown(account.username), shown(account.host)
            flags = (
                (account.demo, _("DEMO"), "good"),
                (account.read_only, _("READ ONLY"), "warn"),
                (account.production, _("PRODUCTION"), "bad"),
            )
            self._badges = [(f" {text} ", style) for on, text, style in flags if on]
        self._paint()

    def _line(self, y: int) -> list[Piece]:
        right: list[tuple[int, str, Style]] = []
        end = self.size.width
        for badge, style in reversed(self._badges):
            end = max(0, end - cell_width(badge))
            right.append((end, fit(badge, self.size.width - end), self._style(style) + REVERSE))
            end -= 1
        room = max(0, end)
        where, facts = self._where, self._facts
        left = cell_width(where) + (_GAP + cell_width(facts) if facts else 0)
        if who := next((text for text in self._who() if left + _GAP + cell_width(text) <= room), ""):
            right.append((room - cell_width(who), who, self._style("dim")))
            room -= cell_width(who) + _GAP
        if facts:
            where = fit(where, max(_WHERE_AT_LEAST, room - _GAP - cell_width(facts)))
        where = fit(where, room)
        facts = fit(facts, max(0, room - _GAP - cell_width(where)))
        texts = [(0, where, self._style("bright"))]
        if facts:
            texts.append((cell_width(where) + _GAP, facts, self._style("")))
        return self._joined([*texts, *reversed(right)])

    def _who(self) -> list[str]:
        """From the longest to the shortest."""
        if not self._username:
            return []
        return [
            f"{self._username} @ {self._host}",
            f"{self._username} @ {fit(self._host, 10)}",
            fit(self._username, 20),
        ]
