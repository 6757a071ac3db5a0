"""What ``y`` offers for projects: texts with ``$KOBOTUI_TOKEN`` where a key would go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kobotui.locale import N_, _
from kobotui.model.text import json_text

if TYPE_CHECKING:
    from kobotui.model.project import Project

_LINKS = {
    "offline_url": N_("Online-Offline (multiple submission)"),
    "url": N_("Online-Only (multiple submissions)"),
    "single_url": N_("Online-Only (single submission)"),
    "single_once_url": N_("Online-only (once per respondent)"),
    "iframe_url": N_("Embeddable web form code"),
    "preview_url": N_("View only"),
}
"""Collection links in the order and words of the web interface."""


def project_copies(projects: Sequence[Project], server: str) -> dict[str, str]:
    """Name of a text -> the text, one line for each project; empty without projects."""
    if not projects:
        return {}
    import msgspec

    links = [f"{server}/#/forms/{project.uid}/summary" for project in projects]
    calls = [f"{server}/api/v2/assets/{project.uid}/" for project in projects]
    curl = 'curl -H "Authorization: Token $KOBOTUI_TOKEN" -H "Accept: application/json" '
    raw = [msgspec.to_builtins(project) for project in projects]
    return {
        _("UID"): "\n".join(project.uid for project in projects),
        _("Name"): "\n".join(project.name for project in projects),
        _("Web link"): "\n".join(links),
        _("API link"): "\n".join(calls),
        _("JSON"): json_text(raw if len(raw) > 1 else raw[0], indent=2),
        _("curl command"): "\n".join(f"{curl}'{call}'" for call in calls),
    }


def collection_links(links: Mapping[str, str]) -> dict[str, str]:
    """The server's collection links by the names the web interface gives them; those it has."""
    found = {_(name): links[key] for key, name in _LINKS.items() if links.get(key)}
    embedded = _("Embeddable web form code")
    if embedded in found:
        found[embedded] = f'<iframe src="{found[embedded]}" width="800" height="600"></iframe>'
    return found
