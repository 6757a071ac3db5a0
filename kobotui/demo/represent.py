"""How assets, versions and permission rows look in replies."""

from __future__ import annotations

from typing import Any

from kobotui.demo.http import Call, page_bounds, page_links
from kobotui.demo.rights import assignable, own_rights, rights_of
from kobotui.demo.state import ANONYMOUS, Asset, Row, Version, seconds, stamp

PARTIAL_LABEL = {
    "default": "Act on submissions only from specific users",
    "view_submissions": "View submissions only from specific users",
    "change_submissions": "Edit submissions only from specific users",
    "delete_submissions": "Delete submissions only from specific users",
    "validate_submissions": "Validate submissions only from specific users",
}
LABELS = {
    "view_asset": "View {type}",
    "change_asset": "Edit {type}",
    "discover_asset": "Discover {type}",
    "manage_asset": "Manage {type}",
    "add_submissions": "Add submissions",
    "view_submissions": "View submissions",
    "change_submissions": "Edit submissions",
    "delete_submissions": "Delete submissions",
    "validate_submissions": "Validate submissions",
}
LINK_KINDS = {
    "url": "",
    "single_url": "single/",
    "single_once_url": "single/",
    "offline_url": "x/",
    "preview_url": "preview/",
    "iframe_url": "i/",
    "single_iframe_url": "single/i/",
    "single_once_iframe_url": "single/i/",
}


def asset_url(call: Call, asset: Asset, rest: str = "") -> str:
    """The absolute URL of an asset, or of something under it."""
    return f"{call.base}/api/v2/assets/{asset.uid}/{rest}"


def user_url(call: Call, username: str) -> str:
    """The hyperlink that stands for a user."""
    return f"{call.base}/api/v2/users/{username}/"


def right_label(codename: str, asset_type: str) -> str | dict[str, str]:
    """What the web interface calls a right."""
    if codename == "partial_submissions":
        return PARTIAL_LABEL
    noun = asset_type
    if asset_type == "survey":
        noun = "project" if codename == "manage_asset" else "form"
    return LABELS[codename].format(type=noun)


def show_row(call: Call, asset: Asset, row: Row) -> dict[str, Any]:
    """One permission assignment."""
    shown: dict[str, Any] = {
        "url": asset_url(call, asset, f"permission-assignments/{row.uid}/"),
        "user": user_url(call, row.username),
        "permission": f"{call.base}/api/v2/permissions/{row.codename}/",
    }
    if row.codename == "partial_submissions":
        shown["partial_permissions"] = [
            {"url": f"{call.base}/api/v2/permissions/{codename}/", "filters": filters}
            for codename, filters in (row.partial or {}).items()
        ]
    shown["label"] = right_label(row.codename, asset.asset_type)
    return shown


def shown_rows(call: Call, asset: Asset) -> list[dict[str, Any]]:
    """The rows this caller may see, by user name, then codename."""
    rights = rights_of(call.state, asset, call.username)
    seen = {call.username, asset.owner, ANONYMOUS}
    rows = [
        row
        for row in asset.rows
        if ("manage_asset" in rights or row.username in seen) and call.state.users[row.username].is_active
    ]
    rows.sort(key=lambda row: (row.username, row.codename))
    return [show_row(call, asset, row) for row in rows]


def status_of(asset: Asset) -> str:
    """``private``, ``shared``, ``public`` or ``public-discoverable``."""
    public = own_rights(asset, ANONYMOUS)
    if "discover_asset" in public:
        return "public-discoverable"
    if "view_asset" in public:
        return "public"
    return "shared" if any(row.username != asset.owner for row in asset.rows) else "private"


def access_types(call: Call, asset: Asset) -> list[str] | None:
    """How the caller came to a collection; None for anything else."""
    if asset.asset_type != "collection":
        return None
    types = []
    if asset.owner == call.username:
        types.append("owned")
    elif "view_asset" in own_rights(asset, call.username):
        types.append("shared")
    if "view_asset" in own_rights(asset, ANONYMOUS):
        types.append("public")
    if call.username in call.state.subscribers.get(asset.uid, {}):
        types.append("subscribed")
    if call.is_superuser:
        types.append("superuser")
    return types


def version_numbers(asset: Asset) -> dict[str, str]:
    """Version uid -> its number: ``12`` for the twelfth deployed one, ``12.3`` for the third draft after it."""
    numbers: dict[str, str] = {}
    major = minor = 0
    for version in asset.versions:
        if version.date_deployed:
            major, minor = major + 1, 0
            numbers[version.uid] = str(major)
        else:
            minor += 1
            numbers[version.uid] = f"{major}.{minor}"
    return numbers


def show_version(call: Call, asset: Asset, version: Version, number: str) -> dict[str, Any]:
    """One version, without its content."""
    return {
        "uid": version.uid,
        "url": asset_url(call, asset, f"versions/{version.uid}/"),
        "content_hash": version.content_hash,
        "date_deployed": stamp(version.date_deployed) or False,
        "date_modified": stamp(version.date_modified),
        "version_number": number,
    }


def deployed_versions(call: Call, asset: Asset) -> dict[str, Any]:
    """The page of deployed versions inside the detail, newest first."""
    numbers = version_numbers(asset)
    versions = [v for v in reversed(asset.versions) if v.date_deployed]
    start, limit = page_bounds(call)
    links = page_links(call, len(versions), start, limit)
    return links | {"results": [show_version(call, asset, v, numbers[v.uid]) for v in versions[start : start + limit]]}


def submission_facts(call: Call, asset: Asset) -> tuple[int | None, str | None]:
    """Number and time of the last submission, as far as the caller may know them."""
    if "view_submissions" not in rights_of(call.state, asset, call.username):
        return None, None
    if asset.records is None:
        return 0, None
    return len(asset.records), seconds(asset.records.last_submission_time())


def common(call: Call, asset: Asset) -> dict[str, Any]:
    """The keys that list items and details share."""
    deployment = asset.deployment
    count, last = submission_facts(call, asset)
    return {
        "url": asset_url(call, asset),
        "date_created": stamp(asset.date_created),
        "date_modified": stamp(asset.date_modified),
        "date_deployed": stamp(deployment.date_deployed) if deployment else None,
        "owner": user_url(call, asset.owner),
        "summary": collection_summary(call, asset) if asset.asset_type == "collection" else asset.summary,
        "owner__username": asset.owner,
        "parent": f"{call.base}/api/v2/assets/{asset.parent}/" if asset.parent else None,
        "uid": asset.uid,
        "tag_string": ",".join(asset.tags),
        "settings": asset.settings,
        "kind": "asset",
        "name": asset.name,
        "asset_type": asset.asset_type,
        "version_id": asset.version.uid if asset.versions else None,
        "has_deployment": deployment is not None,
        "deployed_version_id": deployment.version_uid if deployment else None,
        "deployment__active": bool(deployment and deployment.active),
        "deployment__submission_count": count,
        "deployment__last_submission_time": last,
        "deployment__encrypted": False,
        "deployment__uuid": deployment.form_uuid if deployment else None,
        "deployment_status": asset.deployment_status,
        "permissions": shown_rows(call, asset),
        "export_settings": [show_export_settings(call, asset, s) for s in asset.export_settings],
        "downloads": [
            {"format": kind, "url": f"{call.base}/api/v2/assets/{asset.uid}.{kind}"} for kind in ("xls", "xml")
        ],
        "data": asset_url(call, asset, "data/"),
        "subscribers_count": len(call.state.subscribers.get(asset.uid, {})),
        "status": status_of(asset),
        "access_types": access_types(call, asset),
        "children": {"count": sum(a.parent == asset.uid and not a.trashed for a in call.state.assets.values())}
        if asset.asset_type == "collection"
        else {"count": 0},
        "data_sharing": asset.data_sharing,
        "owner_label": asset.owner,
        "last_modified_by": asset.last_modified_by,
        "created_by": asset.created_by,
    }


def show_export_settings(call: Call, asset: Asset, settings: dict[str, Any]) -> dict[str, Any]:
    """One named export."""
    url = asset_url(call, asset, f"export-settings/{settings['uid']}/")
    return {
        "uid": settings["uid"],
        "url": url,
        "data_url_csv": f"{url}data.csv",
        "data_url_xlsx": f"{url}data.xlsx",
        "name": settings["name"],
        "date_modified": settings["date_modified"],
        "export_settings": settings["export_settings"],
    }


def collection_summary(call: Call, asset: Asset) -> dict[str, Any]:
    """A collection tells the languages of what is in it."""
    children = [a for a in call.state.assets.values() if a.parent == asset.uid and not a.trashed]
    return {"languages": sorted({t for a in children for t in a.content.get("translations", []) if t})}


def excluding(call: Call, shown: dict[str, Any]) -> dict[str, Any]:
    """Drop the fields that ``?exclude=a,b`` names."""
    for name in call.query.get("exclude", "").split(","):
        shown.pop(name.strip(), None)
    return shown


def list_item(call: Call, asset: Asset) -> dict[str, Any]:
    """An asset in a list."""
    return excluding(call, common(call, asset))


def links_to_enketo(call: Call, asset: Asset) -> dict[str, str]:
    """The web form's addresses; none while no data is accepted."""
    if asset.deployment is None or not asset.deployment.active:
        return {}
    form = asset.deployment.form_uuid[:8]
    return {key: f"{call.base}/enketo/{part}{form}" for key, part in LINK_KINDS.items()}


def legacy_links(call: Call, asset: Asset) -> dict[str, str]:
    """The old export pages of the OpenRosa host."""
    if asset.deployment is None:
        return {}
    root = f"{call.base}/{asset.owner}"
    return {
        **{f"{kind}_legacy": f"{root}/exports/{asset.uid}/{kind}/" for kind in ("xls", "csv", "zip")},
        "xls": f"{root}/reports/{asset.uid}/export.xlsx",
        "csv": f"{root}/reports/{asset.uid}/export.csv",
    }


def effective(call: Call, asset: Asset) -> list[dict[str, str]]:
    """The caller's rights. Not aware of superusers, as on the real server."""
    rights = own_rights(asset, call.username) | own_rights(asset, ANONYMOUS)
    return [{"codename": codename} for codename in sorted(rights)]


def transfer_of(call: Call, asset: Asset) -> dict[str, Any] | None:
    """The last transfer of the project, when the caller is a party to it."""
    from kobotui.demo.transfers import last_invite, settle, show_parties

    invite = last_invite(call.state, asset)
    if invite is None or call.username not in (invite["sender"], invite["recipient"]):
        return None
    settle(invite)
    return show_parties(call, invite)


def detail(call: Call, asset: Asset) -> dict[str, Any]:
    """An asset with everything."""
    from kobotui.demo.files import show_file

    shown = common(call, asset) | {
        "files": [show_file(call, asset, f) for f in asset.files],
        "version__content_hash": asset.version.content_hash if asset.versions else None,
        "version_count": len(asset.versions),
        "deployed_versions": deployed_versions(call, asset),
        "deployment__links": links_to_enketo(call, asset),
        "deployment__data_download_links": legacy_links(call, asset),
        "report_styles": asset.extra.get("report_styles", {}),
        "report_custom": asset.extra.get("report_custom", {}),
        "advanced_features": asset.extra.get("advanced_features", {"_version": "20250820"}),
        "map_styles": asset.extra.get("map_styles", {}),
        "map_custom": asset.extra.get("map_custom", {}),
        "content": asset.content,
        "embeds": [
            {"format": "xls", "url": asset_url(call, asset, "xls/")},
            {"format": "xform", "url": asset_url(call, asset, "xform/")},
        ],
        "analysis_form_json": {"additional_fields": []},
        "xform_link": asset_url(call, asset, "xform/"),
        "hooks_link": asset_url(call, asset, "hooks/"),
        "xls_link": asset_url(call, asset, "xls/"),
        "assignable_permissions": [
            {
                "url": f"{call.base}/api/v2/permissions/{codename}/",
                "label": right_label(codename, asset.asset_type),
            }
            for codename in assignable(asset.asset_type)
        ],
        "effective_permissions": effective(call, asset),
        "exports": asset_url(call, asset, "exports/"),
        "paired_data": asset_url(call, asset, "paired-data/"),
        "project_ownership": transfer_of(call, asset),
    }
    return excluding(call, shown)
