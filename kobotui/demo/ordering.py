"""The order of the asset lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kobotui.demo.state import Asset, State


def owner_detail(key: str) -> Callable[[State, Asset], Any]:
    """A sort key out of the owner's profile."""
    return lambda state, asset: state.users[asset.owner].extra_details.get(key)


ORDERINGS: dict[str, Callable[[State, Asset], Any]] = {
    "asset_type": lambda _s, a: a.asset_type,
    "date_modified": lambda _s, a: a.date_modified,
    "date_deployed": lambda _s, a: a.deployment and a.deployment.date_deployed,
    "date_modified__date": lambda _s, a: a.date_modified.date(),
    "date_deployed__date": lambda _s, a: a.deployment and a.deployment.date_deployed.date(),
    "name": lambda _s, a: a.name.casefold(),
    "settings__sector": lambda _s, a: (a.settings.get("sector") or {}).get("value"),
    "settings__sector__value": lambda _s, a: (a.settings.get("sector") or {}).get("value"),
    "settings__description": lambda _s, a: a.settings.get("description"),
    "owner__username": lambda _s, a: a.owner,
    "owner__email": lambda s, a: s.users[a.owner].email,
    "owner__extra_details__data__name": owner_detail("name"),
    "owner__extra_details__data__organization": owner_detail("organization"),
    "_deployment_status": lambda _s, a: a.deployment_status,
    "last_modified_by": lambda _s, a: a.last_modified_by,
    "subscribers_count": lambda s, a: len(s.subscribers.get(a.uid, {})),
}
STATUS_ORDER = {"deployed": 0, "draft": 1, "archived": 2, "-": 3}


def in_order(assets: list[Asset], state: State, ordering: str, *, collections_first: bool) -> list[Asset]:
    """The assets as ``ordering`` asks; unknown keys are ignored, without any known one the default holds."""
    keys = [k.strip() for k in ordering.split(",") if k.strip().removeprefix("-") in ORDERINGS]
    assets = sorted(assets, key=lambda a: a.date_modified, reverse=True)
    if not keys and not collections_first:
        return sorted(assets, key=lambda a: STATUS_ORDER[a.deployment_status])
    for key in reversed(keys):
        read = ORDERINGS[key.removeprefix("-")]
        assets.sort(
            key=lambda a, read=read: ((v := read(state, a)) is None, v if v is not None else 0),  # type: ignore[misc]
            reverse=key.startswith("-"),
        )
    if collections_first:
        assets.sort(key=lambda a: a.asset_type != "collection")
    return assets
