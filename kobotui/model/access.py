"""Who may do what on a project: rights, what they bring along, and the calls that change them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

PUBLIC = "AnonymousUser"
"""The user whose rights everybody has, logged in or not."""

CODENAMES = (
    "view_asset",
    "change_asset",
    "discover_asset",
    "add_submissions",
    "view_submissions",
    "partial_submissions",
    "change_submissions",
    "validate_submissions",
    "delete_submissions",
    "manage_asset",
)
"""Every assignable right, in the order of the sharing screen."""

PUBLIC_CODENAMES = frozenset({"view_asset", "discover_asset", "add_submissions", "view_submissions"})
"""What the server lets :data:`PUBLIC` hold."""


def last_segment(url: str) -> str:
    """The last part of a link's path, percent-decoded: the user name, codename or uid it stands for."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


class PartialPermission(Struct, frozen=True):
    """What a row rule allows: an OR of filters, each an AND of conditions."""

    url: str
    filters: list[dict[str, Any]] = []

    @property
    def codename(self) -> str:
        """``view_submissions``, ``change_submissions``, ..."""
        return last_segment(self.url)


class Assignment(Struct, frozen=True):
    """One right held by one user on one project, as the server lists it."""

    url: str
    user: str
    permission: str
    label: Any = ""
    partial_permissions: list[PartialPermission] = []

    @property
    def uid(self) -> str:
        """The assignment's own uid, for revoking it."""
        return last_segment(self.url)

    @property
    def username(self) -> str:
        """The user's name; :data:`PUBLIC` for everybody."""
        return last_segment(self.user)

    @property
    def codename(self) -> str:
        """The right."""
        return last_segment(self.permission)
