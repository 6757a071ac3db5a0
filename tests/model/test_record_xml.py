from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.demo.xform import compile_form
from kobotui.model.form import Form
from kobotui.model.new_record import DeployedForm
from kobotui.model.record_xml import OWN, RecordError, RecordXml, plain, steps
from kobotui.model.submission import SYSTEM_KEYS
from kobotui.model.xml_tree import Element, Markup, XmlError, read, write
from tests.model.samples import SAMPLES, body, form, records

CLINIC = form("clinic-repeats")
ROW = (SAMPLES / "row-clinic.xml").read_text(encoding="utf-8")
NEW = "11111111-2222-4333-8444-555555555555"
FITTING = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")
)
NAMES = st.sampled_from(["a", "b", "orx:meta", "k-1", "é", "_x.y"])
TREES = st.recursive(
    st.builds(Element, NAMES),
    lambda inner: st.builds(
        Element,
        NAMES,
        st.dictionaries(st.sampled_from(["id", "orx:v", "version"]), FITTING, max_size=2),
        st.lists(
            inner | FITTING.filter(bool) | st.just(Markup("<!-- a > b -->")) | st.just(Markup("<?p q?>")), max_size=4
        ),
    ),
    max_leaves=8,
)


def row() -> RecordXml:
    return RecordXml.parse(ROW, CLINIC)


@cache
def deployed(name: str) -> DeployedForm:
    content = body(f"asset-detail-{name}")["content"]
    return DeployedForm.parse(compile_form(content, "aUid", "vOne", "f0f0", "A \x1bname").encode())


def flat(raw: dict[str, Any], above: str = "", place: str = "") -> dict[str, str]:
    """The answers of a record's JSON by positioned path."""
    found: dict[str, str] = {}
    for key, value in raw.items():
        where = place + key[len(above) :]
        if not above and key in SYSTEM_KEYS:
            continue
        if isinstance(value, list):
            for number, instance in enumerate(value, 1):
                found |= flat(instance, key, f"{where}[{number}]")
        else:
            found[where] = value
    return found


def joined(item: Element) -> Element:
    """The tree with texts that stand side by side as one."""
    content: list[Element | str | Markup] = []
    for inner in item.content:
        if isinstance(inner, str) and content and isinstance(content[-1], str):
            content[-1] += inner
        else:
            content.append(joined(inner) if isinstance(inner, Element) else inner)
    return Element(item.name, item.attributes, content)


# What is read


def test_a_recorded_record_is_kept_to_the_byte_and_says_what_the_server_says() -> None:
    record = row()
    assert record.text() == ROW
    assert record.instance_id == record.root_uuid == "uuid:bd70ddd1-7ed1-4360-9937-dc2a58886090"
    assert record.deprecated_id == ""
    said = next(other for other in records("clinic-50") if other.raw["meta/instanceID"] == record.instance_id)
    answers = record.answers()
    assert answers == flat(said.raw)
    assert answers["patient[3]/visit[2]/temp"] == record.answer("patient[3]/visit[2]/temp") == "40.0"
    assert record.answer("patient[9]/pname") == record.answer("patient") == ""
    assert record.repeats() == {
        "patient": 4, "patient[1]/visit": 2, "patient[2]/visit": 3, "patient[3]/visit": 3, "patient[4]/visit": 1,
    }  # fmt: skip
    assert record.instances("patient[2]/visit") == 3
    assert record.instances("patient[5]/visit") == 0


@given(TREES)
def test_what_is_written_is_read_again(tree: Element) -> None:
    tree.attributes["xmlns:orx"] = "http://openrosa.org/xforms"
    parts: list[Element | Markup] = [Markup("<!--before-->"), tree]
    assert read(write(parts)) == ([Markup("<!--before-->"), joined(tree)], joined(tree))


@pytest.mark.parametrize(
    "text",
    [
        "", "<a>", "<a/><b/>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>\x00</a>", "<a>\ud800</a>", "<x:a/>", pytest.param("<a>" * 5000 + "</a>" * 5000, id="deep"),
        b"<?xml version='1.0' encoding='klingon'?><a/>", b"<a>\xff</a>",
    ],
)  # fmt: skip
def test_what_is_no_record_is_a_sentence(text: str | bytes) -> None:
    with pytest.raises(XmlError, match=r"[.]$"):
        RecordXml.parse(text)


def test_positions_without_a_form_and_under_a_prefix() -> None:
    xml = '<d xmlns:orx="u"><k/><k><n>1</n></k><orx:meta><orx:instanceID>uuid:a</orx:instanceID></orx:meta></d>'
    record = RecordXml.parse(xml)
    assert record.answers() == {"k[2]/n": "1"}
    assert record.instance_id == "uuid:a"
    edit = record.resubmission("b").text()
    assert "<orx:instanceID>uuid:b</orx:instanceID><orx:deprecatedID>uuid:a</orx:deprecatedID></orx:meta>" in edit


# What is altered


@given(st.sampled_from(sorted(row().answers())), FITTING)
def test_an_answer_is_set_and_nothing_else(path: str, answer: str) -> None:
    record = row()
    before = record.answers()
    record.set(path, answer)
    again = RecordXml.parse(record.text(), CLINIC)
    assert again.answer(path) == answer
    assert again.answers() == {**before, path: answer} if answer else before.keys() - {path} == again.answers().keys()


@pytest.mark.parametrize("text", ["\x00", "a\x1bb", "\ud800", "\ufffe", "\x0b"])
def test_what_xml_cannot_hold_is_refused_and_named(text: str) -> None:
    record = row()
    with pytest.raises(XmlError, match=r"The character U\+[0-9A-F]{4} cannot be kept in a record\."):
        record.set("facility", text)
    with pytest.raises(XmlError):
        deployed("clinic-repeats").record({"facility": text}, NEW)
    assert record.text() == ROW


def test_missing_elements_are_made_where_the_form_has_them() -> None:
    record = RecordXml.parse(
        "<d><formhub><uuid>f</uuid></formhub><patient><page>1</page></patient><x>?</x><meta/></d>", CLINIC
    )
    record.set("patient[1]/pname", "Ann")
    record.set("n_patients", "1")
    record.set("start", "2026")
    record.set("unheard/of", "y")
    record.set("facility", "")
    assert record.text().partition("?>")[2] == (
        "<d><formhub><uuid>f</uuid></formhub><start>2026</start><patient><pname>Ann</pname><page>1</page></patient>"
        "<n_patients>1</n_patients><x>?</x><unheard><of>y</of></unheard><meta/></d>"
    )


@pytest.mark.parametrize("path", ["", "a//b", "a[0]", "a[x]", "1a", "a b", "a[1]/", "<a>", "patient[1]x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(RecordError):
        row().set(path, "x")


@pytest.mark.parametrize(
    "path", ["patient[5]/pname", "patient[2]/visit[4]/temp", "patient", "patient[1]", "facility[2]"]
)
def test_what_is_not_there_or_a_group_takes_no_answer(path: str) -> None:
    record = row()
    with pytest.raises(RecordError):
        record.set(path, "x")
    assert record.text() == ROW


def test_instances_come_and_go() -> None:
    record = row()
    assert record.add("patient[2]/visit") == "patient[2]/visit[4]"
    assert record.add("patient[2]") == "patient[2]"  # the others move down
    assert record.answers()["patient[3]/visit[3]/temp"] == "37.5"
    assert record.repeats()["patient[3]/visit"] == 4
    record.set("patient[2]/symptoms", "none")
    assert "<patient><pname/><page/><symptoms>none</symptoms></patient>" in record.text()
    assert record.add("patient[2]/visit") == "patient[2]/visit[1]"
    record.remove("patient[2]")
    record.remove("patient[2]/visit[4]")
    assert record.text() == ROW
    for wrong in ("patient[9]", "patient[9]/visit"):
        with pytest.raises(RecordError):
            record.add(wrong)
    for wrong in ("patient", "patient[5]", "patient[5]/visit[1]"):
        with pytest.raises(RecordError):
            record.remove(wrong)


def test_sent_once_more_as_an_edit_and_as_a_new_record() -> None:
    record = row()
    edit = record.resubmission(NEW)
    assert (edit.instance_id, edit.deprecated_id) == (f"uuid:{NEW}", record.instance_id)
    assert edit.resubmission("uuid:other").deprecated_id == f"uuid:{NEW}"
    assert record.text() == ROW
    anew = edit.restoration("2026-11-01T10:00:00", record.root_uuid.removeprefix("uuid:"))
    assert (anew.deprecated_id, anew.instance_id, anew.root_uuid) == ("", f"uuid:{NEW}", record.root_uuid)
    assert 'submissionDate="2026-11-01T10:00:00+00:00"' in anew.text()
    assert anew.answers() == record.answers()
    with pytest.raises(RecordError):
        RecordXml.parse("<d><q/></d>").resubmission(NEW)


# What is made


def test_a_record_for_the_recorded_form() -> None:
    household = DeployedForm.parse((SAMPLES / "form-household.xml").read_bytes())
    assert (household.uid, household.version) == ("ayZ3XLcGnJ8G329erAgR2h", "vEmtEUNwNDRtkfpvsqY8a8")
    text = household.record({"loc/region": "north", "resp/age": "7"}, NEW).text()
    start = re.match(r"<\?xml .*?\?>(<[^>]*>)(<formhub>.*?</formhub>)", text)
    assert start
    assert start.groups() == (
        '<ayZ3XLcGnJ8G329erAgR2h xmlns:orx="http://openrosa.org/xforms" id="ayZ3XLcGnJ8G329erAgR2h" '
        'version="1 (2026-11-23 19:14:01)">',
        "<formhub><uuid>8f24b374991048d5a2b9eb97d42f5a72</uuid></formhub>",
    )
    assert "<loc><region>north</region><district/><village/><gps/></loc>" in text
    assert text.endswith(
        f"<remarks/><__version__>vEmtEUNwNDRtkfpvsqY8a8</__version__><meta><instanceID>uuid:{NEW}</instanceID></meta>"
        "</ayZ3XLcGnJ8G329erAgR2h>"
    )


@pytest.mark.parametrize("name", ["clinic", "household", "long"])
def test_recorded_records_are_made_again_from_their_answers(name: str) -> None:
    full = {"clinic": "clinic-repeats", "household": "household-trilingual", "long": "long-150-questions"}[name]
    sample = {"clinic": "clinic-50", "household": "household-100", "long": "long-60"}[name]
    for number, said in enumerate(records(sample)):
        record = deployed(full).record(flat(said.raw), f"uuid:{number}")
        again = RecordXml.parse(record.text(), form(full))
        assert again.answers() == flat(said.raw)
        assert (again.root.name, again.instance_id) == ("aUid", f"uuid:{number}")
        answered = dict.fromkeys(plain(path) for path in again.answers())
        assert list(answered) == [path for path in form(full).questions if path in answered]


@st.composite
def filled(draw: st.DrawFn) -> dict[str, str]:
    """Answers of the clinic's form, some of them empty, of patients and their visits."""
    found = {path: draw(FITTING) for path in ("facility", "photo", "position") if draw(st.booleans())}
    for patient in range(1, draw(st.integers(0, 3)) + 1):
        found[f"patient[{patient}]/pname"] = draw(FITTING)
        for visit in range(1, draw(st.integers(0, 3)) + 1):
            found[f"patient[{patient}]/visit[{visit}]/temp"] = draw(FITTING)
    return found


@given(filled(), st.randoms())
def test_answers_become_a_record_that_holds_them(answers: dict[str, str], chance: Any) -> None:
    paths = list(answers)
    chance.shuffle(paths)
    record = deployed("clinic-repeats").record({path: answers[path] for path in paths}, NEW)
    again = RecordXml.parse(record.text(), CLINIC)
    assert again.answers() == {path: answer for path, answer in answers.items() if answer}
    patients = {path.partition("/")[0] for path in answers if path.startswith("patient")}
    assert again.instances("patient") == len(patients)


@pytest.mark.parametrize(
    "answers",
    [
        {"nowhere": "x"}, {"patient[1]/nowhere": "x"}, {"facility/x": "y"}, {"patient[1]": "x"}, {"patient": "x"},
        {"facility[2]": "x"}, {"patient[100000]/pname": "x"}, {"patient[2]": "x", "patient[2]/pname": "y"},
        {"patient[2]/pname": "y", "patient[2]": "x"},
    ],
)  # fmt: skip
def test_answers_that_the_form_has_no_place_for_are_refused(answers: dict[str, str]) -> None:
    with pytest.raises(RecordError):
        deployed("clinic-repeats").record(answers, NEW)


@pytest.mark.parametrize(
    "text", [b"<h:html/>", b"<html/>", b"<html><head><model><instance/></model></head></html>", b"?"]
)
def test_what_is_no_form_is_refused(text: bytes) -> None:
    with pytest.raises(XmlError):
        DeployedForm.parse(text)


def test_paths() -> None:
    assert [tuple(step) for step in steps("g/kid[2]/d")] == [("g", None), ("kid", 2), ("d", None)]
    assert plain("g/kid[2]/v[13]/d") == "g/kid/v/d"
    assert "meta" in OWN
    assert RecordXml.parse(ROW, Form()).repeats()["patient"] == 4
