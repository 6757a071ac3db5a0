"""Filters with a name: those that every project has, and those that somebody saved for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.locale import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable


class SavedFilter(Struct, frozen=True):
    """A filter of one project as it was typed, under a name."""

    name: str
    text: str


class BuiltIn(Struct, frozen=True):
    """A filter that every project has."""

    name: str
    """In English; to be translated for the eye. ``[name]`` in a filter takes it in either language."""
    text: str
    meaning: str
    """In English; to be translated."""

    @property
    def label(self) -> str:
        """Its name in the user's language."""
        return _(self.name)


NOT_VALIDATED = BuiltIn(N_("not yet validated"), "not validated", N_("records without a validation status"))
ON_HOLD = BuiltIn(N_("on hold"), "status = on hold", N_("records whose status is On hold"))
MINE = BuiltIn(
    N_("mine to check"),
    "by != me and not validated",
    N_("without a validation status and not sent by yourself; row rules limit it to what you may see"),
)
BUILT_IN = (NOT_VALIDATED, ON_HOLD, MINE)


def texts(saved: Iterable[SavedFilter]) -> dict[str, str]:
    """Texts by name, for ``[name]`` in a filter; a saved one goes before a built-in one of the same name."""
    known = {name: one.text for one in BUILT_IN for name in (one.name, one.label)}
    return known | {one.name: one.text for one in saved}


def name_problem(name: str) -> str | None:
    """Why a filter cannot have this name."""
    if not name.strip():
        return _("A name is needed.")
    if any(char in "[]{}" or not char.isprintable() for char in name):
        return _("A name has no brackets.")
    return None
