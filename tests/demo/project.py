"""A deployed project and a server over it, made by hand: no seed, no socket."""

from __future__ import annotations

import random
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from kobotui.demo.app import create_app
from kobotui.demo.records.store import RecordStore
from kobotui.demo.state import Asset, Deployment, Row, State, User, Version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTENT: dict[str, Any] = {
    "survey": [
        {"type": "start", "name": "start"},
        {
            "type": "select_one", "select_from_list_name": "yn", "name": "consent", "label": ["Do you agree?"],
            "required": True,
        },
        {"type": "begin_group", "name": "loc", "label": ["Place"], "relevant": "${consent} = 'yes'"},
        {
            "type": "select_one", "select_from_list_name": "region", "name": "region", "label": ["Region"],
            "required": True,
        },
        {
            "type": "select_one", "select_from_list_name": "district", "name": "district", "label": ["District"],
            "choice_filter": "region=${region}", "required": True,
        },
        {"type": "geopoint", "name": "gps", "label": ["Position"], "required": True},
        {"type": "end_group"},
        {"type": "integer", "name": "age", "label": ["Age"], "constraint": ". >= 18 and . <= 60", "required": True},
        {"type": "select_multiple", "select_from_list_name": "needs", "name": "needs", "label": ["Needs"]},
        {"type": "begin_repeat", "name": "kid", "label": ["Child"]},
        {"type": "text", "name": "kname", "label": ["Name of the child"], "required": True},
        {"type": "image", "name": "portrait", "label": ["Portrait"]},
        {"type": "begin_repeat", "name": "visit", "label": ["Visit"]},
        {"type": "date", "name": "vdate", "label": ["Date of visit"], "required": True},
        {"type": "end_repeat"},
        {"type": "end_repeat"},
        {"type": "calculate", "name": "n_kids", "calculation": "count(${kid})"},
        {"type": "image", "name": "photo", "label": ["Photo of the door"], "required": True},
        {"type": "note", "name": "thanks", "label": ["Thank you"]},
    ],
    "choices": [
        *({"list_name": "yn", "name": n, "label": [n.title()]} for n in ("yes", "no")),
        *({"list_name": "region", "name": n, "label": [n.title()]} for n in ("north", "south", "east")),
        *(
            {"list_name": "district", "name": f"{r}_{i}", "label": [f"{r.title()} {i}"], "region": r}
            for r in ("north", "south", "east")
            for i in range(1, 4)
        ),
        *({"list_name": "needs", "name": n, "label": [n.title()]} for n in ("food", "water", "shelter", "none")),
    ],
    "settings": {},
    "translations": [None],
}  # fmt: skip
PLAIN: dict[str, Any] = {
    "survey": [{"type": "text", "name": "q1", "label": ["One"]}, {"type": "integer", "name": "q2", "label": ["Two"]}],
    "choices": [],
    "settings": {},
    "translations": [None],
}


def make_state() -> State:
    """A state with an owner, three others and a superuser; everybody's token is their name."""
    state = State(random.Random(1))
    for name in ("ann", "ben", "cleo", "dora", "root"):
        state.users[name] = User(name, "secret", name, "u" + name, is_superuser=name == "root")
    state.users["AnonymousUser"] = User("AnonymousUser", "", None, "uanon")
    return state


def make_asset(state: State, content: dict[str, Any] = CONTENT, **grants: Any) -> Asset:
    """A deployed project of ann's; ``grants`` name other users' rights."""
    version = Version(state.uid("v"), "Survey", content, "hash", NOW, NOW)
    asset = Asset(state.uid("a"), "ann", "Survey", "survey", content, {"country": [{"value": "KEN"}]}, NOW, NOW)
    asset.versions.append(version)
    state.last_form_pk += 1
    asset.deployment = Deployment(
        True, version.uid, uuid.UUID(int=state.rng.getrandbits(128)).hex, state.last_form_pk, NOW
    )
    every = ["view_asset", "change_asset", "manage_asset", "add_submissions", "view_submissions", "change_submissions"]
    every += ["delete_submissions", "validate_submissions"]
    for name, codenames in {"ann": every, **grants}.items():
        for codename in ["view_asset", *codenames]:
            partial = codename if isinstance(codename, dict) else None
            asset.rows.append(Row(state.uid("p"), name, "partial_submissions" if partial else codename, partial))
    asset.records = RecordStore(state, asset)
    state.assets[asset.uid] = asset
    return asset


def make_store(count: int, content: dict[str, Any] = CONTENT, seed: int = 5) -> RecordStore:
    """A store with ``count`` generated records of the last 200 days."""
    store = make_asset(make_state(), content).records
    assert store is not None
    store.generate(count, seed, ["amina", "joseph", "u01"], NOW - timedelta(days=200), NOW)
    return store


class Server:
    """A client of a server in the same process."""

    def __init__(self, state: State, client: httpx.AsyncClient) -> None:
        self.state, self.client = state, client

    async def call(self, method: str, path: str, who: str | None = "ann", **options: Any) -> httpx.Response:
        """One request; ``A/`` in front of the path stands for the assets."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Token {who}"} if who else {})
        headers |= options.pop("headers", {})
        return await self.client.request(method, path.replace("A/", "/api/v2/assets/", 1), headers=headers, **options)

    async def get(self, path: str, who: str | None = "ann", **options: Any) -> httpx.Response:
        """A GET."""
        return await self.call("GET", path, who, **options)

    async def send(
        self, asset: Asset, answers: str, instance: str = "", who: str | None = "ann", **options: Any
    ) -> httpx.Response:
        """Send a record: the answers as XML, its instanceID (fresh if not given), more of its ``meta``."""
        assert asset.deployment is not None
        text = record_xml(
            asset, answers, instance or str(uuid.uuid4()), options.pop("meta", ""), options.pop("root", "")
        )
        files: list[tuple[str, tuple[str, bytes, str]]] = [
            ("xml_submission_file", ("s.xml", text.encode(), "text/xml"))
        ]
        files += [(name, (name, data, kind)) for name, data, kind in options.pop("files", [])]
        headers = {"Accept": "*/*"} | options.pop("headers", {})
        return await self.call("POST", options.pop("path", "/submission"), who, files=files, headers=headers, **options)

    async def rows(self, asset: Asset, who: str | None = "ann", **query: str) -> list[dict[str, Any]]:
        """The records as the API lists them."""
        response = await self.get(f"A/{asset.uid}/data/", who, params=query)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["results"]
        return rows


def record_xml(asset: Asset, answers: str, instance: str, meta: str = "", root: str = "") -> str:
    """A record as a device sends it."""
    assert asset.deployment is not None
    return (
        f'<?xml version="1.0" ?>'
        f'<{asset.uid} xmlns:orx="http://openrosa.org/xforms" id="{asset.uid}" version="v1"{root}>'
        f"<formhub><uuid>{asset.deployment.form_uuid}</uuid></formhub>{answers}<__version__>v1</__version__>"
        f"<meta><instanceID>uuid:{instance}</instanceID>{meta}</meta></{asset.uid}>"
    )


@asynccontextmanager
async def serving(state: State) -> AsyncIterator[Server]:
    """A server over a state."""
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kobo.test") as client:
        yield Server(state, client)
