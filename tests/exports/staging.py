"""Projects of a demo with forms and records of the test's own, and what happens to them in the middle of a walk."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kobotui.demo.records.kept import Stored
from kobotui.demo.records.store import RecordStore
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset, Deployment, Row, Version
from tests.exports.expectations import Source

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
RIGHTS = (
    "view_asset", "change_asset", "manage_asset", "add_submissions", "view_submissions", "change_submissions",
    "delete_submissions", "validate_submissions",
)  # fmt: skip


def stage(demo: DemoServer, project: Source) -> Asset:
    """A deployed project of the owner's with these versions and records."""
    state = demo.state
    versions = [
        Version(uid, project.name, content, _hash(content), BEGIN + timedelta(days=day), BEGIN + timedelta(days=day))
        for day, (uid, content) in enumerate(reversed(project.versions))
    ]
    newest = versions[-1]
    asset = Asset(state.uid("a"), "admin", project.name, "survey", newest.content, {}, BEGIN, newest.date_modified)
    asset.versions = versions
    state.last_form_pk += 1
    asset.deployment = Deployment(True, newest.uid, uuid.uuid4().hex, state.last_form_pk, newest.date_modified)
    asset.rows = [Row(state.uid("p"), "admin", codename) for codename in RIGHTS]
    asset.records = RecordStore(state, asset)
    state.assets[asset.uid] = asset
    put(asset, project.records)
    return asset


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha1(json.dumps(content, sort_keys=True).encode()).hexdigest()


def put(asset: Asset, records: Iterable[dict[str, Any]]) -> None:
    """Records as they stand, in the place their numbers give them."""
    store = asset.records
    assert store is not None
    for record in records:
        number, uid = record["_id"], record["_uuid"]
        files = [
            {key: value for key, value in file.items() if not key.startswith("download_")}  # the demo adds its own
            for file in record.get("_attachments", [])
        ]
        record = {**record, "_attachments": files}
        kept = Stored(number, uid, uid, "", record, record["_submission_time"], record.get("_submitted_by"))
        kept.attachments = files
        store.added[number] = kept
        store.current[uid] = number
    store.added = dict(sorted(store.added.items()))
    store.touch()


def take(asset: Asset, *numbers: int) -> None:
    """Remove records."""
    assert asset.records is not None
    asset.records.remove(numbers)


def plain(number: int, **answers: Any) -> dict[str, Any]:
    """A record of a form of one text question ``q``."""
    system = {
        "_uuid": f"u{number}",
        "meta/rootUuid": f"uuid:u{number}",
        "_submission_time": f"2026-02-01T00:{number // 60 % 60:02}:{number % 60:02}",
        "_attachments": [],
        "_geolocation": [None, None],
        "_validation_status": {},
        "_submitted_by": "admin",
        "_status": "submitted_via_web",
        "__version__": "v1",
    }
    return {"_id": number, "q": f"answer {number}", **system, **answers}


def plain_project(demo: DemoServer, numbers: Iterable[int]) -> Asset:
    """A project of plain records with these numbers."""
    content = {"survey": [{"type": "text", "name": "q", "label": ["Q"]}], "choices": [], "translations": [None]}
    return stage(demo, Source("Plain", [("v1", content)], [plain(number) for number in numbers]))


def ids(asset: Asset) -> list[int]:
    """The numbers of all records."""
    assert asset.records is not None
    return sorted(row["_id"] for row in asset.records.page(limit=None, fields=["_id"]))


def on_read(monkeypatch: pytest.MonkeyPatch, asset: Asset, act: Callable[[int], None]) -> None:
    """Do something before the server reads records for the first (1), second, ... time."""
    store = asset.records
    assert store is not None
    search, count = store.search, iter(range(1, 10_000))

    async def watched(*args: Any, **options: Any) -> Any:
        act(next(count))
        return await search(*args, **options)

    monkeypatch.setattr(store, "search", watched)
