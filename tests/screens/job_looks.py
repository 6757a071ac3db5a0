"""Jobs in every way they can be: running, ended well and badly, unfinished, taken back; and their review."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from kobotui.changes.journal import opened
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.jobs import JobState
from kobotui.screens.outcomes import OutcomesScreen
from tests.changes.test_review import TEAMS
from tests.screens.stage import Stage

ENDS = (
    DONE,
    Outcome(State.CONFLICT, "Changed by somebody else meanwhile; it is now: View submissions"),
    Outcome(State.FAILED, "You need the right to do this.", details="PATCH /api/v2/... 403"),
    Outcome(State.DOUBT, "The line dropped after it was sent."),
)


async def review(stage: Stage) -> None:
    """A plan over two projects, with warnings."""
    await stage.open_list("projects")
    stage.app.run_worker(stage.app.propose_plan(stage.screen, _plan(stage, "Access on 2 projects")), group="ask")
    await stage.until(lambda: stage.reviewing, "the review")


async def jobs(stage: Stage) -> None:
    """One running, one that has ended with failures, and three of earlier runs."""
    await stage.settled()
    begun = stage.app.session.now()
    plan = _plan(stage, "Access: 30 projects")
    running = JobState(
        number=2, title=plan.title, account="admin", begun=begun, plan=plan, total=4, outcomes=(DONE, DONE, None, None),
        journal_id=90, seconds=6.0,
    )  # fmt: skip
    ended = _state(plan, begun - timedelta(minutes=9), "Correct 4 records")
    work: Any = stage.app.work
    work._jobs = SimpleNamespace(states=(running, ended), close=lambda: None)
    with opened(stage.app.session.journal) as journal:
        first = journal.begin(_plan(stage, "Deploy 4 projects"), [[0], [1], [2], [3]])
        journal.settled(first, range(4), [DONE] * 4)
        journal.ended(first)
        undo = journal.begin(_plan(stage, "Undo: Deploy 4 projects"), [[0], [1], [2], [3]], undoes=first)
        journal.settled(undo, range(4), [DONE] * 4)
        journal.ended(undo)
        cut = journal.begin(_plan(stage, "Archive 4 projects"), [[0], [1], [2], [3]])
        journal.settled(cut, range(2), [DONE] * 2)
    stage.app.open_place("jobs")
    await stage.on("jobs")
    await stage.until(lambda: len(stage.texts()) == 5, "the jobs")


async def outcomes(stage: Stage) -> None:
    """A job whose changes ended in every way."""
    await stage.settled()
    plan = _plan(stage, "Access on 2 projects")
    stage.app.push_screen(OutcomesScreen(_state(plan, stage.app.session.now(), plan.title)))
    await stage.on("outcomes")


def _plan(stage: Stage, title: str) -> Plan:
    account = stage.app.session.account
    assert account
    return Plan(title=title, account=account.name, server=account.server, changes=TEAMS.changes)


def _state(plan: Plan, begun: Any, title: str) -> JobState:
    return JobState(
        number=1, title=title, account="admin", begun=begun, plan=plan, total=4, outcomes=ENDS, journal_id=91,
        running=False, seconds=12.0,
    )  # fmt: skip
