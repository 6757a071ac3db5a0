from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.same_records import Finder, Group, compare, rest_of
from kobotui.model.submission import Submission
from tests.model.samples import RECORD, form, records

CLINIC = form("clinic-repeats")


def ids(number: int, uuid: str, root: str = "", instance: str = "") -> Submission:
    """A record by what names it."""
    raw = {"_uuid": uuid, "meta/instanceID": f"uuid:{instance or uuid}", "meta/rootUuid": f"uuid:{root or uuid}"}
    return Submission(number, raw)


def found(*shown: Submission, paths: tuple[str, ...] = ()) -> list[tuple[int, ...]]:
    finder = Finder(paths)
    for record in shown:
        finder.add(record)
    assert finder.seen == len(shown)
    return finder.groups()


def test_the_same_record_by_any_of_its_names() -> None:
    assert found(*records("clinic-50")) == []
    assert found(ids(1, "a"), ids(2, "b"), ids(3, "c", root="a"), ids(5, "d", instance="c"), ids(4, "b")) == [
        (1, 3, 5), (2, 4),
    ]  # fmt: skip
    assert found(Submission(1, {}), Submission(2, {})) == []  # nothing is known of them


def test_a_record_that_ties_two_groups_makes_one() -> None:
    assert found(ids(1, "a"), ids(2, "b"), ids(3, "a"), ids(4, "b"), ids(5, "a", root="b")) == [(1, 2, 3, 4, 5)]


def test_the_same_answers_letter_case_and_spaces_aside() -> None:
    shown = [
        Submission(1, {"name": "Ana  Duarte", "age": "7"}), Submission(2, {"name": "ana duarte ", "age": "7"}),
        Submission(3, {"name": "Ana Duarte"}), Submission(4, {"name": "Ana Duarte", "age": ""}), Submission(5, {}),
        Submission(6, {}), Submission(7, {"name": "Ana", "age": "Duarte7"}), Submission(8, {"age": "7"}),
    ]  # fmt: skip
    assert found(*shown, paths=("name", "age")) == [(1, 2), (3, 4)]
    assert found(*shown, paths=("age",)) == [(1, 2, 8)]


@given(st.lists(st.tuples(*[st.sampled_from("abcd")] * 3), max_size=12))
def test_groups_are_what_the_names_tie_together(names: list[tuple[str, str, str]]) -> None:
    shown = [ids(number, *three) for number, three in enumerate(names)]
    groups = found(*shown)
    in_group = {number: group for group in groups for number in group}
    assert len(in_group) == sum(map(len, groups))
    for one, mine in enumerate(names):
        for other, theirs in enumerate(names):
            if one != other and (mine[0] == theirs[0] or mine[1] == theirs[1] or mine[2] == theirs[2]):
                assert in_group[one] is in_group[other]


def test_side_by_side_in_form_order_with_what_differs() -> None:
    first = next(record for record in records("clinic-50") if len(record.raw["patient"]) == 2)
    raw: dict[str, Any] = {**first.raw, "facility": "elsewhere", "patient": [first.raw["patient"][0]], "odd": "x"}
    lines = compare(CLINIC, [first, Submission(2, raw)])
    differing = [one.line.position for one in lines if one.differs]
    assert differing[0] == "facility"
    assert "patient[2]" in differing
    assert differing[-1] == "odd"
    assert all(position.startswith(("facility", "patient[2]", "odd")) for position in differing)
    positions = [one.line.position for one in lines]
    assert positions.index("patient[1]/pname") < positions.index("patient[2]/pname") < positions.index("n_patients")
    assert next(one for one in lines if one.line.position == "facility").texts[1] == "elsewhere"
    assert not any(one.differs for one in compare(CLINIC, [first, Submission(3, first.raw)]))


@given(st.lists(RECORD, min_size=1, max_size=3))
def test_any_records_can_be_compared(raws: list[dict[str, Any]]) -> None:
    lines = compare(CLINIC, [Submission(number, raw) for number, raw in enumerate(raws)])
    assert all(len(one.texts) == len(raws) for one in lines)
    assert len({one.line.position for one in lines}) == len(lines)
    finder = Finder(("a", "b"))
    for number, raw in enumerate(raws):
        finder.add(Submission(number, raw))


def test_which_one_is_kept() -> None:
    approved = {"_validation_status": {"uid": "validation_status_approved"}}
    group = Group((Submission(1, {}), Submission(2, approved), Submission(3, approved)))
    kept = {keep: [record.id for record in rest_of(group, keep)] for keep in ("oldest", "newest", "approved")}
    assert kept == {"oldest": [2, 3], "newest": [1, 2], "approved": [1, 3]}
    assert [record.id for record in rest_of(group.without(frozenset({2, 3})), "approved")] == []
