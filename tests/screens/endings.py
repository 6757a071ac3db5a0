"""What the actions of the console lead to: each ending answers what is asked and looks at what has become of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

from kobotui.changes import planfile
from kobotui.changes.journal import opened
from kobotui.changes.outcome import State
from kobotui.model.access import NOTHING
from kobotui.model.rowrule import parse_rules, say_rules
from kobotui.screens.copy import CopyScreen
from kobotui.screens.data import DataScreen
from kobotui.screens.rule_editor import RuleEditor
from kobotui.screens.saved_filters import SavedFiltersWindow
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import TextEditor
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Picker
from kobotui.widgets.side_panel import SidePanel
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from tests.changes.test_projects import household, xlsform
from tests.screens.scenes import QUESTION, Step
from tests.screens.stage import Stage


def on(place: str) -> Step:
    """Another screen is there, or still this one."""
    return lambda stage: stage.on(place)


def window(kind: type[Any]) -> Step:
    async def then(stage: Stage) -> None:
        await stage.window(kind)

    return then


async def deployed(stage: Stage) -> None:
    await stage.accept()
    assert stage.asset.deployment_status == "deployed"
    assert stage.asset.version is stage.asset.deployed_version


def status(wanted: str) -> Step:
    async def then(stage: Stage) -> None:
        await stage.accept()
        assert stage.asset.deployment_status == wanted

    return then


async def cloned(stage: Stage) -> None:
    name = f"Clone of {stage.asset.uid}"
    await stage.answer(name)
    await stage.accept()
    assert name in {asset.name for asset in stage.server.state.assets.values()}


async def renamed(stage: Stage) -> None:
    if stage.screen.place != "general":
        await stage.pick("name")
    await stage.answer("Another name")
    await stage.accept()
    assert stage.asset.name == "Another name"


async def form_replaced(stage: Stage) -> None:
    path = stage.directory / "new.xlsx"
    path.write_bytes(xlsform(("integer", "n", "How many?")))
    await stage.answer(str(path))
    await stage.accept()
    assert [row["name"] for row in stage.asset.content["survey"]] == ["n"]


async def form_downloaded(stage: Stage) -> None:
    await stage.pick("xml")
    await stage.answer(str(stage.directory / "form.xml"))
    await stage.until((stage.directory / "form.xml").exists, "the file")


async def project_deleted(stage: Stage) -> None:
    await stage.accept("1")
    assert stage.asset.trashed


async def project_made(stage: Stage) -> None:
    path = stage.directory / "Latrines.xlsx"
    path.write_bytes(xlsform(("integer", "n", "How many?")))
    await stage.answer(str(path))
    await stage.answer()
    await stage.accept()
    assert "Latrines" in {asset.name for asset in stage.server.state.assets.values()}


def filtered(text: str, wanted: Callable[[str], bool]) -> Step:
    async def then(stage: Stage) -> None:
        before = len(stage.texts())
        await stage.answer(text)
        await stage.until(lambda: 0 < len(stage.texts()) < before and all(map(wanted, stage.texts())), "fewer rows")

    return then


async def marked(stage: Stage) -> None:
    assert len(stage.table.marked) == 1


async def range_marked(stage: Stage) -> None:
    await stage.pilot.press("k", "V")
    assert len(stage.table.marked) == 2


async def all_marked(stage: Stage) -> None:
    await stage.until(lambda: len(stage.table.marked) == len(stage.table.source), "marks")


async def jumped(stage: Stage) -> None:
    await stage.answer("12")
    assert stage.table.cursor_index == 11


async def on_hold_only(stage: Stage) -> None:
    """The built-in filter of that name is used."""
    window = await stage.window(SavedFiltersWindow)
    assert window.query_one(Table).move_to_key("on hold")
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.screen.records.order.typed == "status = on hold", "the filter")


async def nothing_marked(stage: Stage) -> None:
    assert stage.table.marked == set()


def sorted_by(key: str) -> Step:
    async def then(stage: Stage) -> None:
        await stage.pick(key)
        heading = next(i for i, column in enumerate(stage.table.columns) if column.key == key)
        await stage.until(lambda: "^" in stage.table.columns[heading].heading.split(), "the sign in the heading")

    return then


async def panel(stage: Stage) -> None:
    assert not stage.screen.query_one(SidePanel).display


async def list_marked(stage: Stage) -> None:
    editor = await stage.window(TextEditor)
    editor.query_one("TextArea").text = stage.asset.uid
    await stage.pilot.press("ctrl+o")
    await stage.until(lambda: stage.table.marked == {stage.asset.uid}, "the mark")


async def searched(stage: Stage) -> None:
    await stage.answer("owner__username:ben")
    await stage.until(lambda: [text.split()[0] for text in stage.texts()] == ["School"], "what the server finds")


async def in_french(stage: Stage) -> None:
    await stage.pick("1")
    await stage.until(lambda: any("Région" in text for text in [*stage.texts(), *headings(stage)]), "French labels")


async def named(stage: Stage) -> None:
    await stage.until(lambda: "region" in " ".join([*stage.texts(), *headings(stage)]).split(), "names")


def headings(stage: Stage) -> list[str]:
    return [column.heading for column in stage.table.columns]


async def versions(stage: Stage) -> None:
    await stage.until(lambda: any(stage.asset.version.uid in text for text in stage.texts()), "the versions")


async def corrected(stage: Stage) -> None:
    wanted = "south" if answers(stage)[QUESTION] == "north" else "north"
    await stage.pick(wanted)
    await stage.accept()
    assert answers(stage)[QUESTION] == wanted


async def replaced(stage: Stage) -> None:
    before = answers(stage)[QUESTION]
    await stage.pick(before)
    await corrected(stage)


async def no_editor(stage: Stage) -> None:
    """There is no terminal in a test that could be lent; test_correct lends one."""
    await stage.until(lambda: "editor" in stage.said, "the sentence")


def answers(stage: Stage) -> dict[str, Any]:
    """The record as it was read again."""
    found: dict[str, Any] = stage.screen.loaded(int(stage.noted)).raw
    return found


async def validated(stage: Stage) -> None:
    held = (answers(stage).get("_validation_status") or {}).get("uid") == "validation_status_on_hold"
    await stage.pilot.press("a" if held else "h")  # another scenario may have been at this record
    checking = stage.screen.records.checking
    await stage.until(lambda: checking.checked == 1 and checking.mark(int(stage.noted)) is None, "the status")
    wanted = "validation_status_approved" if held else "validation_status_on_hold"
    assert answers(stage)["_validation_status"]["uid"] == wanted


async def unchecked(stage: Stage) -> None:
    await stage.on("data")
    await stage.until(lambda: stage.screen.records.order.typed == "not validated" and stage.table.cursor_key, "records")
    assert all(record.validation is None for record in stage.screen.records.window)


async def counts_saved(stage: Stage) -> None:
    path = stage.directory / "checked.csv"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert sum(int(row["records"]) for row in rows) == len(stage.asset.records)


def counted(step: int, number: str = "") -> Step:
    """There are so many more records afterwards."""

    async def then(stage: Stage) -> None:
        (table,) = (screen for screen in stage.app.screen_stack if isinstance(screen, DataScreen))
        before = count(table)
        await stage.accept(number)
        await stage.until(lambda: count(table) == before + step, "the new number")

    return then


def count(screen: DataScreen) -> int:
    return screen.records.window.count if screen.records.window else 0


def neighbour(step: int) -> Step:
    async def then(stage: Stage) -> None:
        records = stage.screen.records.window
        place = records.index_of(str(stage.noted))
        assert stage.screen.record.id == records.record(place + step).id

    return then


async def toggled(stage: Stage) -> None:
    before = "add_submissions" in stage.screen.team.get(stage.noted).full
    assert ("add_submissions" in stage.screen.wanted[stage.noted].full) is not before


async def role_given(stage: Stage) -> None:
    picker = await stage.window(Picker)
    await stage.pick(picker.table.source.key(len(picker.table.source) - 1))
    await stage.until(lambda: stage.noted in stage.screen.wanted, "the pending change")


async def write_rule(stage: Stage, text: str) -> None:
    """In the editor of row rules: the rule as text, and that is it."""
    editor = await stage.window(RuleEditor)
    await stage.pilot.press("t")
    (await stage.window(TextEditor)).query_one("TextArea").text = text
    await stage.pilot.press("ctrl+o")
    await stage.window(RuleEditor)
    await stage.until(lambda: editor.rules() == parse_rules(text), "the rule")
    await stage.pilot.press("s")


async def rule_given(stage: Stage) -> None:
    await write_rule(stage, "view_submissions where loc/region = north")
    await stage.until(lambda: stage.noted in stage.screen.wanted, "the pending change")
    assert say_rules(stage.screen.wanted[stage.noted].rules) == "view_submissions where loc/region = north"


async def user_added(stage: Stage) -> None:
    held = {row.username for row in stage.asset.rows}
    name = next(name for name in stage.server.state.users if name not in held)
    await stage.answer(name)
    await stage.window(Picker)
    await stage.pilot.press("enter")
    await stage.until(lambda: name in stage.screen.wanted, "the pending line")


async def user_removed(stage: Stage) -> None:
    assert stage.screen.wanted == {stage.noted: NOTHING}


async def reset(stage: Stage) -> None:
    assert stage.screen.wanted == {}


async def shared(stage: Stage) -> None:
    await stage.accept()
    assert stage.noted not in {row.username for row in stage.asset.rows}


async def applied(stage: Stage) -> None:
    await stage.until(lambda: stage.app.job_states and not stage.app.job_states[0].running, "the end of the job")
    assert stage.asset.deployment_status == "archived"
    household(stage.server).deployment.active = True  # type: ignore[union-attr]  # as the next scenario wants it


async def dropped(stage: Stage) -> None:
    assert len(stage.screen.plan.changes) == 1


async def only_warnings(stage: Stage) -> None:
    assert len(stage.texts()) < len(stage.noted)


async def stopping(stage: Stage) -> None:
    await stage.until(lambda: not stage.app.job_states[0].running, "the end of the job")
    assert stage.app.job_states[0].settled < stage.app.job_states[0].total


async def paused(stage: Stage) -> None:
    await stage.until(lambda: stage.app.job_states[0].paused, "the pause")
    await stage.pilot.press("p")
    await stage.until(lambda: not stage.app.job_states[0].running, "the end of the job")
    assert stage.app.job_states[0].count(State.DONE) == 2


async def retried(stage: Stage) -> None:
    await stage.accept()
    assert stage.asset.deployment_status == "archived"


async def taken_back(stage: Stage) -> None:
    await stage.accept()
    assert stage.asset.deployment_status == "deployed"
    assert len(stage.app.job_states) == 2


async def gone_on(stage: Stage) -> None:
    await stage.until(lambda: stage.app.job_states and not stage.app.job_states[0].running, "the end of the job")
    assert stage.asset.deployment_status == "archived"


def renamed_to(name: str) -> Step:
    async def then(stage: Stage) -> None:
        await stage.accept()
        assert stage.asset.name == name

    return then


async def given_up(stage: Stage) -> None:
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
    await stage.pilot.pause()
    await stage.pilot.press("enter")

    def ended() -> bool:
        with opened(stage.app.session.journal) as journal:
            return journal.jobs()[0].ended is not None

    await stage.until(ended, "the end of the job")
    assert stage.asset.deployment_status == "deployed"


async def result_saved(stage: Stage) -> None:
    path = stage.directory / "result.csv"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    (row,) = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    assert (row["project"], row["kind"], row["state"]) == (stage.asset.uid, "set-active", "done")


async def plan_written(stage: Stage) -> None:
    path = stage.directory / "plan.toml"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    assert planfile.read(path) == stage.screen.plan


async def by_user(stage: Stage) -> None:
    assert stage.screen._by_user
    assert stage.texts() == stage.noted  # no access changes here: the groups stay


async def only_open(stage: Stage) -> None:
    assert stage.texts() == []
    await stage.pilot.press("t")
    assert len(stage.texts()) == 1


async def left(stage: Stage) -> None:
    await stage.until(lambda: stage.app.return_value == 0, "the end")


async def gone_to(stage: Stage) -> None:
    await stage.answer("jobs")
    await stage.on("jobs")


async def copied(stage: Stage) -> None:
    await stage.pick("UID")
    assert (await stage.window(CopyScreen)).text == stage.asset.uid


async def refreshed(stage: Stage) -> None:
    line = stage.screen.query_one(TopLine)
    await stage.until(lambda: "somebody else" in line._text._where, "the new name")


async def repainted(stage: Stage) -> None:
    assert stage.noted == ["forgotten"]


async def details(stage: Stage) -> None:
    assert (await stage.window(MessageBox))._sentence == "No space is left."


async def switched(stage: Stage) -> None:
    await stage.on("projects")
    assert stage.app.session.account
    assert stage.app.session.account.name == "carol"


def account_is(field: str) -> Step:
    async def then(stage: Stage) -> None:
        await stage.until(lambda: getattr(stage.app.session.accounts.get("carol"), field), field)

    return then


async def forgotten(stage: Stage) -> None:
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
    await stage.pilot.pause()
    await stage.pilot.press("enter")
    await stage.until(lambda: "carol" not in [account.name for account in stage.app.session.accounts], "the end")
