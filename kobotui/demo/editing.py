"""Changes to assets that several views, imports and the seed share: create, save, deploy, archive."""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from kobotui.demo.content import content_hash, standardise, summary
from kobotui.demo.rights import assignable
from kobotui.demo.state import Asset, Deployment, Row, State, Version, now

if TYPE_CHECKING:
    from datetime import datetime

WITH_SETTINGS = ("survey", "template")


def clean_settings(settings: dict[str, Any], asset_type: str) -> dict[str, Any]:
    """Project settings with the keys that are always there, of the types they always have."""
    if asset_type not in WITH_SETTINGS:
        return dict(settings)
    country = settings.get("country")
    if isinstance(country, dict):
        country = [country]
    if not isinstance(country, list):
        country = []
    sector = settings.get("sector")
    return {
        **settings,
        "sector": sector if isinstance(sector, dict) else {},
        "country": country,
        "description": settings.get("description") or "",
        "organization": settings.get("organization") or "",
        "country_codes": [c["value"] for c in country if isinstance(c, dict) and c.get("value")],
    }


def new_asset(
    state: State,
    owner: str,
    name: str,
    asset_type: str,
    content: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    when: datetime | None = None,
) -> Asset:
    """A new asset with its owner's rows and, unless it is a collection, a first version."""
    when = when or now()
    asset = Asset(
        uid=state.uid("a"),
        owner=owner,
        name=name,
        asset_type=asset_type,
        content={},
        settings=clean_settings(settings or {}, asset_type),
        date_created=when,
        date_modified=when,
        created_by=owner,
        last_modified_by=owner,
    )
    asset.rows = [Row(state.uid("p"), owner, c) for c in assignable(asset_type) if c != "partial_submissions"]
    if asset_type != "collection":
        save(state, asset, owner, content=content or {}, when=when)
    state.assets[asset.uid] = asset
    return asset


def save(
    state: State,
    asset: Asset,
    username: str | None,
    *,
    name: str | None = None,
    content: dict[str, Any] | None = None,
    when: datetime | None = None,
) -> None:
    """Store a new name or content. A version is made whenever one of them really differs."""
    when = when or now()
    if name is not None:
        asset.name = name
    if content is not None:
        asset.content = standardise(copy.deepcopy(content), state.rng)
        title = asset.content["settings"].pop("form_title", None)
        if title:
            asset.name = str(title)
        asset.summary = summary(asset.content)
        if asset.asset_type in ("question", "block"):
            asset.asset_type = "question" if len(asset.content["survey"]) == 1 else "block"
    asset.date_modified = when
    asset.last_modified_by = username
    if asset.asset_type == "collection":
        return
    fingerprint = content_hash(asset.content)
    last = asset.versions[-1] if asset.versions else None
    if last is None or (last.name, last.content_hash) != (asset.name, fingerprint):
        asset.versions.append(Version(state.uid("v"), asset.name, asset.content, fingerprint, when))


def deploy(state: State, asset: Asset, username: str | None, *, active: bool, when: datetime | None = None) -> None:
    """Make the newest version the live one; the first time, open the project for records."""
    from kobotui.demo.records.store import RecordStore

    when = when or now()
    version = asset.version
    version.date_deployed = version.date_modified = asset.date_modified = when
    asset.last_modified_by = username
    asset.deployment_status_override = None
    if asset.deployment is None:
        state.last_form_pk += 1
        form_uuid = uuid.UUID(int=state.rng.getrandbits(128), version=4).hex
        asset.deployment = Deployment(active, version.uid, form_uuid, state.last_form_pk, when)
        asset.records = RecordStore(state, asset)
    else:
        asset.deployment.active = active
        asset.deployment.version_uid = version.uid
        asset.deployment.date_deployed = when


def trash(state: State, asset: Asset) -> None:
    """Delete an asset: nobody sees it any more."""
    asset.trashed = True
    for child in state.assets.values():
        if child.parent == asset.uid:
            child.parent = None


def find_version(asset: Asset, uid: str) -> Version | None:
    """A version by uid."""
    return next((v for v in asset.versions if v.uid == uid), None)
