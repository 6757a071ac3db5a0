from __future__ import annotations

import random
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.model.access import PUBLIC, Rights, Team
from kobotui.model.matrix import Beyond, Matrix
from kobotui.model.project import Project
from tests.model.matrices import ENTRY, MANAGER, USERS, VIEWER, matrix, project, rights, ruled
from tests.model.samples import projects


@settings(max_examples=200)
@given(
    st.lists(st.dictionaries(st.sampled_from([*USERS, PUBLIC]), rights(), max_size=5), max_size=3), st.integers(0, 9)
)
def test_every_team_is_what_its_rows_add_up_to(teams: list[dict[str, Rights]], seed: int) -> None:
    listed = [project(f"a{n}", {u: held for u, held in team.items() if held}) for n, team in enumerate(teams)]
    for item in listed:
        random.Random(seed).shuffle(item.permissions)  # no order of the rows may matter
    read = Matrix.of(listed, "ana")
    for item in listed:
        team = Team.of(item.permissions, item.owner, "ana")
        assert read.projects[item.uid].usernames == {"admin", *team.rights}  # before the team is worked out
        assert dict(read.projects[item.uid].team.rights) == team.rights
        assert read.projects[item.uid].team.complete is team.complete
        assert read.projects[item.uid].usernames == {"admin", *team.rights}
    known = {user for item in listed for user in Team.of(item.permissions, item.owner, "ana").rights}
    assert set(read.users) == known - {PUBLIC}
    assert {user: n for user, n in read.reach.items() if user != PUBLIC} == {
        user: sum(1 for _project, _held in read.of_user(user)) for user in read.users
    }


def test_a_recorded_list_is_read_whole() -> None:
    read = Matrix.of(projects(), "admin1")
    assert [item.owner for item in read.partly] == ["bob"]  # the one that is only shared with the caller
    assert len(read.projects) == 60
    assert sum(1 for _cell in read.cells()) == sum(len({row.user for row in item.permissions}) for item in projects())


def test_teams_seen_in_part_are_known_as_such() -> None:
    seen = matrix(
        project("a1", {"ana": VIEWER}, owner="zoe"),
        project("a2", {"ana": MANAGER, "ben": ENTRY}, owner="zoe"),
        caller="ana",
    )
    assert [item.uid for item in seen.partly] == ["a1"]
    assert not seen.complete
    part, whole = seen.projects["a1"], seen.projects["a2"]
    assert part.knows("ana")
    assert part.knows("zoe")
    assert part.knows(PUBLIC)
    assert not part.knows("ben")
    assert whole.knows("nobody")
    assert matrix(project("a1", {}, owner="zoe"), caller="root", sees_all=True).complete
    assert not matrix(whole=False).complete


def test_rights_without_a_row_are_told_where_the_list_tells_of_them() -> None:
    seen = matrix(
        project("a1", {}, owner_label="Field Ops"),
        project("a2", {}, owner="zoe"),
        project("a3", {PUBLIC: VIEWER}, owner="zoe"),
        project("a4", {"admin": VIEWER}, owner="zoe"),
    )
    assert [item.beyond for item in seen.projects.values()] == [(Beyond.ORGANIZATION,), (Beyond.CALLER,), (), ()]


def test_a_pivot_shows_the_same_cells() -> None:
    seen = matrix(project("a1", {"ana": VIEWER, "mariana": ENTRY}), project("a2", {"mariana": ruled(view="a = 1")}))
    view = seen.view()
    assert (len(view.rows), list(view.columns)) == (2, ["admin", "ana", "mariana"])
    turned = view.pivoted()
    assert list(turned.rows) == ["admin", "ana", "mariana"]
    assert {view.at(r, c) for r in range(2) for c in range(3)} == {turned.at(c, r) for r in range(2) for c in range(3)}
    assert turned.pivoted() == view


def test_parts_of_a_list_become_one_matrix_and_a_team_can_be_read_anew() -> None:
    first = matrix(project("a1", {"ana": VIEWER}), whole=False)
    both = first.plus(matrix(project("a2", {"ben": ENTRY})))
    assert (list(both.projects), both.whole, first.whole) == (["a1", "a2"], True, False)
    newer = both.with_team("a1", both.projects["a1"].team.with_rights("carol", VIEWER))
    assert newer.get("a1", "carol") == VIEWER
    assert not both.get("a1", "carol")
    assert newer.get("a9", "carol") == Rights()


def big(rng: random.Random, count: int, users: int, team: int) -> list[Project]:
    """Projects with teams drawn from ``users`` people."""
    people = [f"user{number:03}" for number in range(users)]
    held = [VIEWER, ENTRY, MANAGER, ruled(view="region = north")]
    return [project(f"a{n}", {user: rng.choice(held) for user in rng.sample(people, team)}) for n in range(count)]


def test_memory_grows_with_the_cells_and_not_with_the_rows() -> None:
    listed = big(random.Random(1), 100, 180, 30)
    assert Matrix.of(listed, "admin").get("a0", "admin")  # what is remembered of links is not the matrix's
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    read = Matrix.of(listed, "admin")
    teams = [item.team for item in read.projects.values()]
    cells = sum(len(team.rights) for team in teams)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert cells == 3100
    assert used < 160 * cells  # bytes; a row of the list takes three times as much, and a cell has several
    assert len({id(held) for team in teams for held in team.rights.values()}) == 4  # an owner holds what a manager does
