"""Bodies recorded from a real server, decoded; and hostile values for what a server might send."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from kobotui.model.form import Form
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.submission import Submission

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"


@cache
def body(name: str) -> Any:
    """A recorded body."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@cache
def projects() -> list[Project]:
    """The first sixty projects of the recorded account."""
    return msgspec.convert(body("asset-list-60")["results"], list[Project])


@cache
def detail(name: str) -> ProjectDetail:
    """A recorded project: ``clinic-repeats``, ``household-trilingual`` or ``long-150-questions``."""
    return msgspec.convert(body(f"asset-detail-{name}"), ProjectDetail)


def form(name: str) -> Form:
    """The form of a recorded project."""
    return Form.from_content(detail(name).content)


def records(name: str) -> list[Submission]:
    """Recorded submissions: ``clinic-50``, ``household-100`` or ``long-60``."""
    return [Submission(raw["_id"], raw) for raw in body(f"data-{name}")["results"]]


HOSTILE = st.sampled_from(
    [
        "\x1b]52;c;eA==\x07",
        "[/]x",
        "\u202eabc",
        "\x9b31m",
        "a\nb\tc",
        "\u2028",
        "\ud800",
        "永" * 40,
        "e\u0301",
        "",
        "a" * 300,
    ]
)
TEXT = HOSTILE | st.text(max_size=8)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
PLAIN_TYPES = (
    "text integer decimal range date time datetime geopoint geotrace geoshape image note calculate acknowledge start "
    "begin_group begin_repeat end_group end_repeat rank select_multiple select_one begin_score end"
)
TYPES = st.sampled_from(PLAIN_TYPES.split()) | st.sampled_from(
    ["select_one yn", "select multiple yn or_other", "begin group", "select_one_from_file a.csv"]
)
NAMES = st.sampled_from(["a", "b", "g", "r", "a/b"])
ROW = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | JSON,
        "name": NAMES | JSON,
        "$autoname": NAMES,
        "$xpath": NAMES | TEXT,
        "label": TEXT | st.lists(TEXT | st.none(), max_size=3) | JSON,
        "hint": JSON,
        "required": st.booleans() | st.just("yes") | JSON,
        "select_from_list_name": st.just("yn") | JSON,
        "constraint": st.sampled_from([". > 0", "regex(., '[0-9]+')", ". <= today() and ${a} != ''"]) | TEXT,
        "constraint_message": JSON,
        "parameters": st.just("start=1 end=5") | JSON,
    },
)
CONTENT = JSON | st.fixed_dictionaries(
    {"survey": st.lists(ROW | JSON, max_size=8)},
    optional={
        "choices": JSON | st.lists(st.fixed_dictionaries({"list_name": st.just("yn"), "name": NAMES, "label": JSON})),
        "translations": JSON | st.lists(st.none() | TEXT, max_size=3),
        "settings": JSON | st.fixed_dictionaries({"default_language": JSON}),
    },
)
RECORD = st.dictionaries(
    NAMES | st.sampled_from(["_attachments", "_validation_status", "_submission_time"]) | TEXT, JSON
)
