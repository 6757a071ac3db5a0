"""Files of records brought in: nothing twice, exactly what was edited, and what cannot be done said beforehand."""

from __future__ import annotations

import copy
import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.bring_in import NotTaken, bring_in
from kobotui.changes.brought_in import BroughtIn, Fate, plan_of
from kobotui.changes.deployments import prepare_deploy
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import State as End
from kobotui.demo.state import Asset, Row, State
from kobotui.exports.direct import Direct, export_direct
from kobotui.exports.table_file import TableFileError
from kobotui.model.access import PARTIAL
from kobotui.model.export_options import ExportOptions
from tests.changes.nearby import applied_nearby, client_on, project

TODAY = date(2026, 11, 23)
CLINIC = "Clinic visits (patients"


def written(path: Path, rows: list[list[str]], separator: str = ";", encoding: str = "utf-8-sig") -> Path:
    """A CSV as some program saves it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


async def asked(kobo: KoboClient, asset: Asset, path: Path, journal: Journal | None = None, **more: Any) -> BroughtIn:
    """What a file asks for."""
    seen = journal.records_seen(kobo.account.server, asset.uid) if journal else {}
    detail = await kobo.projects.get(asset.uid)
    return await bring_in(kobo, detail, path, today=TODAY, seen=seen, **more)


def fates(found: BroughtIn) -> dict[str, int]:
    """How many rows there are of each kind."""
    assert found.problems == ()
    return dict(Counter(row.fate.value for row in found.rows))


async def done(kobo: KoboClient, journal: Journal, found: BroughtIn, *, again: bool = False) -> None:
    """Do all of it."""
    plan = plan_of(found, "f", kobo.account, again=again)
    ends = await applied_nearby(kobo, journal, *plan.changes)
    assert {end.state for end in ends} <= {End.DONE}, [end.reason for end in ends]


def raw(asset: Asset) -> dict[int, dict[str, Any]]:
    """All records as the server has them."""
    assert asset.records is not None
    return {row["_id"]: copy.deepcopy(row) for row in asset.records.page(limit=None)}


NEW = [
    ["Facility name", "position", "photo", "facility"],
    ["", "-1,5 36,8 0 0", "p q.jpg", "A «ñ» 😀\n=1"],
    ["", "", "", "B"],
    ["", "", "", "B"],
]


@pytest.fixture
def clinic(state: State) -> Asset:
    return project(state, CLINIC)


async def test_a_second_run_adds_nothing(inside: KoboClient, clinic: Asset, journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "p q.jpg").write_bytes(b"a picture")
    rows = [row[1:] for row in NEW]
    rows[1][0] = "-1.5 36.8 0 0"
    before = raw(clinic)
    path = written(tmp_path / "new.csv", rows)
    found = await asked(inside, clinic, path, attachments=tmp_path)
    assert fates(found) == {"new": 3}
    await done(inside, journal, found)
    made = [row for number, row in raw(clinic).items() if number not in before]
    assert [row["facility"] for row in made] == ["A «ñ» 😀\n=1", "B", "B"]
    assert made[0]["_attachments"][0]["media_file_basename"] == "p_q.jpg" or made[0]["photo"] == "p q.jpg"
    # the same, otherwise: another program, another order of columns and rows, after a new version of the form
    other = written(tmp_path / "other.csv", [row[::-1] for row in (rows[0], *rows[:0:-1])], "\t", "utf-16")
    detail = await inside.projects.patch(clinic.uid, name="Renamed")
    await applied_nearby(inside, journal, *await prepare_deploy(inside, [clinic.uid]))
    assert (await inside.projects.get(clinic.uid)).deployed_version_id != detail.deployed_version_id
    for again in (path, other):
        found = await asked(inside, clinic, again, journal, attachments=tmp_path)
        assert fates(found) == {"there": 3}
        assert found.changes == ()
    assert len(raw(clinic)) == len(before) + 3


async def test_what_became_of_a_row_that_was_brought_in(
    inside: KoboClient, clinic: Asset, journal: Journal, tmp_path: Path
) -> None:
    path = written(tmp_path / "new.csv", [["facility"], ["one"], ["two"], ["three"]], ",")
    before = raw(clinic)
    await done(inside, journal, await asked(inside, clinic, path))
    one, two, _three = [number for number in raw(clinic) if number not in before]
    await inside.submissions(clinic.uid).edit([one], {"facility": "uno"})
    await inside.submissions(clinic.uid).delete([two])
    for book in (journal, None):  # by our own journal, and by the project's history
        found = await asked(inside, clinic, path, book)
        assert fates(found) == {"corrected": 1, "deleted": 1, "there": 1}
        assert found.changes == ()
    plan = plan_of(found, "f", inside.account, again=False)
    assert plan.changes == ()
    assert len(plan.warnings) == 2
    await done(inside, journal, found, again=True)
    assert fates(await asked(inside, clinic, path, journal)) == {"corrected": 1, "there": 2}
    assert raw(clinic)[one]["facility"] == "uno"


WAYS = [
    ("csv", ExportOptions(lang="_xml")),
    ("csv", ExportOptions(lang="_default", multiple_select="details", hierarchy_in_labels=True)),
    ("xlsx", ExportOptions(lang="_default", multiple_select="summary")),
    ("xlsx", ExportOptions(lang="_xml", multiple_select="details", xls_types_as_text=True)),
]


@pytest.mark.parametrize(("kind", "options"), WAYS)
async def test_an_export_edited_and_brought_back(
    inside: KoboClient, clinic: Asset, journal: Journal, tmp_path: Path, kind: Any, options: ExportOptions
) -> None:
    path = tmp_path / f"out.{kind}"
    detail = await inside.projects.get(clinic.uid)
    await export_direct(inside, detail, path, Direct(format=kind, options=options))
    before = raw(clinic)
    found = await asked(inside, clinic, path)
    assert fates(found) == {"same": len(before)}

    edit = edited_csv if kind == "csv" else edited_workbook
    number = edit(path, "", lambda heading: "acility" in heading, "An «other»; one")
    other = edit(
        tmp_path / "out-visit.csv" if kind == "csv" else path,
        "visit",
        lambda h: h.startswith("T") or h == "temp",
        "38.25",
    )
    found = await asked(inside, clinic, path)
    assert fates(found) == {"same": len(before) - len({number, other}), "correction": len({number, other})}
    await done(inside, journal, found)
    wanted = {row: dict(answers) for row, answers in before.items()}
    wanted[number]["facility"] = "An «other»; one"
    for row, now in raw(clinic).items():
        told = {key: value for key, value in now.items() if not key.startswith(("_", "meta/"))}
        then = {key: value for key, value in wanted[row].items() if not key.startswith(("_", "meta/"))}
        if row == other:
            assert now["patient"][0]["patient/visit"][0].pop("patient/visit/temp") == "38.25"
            then["patient"][0]["patient/visit"][0].pop("patient/visit/temp", None)
        assert told == then
    found = await asked(inside, clinic, path)
    assert fates(found) == {"same": len(before)}, [row for row in found.rows if row.fate is not Fate.SAME]


Chosen = Callable[[str], bool]


def edited_csv(path: Path, _sheet: str, chosen: Chosen, text: str) -> int:
    """Give the first row another answer; the ``_id`` of its record."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), delimiter=";"))
    place = next(place for place, heading in enumerate(rows[0]) if chosen(heading.rpartition("/")[2]))
    rows[1][place] = text
    written(path, rows, ",", "utf-16")
    key = "_id" if "_id" in rows[0] else "_submission__id"
    return int(rows[1][rows[0].index(key)])


def edited_workbook(path: Path, sheet: str, chosen: Chosen, text: str) -> int:
    """The same in a workbook, saved by another program."""
    book = openpyxl.load_workbook(path)
    page = book[sheet] if sheet else book.worksheets[0]
    headings = [str(cell.value) for cell in page[1]]
    place = next(place for place, heading in enumerate(headings) if chosen(heading))
    page.cell(2, place + 1).value = float(text) if text[0].isdigit() else text
    number = page.cell(2, headings.index("_id" if "_id" in headings else "_submission__id") + 1).value
    book.save(path)
    return int(str(number))


async def test_a_record_corrected_since_the_file_was_written_is_left_alone(
    inside: KoboClient, clinic: Asset, journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    await export_direct(inside, await inside.projects.get(clinic.uid), path, Direct(options=ExportOptions(lang="_xml")))
    first, second, third, *_rest = raw(clinic)
    await inside.submissions(clinic.uid).edit([first], {"facility": "theirs"})
    await inside.submissions(clinic.uid).delete([third])
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), delimiter=";"))
    place = rows[0].index("facility")
    rows[1][place], rows[2][place] = "ours", "ours, too"
    written(path, rows)
    found = await asked(inside, clinic, path)
    told = {row.line: row for row in found.rows if row.fate is not Fate.SAME}
    assert {line: row.fate.value for line, row in told.items()} == {2: "conflict", 3: "correction", 4: "conflict"}
    assert f"record {first} was corrected" in told[2].text
    assert "gone" in told[4].text
    assert plan_of(found, "f", inside.account, again=False).warnings[0].startswith("2 rows are conflicts")
    await done(inside, journal, found)
    now = raw(clinic)
    assert (now[first]["facility"], now[second]["facility"]) == ("theirs", "ours, too")


async def test_every_problem_has_its_line_and_column(inside: KoboClient, clinic: Asset, tmp_path: Path) -> None:
    rows = [["facility", "position", "photo", "n_patients", "remarks", "facility"]]
    found = await asked(inside, clinic, written(tmp_path / "a.csv", [*rows, ["A", "", "", "", "x", "A"]], ","))
    assert (
        found.problems
        == (
            "column remarks: no question of the form is called so",
            "line 1, column facility: this heading could be several questions: facility. Write the name instead.",
        )
        or found.problem_count == 2
    )
    rows = [["facility", "position", "photo"], ["A\x01", "91 0", "no.jpg"], ["", "1 2", ""], ["B", "", "../x"]]
    found = await asked(inside, clinic, written(tmp_path / "b.csv", rows, ","), attachments=tmp_path)
    assert found.problems == (
        "line 2, column facility: The answer has a control character, which the server refuses.",
        "line 2, column position: The latitude must be from -90 to 90.",
        f"line 2, column photo: there is no file {tmp_path / 'no.jpg'}",
        "line 3, column facility: This question needs an answer.",
        "line 4, column photo: this is no name of a file",
    )
    assert (found.changes, found.deleted) == ((), ())
    many = [["facility", "position"], *[["A", "x"]] * 500]
    found = await asked(inside, clinic, written(tmp_path / "c.csv", many, ","))
    assert (len(found.problems), found.problem_count) == (200, 500)
    with pytest.raises(TableFileError, match="No heading is a question"):
        await asked(inside, clinic, written(tmp_path / "d.csv", [["a", "b"], ["1", "2"]], ","))


async def test_columns_that_are_no_questions_are_left_out_when_that_is_wanted(
    inside: KoboClient, clinic: Asset, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", [["facility", "remarks"], ["A", "x"]], ",")
    assert (await asked(inside, clinic, path)).unknown == ("remarks",)
    assert fates(await asked(inside, clinic, path, skip_unknown=True)) == {"new": 1}


async def test_what_takes_no_records_is_refused_beforehand(state: State, clinic: Asset, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [["facility"], ["A"]], ",")
    state.users["ann"] = state.users.get("ann") or next(iter(state.users.values()))
    somebody = next(name for name in state.users if name not in ("admin", "root", "AnonymousUser"))
    clinic.rows = [row for row in clinic.rows if row.username != somebody]
    rule = {name: [{"_submitted_by": somebody}] for name in ("view_submissions", "change_submissions")}
    clinic.rows += [Row(state.uid("p"), somebody, name) for name in ("view_asset", "add_submissions")]
    clinic.rows.append(Row(state.uid("p"), somebody, PARTIAL, rule))
    async with client_on(state, somebody) as kobo:
        with pytest.raises(NotTaken, match="A row rule shows you only some records"):
            await asked(kobo, clinic, path)
        named = written(tmp_path / "b.csv", [["_id", "facility"], [str(min(raw(clinic))), "A"]], ",")
        found = await asked(kobo, clinic, named)
        assert [row.fate for row in found.rows] == [Fate.CONFLICT]
    clinic.rows = [row for row in clinic.rows if (row.username, row.codename) != (somebody, PARTIAL)]
    clinic.rows.append(Row(state.uid("p"), somebody, "view_submissions"))
    clinic.rows = [row for row in clinic.rows if (row.username, row.codename) != (somebody, "add_submissions")]
    async with client_on(state, somebody) as kobo:
        with pytest.raises(NotTaken, match="You may not add records"):
            await asked(kobo, clinic, path)
        with pytest.raises(NotTaken, match="You may not correct"):
            await asked(kobo, clinic, named)
    async with client_on(state, "admin") as kobo:
        assert clinic.deployment is not None
        clinic.deployment.active = False
        with pytest.raises(NotTaken, match="is archived"):
            await asked(kobo, clinic, path)
        clinic.deployment = None
        with pytest.raises(NotTaken, match="is a draft"):
            await asked(kobo, clinic, path)
