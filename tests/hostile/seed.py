"""A demo server that says nothing harmless: names, forms, answers, teams and versions out of the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kobotui.demo.exports import Task
from kobotui.demo.records.kept import Stored
from kobotui.demo.state import Asset, Event, Row, User, now
from tests.hostile.corpus import TEXTS

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer

QUESTION_TYPES = ("text", "integer", "select_one", "select_multiple", "note", "geopoint", "image", "date", "calculate")


def spoil(server: DemoServer) -> Asset:
    """Every project has a text of the corpus in all its places; the one with form, records and team of all of them."""
    state = server.state
    surveys = [asset for asset in state.assets.values() if asset.asset_type == "survey"]
    whole = next(asset for asset in surveys if asset.deployment and asset.deployment.active and asset.owner == "admin")
    assert len(surveys) > len(TEXTS)
    for asset, text in zip(surveys, (*TEXTS, *TEXTS), strict=False):
        named = {"value": text, "label": text}
        asset.name, asset.tags, asset.last_modified_by = text, [text.replace(",", ";")], text
        asset.settings = {"description": text, "sector": named, "country": [named, named]}
        asset.summary = {"languages": [text, None], "row_count": 3}
    spoil_form(whole)
    spoil_records(server, whole)
    spoil_team(server, whole)
    spoil_past(whole)
    state.access_log.extend(("admin", text, now()) for text in TEXTS)
    return whole


def spoil_form(asset: Asset) -> None:
    """A form of one question, one group and one choice for each text."""
    survey: list[dict[str, Any]] = []
    for n, text in enumerate(TEXTS):
        row = {
            "type": QUESTION_TYPES[n % len(QUESTION_TYPES)],
            "name": f"q{n}",
            "$xpath": f"q{n}",
            "label": [text, None],
        }
        row |= {"hint": [text], "constraint": text, "relevant": text, "constraint_message": [text]}
        row |= {"select_from_list_name": "all"} if row["type"].startswith("select") else {}
        group = {"type": "begin_group", "name": text, "$xpath": f"g{n}", "label": [text]}
        survey += [row, group, {"type": text or "text", "name": text, "label": []}, {"type": "end_group"}]
    choices = [{"list_name": "all", "name": text, "label": [text, text]} for text in TEXTS]
    content = {"survey": survey, "choices": choices, "translations": [TEXTS[0], *TEXTS[1:8]], "settings": {}}
    asset.content = content
    for version in asset.versions:
        version.content, version.content_hash = content, TEXTS[0]


def spoil_records(server: DemoServer, asset: Asset) -> None:
    """A record for each text in what the server says beside the answers; of the answers, each has all of them."""
    store = asset.records
    assert store
    store.base = None
    for number, text in enumerate(TEXTS, 1_000_000):
        answers = {f"q{n}": TEXTS[(n + number) % len(TEXTS)] for n in range(len(TEXTS))}
        files = [
            {"uid": f"att{number}", "filename": text, "media_file_basename": text, "mimetype": text,
             "question_xpath": "q6", "is_deleted": False, "download_url": text}
        ]  # fmt: skip
        row: dict[str, Any] = {"_id": number, **answers, text: text, "odd": {"a": [text]}, "_uuid": text}
        row |= {"meta/rootUuid": f"uuid:{text}", "_attachments": files, "_submitted_by": text, "__version__": text}
        row |= {
            "_submission_time": text,
            "_validation_status": {"uid": text, "label": text},
            "_geolocation": [None] * 2,
        }
        store.added[number] = Stored(number, f"u{number}", f"r{number}", "<x/>", row, "2026-01-01T00:00:00", text)


def spoil_team(server: DemoServer, asset: Asset) -> None:
    """A user for each text, with rights of that name and row rules about it."""
    state = server.state
    for n, text in enumerate(TEXTS):
        state.users[text] = User(text, "", None, f"u{n}")
        rules = {"view_submissions": [{text or "x": {"$in": [text]}}, {"q1": text}], text: [{"q": text}]}
        asset.rows += [
            Row(f"p{n}a", text, "view_asset"),
            Row(f"p{n}b", text, ("partial_submissions", "view_submissions")[n % 2], None if n % 2 else rules),
        ]


def spoil_past(asset: Asset) -> None:
    """What was done to the project, and the exports of it."""
    moment = now()
    for n, text in enumerate(TEXTS):
        about = {"name": {"old": text, "new": text}, "permissions": {"username": text, "added": [text]}, text: text}
        asset.history.append(Event(moment, text, ("update-name", "modify-user-permissions", text)[n % 3], "x", about))
        task = Task(f"e{n}", "admin", {"lang": text, "fields": [text], "type": text}, text, "error")
        task.messages, task.file_name = {"error": text, text: text}, text
        asset.exports.append(task)
        settings = {"lang": text, "fields": [text], "name": text, "type": "csv", "group_sep": text}
        named = {"uid": f"es{n}", "name": text, "date_modified": "2026-01-01T00:00:00Z", "export_settings": settings}
        asset.export_settings.append(named)
