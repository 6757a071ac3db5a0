"""Accounts as cells."""

from __future__ import annotations

from typing import Literal

from kobotui.columns.cell import Cell, Column
from kobotui.locale import N_, _
from kobotui.model.account import Account
from kobotui.model.text import shown

Used = Literal["now", "last", ""]
"""Whether an account is in use, or was when kobotui was last left."""

DEMO_PEOPLE = (
    N_("administrator, owns most projects"),
    N_("field coordinator, owns some projects and shares them with admin"),
    N_("information manager of a partner"),
    N_("new colleague, sees little"),
    N_("superuser: opens every project by its address"),
    N_("enumerator"),
)
"""What the demo says of its people, for the catalogues."""


def account_columns(*, people: bool = False) -> tuple[Column, ...]:
    """The columns; ``people``: in the demo all are on one server, and differ in who they are."""
    name = Column("name", _("Account"), 10 if people else 16, priority=9)
    may = Column("may", _("It may"), 18, priority=8)
    used = Column("used", _("Used"), 6, priority=4)
    if people:
        return name, Column("about", _("Who"), 30, priority=5, flexible=True), may, used
    server = Column("server", _("Server"), 18, priority=5, flexible=True)
    return name, server, Column("user", _("User"), 12, priority=6), may, used, Column("key", _("Key"), 11, priority=3)


def account_cells(account: Account, used: Used, kept: str, about: str | None = None) -> tuple[Cell, ...]:
    """One account; ``kept`` says where its key is, ``about`` who this is in the demo."""
    words = {"now": _("in use"), "last": _("last"), "": ""}
    name = Cell(shown(account.name), "bright" if used == "now" else "")
    if about is not None:
        return name, Cell(shown(_(about) if about in DEMO_PEOPLE else about)), _may(account), Cell(words[used])
    where = (Cell(shown(account.host)), Cell(shown(account.username)))
    return name, *where, _may(account), Cell(words[used]), Cell(shown(kept), "dim")


def _may(account: Account) -> Cell:
    if account.read_only:
        return Cell(_("read, PRODUCTION") if account.production else _("read only"), "warn")
    return Cell(_("change, PRODUCTION"), "bad") if account.production else Cell(_("change"))
