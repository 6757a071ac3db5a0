"""Looking through projects for links that lead to the removed version 1 of the API."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotFound
from kobotui.locale import _
from kobotui.model.old_links import OldLink, old_links
from kobotui.model.project import ProjectDetail


class Searched(NamedTuple):
    """A project that was looked through."""

    project: ProjectDetail
    links: list[OldLink]
    unseen: str
    """What could not be looked at, in a sentence; empty when all could."""


async def search_links(kobo: KoboClient, uid: str) -> Searched:
    """Dead links in a project's form, description, media and REST services. Raises ``KoboError``."""
    hosts = [urlsplit(url).hostname or "" for url in (kobo.account.server, kobo.account.openrosa)]
    project = await kobo.projects.get(uid)
    unseen = ""
    try:
        hooks = await kobo.hooks(uid).list()
    except NotFound:
        hooks = ()
        unseen = _("{name}: its REST services are for its editors.").format(name=project.name)
    service, media = _("REST service {name}"), _("media {name}")
    beside = [(service.format(name=hook.name), f"{hook.endpoint} {hook.payload_template}") for hook in hooks]
    files = await kobo.files(uid).list()
    beside += [(media.format(name=file.name), file.redirect_url) for file in files]
    return Searched(project, old_links(project, hosts, beside), unseen)
