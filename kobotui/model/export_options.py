"""What an export shall hold, as the web interface asks for it: for the server's exports, for named ones, for ours."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

ExportType = Literal["csv", "xls", "geojson", "spss_labels", "kml"]
MultipleSelect = Literal["both", "summary", "details"]

NAMES = "_xml"
"""``lang`` for the names of questions and choices."""
DEFAULT_LANGUAGE = "_default"
"""``lang`` for the labels without a language; a form whose languages all have names answers with names."""

ENDINGS: dict[ExportType, str] = {
    "csv": "csv", "xls": "xlsx", "geojson": "geojson", "spss_labels": "zip", "kml": "kml",
}  # fmt: skip
"""How the server's file of each type ends."""

Query = dict[str, Any]


class ExportOptions(Struct, frozen=True, kw_only=True):
    """The options under the server's own names."""

    type: ExportType = "csv"
    lang: str = DEFAULT_LANGUAGE
    """The name of one of the form's languages, ``_xml`` or ``_default``."""
    multiple_select: MultipleSelect = "both"
    """A select-multiple question as one column (``summary``), one for each choice (``details``), or both."""
    hierarchy_in_labels: bool = False
    """Whether headings begin with the groups around a question."""
    group_sep: str = "/"
    """Between groups and questions, and between a question and its choices."""
    fields_from_all_versions: bool = True
    fields: tuple[str, ...] = ()
    """Paths of the questions wanted, none for all."""
    flatten: bool = True
    """GeoJSON: one collection of all records, not one for each."""
    include_media_url: bool = False
    xls_types_as_text: bool = False
    """XLSX: numbers and dates as text."""
    query: Query | UnsetType = UNSET
    submission_ids: tuple[int, ...] | UnsetType = UNSET
    """Only these records."""

    def body(self) -> dict[str, Any]:
        """What is sent. Raises ValueError for what the server refuses or would read otherwise."""
        if not self.group_sep:
            raise ValueError("a separator is needed")
        if self.submission_ids == ():
            raise ValueError("no records: leave them out for all")
        body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        if self.type != "geojson":
            del body["flatten"]
        return body


def read_options(raw: object) -> ExportOptions:
    """The options of an export or a named export as the server keeps them; odd values are the defaults."""
    raw = raw if isinstance(raw, dict) else {}
    found: dict[str, Any] = {}
    for key, allowed in (("type", get_args(ExportType)), ("multiple_select", get_args(MultipleSelect))):
        if raw.get(key) in allowed:
            found[key] = raw[key]
    for key in ("lang", "group_sep"):
        if isinstance(raw.get(key), str) and raw[key]:
            found[key] = raw[key]
    for key in ("hierarchy_in_labels", "fields_from_all_versions", "flatten", "include_media_url"):
        if key in raw:
            found[key] = str(raw[key]).lower() == "true"  # old ones are texts
    found["xls_types_as_text"] = (
        str(raw.get("xls_types_as_text", True)).lower() == "true"
    )  # what the server takes it for
    fields = raw.get("fields")
    found["fields"] = tuple(f for f in fields if isinstance(f, str)) if isinstance(fields, list) else ()
    if isinstance(raw.get("query"), dict) and raw["query"]:
        found["query"] = {key: value for key, value in raw["query"].items() if key != "_userform_id"}
    ids = raw.get("submission_ids")
    if isinstance(ids, list) and ids and all(type(number) is int for number in ids):
        found["submission_ids"] = tuple(ids)
    return ExportOptions(**found)
