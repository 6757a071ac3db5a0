"""The fewest steps that keep the order where it matters."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.changes.access import SetAccess
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import SetActive
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.kinds import AnyChange, grouped, steps_for
from kobotui.changes.submissions import EDIT_BATCH, STATUS_BATCH, EditAnswers, SetValidation
from kobotui.model.access import NOTHING, PUBLIC, Rights

HELD = Rights(frozenset({"view_asset"}))


def access(user: str, project: str = "aX") -> AnyChange:
    """A user joins."""
    return SetAccess(project=project, project_name="", username=user, owner="o", before=NOTHING, after=HELD)


def edit(record: int, value: str = "v", project: str = "aX") -> AnyChange:
    """A correction."""
    return EditAnswers(
        project=project, project_name="", record=record, root_uuid="", uuid="u", before={"q": None}, after={"q": value}
    )


def status(record: int, after: str | None = None, project: str = "aX") -> AnyChange:
    """A validation status."""
    return SetValidation(project=project, project_name="", record=record, root_uuid="", before="b", after=after)


def copy(record: int, project: str = "aX") -> AnyChange:
    """A duplicate."""
    return DuplicateSubmission(project=project, project_name="", record=record, root_uuid="")


def delete(record: int, project: str = "aX") -> AnyChange:
    """A deletion."""
    return DeleteSubmission(project=project, project_name="", record=record, root_uuid="", uuid="u")


def archive(project: str = "aX") -> AnyChange:
    """A change of the project itself."""
    return SetActive(project=project, project_name="", before=True, after=False)


def test_a_team_is_one_step_also_with_others_between() -> None:
    assert grouped([access("a"), edit(1), access("b"), edit(2), access(PUBLIC)]) == [[0, 2, 4], [1, 3]]


def test_other_projects_and_other_values_are_other_steps() -> None:
    assert grouped([edit(1), edit(2, "w"), edit(3, project="aY"), edit(4)]) == [[0, 3], [1], [2]]


def test_what_empties_and_what_unanswers_is_the_same() -> None:
    nothing = EditAnswers(
        project="aX", project_name="", record=2, root_uuid="", uuid="", before={"q": "1"}, after={"q": None}
    )
    assert grouped([edit(1, ""), nothing]) == [[0, 1]]


def test_one_record_is_never_twice_in_a_step_and_keeps_its_order() -> None:
    assert grouped([edit(1), edit(1, "w"), edit(1), edit(2)]) == [[0], [1], [2, 3]]
    assert grouped([edit(1), status(1), delete(1), edit(2)]) == [[0, 3], [1], [2]]
    assert grouped([access("a"), access("a"), access("b")]) == [[0], [1, 2]]


def test_a_copy_does_not_part_what_has_nothing_to_do_with_it() -> None:
    assert grouped([status(1), copy(9), status(2), copy(9), copy(1)]) == [[0, 2], [1], [3], [4]]


def test_nothing_is_moved_across_a_change_of_the_project() -> None:
    assert grouped([edit(1), access("a"), archive(), edit(2), access("b")]) == [[0], [1], [2], [3], [4]]
    assert grouped([edit(1), archive("aY"), edit(2)]) == [[0, 2], [1]]


def test_batches_are_bounded() -> None:
    assert [len(step.changes) for step in steps_for([edit(n) for n in range(120)])] == [EDIT_BATCH, EDIT_BATCH, 20]
    assert [len(step.changes) for step in steps_for([status(n) for n in range(501)])] == [STATUS_BATCH, 1]


projects = st.sampled_from(["aX", "aY"])
records = st.integers(1, 4)
anything = st.one_of(
    st.builds(access, st.sampled_from("abc"), projects),
    st.builds(edit, records, st.sampled_from("vw"), projects),
    st.builds(status, records, st.sampled_from([None, "s"]), projects),
    st.builds(copy, records, projects),
    st.builds(delete, records, projects),
    st.builds(archive, projects),
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(plan=st.lists(anything, max_size=14))
def test_every_change_once_and_in_order_where_it_matters(plan: list[AnyChange]) -> None:
    groups = grouped(plan)
    step = {position: number for number, positions in enumerate(groups) for position in positions}
    assert sorted(position for positions in groups for position in positions) == list(range(len(plan)))
    for positions in groups:
        kinds = {(type(plan[position]), plan[position].project) for position in positions}
        assert len(kinds) == 1
        assert len({touches(plan[position]) for position in positions}) == len(positions)
    for first, second in combinations(range(len(plan)), 2):
        if plan[first].project == plan[second].project and clash(plan[first], plan[second]):
            assert step[first] < step[second]


def touches(change: AnyChange) -> object:
    """The part of a project that a change is about; None for the project itself."""
    return getattr(change, "record", None) or getattr(change, "username", None)


def clash(first: AnyChange, second: AnyChange) -> bool:
    """Whether it matters which comes first."""
    return touches(first) is None or touches(second) is None or touches(first) == touches(second)
