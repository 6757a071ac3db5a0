"""Whatever a server answers is a model that can be shown, or the one clear error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.api.access import _Owner
from kobotui.api.deployment import Deployment
from kobotui.api.errors import Unreadable
from kobotui.api.history import HistoryEntry
from kobotui.api.imports import ImportTask
from kobotui.api.login import _Token
from kobotui.api.paging import Envelope
from kobotui.api.projects import Counts, _Hash, _Links
from kobotui.api.reply import Reply
from kobotui.api.submissions import DailyCounts, EditResult, _submission
from kobotui.columns.access import access_cells
from kobotui.columns.deployments import deployment_cells
from kobotui.columns.form import outline_cells
from kobotui.columns.projects import panel_lines, project_cells, project_columns
from kobotui.columns.record import record_cells, record_footer
from kobotui.columns.submissions import SubmissionColumns
from kobotui.columns.versions import version_cells
from kobotui.columns.words import rights_line
from kobotui.model.access import Assignment, Team, bulk_rows, settled
from kobotui.model.form import Form
from kobotui.model.lists import mine, project_sort_key, search_text
from kobotui.model.people import Environment, Me, User
from kobotui.model.project import Project, ProjectDetail, Version
from kobotui.model.record import lay_out
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from tests.api.test_samples import body

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DEEP: Any = "bottom"
for _level in range(300):
    DEEP = [DEEP, {"a": DEEP}][_level % 2 :][:1] if _level % 3 else {"a": DEEP}
NASTY: list[Any] = [
    None, True, False, 0, -1, 2**63, 10**25, 0.5, -1e300, "", "x", "\x1b[2J", "[/]x", "\u202eabc", "{}", "{0}", "%s",
    "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "no date",
    [], [None], [[]], ["x"], [{}], {}, {"a": None}, {"uid": 5}, {"value": "\x1b[2J", "label": "[/]x"}, DEEP,
    "\u4e2d" * 30_000,
]  # fmt: skip
JSON = st.recursive(
    st.sampled_from(NASTY) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def spoilt(sample: Any, levels: int = 3) -> Iterator[Any]:
    """The sample with one part of it something else, or missing; every part down to this level, every nasty thing."""
    for place in places(sample, levels):
        for other in NASTY:
            yield replaced(sample, place, other)
        if place and isinstance(place[-1], str):
            yield without(sample, place)


def places(value: Any, levels: int, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value; of lists the first item is enough."""
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, part in inner if levels else ():
        yield from places(part, levels - 1, (*here, key))


def replaced(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    if not place:
        return other
    first, *rest = place
    new = copy.copy(value)
    new[first] = replaced(value[first], tuple(rest), other)
    return new


def without(value: Any, place: tuple[Any, ...]) -> Any:
    *way, last = place
    inner = value
    for key in way:
        inner = inner[key]
    return replaced(value, tuple(way), {key: part for key, part in inner.items() if key != last})


def decoded(kind: Any, value: Any) -> Any:
    """The model, None where there is the one clear error."""
    reply = Reply("GET", "/api/v2/x/", 200, {"content-type": "application/json"}, json.dumps(value).encode())
    try:
        return reply.decode(kind)
    except Unreadable as error:
        refused = error
    assert refused.sentence.startswith("The server's answer is not what kobotui expects")
    assert shown(refused.details(), one_line=False)
    return None


PROJECT = next(p for p in body("asset-list-60")["results"] if p["deployment__submission_count"])


def test_a_list_of_projects() -> None:
    for value in spoilt({"count": 1, "results": [PROJECT]}, 4):
        for project in page.results if (page := decoded(Envelope[Project], value)) else ():
            show_project(project)


def show_project(project: Project) -> None:
    cells = project_cells(project, "ana", NOW) + deployment_cells(project, NOW)
    assert all(shown(cell.text) == cell.text for cell in cells)
    assert all(shown(text) == text for _label, text in panel_lines(project, project.owner, NOW))
    for column in project_columns():
        project_sort_key(column.key, "ana")(project)
    search_text(project)
    mine(project, "ana")
    _ = (project.languages, project.question_count, project.tags, project.undeployed)


SMALL = body("asset-detail-clinic-repeats")
SMALL["content"]["survey"] = SMALL["content"]["survey"][:6]
SMALL["permissions"] = SMALL["permissions"][:4]


def test_the_detail_of_a_project() -> None:
    promised = {key: value for key, value in SMALL.items() if key in ProjectDetail.__struct_encode_fields__}
    for project in filter(None, (decoded(ProjectDetail, value) for value in spoilt(promised, 2))):
        show_project(project)
        _ = (project.rights, project.differs, project.deployed_hash)
        form = Form.from_content(project.content)
        for node in form.outline():
            assert all(shown(cell.text) == cell.text for cell in outline_cells(form, node, 0))
        for version in project.deployed_versions.results:
            version_cells(version, NOW, live=False)


FORM = Form.from_content(body("asset-detail-clinic-repeats")["content"])
RECORD = next(row for row in body("data-clinic-50")["results"] if row["_attachments"])
REPLY = Reply("GET", "/", 200, {"content-type": "application/json"}, b"{}")


def test_a_page_of_records() -> None:
    for value in spoilt({"count": 1, "results": [RECORD]}, 4):
        for row in page.results if (page := decoded(Envelope[dict[str, Any]], value)) else ():
            with suppress(Unreadable):
                show_record(_submission(row, REPLY))


def show_record(record: Submission) -> None:
    cells = SubmissionColumns(FORM, 0).cells(record, NOW)
    assert all(shown(cell.text) == cell.text for cell in cells)
    for line in lay_out(FORM, record, 0):
        assert all(shown(cell.text) == cell.text for cell in record_cells(line))
    assert shown(footer := record_footer(record, NOW)) == footer
    _ = (record.uuid, record.root_uuid, record.version, record.validation_stamp, record.geolocation)


def test_a_team() -> None:
    sample = [row for row in body("permission-assignments-30-users") if "partial_permissions" in row][:2]
    for rows in filter(None, (decoded(list[Assignment], value) for value in spoilt(sample, 6))):
        team = Team.of(rows, "ana", "ana")
        for user, rights in team.rights.items():
            assert all(shown(cell.text) == cell.text for cell in access_cells(user, rights, settled(rights)))
            assert shown(line := rights_line(rights)) == line
        bulk_rows(team)


def test_the_environment() -> None:
    for value in spoilt(body("environment"), 3):
        decoded(Environment, value)


KINDS = [Me, User, _Owner, Deployment, ImportTask, _Token, Counts, _Hash, _Links, DailyCounts, EditResult,
         Envelope[Version], Envelope[HistoryEntry], Version]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_anything(kind: Any) -> None:
    @settings(max_examples=40, deadline=None, database=None)
    @given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(fields(kind), JSON)))
    def anything(value: Any) -> None:
        model = decoded(kind, value)
        if isinstance(model, ImportTask):
            _ = (model.done, model.project, model.error)

    anything()


def fields(kind: Any) -> tuple[str, ...]:
    struct = getattr(kind, "__origin__", kind)
    return tuple(struct.__struct_encode_fields__)
