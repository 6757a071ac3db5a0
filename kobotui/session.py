"""One run of kobotui: which accounts there are, where files go, what time it is. No Textual, no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kobotui.model.account import Account
from kobotui.paths import journal_file

if TYPE_CHECKING:
    from kobotui.accounts import Accounts
    from kobotui.model.token import Token
    from kobotui.settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Session:
    """What the app needs from outside; tests and the demo make their own."""

    accounts: Accounts
    settings: Settings
    state: Path
    """Journal and log."""
    cache: Path
    """The project list of the last session."""
    account: Account | None = None
    """The one in use."""
    token_of: Callable[[Account], Token] = field(kw_only=True)
    """Looks a token up; may take seconds, so it is called in a thread. Raises ``SecretError``."""
    now: Callable[[], datetime] = _now
    about: dict[str, str] = field(default_factory=dict)
    """What is said about an account on the accounts screen, by name: the demo's people."""
    superuser: bool | None = None
    """Whether the account in use is a superuser's, whom rows do not limit; None until it matters and was asked."""
    read_only: bool = False
    """``--read-only``: no account changes anything in this run, whatever is saved about it."""
    notices: list[str] = field(default_factory=list)
    """What is said at the start: settings that could not be used."""
    start_demo: Callable[[], Session] | None = None
    """Makes a session on an embedded demo server; takes a second, so it is called in a thread. It ends with the run."""

    def use(self, account: Account | None) -> None:
        """Work with this account."""
        self.superuser = None
        self.account = replace(account, read_only=True) if account and self.read_only else account

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo: nothing of it is kept."""
        return any(account.demo for account in self.accounts)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return journal_file(self.state)

    @property
    def log(self) -> Path:
        """The log file: errors with their details, never a token."""
        return self.state / "kobotui.log"
