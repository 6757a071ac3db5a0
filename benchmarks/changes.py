"""Two hundred projects with twenty users changed on each, by the engine, against the bare requests it takes.

    python -m benchmarks.changes ROUNDS

The account is the saved one. Prints what was measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.figures import Figure, milliseconds, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from benchmarks.world import World
    from kobotui.api.client import KoboClient
    from kobotui.api.reply import Reply
    from kobotui.changes.access import SetAccess
    from kobotui.model.account import Account
    from kobotui.model.token import Token

PROJECTS = 200
USERS = 20
AT_ONCE = 4
"""Projects at a time, as the console has it unless it is told otherwise."""
ROUNDS = 5
"""A round is two thousand requests; more of them would take longer than they tell."""
BY_SCRIPT = 10
"""Projects on which a script grants right by right; a call takes as long on the others."""


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """Plan, journal, conflicts looked for and results read back; the bare requests are the same ones, unread."""
    rounds = min(rounds, ROUNDS)
    with world.account("--projects", "260", "--submissions", "60"):
        taken = json.loads(world.python("changes", str(rounds)))
    engine, bare, script = taken["engine"], taken["bare"], taken["script"]
    what = f"{PROJECTS} projects x {USERS} users changed"
    yield Figure(f"{what}: writes for a project", taken["writes"], "", 1, f"{taken['requests']:.0f} requests in all")
    ours, theirs = (f"{taken['computed'][name] * 1000:.1f}" for name in ("engine", "bare"))
    details = f"{milliseconds(engine)}; {milliseconds(bare)}; computed for a project: {ours} ms; {theirs} ms"
    yield Figure(f"{what}, against the bare requests", ratio(engine, bare), "x", 1.3, details)
    calls = f"{script / USERS * 1000:.0f} ms a call"
    yield Figure(
        "the same, against one call for each grant", ratio(engine, [script * PROJECTS] * rounds), "x", 1, calls
    )


class Request(NamedTuple):
    """What the engine sent."""

    method: str
    path: str
    params: Any
    body: Any


Chains = dict[str, list[Request]]
"""What was sent for each project, one after the other."""


async def compare(rounds: int) -> dict[str, Any]:
    """The engine one way, the bare requests back again, in turn."""
    from kobotui.accounts import Accounts
    from kobotui.api.client import KoboClient
    from kobotui.secrets import find_token

    account = Accounts.load().last_used
    assert account is not None
    token = find_token(account).token
    async with KoboClient(account, token) as kobo:
        there = await wanted(kobo)
        back = [inverse(change) for change in there]
        chains = [await recorded(kobo, account, some) for some in (there, back)]
        computed: dict[str, list[float]] = {"engine": [], "bare": []}
        engine, bare = [], []
        for _round in range(rounds):
            began, before = time.perf_counter(), time.process_time()
            await apply(kobo, account, there)
            engine.append(time.perf_counter() - began)
            computed["engine"].append(time.process_time() - before)
            before = time.process_time()
            bare.append(await repeat(account, token, chains[1]))
            computed["bare"].append(time.process_time() - before)
    script = by_script(account, token, there)
    requests = [request for chain in chains[0].values() for request in chain]
    return {
        "engine": engine,
        "bare": bare,
        "script": script,
        "computed": {name: sorted(seconds)[rounds // 2] / PROJECTS for name, seconds in computed.items()},
        "writes": sum(request.method != "GET" for request in requests) / PROJECTS,
        "requests": len(requests) / PROJECTS,
    }


async def wanted(kobo: KoboClient) -> list[SetAccess]:
    """Twenty users get the right to validate on each project."""
    from kobotui.changes.teams import TeamEdits

    matrix = await kobo.matrix()
    own = [uid for uid, project in matrix.projects.items() if project.owner == kobo.account.username][:PROJECTS]
    edits = TeamEdits(matrix)
    for uid in own:
        able = [user for user in matrix.users if not {"validate_submissions"} & matrix.get(uid, user).held]
        edits.grant([(uid, user) for user in able[:USERS]], ["validate_submissions"])
    changes = edits.changes()
    assert len(changes) == PROJECTS * USERS, len(changes)
    return changes


def inverse(change: SetAccess) -> SetAccess:
    """The way back."""
    from msgspec.structs import replace

    return replace(change, before=change.after, after=change.before)


async def apply(kobo: KoboClient, account: Account, changes: Sequence[SetAccess]) -> None:
    """As a job does it, with a journal on the disk."""
    from kobotui.changes.apply import Application
    from kobotui.changes.journal import Journal
    from kobotui.changes.outcome import State
    from kobotui.changes.plan import Plan

    plan = Plan(title="Validators", account=account.name, server=account.server, changes=tuple(changes))
    with tempfile.TemporaryDirectory(prefix="kobotui-journal-") as place:
        journal = Journal(Path(place) / "journal.db")
        application = Application.begin(plan, account, journal, lambda _positions, _outcomes: None)
        await application.run(kobo, concurrency=AT_ONCE)
        journal.close()
    assert all(outcome.state is State.DONE for outcome in application.outcomes)


async def recorded(kobo: KoboClient, account: Account, changes: Sequence[SetAccess]) -> Chains:
    """Apply, and note what is sent."""
    chains: Chains = {change.project: [] for change in changes}
    transport = kobo._transport
    request = transport.request

    async def noting(method: str, path: str, **options: Any) -> Reply:
        chains[path.split("/")[4]].append(Request(method, path, options.get("params"), options.get("json")))
        return await request(method, path, **options)

    transport.request = noting  # type: ignore[method-assign]
    try:
        await apply(kobo, account, changes)
    finally:
        transport.request = request  # type: ignore[method-assign]
    return chains


async def repeat(account: Account, token: Token, chains: Chains) -> float:
    """The same requests with a plain client, as many chains at once, nothing decoded; seconds."""
    import httpx

    headers = {"Authorization": f"Token {token.reveal()}", "Accept": "application/json"}
    gate = asyncio.Semaphore(AT_ONCE)

    async def chain(client: httpx.AsyncClient, requests: Sequence[Request]) -> None:
        async with gate:
            for one in requests:
                params = {key: value for key, value in (one.params or {}).items() if value is not None}
                body = None if one.method == "GET" else one.body
                reply = await client.request(one.method, one.path, params=params, json=body)
                reply.raise_for_status()

    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=account.server, headers=headers, timeout=60) as client:
        await asyncio.gather(*(chain(client, requests) for requests in chains.values()))
    return time.perf_counter() - began


def by_script(account: Account, token: Token, changes: Sequence[SetAccess]) -> float:
    """Seconds for a project, where every grant is a call of its own and nothing is read."""
    import httpx

    from kobotui.model.access import permission_path, user_path

    headers = {"Authorization": f"Token {token.reveal()}", "Accept": "application/json"}
    began = time.perf_counter()
    for change in changes[: BY_SCRIPT * USERS]:
        body = {"user": user_path(change.username), "permission": permission_path("validate_submissions")}
        path = f"{account.server}/api/v2/assets/{change.project}/permission-assignments/"
        httpx.post(path, json=body, headers=headers, timeout=60).raise_for_status()
    return (time.perf_counter() - began) / BY_SCRIPT


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(compare(int(sys.argv[1])))))
