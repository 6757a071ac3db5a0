"""A process that applies plans as a script would, by the package's own API; tests kill it.

It reads orders, one JSON object a line, and carries each out in a child of its own: starting a process costs a
second, a fork nothing. For each it writes the child's process id, and how it ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kobotui.api import transport
from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotLoggedIn
from kobotui.api.pause import Pause
from kobotui.api.tls import ssl_context
from kobotui.changes import planfile, step
from kobotui.changes.apply import Application
from kobotui.changes.growing import GrowingJob
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import Outcome
from kobotui.changes.plan import Plan
from kobotui.model.account import Account

AWAY, REFUSED, BROKEN = 5, 3, 1
"""How it ends when the server is out of reach, when it does not know the key, and by a defect."""


def main() -> None:
    """Carry orders out until there are no more."""
    ssl_context()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(carry_out(json.loads(line)))
        say({"pid": child})
        _pid, status = os.waitpid(child, 0)
        say({"end": os.waitstatus_to_exitcode(status)})


def say(facts: dict[str, int]) -> None:
    """One line to whoever gave the order."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def carry_out(order: dict[str, Any]) -> int:
    """Begin a plan, or go on with a job; the exit code."""
    try:
        asyncio.run(apply(**order))
    except NotLoggedIn:
        return REFUSED
    except KoboError:
        return AWAY
    except BaseException:
        traceback.print_exc()
        return BROKEN
    return 0


async def apply(
    journal: str,
    server: str,
    token: str,
    *,
    plan: str = "",
    job: int | None = None,
    grace: float = 0.1,
    limit: float = 2.5,
    patience: float = 130.0,
    hurry: float = 1.0,
    growing: bool = False,
) -> None:
    """Begin the plan in a file, or go on with a job; ``growing``: as a job to which its changes come one after another.

    ``grace`` and ``limit`` are the seconds the server has for what was cut off, ``patience`` those an answer is
    waited for; pauses are ``hurry`` times shorter.
    """
    step.GRACE, step.SERVER_LIMIT = grace, limit
    transport.SLOW_SECONDS = patience
    pause = Pause(clock=lambda: time.monotonic() * hurry, sleep=lambda seconds: asyncio.sleep(seconds / hurry))
    account = Account(name="demo", server=server, openrosa=server, username="admin", store="memory")
    log = Journal(Path(journal))
    try:
        if growing:
            await grow(planfile.read(Path(plan)), account, token, log, pause)
            return
        if job is None:
            application = Application.begin(planfile.read(Path(plan)), account, log, lambda _at, _outcomes: None)
        else:
            application = Application.resume(job, account, log, lambda _at, _outcomes: None)
        async with KoboClient(account, token, pause=pause, timeout=min(30.0, patience)) as kobo:
            await application.run(kobo)
    finally:
        log.close()


async def grow(plan: Plan, account: Account, token: str, log: Journal, pause: Pause) -> None:
    """Begin a job with the first change, and let the others come, two for each that was settled."""
    coming = list(plan.changes)

    def report(_at: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        for _settled in outcomes:
            job.append([coming.pop(0) for _one in coming[:2]])
        if not coming:
            job.finish()

    begun = Plan(title=plan.title, account=plan.account, server=plan.server, changes=(coming.pop(0),))
    job = GrowingJob.begin(begun, account, log, report)
    async with KoboClient(account, token, pause=pause) as kobo:
        await job.run(kobo)


if __name__ == "__main__":
    main()
