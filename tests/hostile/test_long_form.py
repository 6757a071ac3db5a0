"""A form of 900 questions in five languages opens, scrolls and is filled in within sensible time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kobotui.app import KoboApp
from kobotui.columns.submissions import SubmissionColumns
from kobotui.demo.records.kept import Stored
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.screens.raw import RawScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import LineEditor, TextEditor
from kobotui.widgets.message_box import MessageBox
from tests.changes.test_projects import household
from tests.conftest import MakeSession, Until
from tests.screens.stage import Stage

LANGUAGES = ["English (en)", "Français (fr)", "العربية (ar)", "中文 (zh)", "አማርኛ (am)"]
WORDS = ["question", "question", "سؤال", "问题", "ጥያቄ"]
TYPES = {"text": "an answer", "integer": "12", "select_one": "c3", "select_multiple": "c1 c2", "date": "2026-01-31"}
QUESTIONS = 900
SENSIBLE, BOOK = 1.5, 6.0
"""Seconds of computing that a key may cost, the server's included, and with books in place of texts; a tenth of it, and
a third, are usual."""


def path(number: int) -> str:
    return f"g{number // 30}/q{number}"


def long_form() -> dict[str, Any]:
    survey: list[dict[str, Any]] = []
    for number in range(QUESTIONS):
        group = {"type": "begin_group", "name": f"g{number // 30}", "label": [f"{w} {number}" for w in WORDS]}
        survey += [group | {"$xpath": group["name"]}] if number % 30 == 0 else []
        kind = list(TYPES)[number % len(TYPES)]
        row = {"type": kind, "name": f"q{number}", "$xpath": path(number), "hint": list(LANGUAGES)}
        row |= {"label": [f"{word} {number} ({language})" for word, language in zip(WORDS, LANGUAGES, strict=True)]}
        row |= {"select_from_list_name": f"l{number % 40}"} if kind.startswith("select") else {}
        survey += [row] + [{"type": "end_group"}] * (number % 30 == 29)
    choices = [
        {"list_name": f"l{n}", "name": f"c{c}", "label": [f"{word} {c}" for word in WORDS]}
        for n in range(40)
        for c in range(30)
    ]
    return {"survey": survey, "choices": choices, "translations": LANGUAGES, "settings": {}}


def lengthen(asset: Asset) -> None:
    """Give a deployed project that form, and 60 records with an answer to everything."""
    content = asset.content = long_form()
    for version in asset.versions:
        version.content, version.content_hash = content, "same"
    answers = {path(number): list(TYPES.values())[number % len(TYPES)] for number in range(QUESTIONS)}
    assert asset.records
    asset.records.base = None
    for number in range(1_000_000, 1_000_060):
        row = {"_id": number, **answers, "_uuid": f"u{number}", "meta/rootUuid": f"uuid:r{number}", "_attachments": []}
        row |= {"_submitted_by": "ana", "_submission_time": "2026-01-31T00:00:00", "_validation_status": {}}
        asset.records.added[number] = Stored(number, f"u{number}", f"r{number}", "<x/>", row, "2026-01-31", "ana")


@contextmanager
def sensible(what: str, seconds: float = SENSIBLE) -> Iterator[None]:
    before = time.process_time()
    yield
    assert time.process_time() - before < seconds, what


async def test_a_form_of_900_questions(
    demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    asset = household(demo)
    lengthen(asset)
    app = KoboApp(make_session(demo))
    async with app.run_test(size=(120, 36)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        await stage.settled()
        with sensible("FORM"):
            await stage.open_project("form")
        assert len(stage.table.source) == QUESTIONS * 31 // 30
        for keys in (["G"], ["pageup"], ["N"], ["N"]):
            with sensible(f"{keys} in FORM"):
                await pilot.press(*keys)
        with sensible("another language in FORM"):
            await pilot.press("L")
            await stage.pick("3")
        await stage.until(lambda: any("问题 899 (中文" in text for text in stage.texts()), "labels in Chinese")
        with sensible("DATA"):
            await stage.open_project("data")
        for keys in (["pagedown"], ["l"] * 8, ["j"], ["G"], ["slash", "q", "u"], ["tab"], ["escape"]):
            with sensible(f"{keys} in DATA"):
                await pilot.press(*keys)
        with sensible("the last column"):
            stage.table.move_to(3, len(stage.table.columns) - 1)
            await pilot.pause()
        with sensible("another language in DATA"):
            await pilot.press("L")
            await stage.pick("2")
        await stage.until(lambda: stage.table.columns[-1].heading.startswith("سؤال 899"), "labels in Arabic")
        with sensible("a record"):
            await pilot.press("enter")
            await stage.on("record")
        for keys in (["n"], ["G"], ["N"], ["pageup"]):
            with sensible(f"{keys} in a record"):
                await pilot.press(*keys)
        with sensible("raw"):
            await pilot.press("o")
            await stage.window(RawScreen)
        assert app.unexpected == []


def test_cells_out_of_sight_are_not_made() -> None:
    from datetime import UTC, datetime

    from kobotui.model.form import Form
    from kobotui.model.submission import Submission

    class Broken(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            assert key == path(0), "looked at"
            return super().get(key, default)

    columns = SubmissionColumns(Form.from_content(long_form()), 0)
    cells = columns.cells(Submission(1, Broken({path(0): "yes"})), datetime(2026, 1, 1, tzinfo=UTC))
    place = [column.key for column in columns.columns].index(path(0))
    assert len(cells) == len(columns.columns)
    assert cells[place].text == "yes"


async def test_texts_of_100_kilobytes(
    demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    """A name, a description, a label, an answer, an error as long as a book."""
    book = "永" * 50_000 + " e\u0301" * 10_000 + "word " * 10_000
    asset = household(demo)
    asset.name, asset.tags = book, [book]
    asset.settings = {"description": book, "sector": {"value": book, "label": book}}
    for content in (asset.content, *(version.content for version in asset.versions)):
        for row in content["survey"]:
            row["label"] = [book, book, book]
    assert asset.records
    newest = asset.records.keep(max(row["_id"] for row in asset.records.page(limit=None)))
    newest.row |= {"remarks": book, "_submitted_by": book}
    app = KoboApp(make_session(demo))
    async with app.run_test(size=(120, 36)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        with sensible("the list", BOOK):
            await stage.open_list("projects")
            await pilot.press("j", "k")
        for place in ("summary", "form", "general", "data", "sharing"):
            with sensible(place, BOOK):
                await stage.open_project(place)
                await pilot.press("j", "k")
        with sensible("the description", BOOK):
            await stage.open_project("general")
            stage.table.move_to_key("description")
            await pilot.press("enter")
            await stage.window(TextEditor)
            await pilot.press("escape")
        with sensible("a record", BOOK):
            await stage.open_record("remarks")
            await pilot.press("j", "k")
        with sensible("an answer", BOOK):
            await pilot.press("e")
            await stage.window(LineEditor)
            await pilot.press("x", "escape", "escape")
        with sensible("raw", BOOK):
            await pilot.press("o")
            await stage.window(RawScreen)
            await pilot.press("escape")
        with sensible("a review", BOOK):
            stage.screen.run_worker(stage.screen.confirm(book), group="ask")
            await stage.until(lambda: stage.screen.query(ConfirmLine), "the review")
            await pilot.press("pagedown", "escape")
        demo.faults.once(400, "/data/", body=json.dumps({"detail": book}).encode())
        with sensible("an error", BOOK):
            await pilot.press("r")
            await stage.settled()
            await pilot.press("exclamation_mark")
            await stage.window(MessageBox)
        assert app.unexpected == []
