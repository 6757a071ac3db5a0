"""How a plan says itself: warnings first, then groups; totals; the result as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from kobotui.changes.access import SetAccess
from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject
from kobotui.changes.result import HEADING, result_rows
from kobotui.changes.review import review_lines, totals
from kobotui.exports.plain_csv import csv_bytes
from kobotui.model.access import NOTHING, PUBLIC, Rights, settled

VIEW = settled(Rights(frozenset({"view_submissions"})))
EDIT = settled(Rights(frozenset({"change_submissions"})))


def access(project: str, username: str, before: Rights, after: Rights) -> SetAccess:
    return SetAccess(
        project=project, project_name=f"Project {project}", username=username, owner="ana", before=before, after=after
    )


def plan_of(*changes: AnyChange) -> Plan:
    return Plan(title="Test", account="ana", server="https://kobo.test", changes=changes)


TEAMS = plan_of(
    access("a1", "ben", VIEW, EDIT),
    access("a1", "dave", VIEW, NOTHING),
    access("a2", "ben", NOTHING, VIEW),
    access("a2", PUBLIC, NOTHING, Rights(frozenset({"view_asset"}))),
)


def test_warnings_come_first_then_projects_with_their_changes() -> None:
    texts = [line.text for line in review_lines(TEAMS)]
    assert texts[:2] == [
        "! dave loses all access to Project a1",
        "! Project a2 becomes public: Anyone can view this form",
    ]
    assert texts[2] == "Undo gives back: 4 exactly"
    assert texts[3] == "Project a1"
    assert texts[4] == "  ~ ben   View submissions -> Edit submissions"
    assert "      + Edit submissions" in texts
    assert texts.count("Project a2") == 1


def test_a_heading_stands_for_all_changes_below_it() -> None:
    headings = {line.text: line.positions for line in review_lines(TEAMS) if line.style == "heading"}
    assert headings == {"Project a1": (0, 1), "Project a2": (2, 3)}


def test_grouped_by_user() -> None:
    headings = {line.text: line.positions for line in review_lines(TEAMS, by_user=True) if line.style == "heading"}
    assert headings == {"ben": (0, 2), "dave": (1,), "public": (3,)}
    assert "  ~ Project a2   - -> View submissions" in [line.text for line in review_lines(TEAMS, by_user=True)]


def test_changes_of_one_project_stand_together_wherever_they_are_in_the_plan() -> None:
    plan = plan_of(*(SetActive(project=p, project_name=p, before=True, after=False) for p in ("a1", "a2", "a1")))
    groups = [line.positions for line in review_lines(plan) if line.style == "heading"]
    assert groups == [(0, 2), (1,)]


def test_what_cannot_be_taken_back_says_so() -> None:
    lines = [line.text.strip() for line in review_lines(plan_of(DeleteProject(project="a1", project_name="P")))]
    assert "cannot be taken back" in lines
    assert "Undo gives back: 1 not at all" in lines


def test_warnings_alone() -> None:
    assert all(line.text.startswith("! ") for line in review_lines(TEAMS, only_warnings=True))
    calm = plan_of(SetActive(project="a1", project_name="P", before=True, after=False))
    assert [line.text for line in review_lines(calm, only_warnings=True)] == ["There are no warnings."]


def test_totals_of_teams_count_rights_and_people() -> None:
    assert totals(TEAMS) == "3 grants, 2 removals on 2 projects, 3 users"
    mixed = plan_of(*TEAMS.changes, SetActive(project="a1", project_name="P", before=True, after=False))
    assert totals(mixed).startswith("1 change, 3 grants, 2 removals on 2 projects")


def test_the_result_is_a_table_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    evil = "=HYPERLINK(1)"
    plan = plan_of(
        SetActive(project="a1", project_name=evil, before=True, after=False),
        SetActive(project="a2", project_name="P", before=True, after=False),
    )
    job = journal.begin(plan, [[0], [1]])
    journal.started(job, [0])
    journal.settled(job, [0], [DONE])
    journal.settled(job, [1], [Outcome(State.FAILED, "No.")])
    rows = list(csv.reader(csv_bytes(HEADING, result_rows(journal.entries(job))).decode("utf-8-sig").splitlines()))
    journal.close()
    assert tuple(rows[0]) == HEADING
    assert [row[7] for row in rows[1:]] == ["done", "failed"]
    assert rows[1][2] == f"'{evil}"
    assert rows[1][3:7] == ["set-active", "Archive", "deployed", "archived"]
    assert rows[2][8] == "No."
