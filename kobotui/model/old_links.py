"""Addresses that lead to what KoboToolbox no longer has: version 1 of the API, and pages that went with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from kobotui.locale import N_, _

if TYPE_CHECKING:
    from kobotui.model.project import ProjectDetail

REMOVED = frozenset(
    {
        "asset_snapshots", "asset_subscriptions", "assets", "authorized_application", "environment", "exports",
        "imports", "permissions", "reports", "sitewide_messages", "tags", "users", "formUpload", "upload",
    }
)  # fmt: skip
"""First parts of paths that answer 410 now."""
_OURS = re.compile(r"(^|\.)kobotoolbox\.org$", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s\"'<>\\)\]}]+", re.IGNORECASE)
_INSTEAD: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^/api/v1/data\b"), "/api/v2/assets/UID/data/"),
    (re.compile(r"^/api/v1/forms\b"), "/api/v2/assets/UID/"),
    (re.compile(r"^/api/v1/metadata\b"), "/api/v2/assets/UID/files/"),
    (re.compile(r"^/api/v1/(user|users)\b"), "/api/v2/users/NAME/"),
    (re.compile(r"^/api/v1/submissions\b"), N_("the OpenRosa host's /submission")),
    (re.compile(r"^/assets/[^/]+/submissions\b"), "/api/v2/assets/UID/data/"),
    (re.compile(r"^/exports\b"), "/api/v2/assets/UID/exports/"),
    (re.compile(r"^/permissions\b"), "/api/v2/assets/UID/permission-assignments/"),
    (re.compile(r"^/reports\b"), "/api/v2/assets/UID/reports/"),
)
_LEGACY = re.compile(r"^/[^/]+/(reports|exports)/[^/]+/(export|csv|xls|xlsx|zip|kml)\b")
_OLD_MEDIA = re.compile(r"^/(media|attachment)/(original|large|medium|small)\b")


class OldLink(NamedTuple):
    """An address that is dead."""

    where: str
    """What holds it, in words."""
    url: str
    instead: str
    """What took its place, empty when nothing did."""


def is_old(url: str, hosts: Iterable[str]) -> bool:
    """Whether an address is one of KoboToolbox (on these hosts, or its own) that answers no more."""
    return _instead(url, frozenset(hosts)) is not None


def _instead(url: str, hosts: frozenset[str]) -> str | None:
    """What took an address's place (empty: nothing); None for an address that is not old."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if host not in hosts and not _OURS.search(host):
        return None
    path = parts.path
    if _OLD_MEDIA.search(path) and "media_file" in parts.query:
        return "/api/v2/assets/UID/data/ID/attachments/UID/"
    if _LEGACY.search(path):
        return _("a named export's link")
    first = path.strip("/").partition("/")[0]
    if not path.startswith("/api/v1") and first not in REMOVED:
        return None
    for pattern, instead in _INSTEAD:
        if pattern.search(path):
            return instead if instead.startswith("/") else _(instead)
    return f"/api/v2{path}" if first in REMOVED else ""


def old_links(project: ProjectDetail, hosts: Iterable[str], beside: Iterable[tuple[str, str]] = ()) -> list[OldLink]:
    """The dead addresses in a project's form and description, and in what is given with it: where, and the text.

    ``hosts`` are the account's server and its OpenRosa host.
    """
    known = frozenset(host.lower() for host in hosts if host)
    found = {}
    for where, text in (*beside, (_("description"), project.description), *_form_texts(project.content)):
        for url in _URL.findall(text):
            url = url.rstrip(".,;")
            if (instead := _instead(url, known)) is not None:
                found[where, url] = OldLink(where, url, instead)
    return list(found.values())


def _form_texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where in the form, and every text there."""
    for sheet in ("survey", "choices"):
        rows = content.get(sheet)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict):
                name = row.get("name") or row.get("$autoname") or row.get("$autovalue") or ""
                for text in _texts(row):
                    yield _("form, {name}").format(name=name), text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
