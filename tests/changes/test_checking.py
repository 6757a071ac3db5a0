"""Statuses set one by one: what a row shows meanwhile, and what one z takes back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kobotui.changes.checking import Checking, Sign
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.submissions import SetValidation
from kobotui.model.submission import VALIDATION_UIDS, Submission
from tests.model.matrices import project

APPROVED, REFUSED, HELD = VALIDATION_UIDS
PROJECT = project("aWater", {})


def record(number: int, uid: str | None = None, stamp: int | None = None) -> Submission:
    status: dict[str, Any] = {"uid": uid, "timestamp": stamp} if uid else {}
    return Submission(number, {"_id": number, "meta/rootUuid": f"uuid:{number}", "_validation_status": status})


def put(checking: Checking, found: Submission, uid: str | None, job: int = 1) -> SetValidation:
    change = checking.change(PROJECT, found, uid)
    assert change
    checking.add(change, job)
    return change


def take_back(checking: Checking, job: int = 1) -> SetValidation | None:
    found = checking.back()
    if found is None:
        return None
    checking.add(found[0], job, takes_back=found[1])
    return found[0]


def stamped(stamp: int) -> Outcome:
    return Outcome(State.DONE, image={"stamp": stamp})


def test_what_is_on_its_way_is_seen_at_once_and_what_failed_is_said() -> None:
    checking = Checking()
    put(checking, record(1), APPROVED)
    put(checking, record(2, HELD, 7), None)
    assert checking.seen(record(1)).validation == APPROVED
    assert checking.seen(record(2, HELD, 7)).validation is None
    assert checking.change(PROJECT, record(1), APPROVED) is None, "it has that status already"
    assert checking.kept == (1, 2)
    news = checking.report(1, [stamped(8), Outcome(State.FAILED, "No.")])
    assert [change.record for change, _outcome in news] == [1, 2]
    assert checking.mark(1) is None
    mark = checking.mark(2)
    assert mark
    assert (mark.sign, mark.outcome.reason) == (Sign.FAILED, "No.")
    assert checking.seen(record(2, HELD, 7)).validation == HELD
    assert checking.kept == (1,)
    assert checking.report(1, [stamped(8), Outcome(State.FAILED, "No.")]) == [], "old news"
    checking.renewed()
    assert checking.mark(2) is None
    assert (checking.kept, checking.checked) == ((), 1)
    checking.another_list()
    assert checking.checked == 0


def test_another_status_builds_on_the_one_that_is_on_its_way() -> None:
    checking = Checking()
    put(checking, record(1, HELD, 7), APPROVED)
    again = put(checking, record(1, HELD, 7), REFUSED)
    assert (again.before, again.stamp) == (APPROVED, None)


def test_one_by_one_is_taken_back_the_last_one_first() -> None:
    checking = Checking()
    put(checking, record(1), APPROVED)
    put(checking, record(2, HELD, 7), None)
    put(checking, record(3), REFUSED)
    checking.report(1, [stamped(8), DONE, Outcome(State.CONFLICT, "Somebody.")])
    back = take_back(checking)
    assert back
    assert (back.record, back.before, back.after) == (2, None, HELD), "what failed changed nothing"
    back = take_back(checking)
    assert back
    assert (back.record, back.before, back.after, back.stamp) == (1, APPROVED, None, 8)
    assert take_back(checking) is None
    assert checking.kept == ()
    checking.report(1, [None, None, None, DONE, Outcome(State.FAILED, "No.")])
    assert checking.kept == (1,), "it could not be taken back"
    back = take_back(checking)
    assert back
    assert back.record == 1


def test_what_nobody_works_on_any_more_is_said_and_not_taken_back_here() -> None:
    checking = Checking()
    put(checking, record(1), APPROVED)
    put(checking, record(2), APPROVED)
    checking.report(1, [stamped(8), Outcome(State.WAITING, "Away.")])
    (left,) = checking.ended(1, "The key is not accepted.")
    assert left.record == 2
    mark = checking.mark(2)
    assert mark
    assert (mark.sign, mark.outcome.reason) == (Sign.FAILED, "The key is not accepted.")
    assert checking.jobs == frozenset()
    put(checking, record(3), APPROVED, 2)
    checking.report(2, [stamped(9)])
    assert checking.mark(3) is None
    assert [back.record for back in iter(lambda: take_back(checking, 2), None)] == [3, 1]
    put(checking, record(4), APPROVED)
    checking.seal()
    assert take_back(checking) is None


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, *VALIDATION_UIDS])), max_size=20))
def test_everything_taken_back_is_as_it_was(sets: list[tuple[int, str | None]]) -> None:
    """Whatever is set on whatever, the changes in their order bring the server to what is shown, and back."""
    before = {number: (None, APPROVED, REFUSED, HELD)[number - 1] for number in range(1, 5)}
    server = dict(before)
    checking = Checking()

    def sent(change: SetValidation) -> None:
        assert server[change.record] == change.before
        server[change.record] = change.after

    for number, uid in sets:
        if change := checking.change(PROJECT, record(number, before[number]), uid):
            checking.add(change, 1)
            sent(change)
    assert {number: checking.seen(record(number, uid)).validation for number, uid in before.items()} == server
    for back in iter(lambda: take_back(checking), None):
        sent(back)
    assert server == before
    assert checking.kept == ()
