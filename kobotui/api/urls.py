"""Paths on the server: built from text that may be anything, and taken from links that may lead anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from kobotui.api.errors import NotFound, Unreadable
from kobotui.locale import _

API = "/api/v2"
ASSETS = f"{API}/assets/"

_DOWNLOADABLE = (f"{API}/", "/media/", "/private-media/", "/attachment/")
"""Where files are on a KoboToolbox server."""
_STRANGE = re.compile(r"[\x00-\x20\x7f\\]|%2f|%5c|(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)


def segment(value: str | int) -> str:
    """One segment of a path, percent-encoded.

    Raises ``NotFound`` for what cannot be one: nothing, ``.`` and ``..`` would name another resource.
    """
    text = str(value)
    if text in ("", ".", ".."):
        raise NotFound(_("The server has nothing of that name."))
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def asset(uid: str, *rest: str | int) -> str:
    """``/api/v2/assets/{uid}/...`` with its slash at the end."""
    return ASSETS + "".join(f"{segment(part)}/" for part in (uid, *rest))


def local_path(link: str, prefix: str = "") -> str:
    """Path and query of a link to a file: host and scheme of what the server sends are never trusted.

    ``prefix`` is the path of the account's server, which the result does not repeat. Raises ``Unreadable`` for a
    link that is not one to a KoboToolbox file.
    """
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    path = parts.path
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    if not path.startswith(_DOWNLOADABLE) or _STRANGE.search(path) or _STRANGE.search(parts.query):
        raise Unreadable(_("The server sent a link that leads out of KoboToolbox; it was not followed."), body=link)
    return f"{path}?{parts.query}" if parts.query else path


def query(params: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Parameters as the server reads them: lists and objects as compact JSON; None is left out."""
    if not params:
        return None
    return {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for key, value in params.items()
        if value is not None
    }
