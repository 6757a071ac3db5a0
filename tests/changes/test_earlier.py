"""What the journal knows of one record's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kobotui.changes.earlier import Earlier, earlier_answers
from kobotui.changes.journal import opened
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import EditAnswers, SetValidation


def test_the_newest_correction_of_each_answer_that_was_made(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    def edit(record: int = 7, project: str = "a1", **answers: str) -> EditAnswers:
        named: dict[str, Any] = {
            "project": project,
            "project_name": "P",
            "record": record,
            "root_uuid": "r",
            "uuid": "u",
        }
        return EditAnswers(**named, before={key: f"before {value}" for key, value in answers.items()}, after=answers)

    def do(*changes: EditAnswers | SetValidation, server: str = "https://k", outcome: Outcome = DONE) -> None:
        plan = Plan(title="t", account="field", server=server, changes=changes)
        positions = range(len(changes))
        with opened(path) as journal:
            job = journal.begin(plan, [[position] for position in positions])
            journal.settled(job, positions, [outcome] * len(changes))

    do(edit(q="1", g="1"), edit(70, q="other record"), edit(project="a2", q="other project"))
    do(
        edit(q="2"),
        SetValidation(project="a1", project_name="P", record=7, root_uuid="r", after="validation_status_approved"),
    )
    do(edit(q="3"), outcome=Outcome(State.FAILED, "no"))
    do(edit(q="4"), server="https://elsewhere")
    found = earlier_answers(path, "https://k", "a1", 7)
    assert {key: (was.account, was.before, was.now) for key, was in found.items()} == {
        "q": ("field", "before 2", "2"),
        "g": ("field", "before 1", "1"),
    }
    assert isinstance(found["q"], Earlier)
    assert found["q"].when > found["g"].when
    assert earlier_answers(path, "https://k", "a1", 8) == {}
