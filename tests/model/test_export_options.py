"""Options of exports: sent as the server takes them, read as it keeps them, whatever it keeps."""

from __future__ import annotations

from typing import Any

import pytest

from kobotui.model.export_options import ExportOptions, read_options


def test_what_is_sent() -> None:
    body = ExportOptions(type="csv", lang="_xml", fields=("g/q",), query={"q": "1"}, submission_ids=(1, 2)).body()
    assert body == {
        "type": "csv", "lang": "_xml", "multiple_select": "both", "hierarchy_in_labels": False, "group_sep": "/",
        "fields_from_all_versions": True, "fields": ["g/q"], "include_media_url": False, "xls_types_as_text": False,
        "query": {"q": "1"}, "submission_ids": [1, 2],
    }  # fmt: skip
    assert "flatten" in ExportOptions(type="geojson").body()
    assert {"query", "submission_ids", "flatten"}.isdisjoint(ExportOptions(type="kml").body())


@pytest.mark.parametrize("wrong", [{"group_sep": ""}, {"submission_ids": ()}])
def test_what_the_server_refuses_or_misunderstands_is_not_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"separator|records"):
        ExportOptions(**wrong).body()


def test_what_was_sent_is_read_again() -> None:
    options = ExportOptions(type="xls", lang="Français (fr)", multiple_select="details", fields=("a",), query={"a": 1})
    assert read_options(options.body()) == options
    kept = options.body() | {"query": {"a": 1, "_userform_id": "ann_aX"}}
    assert read_options(kept) == options


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {},
        {"type": 5, "lang": None, "fields": "x", "query": [], "group_sep": ""},
        {"submission_ids": ["x"]},
    ],
)
def test_odd_values_are_the_defaults(raw: object) -> None:
    assert read_options(raw) == ExportOptions(xls_types_as_text=True)  # what the server takes a missing one for


def test_old_ones_say_booleans_as_text() -> None:
    options = read_options(
        {"hierarchy_in_labels": "true", "fields_from_all_versions": "false", "xls_types_as_text": False}
    )
    assert (options.hierarchy_in_labels, options.fields_from_all_versions, options.xls_types_as_text) == (
        True,
        False,
        False,
    )
