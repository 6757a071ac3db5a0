"""Correcting answers: what is calculated from them, find and replace in marked records."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from textual.widgets import Static

from kobotui import patterns
from kobotui.screens.review import ReviewScreen
from tests.screens.data_place import CLINIC, DataPlace, asset_at, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


async def answer(place: DataPlace, text: str) -> None:
    """Answer the question at the foot."""
    from kobotui.widgets.prompt import Prompt

    await place.until(lambda: place.screen.query(Prompt), "a question")
    prompt = place.screen.query_one(Prompt)
    prompt.text = text
    await place.pilot.press("enter")
    await place.until(lambda: not prompt.is_attached or prompt.query_one(".prompt--problem").display, "an end")


async def reviewed(place: DataPlace) -> list[str]:
    """The lines of the review."""
    await place.until(lambda: isinstance(place.app.screen, ReviewScreen) and place.app.screen._painted, "the review")
    source = place.app.screen.query_one("Table").source  # type: ignore[attr-defined]
    return [source.items[index].text for index in range(len(source))]


def marked(place: DataPlace, rows: range) -> list[int]:
    """Mark some rows; their ids."""
    keys = [place.table.source.key(index) or "" for index in rows]
    place.table.set_marked(keys)
    return list(map(int, keys))


def remark(place: DataPlace, **texts: str) -> None:
    """Give records their remarks behind kobotui's back, and read the table again."""
    for record, text in texts.items():
        body = {"payload": {"submission_ids": [int(record[1:])], "data": {"remarks": text}}}
        place.ask("PATCH", "bulk/", json=body)


def window_title(place: DataPlace) -> str:
    """What the window on top asks."""
    titles = place.app.screen.query(".window--title")
    return str(titles.first(Static).render()) if titles else ""


async def test_what_is_calculated_from_a_corrected_answer_is_told(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        record = place.look_at("econ/hh_size")
        await place.pilot.press("e")
        await place.type("11")
        lines = await reviewed(place)
        assert any("is calculated from hh_size and stays as it is" in line for line in lines)
        await place.apply()
        await place.job_done()
        assert place.record(record)["econ/hh_size"] == "11"


async def test_a_calculated_answer_is_corrected_and_called_so(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        record = place.look_at("n_patients")
        await place.pilot.press("e")
        await place.until(lambda: place.app.screen is not place.screen, "the editor")
        assert "count(${patient})" in str(place.app.screen.query(".window--hint").first().render())
        await place.type("7")
        await place.confirm()
        await place.job_done()
        assert place.record(record)["n_patients"] == "7"


async def test_find_and_replace_in_marked_records(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        ids = marked(place, range(4))
        remark(place, **{f"r{ids[0]}": "Well near WELL 3", f"r{ids[1]}": "no source", f"r{ids[2]}": "well 12"})
        place.screen.do_refresh()
        await place.settled()
        place.look_at("remarks")
        await place.pilot.press("R")
        await place.choose("letters")
        await answer(place, "well")
        await answer(place, "borehole")
        lines = await reviewed(place)
        assert any(f"Record {ids[0]}: remarks   Well near WELL 3 -> borehole near borehole 3" in line for line in lines)
        assert any("2 different ones in a call each" in line for line in lines)
        await place.apply()
        await place.job_done()
        assert place.record(ids[0])["remarks"] == "borehole near borehole 3"
        assert place.record(ids[1])["remarks"] == "no source"
        await place.pilot.press("R")
        await place.choose("regex")
        await answer(place, "(")
        await answer(place, r"borehole (\d+)")
        await answer(place, r"BH-\1")
        await place.apply()
        await place.job_done()
        assert [place.record(i).get("remarks") for i in ids[:3]] == ["borehole near BH-3", "no source", "BH-12"]
        await place.pilot.press("R")
        await place.choose("text")
        await answer(place, "nowhere")
        await answer(place, "")
        await place.until(lambda: "Nothing was found in" in place.flashing, "the sentence")


async def test_replacing_leaves_out_what_would_not_fit(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        ids = marked(place, range(3))
        for record, age in zip(ids, ("21", "102", "33"), strict=True):
            body = {"payload": {"submission_ids": [record], "data": {"resp/age": age}}}
            place.ask("PATCH", "bulk/", json=body)
        place.screen.do_refresh()
        await place.settled()
        place.look_at("resp/age")
        await place.pilot.press("R")
        await place.choose("text")
        await answer(place, "2")
        await answer(place, "5")
        lines = await reviewed(place)
        assert any(line.startswith(f"! Left out: record {ids[0]}") for line in lines) is False
        assert [place.record(i)["resp/age"] for i in ids] == ["21", "102", "33"], "nothing is sent yet"
        await place.apply()
        await place.job_done()
        assert [place.record(i)["resp/age"] for i in ids] == ["51", "105", "33"]
        await place.pilot.press("R")
        await place.choose("regex")
        await answer(place, "^(5|3)")
        await answer(place, r"\g<1>0")
        await place.until(lambda: "Left out" in place.flashing, "the sentence")
        assert "18 and 110" in place.flashing


async def test_a_choice_gives_way_to_another_in_every_marked_record(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        ids = marked(place, range(3))
        for record, needs in zip(ids, ("food water", "water shelter food", "shelter"), strict=True):
            body = {"payload": {"submission_ids": [record], "data": {"econ/needs": needs}}}
            place.ask("PATCH", "bulk/", json=body)
        place.screen.do_refresh()
        await place.settled()
        place.look_at("econ/needs")
        await place.pilot.press("R")
        await place.choose("water")
        await place.choose("shelter")
        await place.apply()
        await place.job_done()
        assert [place.record(i)["econ/needs"] for i in ids] == ["food shelter", "shelter food", "shelter"]


async def test_a_pattern_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await patterns.replaced("a(.)", r"\1\1", ["abc", "\ud800 ab", ""]) == ["bbc", "\ud800 bb", ""]
    monkeypatch.setattr(patterns, "PATIENCE", 0.2)
    with pytest.raises(patterns.PatternError, match="takes too long"):
        await patterns.replaced("(a+)+$", "", ["a" * 40 + "b"])


# A record as text in an editor


class Editor:
    """A program that is called as the editor: what it makes of the text is said here, call by call."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = directory / "seen"
        self._next = directory / "next"
        self.path = directory / "path"
        script = directory / "editor.py"
        script.write_text(
            "import pathlib, sys\n"
            "file = pathlib.Path(sys.argv[1])\n"
            f"pathlib.Path({str(self.path)!r}).write_text(str(file) + oct(file.stat().st_mode))\n"
            f"pathlib.Path({str(self.seen)!r}).write_bytes(file.read_bytes())\n"
            f"pairs = eval(pathlib.Path({str(self._next)!r}).read_text())\n"
            "text = file.read_text()\n"
            "for old, new in pairs:\n"
            "    assert old in text, old\n"
            "    text = text.replace(old, new, 1)\n"
            "file.write_text(text)\n"
        )
        monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
        monkeypatch.setattr("kobotui.screens.as_text.lent_terminal", lambda _app: nullcontext())

    def will(self, *pairs: tuple[str, str]) -> None:
        """Replace these texts, each once."""
        self._next.write_text(repr(pairs))


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    monkeypatch.chdir(tmp_path)
    return Editor(tmp_path, monkeypatch)


async def test_a_record_as_text_with_instances(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor
) -> None:
    async with data_place(make_app, until, demo, CLINIC, size=(160, 40)) as place:
        record = next(
            i for i in range(20) if len(place.record(int(place.table.source.key(i) or 0)).get("patient", [])) == 2
        )
        number = place.look_at("_id", record)
        before = place.record(number)
        new = '[patient.new]\npname = "B.B."\n[patient.new.visit.first]\ntemp = "37.5"\n'
        editor.will()
        await place.pilot.press("E")
        await place.until(lambda: "Nothing was changed" in place.flashing, "the sentence")
        seen = editor.seen.read_text()
        assert f'pname = "{before["patient"][0]["patient/pname"]}"' in seen
        file, mode = editor.path.read_text().split("0o")
        assert mode == "100600"
        await place.until(lambda: not Path(file).parent.exists(), "nothing left behind")
        second = seen[seen.index("# == Patient 2") :]
        editor.will((second, new), ('pname = "', 'pname = "Q'))
        await place.pilot.press("E")
        lines = await reviewed(place)
        assert any("patient[1]/pname: " in line for line in lines)
        assert any("is calculated from patient" in line for line in lines)
        await place.apply()
        await place.job_done()
        after = place.record(number)
        assert [p["patient/pname"] for p in after["patient"]] == [f"Q{before['patient'][0]['patient/pname']}", "B.B."]
        assert after["meta/rootUuid"] == before["meta/rootUuid"]
        await place.pilot.press("z")
        await place.apply()
        await place.job_done()
        assert place.record(number)["patient"] == before["patient"]


async def test_what_cannot_be_read_back_or_sent_is_opened_again(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor, tmp_path: Path
) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        number = place.look_at("_id")
        editor.will(("remarks = ", "remarks = = "))
        await place.pilot.press("E")
        title = "this is no TOML"
        await place.until(lambda: title in window_title(place), title)
        assert window_title(place).startswith("Line ")
        editor.will(("remarks = = ", "remarks = "), ('resp/age" = "', 'resp/age" = "1'))
        await place.choose("again")
        await place.until(lambda: "resp/age: " in window_title(place), "what does not fit")
        editor.will(('resp/age" = "1', 'resp/age" = "'), ('remarks = "', 'remarks = "seen '))
        await place.choose("again")
        await place.until(lambda: place.app.kobo_screen().query("ConfirmLine"), "the review")
        await place.pilot.press("escape")
        await place.until(lambda: "Nothing was sent" in window_title(place), "asked once more")
        await place.choose("keep")
        await place.until(lambda: "is kept in" in place.flashing, "the sentence")
        kept = (tmp_path / f"record-{number}.toml").read_text()
        assert 'remarks = "seen ' in kept
        assert "seen" not in place.record(number).get("remarks", "")


async def test_a_record_that_is_corrected_or_gone_while_it_is_edited(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor
) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        for what, said in (("PATCH", "Changed by somebody else"), ("DELETE", "is gone")):
            number = place.look_at("_id", 2)
            editor.will(('remarks = "', 'remarks = "seen '))
            await place.pilot.press("E")
            await place.until(lambda: place.app.kobo_screen().query("ConfirmLine"), "the review")
            if what == "PATCH":
                body = {"payload": {"submission_ids": [number], "data": {"remarks": "theirs"}}}
                place.ask("PATCH", "bulk/", json=body)
            else:
                place.ask("DELETE", f"{number}/")
            await place.confirm()
            await place.job_done()
            assert said in place.app.job_states[0].outcomes[0].reason


async def test_json_and_an_editor_that_is_not_there(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with data_place(make_app, until, demo) as place:
        place.app.session.settings = structs.replace(place.app.session.settings, record_text="json")
        number = place.look_at("_id")
        editor.will(('"remarks": "', '"remarks": "seen '))
        await place.pilot.press("E")
        await place.confirm()
        await place.job_done()
        assert place.record(number)["remarks"].startswith("seen ")
        monkeypatch.setenv("VISUAL", "no-such-editor --wait")
        await place.pilot.press("E")
        await place.until(lambda: "no-such-editor cannot be started" in place.flashing, "the sentence")


@pytest.mark.parametrize("kind", ["toml", "json"])
async def test_several_answers_of_marked_records_at_once(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor, kind: str
) -> None:
    async with data_place(make_app, until, demo, size=(160, 40)) as place:
        place.app.session.settings = structs.replace(place.app.session.settings, record_text=kind)
        ids = marked(place, range(3))
        for record in ids:
            remark(place, **{f"r{record}": "the same"})
        place.screen.do_refresh()
        await place.settled()
        ages = [place.record(i)["resp/age"] for i in ids]
        assert len(set(ages)) > 1
        if kind == "toml":
            editor.will(
                ('remarks = "the same"', 'remarks = "others"'), ('# "econ/hh_size" = ""', '"econ/hh_size" = "4"')
            )
        else:
            editor.will(('"remarks": "the same"', '"econ/hh_size": "4", "remarks": "others"'))
        await place.pilot.press("E")
        lines = await reviewed(place)
        assert "3 equal corrections in 1 call" in " ".join(lines)
        assert any("remarks: the same -> others" in line for line in lines)
        assert "different answers" in editor.seen.read_text()
        await place.apply()
        await place.job_done()
        for record, age in zip(ids, ages, strict=True):
            after = place.record(record)
            assert (after["remarks"], after["econ/hh_size"], after["resp/age"]) == ("others", "4", age)


async def test_who_edits_some_records_is_told_that_instances_are_for_others(
    make_app: MakeApp, until: Until, demo: DemoServer, editor: Editor
) -> None:
    from kobotui.demo.state import Row

    asset = asset_at(demo, CLINIC)
    some = {"view_submissions": [{}], "change_submissions": [{}]}
    asset.rows = [row for row in asset.rows if row.username != "dana"]
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSome", "dana", "partial_submissions", some)]
    async with data_place(make_app, until, demo, CLINIC, username="dana", size=(160, 40)) as place:
        index = next(i for i in range(20) if place.record(int(place.table.source.key(i) or 0)).get("patient"))
        record = place.look_at("_id", index)
        editor.will(("# == Patient 1", '[patient.new]\npname = "N"\n# == Patient 1'))
        await place.pilot.press("E")
        await place.until(lambda: "only from who may edit all submissions" in window_title(place), "the sentence")
        await place.choose("drop")
        assert place.record(record)["meta/rootUuid"] == f"uuid:{place.record(record)['_uuid']}", "as it was"
