"""Record, text for an editor, what is made of it, server: the record that was meant, for every type of question."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.changes.kinds import step_of
from kobotui.changes.outcome import State
from kobotui.changes.resubmissions import ResubmitRecord, correction
from kobotui.changes.submissions import EditAnswers
from kobotui.demo.records import xml as demo_xml
from kobotui.demo.state import Asset
from kobotui.demo.state import State as DemoState
from kobotui.model.form import Form
from kobotui.model.record_edit import read_edit, same_instances
from kobotui.model.record_text import record_text
from kobotui.model.record_xml import RecordXml
from kobotui.model.text_form import TextError, read_tree
from tests.changes.nearby import client_on
from tests.changes.record_models import EVERY_TYPE, Maker, places, record_of, tree_of
from tests.demo.project import make_asset, make_state
from tests.hostile.corpus import TEXTS
from tests.model.samples import CONTENT, detail

XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\r\t\"'\\ #["),
    max_size=30,
)
LONG = 'long – طويل \\ """ \'x\' ]]> ' * 60
SEEN = [text for text in TEXTS if not any((c < " " and c not in "\t\n\r") or 0xD800 <= ord(c) < 0xE000 for c in text)]
TEXT = XML_TEXT | st.sampled_from([*SEEN, LONG, 'ends in "', "two\n\nlines  \n", "a\r\nb", "\u0085 \u2028 \ufeff"])
FORMS = ("every type", "clinic-repeats", "household-trilingual", "long-150-questions")


@cache
def content(name: str) -> dict[str, Any]:
    return EVERY_TYPE if name == "every type" else detail(name).content


@cache
def form_of(name: str) -> Form:
    return Form.from_content(content(name))


def dumped(kind: str, tree: dict[str, Any]) -> str:
    """The tree as somebody else writes it."""
    return tomli_w.dumps(tree) if kind == "toml" else json.dumps(tree)


def kept(state: DemoState, asset: Asset, record: RecordXml) -> int:
    """Put a record on the server; its ``_id``."""
    text = record.text()
    assert asset.records is not None
    return asset.records.add(demo_xml.read(text), text, "ann", datetime(2026, 11, 23, tzinfo=UTC)).id


async def sent(
    name: str, kind: Any, seed: int, texts: list[str], instances: bool
) -> tuple[dict[str, str], dict[str, int], RecordXml | None]:
    """What was meant, and the record that the server has afterwards."""
    form = form_of(name)
    maker = Maker(form, random.Random(seed), texts)
    before = maker.made()
    state = make_state()
    asset = make_asset(state, content(name))
    record = record_of(before, form, asset.uid, f"u{seed}")
    number = kept(state, asset, record)
    text = record_text(kind, form, record, "A record", seed % 2)
    assert not read_edit(kind, text, form, record), "an untouched text changes nothing"
    after = maker.altered(before, instances=instances)
    written = dumped(kind, tree_of(after, form) or {"words": "x"})
    wanted = read_edit(kind, written, form, record)
    assert wanted.problems == []
    async with client_on(state) as kobo:
        submission = await kobo.submissions(asset.uid).get(number)
        if wanted:
            change = correction(wanted, submission, record, form, project=asset.uid, project_name="P")
            assert isinstance(change, ResubmitRecord) or not wanted.instances
            (outcome,) = await step_of([change]).send(kobo)
            assert outcome.state is State.DONE, outcome.reason
        stored = RecordXml.parse(await kobo.submissions(asset.uid).xml(number), form)
        now = await kobo.submissions(asset.uid).get(number)
    assert now.root_uuid == f"u{seed}"
    assert (now.uuid != submission.uuid) is bool(wanted)
    again = record_text(kind, form, stored, "A record")
    assert not read_edit(kind, again, form, stored)
    return *places(after, form), stored


@settings(max_examples=210, deadline=None)
@given(
    st.sampled_from((*FORMS, "every type", "every type")),
    st.sampled_from(("toml", "json")),
    st.integers(0, 2**32),
    st.lists(TEXT, min_size=1, max_size=6),
    st.booleans(),
)
def test_the_server_has_the_record_that_was_meant(
    name: str, kind: str, seed: int, texts: list[str], instances: bool
) -> None:
    answers, counts, stored = asyncio.run(sent(name, kind, seed, texts, instances))
    assert stored is not None
    assert stored.answers() == answers
    assert {path: n for path, n in stored.repeats().items() if n} == counts


@pytest.mark.parametrize("kind", ["toml", "json"])
def test_what_neither_xml_nor_the_form_takes_is_said(kind: Any) -> None:
    form = form_of("every type")
    record = record_of(Maker(form, random.Random(1), ["x"]).made(), form, "aX", "u1")
    for tree, said in (
        ({"words": "bell \x07"}, "words: The character U+0007 cannot be kept in a record."),
        ({"words": ""}, "words: This question needs an answer."),
        ({"whole": "many"}, "whole: This is not a whole number."),
        ({"g/kid": {"new": {"in/one": "perhaps"}}}, "g/kid[1]/in/one: perhaps is not among the choices."),
    ):
        edit = read_edit(kind, dumped(kind, tree), form, record)
        told = [f"{problem.position}: {problem.sentence}" for problem in edit.problems]
        assert any(line.startswith(said) for line in told), told


@pytest.mark.parametrize(
    ("kind", "text", "line", "column", "said"),
    [
        ("toml", 'words = "a"\nwhole = ', 2, 9, "no TOML"),
        ("toml", 'words = "a\n', 1, 11, "no TOML"),
        ("toml", 'words = "\\ud800"', 1, 0, "no TOML"),
        ("toml", '["g/kid".1]\nnmae = "x"', 2, 1, "Do you mean name?"),
        ("toml", '["g/kid".1]\n["g/kid".1]', 2, 11, "no TOML"),
        ("toml", "day = 2026-01-01", 1, 1, "between quotes"),
        ("toml", 'start = "x"', 1, 1, "not changed here"),
        ("toml", "# nothing", 1, 1, "empty"),
        ("json", '{\n "words": "a",\n}', 3, 1, "no JSON"),
        ("json", '{"words": "a", "words": "b"}', 0, 0, "twice"),
        ("json", '{\n "g/kid": []\n}', 2, 2, "its instances are tables"),
        ("json", "[" * 100_000, 1, 1, "no JSON"),
    ],
)
def test_what_cannot_be_read_back_is_named_by_line_and_column(
    kind: Any, text: str, line: int, column: int, said: str
) -> None:
    form = form_of("every type")
    record = record_of(Maker(form, random.Random(1), ["x"]).made(), form, "aX", "u1")
    with pytest.raises(TextError) as raised:
        read_edit(kind, text, form, record)
    assert said in str(raised.value)
    assert (raised.value.line, raised.value.column) == (line, column or raised.value.column)
    assert not line or str(raised.value).startswith(f"Line {line}, column ")


@pytest.mark.parametrize("kind", ["toml", "json"])
def test_labels_choices_and_what_is_not_changed_stand_beside_the_answers(kind: Any) -> None:
    form = form_of("household-trilingual")
    record = record_of(Maker(form, random.Random(4), ["x"]).made(), form, "aX", "u1")
    record.root.content.append(RecordXml.parse("<old>kept \u202e</old>").root)
    text = record_text(kind, form, record, "A record \x1b[2J\u202e", 2)
    arabic = form.label(form.questions["resp/age"], 2)
    assert arabic in text
    assert "required" in text
    assert "old" in text
    assert not set(text) & set("\x1b\u202e")
    assert "loc/region" in read_tree(kind, text)
    assert "deviceid" not in read_tree(kind, text)


def test_records_whose_empty_instances_the_json_leaves_out_are_sent_whole() -> None:
    form = form_of("clinic-repeats")
    patients = "<patient><pname/></patient><patient><pname>B</pname></patient>"
    xml = f"<a>{patients}<meta><instanceID>uuid:1</instanceID></meta></a>"
    record = RecordXml.parse(xml, form)
    assert same_instances(record, {"patient": [{}, {"patient/pname": "B"}]})
    assert not same_instances(record, {"patient": [{"patient/pname": "B"}]})
    assert not same_instances(record, {})


def test_answers_alone_are_the_smaller_change() -> None:
    form = form_of("clinic-repeats")
    xml = "<a><patient><pname>A</pname></patient><meta><instanceID>uuid:1</instanceID></meta></a>"
    record = RecordXml.parse(xml, form)
    from kobotui.model.submission import Submission

    for raw, kind in (({"patient": [{}]}, EditAnswers), ({}, ResubmitRecord)):
        edit = read_edit("toml", '[patient.1]\npname = "B"', form, record)
        change = correction(edit, Submission(1, {"_uuid": "1", **raw}), record, form, project="a", project_name="")
        assert isinstance(change, kind)


@settings(max_examples=60, deadline=None)
@given(CONTENT, st.sampled_from(["toml", "json"]))
def test_whatever_the_form_is_an_untouched_text_changes_nothing(content: Any, kind: Any) -> None:
    """Forms come from the server and from old XLSForms, and may hold anything."""
    form = Form.from_content(content)
    repeat = "<r><a>1</a><g><b>x</b></g></r><r/>"
    record = RecordXml.parse(f"<x><a>1</a><b><a>2</a></b>{repeat}<g><r><a>3</a></r><a>4</a></g></x>", form)
    text = record_text(kind, form, record, "A record", 0)
    if read_tree(kind, text):
        assert not read_edit(kind, text, form, record)
