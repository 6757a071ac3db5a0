"""What an action is: its keys, what it says, how dangerous it is, what it needs, and why it is not possible now."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kobotui.columns.words import right_label
from kobotui.locale import N_, _
from kobotui.model.tier import Tier

RESERVED: Mapping[str, frozenset[str]] = {
    "g": frozenset(), "G": frozenset(), "h": frozenset(), "j": frozenset(), "k": frozenset(), "l": frozenset(),
    "up": frozenset(), "down": frozenset(), "left": frozenset(), "right": frozenset(),
    "enter": frozenset({"open", "review", "edit"}),
    "escape": frozenset({"back"}),
    "backspace": frozenset({"back"}),
    "slash": frozenset({"filter"}),
    "colon": frozenset({"go_to"}),
    "question_mark": frozenset({"help"}),
    "space": frozenset({"mark", "toggle"}),
    "V": frozenset({"mark_range"}),
    "asterisk": frozenset({"mark_all"}),
    "u": frozenset({"unmark_all"}),
    "e": frozenset({"edit"}),
    "y": frozenset({"copy"}),
    "o": frozenset({"raw"}),
    "r": frozenset({"refresh"}),
    "z": frozenset({"undo"}),
    "J": frozenset({"jobs"}),
    "q": frozenset({"quit"}),
    "ctrl+p": frozenset({"palette"}),
}  # fmt: skip
"""Keys that mean the same on every screen, and the verbs they may carry; the empty ones belong to tables."""

EVERYWHERE = "everywhere"
WINDOWS = frozenset({"rule"})
"""Windows over a screen: only their own keys work in them."""


class Action(Struct, frozen=True):
    """One thing a user can do on one screen."""

    id: str
    """``screen.verb``."""
    keys: str
    """Textual key names, comma separated; the first one is shown. Empty: palette only."""
    label: str
    """One or two words for the footer."""
    help: str
    """One line for ``?`` and the palette."""
    tier: Tier = Tier.READ
    needs: str = ""
    """Codename of the right this takes on every project it is applied to."""
    status: frozenset[str] = frozenset()
    """Deployment statuses it applies to; empty: any."""
    archived: str = ""
    """Why it cannot be done on an archived project, with ``{name}``; empty: it can, or ``status`` decides."""
    limited: str = ""
    """Why it cannot be done by who holds ``needs`` for some records only; empty: it can, for those."""
    target: bool = False
    """Whether it needs something under the cursor or marked."""
    footer: bool = True
    asks: bool = False
    """It opens a line to type in at once: what is typed behind its key belongs there."""

    @property
    def screen(self) -> str:
        """The screen it belongs to, or ``everywhere``."""
        return self.id.partition(".")[0]

    @property
    def verb(self) -> str:
        """The method that does it, without ``do_``."""
        return self.id.partition(".")[2]

    @property
    def writes(self) -> bool:
        """Whether it changes something on the server."""
        return self.tier > Tier.READ

    @property
    def shown_key(self) -> str:
        """The first key as a person would call it: ``/``, ``esc``, ``d``."""
        return KEY_NAMES.get(key := self.keys.partition(",")[0], key)


KEY_NAMES = {
    "slash": "/", "colon": ":", "question_mark": "?", "asterisk": "*", "escape": "esc",
    "exclamation_mark": "!", "number_sign": "#",
    "minus": "-", "plus": "+", "ctrl+p": "^p", "ctrl+l": "^l", "shift+tab": "S-tab",
}  # fmt: skip


class Target(Struct, frozen=True):
    """What an action would be applied to, as far as the table needs to know."""

    name: str
    rights: frozenset[str] | None = None
    """The caller's rights there; None: not known, let the server decide."""
    status: str = ""
    by_rule: frozenset[str] = frozenset()
    """Those of the rights that a row rule limits to some records."""


class Context(Struct, frozen=True):
    """The state of a screen from which follows what can be done now."""

    read_only: bool = False
    superuser: bool = False
    """The caller may do more than rows tell: the server decides."""
    targets: tuple[Target, ...] = ()


def why_not(action: Action, context: Context) -> str | None:
    """The reason an action cannot be done now, None when it can."""
    if action.writes and context.read_only:
        return _("This account is read only; switch that off on the accounts screen first.")
    if action.target and not context.targets:
        return _("There is nothing here to apply this to.")
    for target in context.targets if action.target else ():
        known = target.rights is not None and not context.superuser
        if action.needs and known and action.needs not in (target.rights or ()):
            return _("You need the right “{right}” on {name}.").format(
                right=right_label(action.needs), name=target.name
            )
        if action.limited and action.needs in target.by_rule:
            return _(action.limited)
        if action.archived and target.status == "archived":
            return _(action.archived).format(name=target.name)
        if action.status and target.status and target.status not in action.status:
            return _(_NOT_IN_STATUS[target.status]).format(name=target.name)
    return None


_NOT_IN_STATUS = {
    "draft": N_("{name} is a draft: deploy it first."),
    "archived": N_("{name} is archived already."),
    "deployed": N_("{name} is deployed and not archived."),
    "-": N_("{name} is not a project: it cannot be deployed."),
}
