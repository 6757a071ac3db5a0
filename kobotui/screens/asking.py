"""Questions at the foot of a screen: a line typed there, or a small review, in place of the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from kobotui.model.text import shown
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.sparing import SparingScreen

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.widgets.confirm_line import ConfirmLine
    from kobotui.widgets.prompt import Prompt


class AskingScreen(SparingScreen[Any]):
    """A screen with a ``KeyBar`` at its foot, which gives way to questions."""

    app: KoboApp

    @property
    def asks(self) -> bool:
        """Whether somebody is being asked something here, at the foot or in a window."""
        return self.app.screen is not self or not self.query_one(KeyBar).display

    async def ask(
        self,
        label: str,
        value: str = "",
        *,
        complete: Sequence[str] | Callable[[str], Sequence[str]] = (),
        check: Callable[[str], str | None] | None = None,
        changed: Callable[[str], None] | None = None,
        password: bool = False,
    ) -> str | None:
        """A line typed at the foot; None when left by escape. ``check`` gives the reason a text will not do."""
        from kobotui.widgets.prompt import Prompt

        prompt = Prompt(label, value, completions=complete, check=check, changed=changed, password=password)
        async with self._at_foot(prompt):
            return await prompt.answer()

    async def confirm(self, text: str) -> bool:
        """The one-line review: ``enter`` does it, ``escape`` leaves it."""
        from kobotui.widgets.confirm_line import ConfirmLine

        line = ConfirmLine(shown(text))
        async with self._at_foot(line):
            return await line.answer()

    @asynccontextmanager
    async def _at_foot(self, line: Prompt | ConfirmLine) -> AsyncIterator[None]:
        """Show a line in place of the keys meanwhile; focus goes back where it was."""
        before = self.focused
        bar = self.query_one(KeyBar)
        await self.mount(line, after=bar)
        bar.display = False
        line.focus()
        self.call_after_refresh(self.app.type_ahead.release)
        try:
            yield
        finally:
            bar.display = True
            await line.remove()
            if before is not None and before.is_attached:
                before.focus()
