"""Who may do what on a project: the rows of its team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from kobotui.api import urls
from kobotui.api.errors import Unreadable
from kobotui.api.transport import Transport
from kobotui.locale import _
from kobotui.model.access import PARTIAL, PUBLIC, Assignment, permission_path, user_path


class _Owner(Struct):
    owner: str = field(name="owner__username")


class AccessService:
    """``/api/v2/assets/{uid}/permission-assignments/``."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid
        self._path = urls.asset(uid, "permission-assignments")

    async def read(self) -> list[Assignment]:
        """``GET``: all rows for who manages the project; for others their own, the owner's and the public's.

        Raises ``Unreadable`` for no rows at all: an owner always has some, and a team written from none would be empty.
        """
        reply = await self._transport.get(self._path)
        if not (rows := reply.decode(list[Assignment])):
            raise Unreadable(_("The server sent a team in which not even the owner is."), **reply.facts)
        return rows

    async def grant(
        self, username: str, codename: str, partial: Sequence[Mapping[str, Any]] | None = None
    ) -> Assignment:
        """``POST``: one right; the server adds what it implies and removes what it contradicts, and returns one row.

        ``partial`` is what ``model.access.partial_body`` makes of row rules: it goes with ``partial_submissions``,
        and replaces the rules the user had. Raises ``Rejected``.
        """
        if (codename == PARTIAL) != bool(partial):
            raise ValueError(f"{PARTIAL} goes with row rules, and row rules with it")
        body: dict[str, Any] = {"user": user_path(username), "permission": permission_path(codename)}
        if partial:
            body["partial_permissions"] = list(partial)
        reply = await self._transport.request("POST", self._path, json=body, repeatable=True)
        return reply.decode(Assignment)

    async def revoke(self, assignment_uid: str) -> None:
        """``DELETE {assignment_uid}/``: one row, and all that needs it. The owner's rows are ``Rejected``."""
        await self._transport.request("DELETE", f"{self._path}{urls.segment(assignment_uid)}/")

    async def replace(self, rows: Sequence[Mapping[str, Any]]) -> list[Assignment]:
        """``POST bulk/``: the whole team but the owner becomes these rows, as ``model.access.bulk_rows`` makes them.

        Whoever is not in them loses everything, also rights that were granted since the team was read. All or
        nothing: one bad row and nothing is changed. Raises ValueError for no rows.
        """
        if not rows:
            raise ValueError("no rows would remove everybody: remove them by name")
        reply = await self._transport.request("POST", f"{self._path}bulk/", json=list(rows))
        return reply.decode(list[Assignment])

    async def remove_user(self, username: str, *, owner: str | None = None) -> None:
        """``DELETE bulk/``: all rows of one user, who need not have any.

        ``owner`` is the project's owner where that has just been read, else it is read first: the server would
        let a manager lock the owner out for good. Raises ValueError for the owner and for the public, whose rows
        go one by one.
        """
        if owner is None:
            reply = await self._transport.get(urls.asset(self._uid), {"exclude": "content,deployment__links"})
            owner = reply.decode(_Owner).owner
        if username in (owner, PUBLIC):
            raise ValueError(f"{username} is never removed from a project")
        await self._transport.request("DELETE", f"{self._path}bulk/", json={"username": username}, repeatable=True)

    async def clone_from(self, uid: str) -> list[Assignment]:
        """``PATCH clone/``: the team of another project replaces this one's; its owner becomes a manager here."""
        body = {"clone_from": uid}
        reply = await self._transport.request("PATCH", f"{self._path}clone/", json=body, repeatable=True)
        return reply.decode(list[Assignment])
