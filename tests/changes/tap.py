"""A tap on the line between a process and the demo server: it counts writes, and kills at a chosen one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit


class Moment(Enum):
    """When, in the life of a request, its sender is killed."""

    UNSENT = "the server never sees it"
    UNDER_WAY = "the server has it, and has not answered"
    ANSWERED = "the server has answered, and nobody hears it"
    HEARD = "the answer was delivered"


@dataclass
class Trap:
    """Kill the process ``pid`` at its ``at``-th write (1 is the first), or the ``at``-th read."""

    pid: int
    at: int
    moment: Moment
    reads: bool = False
    sprung: str = ""
    """The request at which it was killed."""

    def meets(self, method: str) -> bool:
        """Whether it is this request; counts it."""
        if self.sprung or self.reads != (method == "GET"):
            return False
        self.at -= 1
        return self.at == 0

    def spring(self, what: str) -> None:
        """Kill it."""
        self.sprung = what
        os.kill(self.pid, signal.SIGKILL)


class Tap:
    """Passes requests on to ``server``, each on a connection of its own."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        assert parts.hostname
        assert parts.port
        self._host, self._port = parts.hostname, parts.port
        self.url = ""
        self.trap: Trap | None = None
        self.writes: list[str] = []
        """Method and path of every write that was passed on."""
        self.answers: Counter[str] = Counter()
        """How often the server answered with which status, with none where it said nothing."""
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            await self._pass_on(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked was killed
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path, _version = first.split(" ")
        what = f"{method} {path.partition('?')[0]}"
        trap = self.trap if self.trap and self.trap.meets(method) else None
        if trap and trap.moment is Moment.UNSENT:
            trap.spring(what)
            return
        if method != "GET":
            self.writes.append(what)
        upstream, downstream = await asyncio.open_connection(self._host, self._port)
        try:
            downstream.write(head.replace(b"Connection: keep-alive", b"Connection: close") + body)
            if trap and trap.moment is Moment.UNDER_WAY:
                await downstream.drain()
                trap.spring(what)
            answer = await upstream.read()
            self.answers[answer[9:12].decode()] += 1
        finally:
            downstream.close()
        if trap and trap.moment is Moment.ANSWERED:
            trap.spring(what)
            return
        writer.write(answer)
        await writer.drain()
        if trap and trap.moment is Moment.HEARD:
            trap.spring(what)

    async def close(self) -> None:
        """Break off what is under way."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@asynccontextmanager
async def tapped(server: str) -> AsyncIterator[Tap]:
    """A tap at an address of its own."""
    tap = Tap(server)
    listener = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    tap.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield tap
    finally:
        listener.close()
        await tap.close()
