"""Records as XML: reading, writing, changing one answer at its position."""

from __future__ import annotations

import pytest

from kobotui.demo.records import xml

TEXT = (
    '<?xml version="1.0" ?><a xmlns:orx="http://openrosa.org/xforms" id="a"><formhub><uuid>f</uuid></formhub>'
    "<g><kid><n>Ann</n><v><d>1</d></v><v><d>2</d></v></kid><kid><n>Bob</n></kid><q/></g>"
    "<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></a>"
)
REPEATS = {"g/kid", "g/kid/v"}


def test_answers_have_whole_paths_and_empty_ones_are_absent() -> None:
    assert xml.answers(xml.read(TEXT), REPEATS) == {
        "formhub/uuid": "f",
        "g/kid": [
            {"g/kid/n": "Ann", "g/kid/v": [{"g/kid/v/d": "1"}, {"g/kid/v/d": "2"}]},
            {"g/kid/n": "Bob"},
        ],
        "meta/instanceID": "uuid:1",
    }


def test_a_single_round_is_a_list_and_an_empty_one_is_absent() -> None:
    assert xml.answers(xml.read("<a><r><q>1</q></r></a>"), {"r"}) == {"r": [{"r/q": "1"}]}
    assert xml.answers(xml.read("<a><r><q/></r></a>"), {"r"}) == {}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("g/kid[2]/n", "Eve", "Eve"),
        ("g/kid[1]/v[2]/d", "9", "9"),
        ("g/kid/n", "First", "First"),
        ("g/new/deeper", "x", "x"),
        ("g/q", "ش <&> \n", "ش <&> \n"),
    ],
)
def test_one_answer_is_set(path: str, value: str, expected: str) -> None:
    root = xml.read(TEXT)
    xml.set_answer(root, path, value)
    again = xml.read(xml.write(root))
    node = xml.locate(again, path)
    assert node is not None
    assert node.text == expected
    assert len(xml.answers(again, REPEATS)["g/kid"]) == 2


@pytest.mark.parametrize("value", ["", None])
def test_nothing_clears(value: str | None) -> None:
    root = xml.read(TEXT)
    xml.set_answer(root, "g/kid[2]/n", value)
    assert [round_.get("g/kid/n") for round_ in xml.answers(root, REPEATS)["g/kid"]] == ["Ann", None]


def test_what_cannot_be_set() -> None:
    root = xml.read(TEXT)
    before = xml.write(root)
    with pytest.raises(xml.PositionError):
        xml.set_answer(root, "g/kid[3]/n", "x")
    with pytest.raises(xml.XMLError):
        xml.set_answer(root, "g/q", "bell \x07")
    with pytest.raises(TypeError):
        xml.set_answer(root, "g/q", 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tag name"):
        xml.set_answer(root, "no name", "x")
    assert xml.write(root) == before
    assert xml.locate(root, "g/kid[3]") is None


@pytest.mark.parametrize(
    "text",
    ["<not xml", "", "<a>\x00</a>", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
)
def test_what_is_no_record(text: str) -> None:
    with pytest.raises(xml.XMLError):
        xml.read(text)


def test_meta_is_made_changed_and_removed() -> None:
    root = xml.read("<a><q>1</q></a>")
    xml.set_meta(root, "instanceID", "uuid:2")
    xml.set_meta(root, "instanceID", "uuid:3")
    assert xml.text_at(root, "meta/instanceID") == "uuid:3"
    xml.set_meta(root, "instanceID", None)
    xml.set_meta(root, "deprecatedID", None)
    assert xml.text_at(root, "meta/instanceID") is None


def test_json_bodies_become_xml() -> None:
    root = xml.from_json({"q": "v", "n": 5, "many": ["a", "b"], "g": {"q2": "w"}, "r": [{"x": "1"}, {"x": "2"}]}, "f")
    assert xml.answers(root, {"r"}) == {
        "q": "v",
        "n": "5",
        "many": "a b",
        "g/q2": "w",
        "r": [{"r/x": "1"}, {"r/x": "2"}],
    }
    with pytest.raises(xml.XMLError):
        xml.from_json({"no name": "x"}, "f")


def test_positions_name_every_round() -> None:
    row = {"g/kid": [{"g/kid/photo": "1.png"}, {"g/kid/v": [{"g/kid/v/photo": "2.png"}]}], "photo": "3.png", "_id": 4}
    assert dict(xml.positions(row, lambda path: path.endswith("photo"))) == {
        "g/kid[1]/photo": "1.png",
        "g/kid[2]/v[1]/photo": "2.png",
        "photo": "3.png",
    }
