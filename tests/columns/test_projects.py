from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns.cell import Cell
from kobotui.columns.deployments import deployment_cells, deployment_columns
from kobotui.columns.projects import panel_lines, project_cells, project_columns, status_cell
from kobotui.model.lists import project_sort_key
from kobotui.model.project import Project
from kobotui.model.text import cell_width, shown
from tests.model.samples import JSON, TEXT, body, detail, projects

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


def one(**changes: Any) -> Project:
    """A recorded project with some fields changed."""
    base = next(item for item in body("asset-list-60")["results"] if item["name"].startswith("Household"))
    return msgspec.convert(base | changes, Project)


def test_a_row_of_the_household_survey() -> None:
    cells = project_cells(one(), "admin1", NOW)
    assert [(column.key, cell.text) for column, cell in zip(project_columns(), cells, strict=True)] == [
        ("name", "Household survey 2026 – Enquête ménage / استبيان"),
        ("status", "deployed"),
        ("records", "3,000"),
        ("last", "17 d ago"),
        ("owner", "admin1"),
        ("mine", "owner"),
        ("modified", "1 h ago"),
        ("country", "Senegal"),
        ("sector", "Humanitarian - Education"),
    ]


def test_all_recorded_projects_have_cells() -> None:
    for project in projects():
        cells = project_cells(project, "admin1", NOW)
        assert len(cells) == len(project_columns())
        assert all(cell.text for cell in cells)


def test_every_column_can_be_sorted_by() -> None:
    for column in project_columns():
        project_sort_key(column.key, "admin1")(one())


@pytest.mark.parametrize(
    ("version", "differs", "expected"),
    [
        ("vLive", None, "deployed"),
        ("vNew", None, "deployed?"),
        ("vNew", True, "deployed*"),
        ("vNew", False, "deployed"),
    ],
)
def test_undeployed_changes_are_certain_only_when_contents_differ(
    version: str, differs: bool | None, expected: str
) -> None:
    project = one(version_id=version, deployed_version_id="vLive")
    assert status_cell(project, differs).text == expected
    assert deployment_cells(project, NOW, differs, {"vLive": "12", "vNew": "12.2"})[1].text == expected


def test_drafts_have_no_records_and_the_nameless_a_sign() -> None:
    draft = one(name="  ", has_deployment=False, deployment_status="draft", deployment__submission_count=0)
    cells = project_cells(draft, "somebody", NOW)
    assert (cells[0].text, cells[1].text, cells[2].text) == ("(no name)", "draft", "-")


def test_counts_that_the_server_keeps_to_itself() -> None:
    assert project_cells(one(deployment__submission_count=None), "x", NOW)[2].text == "-"


def test_the_panel_says_who_is_on_the_team() -> None:
    household = detail("household-trilingual")
    lines = dict(panel_lines(household, "admin1", NOW))
    assert lines["Team"] == "4 users besides the owner"
    assert lines["Languages"] == "English (en), Français (fr), العربية (ar)"
    assert dict(panel_lines(household, "somebody", NOW))["Team"] == "hidden: only managers see it"
    assert dict(panel_lines(household, "somebody", NOW, sees_all=True))["Team"] == lines["Team"]


def test_deployments() -> None:
    project = one(version_id="vNewer123", deployed_version_id="vLive1234")
    cells = deployment_cells(project, NOW, None, {"vLive1234": "12"})
    texts = dict(zip([column.key for column in deployment_columns()], (cell.text for cell in cells), strict=True))
    assert (texts["live"], texts["draft"], texts["changes"]) == ("v12", "vNewer", "perhaps")
    assert deployment_cells(one(has_deployment=False), NOW)[3].text == "-"


def clean(cells: tuple[Cell, ...]) -> None:
    for cell in cells:
        assert shown(cell.text) == cell.text
        cell_width(cell.text)


@given(TEXT, TEXT, TEXT, JSON, JSON, JSON, TEXT, st.datetimes(timezones=st.just(UTC)), st.none() | st.booleans())
def test_nothing_a_server_sends_reaches_the_screen_raw(
    name: str,
    status: str,
    owner: str,
    sector: Any,
    country: Any,
    summary: Any,
    tags: str,
    moment: datetime,
    differs: Any,
) -> None:
    base = one()
    project = msgspec.structs.replace(
        base,
        name=name,
        deployment_status=status,
        owner=owner,
        owner_label=owner,
        version_id=name,
        settings={"sector": sector, "country": country, "description": name},
        summary=summary if isinstance(summary, dict) else {"languages": summary},
        tag_string=tags,
        last_modified_by=owner,
        last_submission_time=moment,
        permissions=[msgspec.structs.replace(row, user=owner, permission=name) for row in base.permissions[:3]],
    )
    clean(project_cells(project, owner, NOW, differs))
    clean(deployment_cells(project, NOW, differs, {name: tags}))
    clean(tuple(Cell(text) for _label, text in panel_lines(project, owner, NOW, differs, sees_all=True)))
    for column in project_columns():
        project_sort_key(column.key, owner)(project)
