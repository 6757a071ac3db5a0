"""The sharing grid of one project: users × rights, each cell a sign.

``x`` granted, ``i`` implied by another right, ``r`` by row rule, ``~`` without a row of one's own (public,
organization, project view), ``.`` none, ``+`` will be granted, ``-`` will be removed, ``+r`` gets this row rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import rule_lines, user_label
from kobotui.locale import _
from kobotui.model.access import ASSIGNABLE, NOTHING, PUBLIC, PUBLIC_CODENAMES, Rights
from kobotui.model.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Mapping

GRID_CODENAMES = (
    "view_asset",
    "change_asset",
    "discover_asset",
    "add_submissions",
    "view_submissions",
    "change_submissions",
    "validate_submissions",
    "delete_submissions",
    "manage_asset",
)
"""The rights that have a column; row rules show in the columns of what they allow."""

_STYLES = {"i": "dim", ".": "dim", "~": "dim", "+": "pending", "-": "pending", "+r": "pending", "r": "accent"}


def access_columns(asset_type: str = "survey") -> tuple[Column, ...]:
    """User, one column for each right that can be given, role, row rule; rights are keyed by codename."""
    headings = {
        "view_asset": _("View"),
        "change_asset": _("Edit"),
        "discover_asset": _("Discover"),
        "add_submissions": _("Add"),
        "view_submissions": _("View"),
        "change_submissions": _("Edit"),
        "validate_submissions": _("Valid"),
        "delete_submissions": _("Delete"),
        "manage_asset": _("Manage"),
    }
    rights = [
        Column(codename, headings[codename], max(4, len(headings[codename])), priority=80)
        for codename in GRID_CODENAMES
        if codename in ASSIGNABLE.get(asset_type, ASSIGNABLE["survey"])
    ]
    return (
        Column("user", _("User"), 15, priority=100),
        *rights,
        Column("role", _("Role"), 12, priority=60),
        Column("rule", _("Row rule"), 12, priority=40, flexible=True),
    )


def access_groups() -> dict[str, str]:
    """What stands above the headings, by column key."""
    form = dict.fromkeys(("view_asset", "change_asset", "discover_asset"), _("form"))
    return form | dict.fromkeys(GRID_CODENAMES[3:8], _("submissions"))


def right_sign(codename: str, before: Rights, after: Rights, without_row: frozenset[str] = frozenset()) -> str:
    """The sign for one right of one user, from what is held and what is wanted."""
    rule = after.rule(codename) if codename != "add_submissions" else None
    if codename in after.full:
        if codename not in before.full:
            return "+"
        return "i" if after.implied(codename) else "x"
    if rule:
        return "r" if rule == before.rule(codename) and codename not in before.full else "+r"
    if codename in before.full or (codename != "add_submissions" and before.rule(codename)):
        return "-"
    return "~" if codename in without_row else "."


def access_cells(
    user: str,
    before: Rights,
    after: Rights,
    *,
    owner: str = "",
    public: Rights = NOTHING,
    beyond: frozenset[str] = frozenset(),
    roles: Mapping[str, Rights] | None = None,
    asset_type: str = "survey",
) -> tuple[Cell, ...]:
    """One user's row of the grid.

    ``public``: what everybody holds; ``beyond``: rights of this user that come without a row for other reasons.
    """
    without_row = beyond if user == PUBLIC else beyond | public.full
    changed = before != after
    name = Cell(user_label(user), "pending" if changed else "dim" if user == PUBLIC else "")
    signs = []
    for codename in GRID_CODENAMES:
        if codename not in ASSIGNABLE.get(asset_type, ASSIGNABLE["survey"]):
            continue
        if user == PUBLIC and codename not in PUBLIC_CODENAMES:
            signs.append(Cell(""))
            continue
        sign = right_sign(codename, before, after, without_row)
        if user == owner and sign == "i":
            sign = "x"  # an owner's rights do not hang on one another
        signs.append(Cell(sign, _STYLES.get(sign, "")))
    role = _("owner") if user == owner else role_of(after, roles or {})
    if changed and user != owner:
        role = _("(leaves)") if not after and user != PUBLIC else role
    return (name, *signs, Cell(role, "pending" if changed else ""), Cell("; ".join(rule_lines(after.rules)), "accent"))
