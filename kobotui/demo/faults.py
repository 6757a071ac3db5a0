"""Breaking replies on purpose: slowness, error codes, HTML pages, cut lines, a revoked key.

Two ways in. A specification for the whole run, shares being probabilities drawn from a seed::

    latency=300ms,429=0.1,502=0.05,drop=0.02,stall=0.02,truncate=0.02,revoke=ana

``latency`` takes ``ms`` or ``s``; a status code answers that instead of the reply (``502``, ``503`` and
``504`` with an HTML page, ``429`` with ``Retry-After``); ``502`` and ``504`` come, and ``drop`` closes the line
without an answer, half of the time after doing the work; ``stall`` does the work and lets the client wait for
the answer in vain; ``truncate`` cuts the body; ``revoke`` takes that user's key away in the middle of the
session, once. And, for tests, :meth:`Faults.once`: the next matching requests fail as said.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kobotui.demo.state import State

PAGE = """<html>
<head><title>{status} {reason}</title></head>
<body>
<center><h1>{status} {reason}</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
GATEWAYS = (502, 504)  # who answers these does not know what the server behind has done
REVOKE_AFTER = 20  # requests of the user
STALL = 150.0  # seconds: longer than any client waits


class FaultError(ValueError):
    """A specification that cannot be read."""


@dataclass
class Shot:
    """A fault for the next ``count`` requests that match."""

    status: int | None = None
    path: str = ""  # regular expression, searched in the path
    method: str = ""
    count: int = 1
    skip: int = 0  # matching requests to let through first
    html: bool | None = None  # None: as the code usually has it
    retry_after: int | None = None
    drop: bool = False
    truncate: bool = False
    after: bool = False  # do the work, then fail
    stall: bool = False  # do the work, then keep the answer back
    delay: float = 0.0  # seconds
    body: bytes | None = None  # the answer's, in place of the reply's own or of the error's
    seen: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is meant; counts it."""
        if self.count <= 0 or (self.method and self.method != method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        self.count -= 1
        return True


class Served(NamedTuple):
    """One request that was answered, or was not, with when that was by a clock that only counts."""

    method: str
    path: str
    began: float
    ended: float


@dataclass
class Faults:
    """What goes wrong. Safe to change from another thread between requests."""

    latency: float = 0.0  # seconds
    shares: dict[int, float] = field(default_factory=dict)  # status -> probability
    drop: float = 0.0
    stall: float = 0.0
    truncate: float = 0.0
    revoke: str | None = None
    shots: list[Shot] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    state: State | None = None
    served: int = 0  # requests that reached the server, broken or not
    log: deque[Served] = field(default_factory=lambda: deque(maxlen=1000))  # the newest of them, once they are over
    _revoke_in: int = REVOKE_AFTER

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Faults:
        """The faults of a specification.

        Raises: FaultError.
        """
        faults = cls(rng=random.Random(seed))
        for part in filter(None, (p.strip() for p in text.split(","))):
            key, equals, value = part.partition("=")
            try:
                faults.put(key.strip(), value.strip() if equals else "")
            except ValueError as error:
                raise FaultError(
                    f"{part}: expected latency=300ms, 429=0.1, drop=0.02, truncate=0.02 or revoke=USER"
                ) from error
        return faults

    def put(self, key: str, value: str) -> None:
        """Set one fault.

        Raises: ValueError.
        """
        if key == "latency":
            found = re.fullmatch(r"([\d.]+)(ms|s)", value)
            if not found:
                raise ValueError(value)
            self.latency = float(found[1]) / (1000 if found[2] == "ms" else 1)
        elif key == "revoke" and value:
            self.revoke = value
        elif key in ("drop", "stall", "truncate"):
            setattr(self, key, share(value))
        elif re.fullmatch(r"[45]\d\d", key):
            self.shares[int(key)] = share(value)
        else:
            raise ValueError(key)

    def once(
        self,
        status: int | None = None,
        path: str = "",
        *,
        count: int = 1,
        method: str = "",
        skip: int = 0,
        html: bool | None = None,
        retry_after: int | None = None,
        drop: bool = False,
        truncate: bool = False,
        after: bool = False,
        stall: bool = False,
        delay: float = 0.0,
        body: bytes | None = None,
    ) -> Shot:
        """Fail the next ``count`` requests whose path matches; the returned shot tells how many are left.

        ``after`` does the work first and then breaks the answer; ``skip`` lets so many pass before; ``body`` is
        answered in place of the error's body, and without a ``status`` in place of the reply's own.
        """
        shot = Shot(status, path, method, count, skip, html, retry_after, drop, truncate, after, stall, delay, body)
        self.shots.append(shot)
        return shot

    def clear(self) -> None:
        """All well again."""
        self.latency = self.drop = self.stall = self.truncate = 0.0
        self.shares.clear()
        self.shots.clear()
        self.revoke = None

    def choose(self, method: str, path: str) -> Shot | None:
        """What goes wrong with this request."""
        self.shots = [shot for shot in self.shots if shot.count > 0]
        shot = next((shot for shot in self.shots if shot.matches(method, path)), None)
        if shot:
            return shot
        draw = self.rng.random()
        for status, probability in self.shares.items():
            if draw < probability:
                return Shot(status, after=status in GATEWAYS and draw < probability / 2)
            draw -= probability
        if draw < self.drop:
            return Shot(drop=True, after=draw < self.drop / 2)
        draw -= self.drop
        if draw < self.stall:
            return Shot(stall=True)
        draw -= self.stall
        return Shot(truncate=True) if draw < self.truncate else None

    def watch_revocation(self, scope: Scope) -> None:
        """Take the named user's key away once it has been used for a while."""
        user = self.state.users.get(self.revoke) if self.state and self.revoke else None
        if user is None or user.token is None:
            return
        if f"Token {user.token}".encode() in (value for _key, value in scope["headers"]):
            self._revoke_in -= 1
            if self._revoke_in <= 0:
                user.token = self.revoke = None
                self._revoke_in = REVOKE_AFTER

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> object:
        """One request, answered by the application or wrongly."""
        self.watch_revocation(scope)
        shot = self.choose(scope["method"], scope["path"])
        delay = self.latency + (shot.delay if shot else 0.0)
        if delay:
            await asyncio.sleep(delay)
        if shot is None or not (shot.status or shot.drop or shot.stall or shot.truncate or shot.body is not None):
            await app(scope, receive, send)
            return None
        return await fail(shot, app, scope, receive, send)

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with these faults in front of it."""

        async def broken(scope: Scope, receive: Receive, send: Send) -> object:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return None
            self.served += 1
            began = monotonic()
            try:
                return await self.answer(app, scope, receive, send)
            finally:
                self.log.append(Served(scope["method"], scope["path"], began, monotonic()))

        return broken  # type: ignore[return-value]  # see CUT


def share(text: str) -> float:
    """A probability.

    Raises: ValueError.
    """
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


# What an application returns is None by contract; uvicorn closes the connection at once on anything else.
CUT = "cut"


async def fail(shot: Shot, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> object:
    """Answer one request wrongly."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    instead = None if shot.status else shot.body
    if shot.after or shot.stall or shot.truncate or instead is not None:
        await app(scope, receive, keep)
    else:
        while (await receive()).get("more_body"):
            pass
    if shot.stall:
        await asyncio.sleep(STALL)
    if shot.drop or shot.stall:
        return CUT
    if instead is not None:
        kept[0]["headers"] = [pair for pair in kept[0]["headers"] if pair[0].lower() != b"content-length"]
        kept[0]["headers"].append((b"content-length", str(len(instead)).encode()))
        await send(kept[0])
        await send({"type": "http.response.body", "body": instead})
        return None
    if shot.truncate:
        await send(kept[0])
        whole = b"".join(m.get("body", b"") for m in kept[1:])
        await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": True})
        return CUT
    status = shot.status or 500
    html = status in (502, 503, 504) if shot.html is None else shot.html
    reason = REASONS.get(status, "Too Many Requests" if status == 429 else "Error")
    own = PAGE.format(status=status, reason=reason) if html else json.dumps({"detail": reason})
    body = own.encode() if shot.body is None else shot.body
    headers = [(b"content-type", b"text/html" if html else b"application/json")]
    if status == 429 or shot.retry_after is not None:
        headers.append((b"retry-after", str(1 if shot.retry_after is None else shot.retry_after).encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return None
