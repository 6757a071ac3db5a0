"""``ctrl+p``: every action of the screen below by name, those not possible now with the reason."""

from __future__ import annotations

from kobotui.action import Context, why_not
from kobotui.actions import actions_of
from kobotui.locale import _
from kobotui.widgets.picker import Choice, Picker


class Palette(Picker):
    """Gives the verb of the action that was chosen."""

    DEFAULT_CSS = "Palette > .window { width: 100; }"

    def __init__(self, place: str, context: Context) -> None:
        choices = []
        for action in actions_of(place):
            if action.verb != "palette":
                why = why_not(action, context)
                key = f"  ({action.shown_key})" if action.keys else ""
                choices.append(Choice(action.verb, f"{_(action.label)}{key}", why or _(action.help), dim=bool(why)))
        super().__init__(_("Actions"), choices)
