"""Form content: what clients send becomes what KPI stores."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from kobotui.demo.content import content_hash, flat_sheets, standardise, summary
from kobotui.demo.forms import all_forms
from kobotui.demo.records.form import outline
from kobotui.demo.xform import FormError, compile_form

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
DETAILS = [
    json.loads((SAMPLES / f"asset-detail-{name}.json").read_text("utf-8"))
    for name in ("clinic-repeats", "household-trilingual", "long-150-questions")
]


def standard(content: dict[str, Any]) -> dict[str, Any]:
    return standardise(copy.deepcopy(content), random.Random(1))


@pytest.mark.parametrize("detail", DETAILS, ids=lambda d: d["name"][:12])
def test_recorded_content_is_left_as_it_is(detail: dict[str, Any]) -> None:
    assert standard(detail["content"]) == detail["content"]
    assert summary(detail["content"]) == detail["summary"]


def test_shorthand_of_an_xlsform() -> None:
    content = standard(
        {
            "survey": [
                {"type": "begin group", "name": "g", "label::English (en)": "Group", "label::Français (fr)": "Groupe"},
                {"type": "select_one yn or_other", "name": "q", "label::English (en)": "Yes?", "hint": "think"},
                {"type": "end group"},
                {"type": "text", "label::English (en)": "No name given"},
            ],
            "choices": [{"list name": "yn", "name": "y", "label::English (en)": "Yes", "label::Français (fr)": "Oui"}],
            "settings": [{"style": "pages"}],
        }
    )
    group, question, end, text = content["survey"]
    assert content["translations"][:2] == ["English (en)", "Français (fr)"]
    assert group["label"][:2] == ["Group", "Groupe"]
    assert (group["type"], end["type"]) == ("begin_group", "end_group")
    assert (question["type"], question["select_from_list_name"], question["$xpath"]) == ("select_one", "yn", "g/q")
    assert question["_or_other"] is True
    assert text["name"] == "No_name_given"
    assert content["choices"][0]["list_name"] == "yn"
    assert content["settings"] == {"style": "pages"}


def test_hash_tells_forms_apart() -> None:
    content = standard({"survey": [{"type": "text", "name": "a", "label": ["A"]}]})
    other = copy.deepcopy(content)
    other["survey"][0]["label"] = ["B"]
    assert content_hash(content) == content_hash(copy.deepcopy(content))
    assert content_hash(content) != content_hash(other)


def test_sheets_and_back() -> None:
    content = standard(all_forms()["household"].content())
    sheets = flat_sheets(content, shorthand=True)
    again = standard({**sheets, "settings": sheets["settings"][0]})
    kept = ("type", "name", "label", "select_from_list_name", "required", "relevant", "$xpath")
    assert [[r.get(k) for k in kept] for r in again["survey"]] == [[r.get(k) for k in kept] for r in content["survey"]]


@pytest.mark.parametrize("key", list(all_forms()))
def test_every_form_of_the_demo_compiles(key: str) -> None:
    form = standard(all_forms()[key].content())
    xml = compile_form(form, "aForm", "v1", "0123", "Title")
    assert '<aForm id="aForm" version="v1">' in xml
    assert "formhub" in xml
    assert all(f"/aForm/{q.path}" in xml for q in outline(form) if q.type in ("text", "integer"))


def test_matrix_rating_and_ranking_are_spelt_out_for_devices_only() -> None:
    form = standard(all_forms()["kits"].content())
    assert [row["type"] for row in form["survey"]].count("begin_kobomatrix") == 1
    xml = compile_form(form, "aForm", "v1", "", "Title")
    for path in ("kit_pot/kit_pot_left", "liked/delay", "wanted/second", "source_other"):
        assert f'"/aForm/{path}"' in xml


def test_a_broken_form_says_why() -> None:
    content = standard({"survey": [{"type": "text", "name": "a", "label": ["A"], "relevant": "${nosuch} = 1"}]})
    with pytest.raises(FormError, match="nosuch"):
        compile_form(content, "a", "v", "", "t")
