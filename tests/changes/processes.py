"""Processes that apply plans, for tests that kill them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, Self


class Worker:
    """A process that applies plans; see ``tests.changes.worker``."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._pid = 0

    @classmethod
    async def start(cls) -> Self:
        """A worker that waits for orders."""
        command = [sys.executable, "-m", "tests.changes.worker"]
        return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE))

    async def order(self, **order: Any) -> int:
        """Let it begin; the process id of whoever does it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        self._pid = await self._told("pid")
        return self._pid

    def kill(self) -> None:
        """End whoever does what was ordered, at once."""
        os.kill(self._pid, signal.SIGKILL)

    async def end(self) -> int:
        """Wait for the end of what was ordered: its exit code, minus the signal that killed it."""
        return await self._told("end")

    async def _told(self, what: str) -> int:
        assert self._process.stdout is not None
        facts = json.loads(await self._process.stdout.readline())
        return int(facts[what])

    async def stop(self) -> None:
        """No more orders."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


def states(journal: Path) -> dict[str, int]:
    """How many changes of the newest job are in which state, read as it lies on the disk; empty before there is one."""
    if not journal.exists():
        return {}
    with sqlite3.connect(journal) as db:
        try:
            rows = db.execute("SELECT state, count(*) FROM change WHERE job = (SELECT max(id) FROM job) GROUP BY state")
            found = dict(rows.fetchall())
        except sqlite3.OperationalError:  # killed before the tables were made
            found = {}
    db.close()
    return found
