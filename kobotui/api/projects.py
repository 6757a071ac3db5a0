"""Projects: list, detail, create, clone, edit, delete, and their forms as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from kobotui.api import urls
from kobotui.api.imports import ImportService, ImportTask
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.reply import Reply
from kobotui.api.transport import ANYTHING, Transport
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.promised import Count

ORDERINGS = frozenset(
    {
        "asset_type", "date_modified", "date_deployed", "date_modified__date", "date_deployed__date", "name",
        "settings__sector", "settings__sector__value", "settings__description", "owner__username", "owner__email",
        "owner__extra_details__data__name", "owner__extra_details__data__organization", "_deployment_status",
        "last_modified_by", "subscribers_count",
    }
)  # fmt: skip
"""What the server sorts by; any other name it ignores without a word."""

_LEAN = {"exclude": "deployment__links"}
"""Those links are a live call to another server, for every reply with a project in it."""
_TEAMS_ONLY = (
    "settings,summary,export_settings,downloads,data,tag_string,data_sharing,children,access_types,subscribers_count,"
    "last_modified_by,created_by,deployment__encrypted,deployment__uuid"
)
"""What an item of the list can do without when only the teams are wanted; most of it, on a thin line."""
_NOT_LINKS = (
    "content,summary,permissions,files,export_settings,deployed_versions,report_styles,report_custom,map_styles,"
    "map_custom,advanced_features,analysis_form_json,assignable_permissions,effective_permissions,settings"
)


class Counts(Struct, frozen=True):
    """``GET assets/counts/``: projects by status."""

    deployed: Count = field(name="deployed_count")
    archived: Count = field(name="archived_count")
    draft: Count = field(name="draft_count")


class _Hash(Struct):
    hash: str


class _Links(Struct):
    deployment__links: dict[str, str]


class ProjectService:
    """``/api/v2/assets/``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._imports = ImportService(transport)

    async def page(
        self,
        q: str | None = None,
        ordering: str | None = None,
        start: int = 0,
        limit: int = 100,
        *,
        asset_type: str | None = "survey",
        exclude: str | None = None,
    ) -> Page[Project]:
        """``GET assets/``: the projects this account owns or that are shared with it, at most 1000.

        ``q`` is the server's search language (a query it cannot read finds nothing); ``ordering`` one of
        ``ORDERINGS``, with ``-`` before it for descending. ``asset_type`` None includes library and collections.
        ``exclude``: fields that are not sent. Raises ValueError for another ordering: the server would ignore it.
        """
        if ordering and not {name.removeprefix("-") for name in ordering.split(",")} <= ORDERINGS:
            raise ValueError(f"the server does not sort by {ordering}")
        return _page(await self._list(q, ordering, start, limit, asset_type=asset_type, exclude=exclude), start)

    async def _list(
        self,
        q: str | None,
        ordering: str | None,
        start: int,
        limit: int,
        *,
        asset_type: str | None = "survey",
        exclude: str | None,
    ) -> Reply:
        params = {"q": _search(q, asset_type), "ordering": ordering, "start": start, "limit": limit, "exclude": exclude}
        return await self._transport.get(urls.ASSETS, params)

    def walk(
        self,
        q: str | None = None,
        ordering: str | None = None,
        page_size: int = 100,
        *,
        asset_type: str | None = "survey",
    ) -> Walk[Project]:
        """All pages of what :meth:`page` gives."""

        async def fetch(start: int) -> Page[Project]:
            return await self.page(q, ordering, start, page_size, asset_type=asset_type)

        return by_start(fetch, lambda project: project.uid)

    def teams(self, q: str | None = None, page_size: int = 200) -> Walk[Project]:
        """All pages with who may do what on the projects, and little else of them."""

        turn = asyncio.Lock()

        async def fetch(start: int) -> Page[Project]:
            reply = await self._list(q, None, start, page_size, exclude=_TEAMS_ONLY)
            async with turn:  # megabytes of rows: other things have their turn between two pages
                page = _page(reply, start)
                await asyncio.sleep(0)
            return page

        return by_start(fetch, lambda project: project.uid)

    async def get(self, uid: str) -> ProjectDetail:
        """``GET assets/{uid}/`` without the slow links. Raises ``NotFound``, also for hidden projects."""
        return (await self._transport.get(urls.asset(uid), _LEAN)).decode(ProjectDetail)

    async def document(self, uid: str) -> dict[str, Any]:
        """``GET assets/{uid}/`` as the server sends it, without the slow links: for what is kept whole."""
        return (await self._transport.get(urls.asset(uid), _LEAN)).decode(dict[str, Any])

    async def links(self, uid: str) -> dict[str, str]:
        """The addresses for collecting data in a browser, by kind: slow, a live call between servers."""
        reply = await self._transport.get(urls.asset(uid), {"exclude": _NOT_LINKS}, slow=True)
        return reply.decode(_Links).deployment__links

    async def create(
        self, name: str, settings: Mapping[str, Any] | None = None, content: Mapping[str, Any] | None = None
    ) -> ProjectDetail:
        """``POST assets/``: a new draft. Raises ``Rejected``."""
        body: dict[str, Any] = {"name": name, "asset_type": "survey"}
        return await self._post(body, settings=settings, content=content)

    async def clone(
        self, uid: str, name: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> ProjectDetail:
        """``POST assets/`` with ``clone_from``: form, settings and tags in a new draft; no team, records, media."""
        return await self._post({"clone_from": uid, "asset_type": "survey"}, name=name, settings=settings)

    async def _post(self, body: dict[str, Any], **more: Any) -> ProjectDetail:
        body |= {key: value for key, value in more.items() if value is not None}
        reply = await self._transport.request("POST", urls.ASSETS, params=_LEAN, json=body)
        return reply.decode(ProjectDetail)

    async def clone_into(self, uid: str, source_uid: str, version_uid: str, name: str) -> ProjectDetail:
        """``PATCH assets/{uid}/``: replace the form by a version of another project, or an earlier one of its own.

        ``name`` is the name to keep: without it the server also brings back the old one.
        """
        body = {"clone_from": source_uid, "clone_from_version_id": version_uid, "name": name}
        return await self._patch(uid, body)

    async def patch(self, uid: str, **fields: Any) -> ProjectDetail:
        """``PATCH assets/{uid}/``: ``name``, ``settings`` (merged by key), ``tag_string``, ``content`` (replaced)."""
        return await self._patch(uid, fields)

    async def _patch(self, uid: str, body: Mapping[str, Any]) -> ProjectDetail:
        reply = await self._transport.request("PATCH", urls.asset(uid), params=_LEAN, json=body, repeatable=True)
        return reply.decode(ProjectDetail)

    async def delete(self, uid: str) -> None:
        """``DELETE assets/{uid}/``: with all its records into the server's trash. Only the owner may."""
        await self._transport.request("DELETE", urls.asset(uid))

    async def counts(self, q: str | None = None) -> Counts:
        """``GET assets/counts/``: projects by status."""
        return (await self._transport.get(f"{urls.ASSETS}counts/", {"q": q})).decode(Counts)

    async def fingerprint(self) -> str:
        """``GET assets/hash/``: changes when a form that this account sees gets another version."""
        return (await self._transport.get(f"{urls.ASSETS}hash/")).decode(_Hash).hash

    async def form_file(self, uid: str, kind: Literal["xls", "xml"]) -> bytes:
        """``GET assets/{uid}.xls`` (an XLSX file) or ``.xml`` (the XForm) of the newest version, deployed or not."""
        path = f"{urls.ASSETS}{urls.segment(uid)}.{kind}"
        return (await self._transport.get(path, accept=ANYTHING, slow=True)).body

    async def import_form(
        self,
        *,
        file: tuple[str, bytes] | None = None,
        url: str | None = None,
        name: str | None = None,
        destination: str | None = None,
    ) -> ImportTask:
        """Start the server's import of an XLSForm; see :meth:`ImportService.start`."""
        return await self._imports.start(file=file, url=url, name=name, destination=destination)

    async def import_task(self, uid: str) -> ImportTask:
        """``GET imports/{uid}/``: how an import stands."""
        return await self._imports.get(uid)


def _page(reply: Reply, start: int) -> Page[Project]:
    found = reply.decode(Envelope[Project])
    return Page(tuple(found.results), found.count, start)


def _search(q: str | None, asset_type: str | None) -> str | None:
    terms = [f"asset_type:{asset_type}"] if asset_type else []
    if q and q.strip():
        terms.append(f"({q})" if terms else q)
    return " AND ".join(terms) or None
