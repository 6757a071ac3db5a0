"""What lists of projects need: filter as you type, sort by any column, match a pasted list, say whose rights."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import unquote

from msgspec import Struct

from kobotui.model.access import PARTIAL, PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from kobotui.model.project import Project

T = TypeVar("T")
SortKey = str | float
Mine = Literal["owner", "manage", "edit", "correct", "validate", "delete", "data", "some data", "add", "view", ""]
MINE: tuple[Mine, ...] = (
    "owner", "manage", "edit", "correct", "validate", "delete", "data", "some data", "add", "view", "",
)  # fmt: skip
"""From the most that one may do on a project to nothing."""

_LEVELS: tuple[tuple[str, Mine], ...] = (
    ("manage_asset", "manage"),
    ("change_asset", "edit"),
    ("change_submissions", "correct"),
    ("validate_submissions", "validate"),
    ("delete_submissions", "delete"),
    ("view_submissions", "data"),
    (PARTIAL, "some data"),
    ("add_submissions", "add"),
    ("view_asset", "view"),
)
# Compiled when they are first used: the first screen is there before.
_WORD = r'(-?)(?:"([^"]*)"?|(\S+))'
_UID = r"a[A-Za-z0-9]{21,22}"
_UID_IN_URL = r"/(?:forms|assets|projects?)/(a[A-Za-z0-9]{21,22})(?![A-Za-z0-9])"


def folded(text: str) -> str:
    """The text without case and accents, for comparing what people type."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def search_text(project: Project) -> str:
    """Everything of a project that the filter looks at, folded; a newline between the parts."""
    sector = project.sector
    parts = [project.name, project.owner, project.uid, project.deployment_status, project.description]
    parts += [sector.label, sector.value] if sector else []
    parts += [text for country in project.countries for text in (country.label, country.value)]
    return folded("\n".join([*parts, *project.tags]))


class Filter(Struct, frozen=True):
    """Words that must (or with ``-`` before them must not) occur; ``"two words"`` belong together, AND is allowed."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    @classmethod
    def of(cls, typed: str) -> Filter:
        """The filter of what was typed so far; a lone ``-`` or an open quote does no harm."""
        wanted: list[str] = []
        unwanted: list[str] = []
        for minus, phrase, word in re.findall(_WORD, typed):
            text = folded(phrase or word)
            if text and word not in ("AND", "-"):
                (unwanted if minus else wanted).append(text)
        return cls(tuple(wanted), tuple(unwanted))

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)

    def matches(self, text: str) -> bool:
        """Whether a :func:`search_text` passes."""
        return all(word in text for word in self.wanted) and not any(word in text for word in self.unwanted)


def sort(items: Iterable[T], key: Callable[[T], SortKey | None], *, descending: bool = False) -> list[T]:
    """The items by a key, ties in the order they came, those without a value last either way."""
    present: list[tuple[SortKey, T]] = []
    missing: list[T] = []
    for item in items:
        value = key(item)
        if value is None or value == "":
            missing.append(item)
        else:
            present.append((value, item))
    present.sort(key=lambda pair: (isinstance(pair[0], str), pair[0]), reverse=descending)
    return [item for _value, item in present] + missing


def project_sort_key(column: str, username: str) -> Callable[[Project], SortKey | None]:
    """What the project list is sorted by for a column; raises KeyError for a column it does not have."""
    keys: dict[str, Callable[[Project], SortKey | None]] = {
        "name": lambda p: folded(p.name),
        "status": lambda p: p.deployment_status + ("*" if p.undeployed else ""),
        "records": lambda p: p.submission_count if p.has_deployment else None,
        "last": lambda p: p.last_submission_time.timestamp() if p.last_submission_time else None,
        "modified": lambda p: p.date_modified.timestamp(),
        "deployed": lambda p: p.date_deployed.timestamp() if p.date_deployed else None,
        "created": lambda p: p.date_created.timestamp(),
        "owner": lambda p: folded(p.owner),
        "sector": lambda p: folded(p.sector.label) if p.sector else None,
        "country": lambda p: folded(", ".join(c.label for c in p.countries)),
        "mine": lambda p: -MINE.index(mine(p, username)),
        "uid": lambda p: p.uid,
    }
    return keys[column]


def level(held: Collection[str]) -> Mine:
    """The most that somebody with rows of these codenames may do, in one word."""
    return next((word for codename, word in _LEVELS if codename in held), "")


def mine(project: Project, username: str) -> Mine:
    """What the user may do on the project, as far as its team tells; public rights count."""
    if project.owner == username:
        return "owner"
    return level({row.codename for row in project.permissions if row.username in (username, PUBLIC)})


class Matched(Struct, frozen=True):
    """A pasted list held against the projects."""

    uids: tuple[str, ...]
    """Projects found, each once, in the order of the list."""
    unknown: tuple[str, ...]
    """Lines or words that name no project."""
    ambiguous: tuple[str, ...]
    """Names that several projects have."""


def match_pasted(text: str, projects: Sequence[Project]) -> Matched:
    """The projects that a pasted list or a file names: a UID, a URL or a name a line, or UIDs and URLs side by side."""
    known = {project.uid for project in projects}
    names: dict[str, list[str]] = {}
    for project in projects:
        names.setdefault(_one_space(project.name), []).append(project.uid)
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for raw in text.replace("\ufeff", "").splitlines():
        line = raw.strip().strip("\"'").strip()
        if not line:
            continue
        named = names.get(_one_space(line), [])
        if len(named) == 1:
            found[named[0]] = None
            continue
        if named:
            ambiguous[line] = None
            continue
        words = [word.strip("\"'<>") for word in re.split(r"[\s,;]+", line)]
        uids = [uid_of(word) for word in words if word]
        if not any(uids):
            unknown[line] = None
            continue
        for word, uid in zip((word for word in words if word), uids, strict=True):
            if uid in known:
                found[uid] = None
            elif uid:
                unknown[word] = None
    return Matched(tuple(found), tuple(unknown), tuple(ambiguous))


def uid_of(word: str) -> str:
    """The project's uid when the word is one, or a URL with one in it."""
    if re.fullmatch(_UID, word):
        return word
    match = re.search(_UID_IN_URL, unquote(word)) if "/" in word else None
    return match[1] if match else ""


def _one_space(text: str) -> str:
    return " ".join(folded(text).split())
