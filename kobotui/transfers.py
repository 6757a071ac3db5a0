"""Transfers: exports and downloads in the job thread, and what a screen shows of them; they change no data."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from kobotui.exports.progress import Progress
from kobotui.locale import _
from kobotui.model.account import Account

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.exports.progress import Report
    from kobotui.jobs import Jobs, TokenSource

REPORTS_PER_SECOND = 4


class Received(Struct, frozen=True, kw_only=True):
    """What a transfer has brought."""

    sentence: str
    """How it ended, for the foot."""
    files: tuple[Path, ...] = ()
    whole: bool = True
    """False: something is missing, or wants to be known; ``sentence`` says what."""
    instead: Transfer | None = None
    """What can be done where this one came to nothing."""


class Transfer(Protocol):
    """One export or download."""

    @property
    def title(self) -> str:
        """What it is, in a line."""

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        """Do it. Raises ``KoboError`` and ``LocalError``; when cancelled it leaves what can be gone on with."""


class TransferState(Struct, frozen=True, kw_only=True):
    """A transfer as a screen shows it; replaced, never altered."""

    number: int
    """In order of starting, in this process."""
    title: str
    account: str
    begun: datetime
    transfer: Transfer
    progress: Progress | None = None
    running: bool = True
    started: float = 0.0
    """``time.monotonic`` at the start."""
    seconds: float = 0.0
    received: Received | None = None
    error: str = ""
    """Why it could not be done, or that it was stopped, in a sentence."""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when nobody knows how much there is."""
        known = self.progress
        return min(1.0, known.done / known.total) if known and known.total else None


TransferListener = Callable[[TransferState], None]


class Transfers:
    """Transfers of this process. ``listener`` is called in the job thread, at most four times a second for each."""

    def __init__(
        self, jobs: Jobs, token_of: TokenSource, listener: TransferListener, now: Callable[[], datetime]
    ) -> None:
        self._jobs, self._token_of, self._listener, self._now = jobs, token_of, listener, now
        self._states: dict[int, TransferState] = {}
        self._futures: dict[int, Future[None]] = {}
        self._reported: dict[int, float] = {}

    @property
    def states(self) -> tuple[TransferState, ...]:
        """The newest first."""
        return tuple(reversed(self._states.values()))

    def start(self, transfer: Transfer, account: Account) -> int:
        """Begin a transfer; its number. What happens is reported, never raised."""
        number = len(self._states) + 1
        self._states[number] = TransferState(
            number=number,
            title=transfer.title,
            account=account.name,
            begun=self._now(),
            transfer=transfer,
            started=time.monotonic(),
        )
        self._futures[number] = self._jobs.submit(self._run(number, transfer, account))
        return number

    def stop(self, number: int) -> None:
        """End a transfer; what it has so far can be gone on with where its kind allows that."""
        self._futures[number].cancel()

    async def _run(self, number: int, transfer: Transfer, account: Account) -> None:
        from kobotui.api.client import KoboClient
        from kobotui.api.errors import KoboError
        from kobotui.paths import LocalError

        error, received = "", None
        try:
            token = await asyncio.to_thread(self._token_of, account)
            async with KoboClient(account, token) as kobo:
                received = await transfer.run(kobo, lambda progress: self._change(number, progress=progress))
        except asyncio.CancelledError:
            error = _("stopped")
            raise
        except KoboError as refused:
            error = refused.sentence
        except LocalError as refused:
            error = str(refused)
        except Exception as broken:  # said, not lost
            error = _("kobotui itself failed here: {error}").format(error=repr(broken))
        finally:
            self._change(number, running=False, received=received, error=error)

    def _change(self, number: int, **fields: object) -> None:
        now = time.monotonic()
        before = self._states[number]
        state = structs.replace(before, seconds=now - before.started, **fields)
        self._states[number] = state
        if not state.running or now - self._reported.get(number, 0.0) >= 1 / REPORTS_PER_SECOND:
            self._reported[number] = now
            self._listener(state)
