"""A project of 100,000 records to CSV: against the loop that KoboToolbox documents, and against dropping the pages.

The loop is the one people write with ``requests``: one connection for each page, the server's page size, ``next``
followed, ``csv.DictWriter`` at its end. It is written with ``urllib`` here, which costs less than ``requests``.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from benchmarks.figures import Figure, ratio
from benchmarks.memory import in_megabytes
from benchmarks.world import cpu_seconds
from tests.served import kobotui

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.world import World
    from tests.served import Server

RECORDS = 100_000
PAGE = 1000
"""Records of a page at most."""
WAIT = 90
"""Milliseconds before an answer: KoboToolbox, idle and on loopback, was seen to take 100 ms for a page of 100 records
and 182 ms for one of 1,000, where the demo takes next to nothing before the first record."""
AT_ONCE = 4
"""Pages on their way at once, as in an export of ours."""


_SIDES = {"computed": "computed by the client", "server": "by the server"}


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """Against dropping the pages where the server does nothing but answer, and against the loop where it takes its time
    before it does; a round is minutes long, so there are few."""
    rounds = max(1, min(rounds, 3))
    what = f"export of {RECORDS:,} records to CSV"
    yield _compared(world, rounds, "drop", f"{what}, against fetching and dropping the same pages", 1.3)
    yield _compared(world, rounds, "loop", f"{what}, against the documented loop, demo on loopback", None)
    slow = f"the same, {WAIT} ms before each answer"
    yield _compared(world, rounds, "loop", slow, 0.25, f"latency={WAIT}ms")
    yield _compared(
        world, rounds, "large pages", f"{slow}, and pages of {PAGE:,} in the loop", None, f"latency={WAIT}ms"
    )


def _compared(world: World, rounds: int, other: str, what: str, bound: float | None, faults: str = "") -> Figure:
    """An export of ours against something else, in turn."""
    target = world.place / "records.csv"
    took: dict[str, list[dict[str, float]]] = {"ours": [], other: []}
    options = ("--faults", faults) if faults else ()
    with world.account("--projects", "2", "--submissions", str(RECORDS), *options) as server:
        uid = _greatest(server)
        environment = world.environment | {"KOBOTUI_TOKEN": server.tokens["admin"], "KOBOTUI_SERVER": server.url}
        runs = {
            "ours": [*kobotui(), "export", uid, "-o", str(target)],
            "drop": _command("drop", uid),
            "loop": _command("loop", uid, target),
            "large pages": _command("loop", uid, target, str(PAGE)),
        }
        for _round in range(rounds):
            for name in took:
                before = cpu_seconds(server.process.pid)
                took[name].append(_timed(runs[name], environment))
                took[name][-1]["server"] = cpu_seconds(server.process.pid) - before
                if name != "drop" and sum(1 for _line in target.open("rb")) <= RECORDS:
                    raise AssertionError(f"{name} did not write all records")
    ours, theirs = ([run["seconds"] for run in took[name]] for name in took)
    parts = [f"{statistics.median(ours):.0f} s; {statistics.median(theirs):.0f} s"]
    for side in ("computed", "server"):
        mine, other_ = (statistics.median(run[side] for run in took[name]) for name in took)
        parts.append(f"{_SIDES[side]} {mine:.0f} s; {other_:.0f} s")
    details = ", ".join(parts)
    return Figure(what, ratio(ours, theirs), "x", bound, details)


def memory(world: World, _rounds: int) -> Iterator[Figure]:
    """The greatest memory of ``kobotui export`` for few and for many records."""
    peak: dict[int, float] = {}
    for count in (10_000, 1_000_000):
        with world.account("--projects", "2", "--submissions", str(count)) as server:
            environment = world.environment | {"KOBOTUI_TOKEN": server.tokens["admin"], "KOBOTUI_SERVER": server.url}
            command = [*kobotui(), "export", _greatest(server), "-o", str(world.place / "records.csv")]
            peak[count] = _timed(command, environment)["megabytes"]
    small, large = peak.values()
    what = "memory of an export to CSV: 1,000,000 records, against 10,000"
    yield Figure(what, large / small, "x", None, f"{large:.0f} MB; {small:.0f} MB")


def _greatest(server: Server) -> str:
    """The project with the most records."""
    found = server.ask("/api/v2/assets/?limit=100")["results"]
    return str(max(found, key=lambda item: item["deployment__submission_count"] or 0)["uid"])


def _command(what: str, uid: str, *more: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.exports", what, uid, *map(str, more)]


def _timed(command: Sequence[str], environment: dict[str, str]) -> dict[str, float]:
    """A command in a process of its own: its time, the time it computed, its greatest memory."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds, computed = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    return {"seconds": seconds, "computed": computed, "megabytes": in_megabytes(usage.ru_maxrss)}


# -- what it is measured against ---------------------------------------------------------------------


def loop(url: str, token: str, uid: str, target: Path, limit: str = "") -> None:
    """Page after page, then all of them into a file; ``limit``: of a page, the server's own when empty."""
    following: str | None = (
        f"{url}/api/v2/assets/{uid}/data/?{urlencode({'format': 'json'} | ({'limit': limit} if limit else {}))}"
    )
    results: list[dict[str, Any]] = []
    while following:
        with urlopen(Request(following, headers={"Authorization": f"Token {token}"})) as reply:
            page = json.load(reply)
        results += page["results"]
        following = page["next"]
    heading = list(dict.fromkeys(key for record in results for key in record))
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, heading)
        writer.writeheader()
        writer.writerows(results)


async def drop(url: str, token: str, uid: str) -> None:
    """The same pages side by side, over connections that stay; nothing is done with them."""
    import httpx

    headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(headers=headers, timeout=300, trust_env=False) as client:

        async def page(**params: Any) -> bytes:
            params["sort"] = '{"_id":1}'
            async with gate:
                return (await client.get(f"{url}/api/v2/assets/{uid}/data/", params=params)).content

        async def border(row: int) -> int:
            return int(json.loads(await page(start=row, limit=1, fields='["_id"]'))["results"][0]["_id"])

        # where pages begin is asked as in an export, once for some of them
        borders = await asyncio.gather(*(border(row) for row in range(0, RECORDS, 8 * PAGE)))

        async def span(first: int, end: int | None) -> None:
            last = first - 1
            while True:
                upto = {} if end is None else {"$lt": end}
                body = await page(limit=PAGE, query=json.dumps({"_id": {"$gt": last, **upto}}))
                if (place := body.rfind(b'"_id":')) < 0:
                    return
                last = int(body[place + 6 :].split(b",", 1)[0])

        ends: list[int | None] = [*borders[1:], None]
        await asyncio.gather(*(span(first, end) for first, end in zip(borders, ends, strict=True)))


def main(what: str, uid: str, *more: str) -> None:
    url, token = os.environ["KOBOTUI_SERVER"], os.environ["KOBOTUI_TOKEN"]
    if what == "drop":
        asyncio.run(drop(url, token, uid))
    else:
        loop(url, token, uid, Path(more[0]), *more[1:])


if __name__ == "__main__":
    main(*sys.argv[1:])
