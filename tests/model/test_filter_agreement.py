"""A filter means one thing: the server's query and the comparison here agree on every record.

The server's side is the demo's own reading of its query language, which shares no code with the filter.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.demo.records.mongo import compile_query
from kobotui.model.filter_match import matches
from kobotui.model.filter_names import Names
from kobotui.model.form import Form
from kobotui.model.json_query import read_json
from tests.model.test_record_filter import CONTENT, READER

NUMBERS = ("0", "4", "04", "4.0", "-4", "10", "9", "12.5", "1e3", "-2.5", "many", "5\n")
DAYS = ("2026-11-27", "2026-11-20", "2026-11-2", "2025-01-01", "never")
MOMENTS = ("2026-11-27T08:00:00.000+03:00", "2026-11-26T23:30:00.000-05:00", "2026-11-27")
PEOPLE = ("ana", "ben")
BOUNDS = ("4", "-4", "10", "4.5", "-2.5", "1000", "0")
TIMES = ("2026-11-27", "2026-11", "today", "yesterday", "last 7 days", "2 days ago", "2026-11-27T08:00")


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


SHOT = st.fixed_dictionaries({}, optional={"kid/shot/day": _one(*DAYS)})
KID = st.fixed_dictionaries(
    {},
    optional={
        "kid/name": _one("Sam", "sam", "Tom"),
        "kid/age": _one(*NUMBERS),
        "kid/shot": st.lists(SHOT, min_size=1, max_size=2),
    },
)
FILE = st.fixed_dictionaries({"question_xpath": _one("photo", "kid[1]/x"), "is_deleted": st.booleans()})
RECORDS = st.fixed_dictionaries(
    {
        "_id": _one(1, 5, 123),
        "_submission_time": _one(
            "2026-11-26T21:00:00", "2026-11-26T20:59:59", "2026-11-27T05:00:30", "2025-06-01T00:00:00"
        ),
        "_submitted_by": _one(None, *PEOPLE),
        "_validation_status": _one({}, *({"uid": f"validation_status_{uid}"} for uid in ("approved", "on_hold"))),
        "_attachments": st.lists(FILE, max_size=2),
    },
    optional={
        "loc/region": _one("north", "ne"),
        "head": _one("Amina", "amina", "b", "10", "9"),
        "members": _one(*NUMBERS),
        "income": _one(*NUMBERS),
        "needs": _one("food", "wa.ter food", "foo", "wa.ter"),
        "arrival": _one(*DAYS),
        "start": _one(*MOMENTS),
        "kid": st.lists(KID, min_size=1, max_size=3),
    },
)

SIGN = _one("=", "!=", "<", "<=", ">", ">=")
EQUAL = _one("=", "!=")


def _said(*parts: st.SearchStrategy[Any] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


IN_KID = st.one_of(
    _said("kid/name", EQUAL, _one("Sam", "Tom")),
    _said(_one("kid/age", "kid/name"), _one("is empty", "is not empty")),
    _said("kid/age", SIGN, _one(*BOUNDS)),
    _said("kid/name", _one("contains", "does not contain"), "sam"),
    _said("kid/shot/day", SIGN, _one(*TIMES)),
    _said("kid/shot has (day", SIGN, _one(*TIMES), ")"),
    _said("kid/shot", SIGN, _one("0", "1", "2")),
)
ON_RECORD = st.one_of(
    _said("region", EQUAL, _one("north", "North East")),
    _said("region", _one("in", "not in"), "(north, ne)"),
    _said(_one("region", "head", "members", "needs", "kid", "by"), _one("is empty", "is not empty")),
    _said("head", _one("contains", "does not contain"), "AMI"),
    _said("head", SIGN, _one("amina", "10", '"10"')),
    _said(_one("members", "income"), SIGN, _one(*BOUNDS)),
    _said("members", _one("in", "not in"), "(4, 10, many)"),
    _said("needs", _one("=", "!=", "has"), _one("food", "wa.ter")),
    _said("needs", _one("in", "not in"), "(food, wa.ter)"),
    _said(_one("arrival", "start", "sent"), SIGN, _one(*TIMES)),
    _said("by", EQUAL, _one("me", "ben", '""')),
    _said("by", _one("in", "not in"), "(ana, ben)"),
    _said("id", _one("=", "!=", "<", "<=", ">", ">="), _one("5", "123")),
    _said("status", EQUAL, _one("approved", "on hold", "none")),
    _said("status", _one("in", "not in"), "(approved, none)"),
    _one("validated", "has attachment", "has no attachment", "photo has attachment", "[Mine]"),
    _said("members", SIGN, "${income}"),
    _said("arrival", SIGN, _one("${start}", "${sent}")),
    _said("kid", SIGN, _one("0", "1", "2")),
)


def _joined(condition: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        condition,
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            st.tuples(inner, _one("and", "or"), inner).map(lambda parts: f"({' '.join(parts)})"),
        ),
        max_leaves=5,
    )


FILTERS = _joined(st.one_of(ON_RECORD, IN_KID, _joined(IN_KID).map("kid has ({})".format)))
NAMES = Names(Form.from_content(CONTENT))


@settings(max_examples=400)
@given(FILTERS, st.lists(RECORDS, min_size=3, max_size=6))
def test_the_server_and_the_comparison_here_agree(text: str, records: list[dict[str, Any]]) -> None:
    found, opposite = READER.read(text), READER.read(f"not ({text})")
    assert found.exact == opposite.exact
    for query in (found.query, opposite.query):
        assert read_json(json.dumps(query), NAMES) == query
    for record in records:
        assert found.node is not None
        assert opposite.node is not None
        here = matches(found.node, record)
        assert matches(opposite.node, record) != here
        there = compile_query(found.query)(record), compile_query(opposite.query)(record)
        if found.exact:
            assert there == (here, not here), text
        else:
            assert there[0] or not here, text
            assert there[1] or here, text
        only = {key: value for key, value in record.items() if key in found.fields}
        assert matches(found.node, only) == here, text
