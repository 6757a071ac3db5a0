"""``kobotui accounts`` and ``kobotui logout``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from kobotui import cache
from kobotui.accounts import Accounts
from kobotui.cli.output import OK, complain, write_json, write_table
from kobotui.columns.accounts import account_cells, account_columns
from kobotui.locale import _
from kobotui.secrets import forget_token, where

if TYPE_CHECKING:
    import argparse


def show(arguments: argparse.Namespace) -> int:
    """The saved accounts, and where the key of each would be taken from."""
    accounts = Accounts.load()
    last = accounts.last_name()
    if arguments.format == "json":
        found = [
            msgspec.to_builtins(account) | {"key": where(account).say(), "last_used": account.name == last}
            for account in accounts
        ]
        write_json(found)
        return OK
    if not len(accounts):
        complain(_("No account is saved yet. Add one with: kobotui login"))
        return OK
    rows = (account_cells(a, "last" if a.name == last else "", where(a).say()) for a in accounts)
    write_table(account_columns(), rows)
    return OK


def logout(arguments: argparse.Namespace) -> int:
    """Forget an account, its key and its list of projects on this machine; the key stays valid on the server."""
    removed = Accounts.load().remove(arguments.name)
    forgotten = forget_token(removed)
    cache.forget(removed)
    text = _("Forgotten: {name} and its key.") if forgotten else _("Forgotten: {name}. kobotui kept no key of its own.")
    sys.stdout.write(text.format(name=removed.name) + "\n")
    return OK
