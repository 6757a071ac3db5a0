"""What the server's own library makes of recorded bodies, and the same forms and records for ours."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from kobotui.exports.layout import FormVersion
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form

HERE = Path(__file__).with_name("expected")
SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
RECORDED = {
    "household": ("asset-detail-household-trilingual.json", "data-household-100.json"),
    "clinic": ("asset-detail-clinic-repeats.json", "data-clinic-50.json"),
    "long": ("asset-detail-long-150-questions.json", "data-long-60.json"),
}
CASES = sorted(path.stem for path in HERE.glob("*-*.json"))


class Source(NamedTuple):
    """A project: name, versions (uid and content, the newest first), records."""

    name: str
    versions: list[tuple[str, dict[str, Any]]]
    records: list[dict[str, Any]]

    @property
    def forms(self) -> list[FormVersion]:
        """The versions as forms."""
        return [FormVersion(uid, Form.from_content(content)) for uid, content in self.versions]


class Expected(NamedTuple):
    """An export: what of, how, and what came out."""

    source: Source
    options: ExportOptions
    sheets: dict[str, list[list[Any]]]


@cache
def source(name: str) -> Source:
    """A recorded project."""
    if name == "versions":
        found = read(HERE / "versions.input.json")
        return Source(found["name"], [(v["uid"], v["content"]) for v in found["versions"]], found["results"])
    asset, data = (read(SAMPLES / file) for file in RECORDED[name])
    return Source(asset["name"], [(asset["deployed_version_id"], asset["content"])], data["results"])


def expected(case: str) -> Expected:
    """An export by the name of its file."""
    found = read(HERE / f"{case}.json")
    whole = source(found["source"])
    options = msgspec.convert(found["options"], ExportOptions)
    return Expected(whole._replace(records=whole.records[: found["records"]]), options, found["sheets"])


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def as_kept(cell: Any) -> Any:
    """A cell as the files keep it."""
    match cell:
        case datetime():
            return {"moment": cell.isoformat()}
        case date():
            return {"day": cell.isoformat()}
        case None:
            return ""
    return cell
