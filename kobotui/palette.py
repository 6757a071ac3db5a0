"""The palette: every action of the screen by name, those not possible now with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Provider

from kobotui.actions import Action, actions_of, why_not
from kobotui.locale import _


class ActionProvider(Provider):
    """Offers what the table of actions says for the screen the palette was opened on."""

    def _actions(self) -> Iterator[tuple[Action, str, str, Callable[[], Any]]]:
        from kobotui.screens.base import KoboScreen

        screen = self.screen
        if not isinstance(screen, KoboScreen):
            return
        context = screen.context()
        for action in actions_of(screen.place):
            if action.id == "everywhere.palette":
                continue
            key = f"  ({action.shown_key})" if action.keys else ""
            help_text = why_not(action, context) or _(action.help)
            yield action, f"{_(action.label)}{key}", help_text, partial(screen.action_do, action.verb)

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        for _action, text, help_text, do in self._actions():
            yield DiscoveryHit(text, do, text, help_text)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for action, text, help_text, do in self._actions():
            score = max(matcher.match(text), matcher.match(_(action.help)))
            if score > 0:
                yield Hit(score, matcher.highlight(text), do, text, help_text)
