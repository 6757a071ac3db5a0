"""Links by which other programs read a project's data, and the texts with which they do it.

None of them holds a key: where it goes there is a placeholder, or the name of an environment variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args
from urllib.parse import quote

from kobotui.locale import N_, _
from kobotui.model import link_texts as texts
from kobotui.model.access import PUBLIC

if TYPE_CHECKING:
    from kobotui.model.project import Project

Kind = Literal["csv", "xlsx", "json"]
Consumer = Literal["powerbi", "excel", "sheets", "curl", "python", "r"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CONSUMERS: dict[Consumer, str] = {
    "powerbi": N_("Power BI"),
    "excel": N_("Excel (Power Query)"),
    "sheets": N_("Google Sheets"),
    "curl": "curl",
    "python": "Python",
    "r": "R",
}
"""Programs, and what they are called."""

_PLAIN = re.compile(r"https?://[\w.:\[\]~!$&()*+,;=%/-]+", re.ASCII)


class Link(NamedTuple):
    """An address with data behind it."""

    url: str
    kind: Kind


def named_link(server: str, project: str, named: str, kind: Literal["csv", "xlsx"]) -> Link:
    """The link of a named export: ``server`` is the account's, whatever host the server's own text names."""
    path = f"/api/v2/assets/{quote(project, safe='')}/export-settings/{quote(named, safe='')}/data.{kind}"
    return Link(_checked(server + path), kind)


def json_link(server: str, project: str) -> Link:
    """The JSON endpoint: records as they are, a thousand at a time."""
    return Link(_checked(f"{server}/api/v2/assets/{quote(project, safe='')}/data/"), "json")


def _checked(url: str) -> str:
    """Raises ValueError for what could end a string in one of the languages below."""
    if not _PLAIN.fullmatch(url):
        raise ValueError(f"{url} is no address for a text to copy")
    return url


def is_public(project: Project) -> bool:
    """Whether anybody may read the records without logging in."""
    return any(row.username == PUBLIC and row.codename == "view_submissions" for row in project.permissions)


def ready_text(consumer: Consumer, link: Link, *, public: bool) -> str:
    """What to paste into a program so that it reads the data.

    ``public``: whether the records can be read without a key. Raises ValueError for JSON in Google Sheets, which
    takes a script of one's own.
    """
    match consumer:
        case "powerbi" | "excel":
            return _power_query(link, public)
        case "sheets":
            return _sheets(link, public)
        case "curl":
            return _curl(link, public)
        case "python":
            return _python(link, public)
        case "r":
            return _r(link, public)


def warnings(consumer: Consumer, link: Link, *, public: bool) -> list[str]:
    """What somebody should know who uses the link there."""
    found = []
    if consumer == "sheets" and not public:
        found.append(
            _(
                "The project is private, and the formula IMPORTDATA cannot log in: this is a script for "
                "Extensions, Apps Script, with the key among its properties."
            )
        )
    if consumer in ("powerbi", "excel") and not public:
        found.append(
            _(
                "Asked how to connect, choose Anonymous: the key is in the text. Whoever gets the file gets the key. "
                "Without that line choose Basic, with user name and password."
            )
        )
    if link.kind == "csv":
        found.append(_("CSV has no repeats; the XLSX link has a sheet for each."))
    if link.kind != "json":
        found.append(_("The server makes it anew every five minutes, within two minutes."))
    return found


# -- texts -----------------------------------------------------------------------------------------


def _power_query(link: Link, public: bool) -> str:
    if link.kind == "json":
        return _filled(texts.POWER_QUERY_JSON, link, "" if public else texts.POWER_QUERY_JSON_KEY)
    text = texts.POWER_QUERY_CSV if link.kind == "csv" else texts.POWER_QUERY_XLSX
    return _filled(text, link, "" if public else texts.POWER_QUERY_KEY)


def _sheets(link: Link, public: bool) -> str:
    if link.kind != "csv":
        raise ValueError("Google Sheets reads CSV")
    return _filled(texts.SHEETS_FORMULA if public else texts.SHEETS_SCRIPT, link, "")


def _curl(link: Link, public: bool) -> str:
    text = texts.CURL_JSON if link.kind == "json" else texts.CURL_FILE
    return _filled(text, link, "" if public else texts.CURL_KEY)


def _python(link: Link, public: bool) -> str:
    reads = {"csv": texts.PYTHON_CSV, "xlsx": texts.PYTHON_XLSX, "json": ""}
    text = texts.PYTHON_JSON if link.kind == "json" else texts.PYTHON_FILE
    if public:
        text = text.replace(texts.PYTHON_IMPORT, "")
    return _filled(text, link, "" if public else texts.PYTHON_KEY, reads[link.kind])


def _r(link: Link, public: bool) -> str:
    reads = {"csv": texts.R_CSV, "xlsx": texts.R_XLSX, "json": ""}
    if link.kind == "json":
        return _filled(texts.R_JSON, link, "" if public else f"{texts.R_KEY}  ")
    return _filled(texts.R_FILE, link, "" if public else texts.R_KEY, reads[link.kind])


def _filled(text: str, link: Link, key: str, read: str = "") -> str:
    for mark, content in (("@READ@", read), ("@KEY@", key), ("@KIND@", link.kind), ("@LINK@", link.url)):
        text = text.replace(mark, content)
    return text


def consumers(kind: Kind) -> Iterable[Consumer]:
    """The programs that have a text for this kind of link."""
    return (consumer for consumer in CONSUMERS if consumer != "sheets" or kind == "csv")
