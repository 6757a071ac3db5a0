"""Roles: named sets of rights. The server knows none; they are expanded when a plan is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kobotui.locale import N_, _
from kobotui.model.access import CODENAMES, Rights, settled

BUILT_IN: Mapping[str, tuple[str, ...]] = {
    N_("Viewer"): ("view_submissions",),
    N_("Data entry"): ("view_asset", "add_submissions"),
    N_("Validator"): ("validate_submissions",),
    N_("Editor"): ("change_submissions", "validate_submissions"),
    N_("Manager"): ("manage_asset",),
}
"""Sensible sets of rights, by a name that is translated where it is shown."""


def roles(own: Mapping[str, Sequence[str]] | None = None) -> dict[str, Rights]:
    """The built-in roles in the user's language, and those of the settings file, which win.

    Codenames unknown to KoboToolbox are left out of a role.
    """
    named = {_(name): codenames for name, codenames in BUILT_IN.items()} | dict(own or {})
    return {
        name: settled(Rights(frozenset(codename for codename in codenames if codename in CODENAMES)))
        for name, codenames in named.items()
    }


def role_of(rights: Rights, known: Mapping[str, Rights]) -> str:
    """The name of the role that is exactly these rights, empty when there is none."""
    return next((name for name, held in known.items() if held and held == rights), "")
