"""Every recorded answer of an endpoint that the client reads can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from kobotui.api.access_log import AccessEntry
from kobotui.api.deployment import Deployment
from kobotui.api.exports import ExportTask
from kobotui.api.files import ProjectFile
from kobotui.api.history import HistoryEntry, _Actions
from kobotui.api.hooks import Hook
from kobotui.api.imports import ImportTask
from kobotui.api.login import _Token
from kobotui.api.named_exports import NamedExport
from kobotui.api.paging import Envelope
from kobotui.api.projects import Counts, _Hash
from kobotui.api.reply import Reply
from kobotui.api.submissions import DailyCounts, EditResult, _submission
from kobotui.model.access import Assignment
from kobotui.model.people import Environment, Me, User
from kobotui.model.project import Project, ProjectDetail, Version

CONTRACT = Path(__file__).parents[1] / "contract"
U = r"[^/]+"
ASSET = rf"/api/v2/assets/(?!counts|hash|bulk|minimal-list|metadata){U}/"
RECORD = dict[str, Any]
SHAPES: list[tuple[str, str, Any]] = [
    ("GET|POST", r"/token/", _Token),
    ("GET|PATCH", r"/me/", Me),
    ("GET", r"/api/v2/environment/", Environment),
    ("GET", rf"/api/v2/users/{U}/", User),
    ("GET", r"/api/v2/assets/", Envelope[Project]),
    ("GET", r"/api/v2/assets/counts/", Counts),
    ("GET", r"/api/v2/assets/hash/", _Hash),
    ("POST", r"/api/v2/assets/", ProjectDetail),
    ("GET|PATCH", ASSET, ProjectDetail),
    ("GET", rf"{ASSET}versions/", Envelope[Version]),
    ("GET", rf"{ASSET}versions/{U}/", Version),
    ("GET|POST|PATCH", rf"{ASSET}deployment/", Deployment),
    ("GET", rf"{ASSET}permission-assignments/", list[Assignment]),
    ("POST", rf"{ASSET}permission-assignments/", Assignment),
    ("POST", rf"{ASSET}permission-assignments/bulk/", list[Assignment]),
    ("PATCH", rf"{ASSET}permission-assignments/clone/", list[Assignment]),
    ("GET", rf"{ASSET}data/", Envelope[RECORD]),
    ("PATCH", rf"{ASSET}data/bulk/", EditResult),
    ("GET", rf"{ASSET}data/{U}/", RECORD),
    ("POST", rf"{ASSET}data/{U}/duplicate/", RECORD),
    ("GET", rf"{ASSET}counts/", DailyCounts),
    ("GET", rf"{ASSET}history/", Envelope[HistoryEntry]),
    ("GET", rf"{ASSET}history/actions/", _Actions),
    ("GET", r"/api/v2/access-logs/me/", Envelope[AccessEntry]),
    ("GET", rf"{ASSET}exports/", Envelope[ExportTask]),
    ("POST", rf"{ASSET}exports/", ExportTask),
    ("GET", rf"{ASSET}exports/{U}/", ExportTask),
    ("GET", rf"{ASSET}export-settings/", Envelope[NamedExport]),
    ("POST", rf"{ASSET}export-settings/", NamedExport),
    ("PATCH", rf"{ASSET}export-settings/{U}/", NamedExport),
    ("GET", rf"{ASSET}files/", Envelope[ProjectFile]),
    ("GET", rf"{ASSET}hooks/", Envelope[Hook]),
    ("POST", r"/api/v2/imports/", ImportTask),
    ("GET", rf"/api/v2/imports/{U}/", ImportTask),
]


ADDRESSES = {
    "imports": "/api/v2/imports/iX/",
    "exports": "/api/v2/assets/aX/exports/eX/",
    "export-settings": "/api/v2/assets/aX/export-settings/esX/",
}
"""What a resource's own address looks like, by the list it is made in."""


def shape_of(step: dict[str, Any], addresses: dict[str, str]) -> Any:
    """What the client reads that answer as, None when it does not."""
    path = re.sub(r"\{\{(\w+)\}\}", lambda found: addresses.get(found[1], found[0]), step["path"])
    path = re.sub(r"^(\{\{(base|kc)\}\}|https?://[^/]+)", "", path)
    if step.get("query", {}).get("format", "json") != "json":
        return None
    for methods, pattern, shape in SHAPES:
        if step["method"] in methods.split("|") and re.fullmatch(pattern, path):
            return shape
    return None


def as_sent(value: Any, key: str = "") -> Any:
    """A recorded value with a number where the recording has a placeholder for one."""
    if isinstance(value, dict):
        return {name: as_sent(content, name) for name, content in value.items()}
    if isinstance(value, list):
        return [as_sent(content, key) for content in value]
    return 7 if key == "_id" and isinstance(value, str) and value.startswith("{{") else value


def whole_project() -> dict[str, Any]:
    """A project with all its keys, to fill up recordings that were shortened."""
    text = (CONTRACT / "samples" / "asset-detail-clinic-repeats.json").read_text(encoding="utf-8")
    project: dict[str, Any] = json.loads(text)
    return project


def steps() -> list[Any]:
    """The recorded answers to be read: flow, method and path as their name."""
    found = []
    for file in sorted((CONTRACT / "flows").glob("*.json")):
        flow = json.loads(file.read_text(encoding="utf-8"))
        addresses: dict[str, str] = {}
        for number, step in enumerate(flow["steps"]):
            for name, source in step.get("bind", {}).items():
                for kind, address in ADDRESSES.items():
                    if source == "$.url" and f"/{kind}/" in step["path"]:
                        addresses[name] = address
            content = step.get("response", {}).get("json")
            shape = shape_of(step, addresses)
            if shape is None or content is None or step["status"] not in (200, 201):
                continue
            found.append(pytest.param(step, shape, id=f"{file.stem}-{number}"))
    return found


@pytest.mark.parametrize(("step", "shape"), steps())
def test_recorded_answers_can_be_read(step: dict[str, Any], shape: Any) -> None:
    content = as_sent(step["response"]["json"])
    trimmed = step.get("trimmed", [])
    if shape is ProjectDetail and "$" in trimmed:
        content = whole_project() | content
    if shape == Envelope[Project] and any(path.startswith("$.results[") for path in trimmed):
        content["results"] = [whole_project() | row for row in content["results"]]
    headers = httpx.Headers({"content-type": "application/json"})
    reply = Reply(step["method"], step["path"], step["status"], headers, json.dumps(content).encode())
    read = reply.decode(shape)
    if shape is ProjectDetail:
        assert (read.uid, read.name) == (content["uid"], content["name"])
        assert read.content == content.get("content", {})
    elif shape is Envelope[RECORD]:
        assert [_submission(row, reply).raw for row in read.results] == content["results"]
    elif shape == list[Assignment]:
        assert [row.permission for row in read] == [row["permission"] for row in content]
    elif shape is EditResult:
        assert [row.ok for row in read.results] == [
            row["status_code"] == 201 and row["root_uuid"] is not None for row in content["results"]
        ]
    elif "count" in content and hasattr(read, "count"):
        assert read.count == content["count"]


def test_every_shape_is_recorded() -> None:
    recorded = [case.values[1] for case in steps()]
    missing = [pattern for _methods, pattern, shape in SHAPES if shape not in recorded]
    assert not missing
    assert len(recorded) > 250
