"""Looking ahead: what would become of a plan if it were applied now. Nothing is sent but questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.kinds import AnyChange, earlier, grouped, step_of
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.account import Account
    from kobotui.model.token import Token

WAITING = Outcome(State.WAITING)


async def look_ahead(plan: Plan, account: Account, token: Token, *, concurrency: int = 4) -> list[Outcome]:
    """What would become of each change: waiting where it would be done, else why it would not.

    Raises ``KoboError`` when the server is out of reach or does not accept the key.
    """
    from kobotui.api.client import KoboClient

    outcomes = [WAITING] * len(plan.changes)
    gate = asyncio.Semaphore(concurrency)

    async def look(positions: Sequence[int], reader: KoboClient) -> None:
        async with gate:
            answers = await _refusals([plan.changes[position] for position in positions], reader)
        for position, answer in zip(positions, answers, strict=True):
            outcomes[position] = answer or WAITING

    async with KoboClient(structs.replace(account, read_only=True), token) as reader:
        try:
            async with asyncio.TaskGroup() as tasks:
                for positions in grouped(plan.changes):
                    tasks.create_task(look(positions, reader))
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
    for position, before in sorted(earlier(plan.changes).items()):
        if outcomes[before].state is State.WAITING and _in_conflict(outcomes[position]):
            outcomes[position] = Outcome(State.WAITING, _("Builds on an earlier change of this plan."))
    return outcomes


async def _refusals(changes: Sequence[AnyChange], reader: KoboClient) -> Sequence[Outcome | None]:
    from kobotui.api.errors import NotAllowed, NotFound, Rejected

    try:
        answers = list(await step_of(changes).refusals(reader))
        conflicts = [change for change, answer in zip(changes, answers, strict=True) if _in_conflict(answer)]
        left = list(await step_of(conflicts).rebased(reader, force=True)) if conflicts else []
    except (NotAllowed, NotFound, Rejected) as error:
        return [Outcome(State.FAILED, error.sentence, error.details())] * len(changes)
    wanted = {_thing(change) for change in left}
    return [
        structs.replace(answer, reason=_("{conflict} (nothing is left to do)").format(conflict=answer.reason))
        if answer and _in_conflict(answer) and _thing(change) not in wanted
        else answer
        for change, answer in zip(changes, answers, strict=True)
    ]


def _in_conflict(answer: Outcome | None) -> bool:
    return answer is not None and answer.state is State.CONFLICT


def _thing(change: AnyChange) -> tuple[object, ...]:
    """What a change of a step is about."""
    return (change.project, *(getattr(change, what, None) for what in ("username", "record", "uid")))
