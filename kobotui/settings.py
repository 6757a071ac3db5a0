"""The user's preferences: ``settings.toml``, written by hand, read once at the start.

A wrong line never keeps kobotui from starting: its default is used, and a sentence says so.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from kobotui import paths
from kobotui.locale import N_, _
from kobotui.model.access import CODENAMES
from kobotui.model.text import shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from pathlib import Path

Name = Annotated[str, Meta(min_length=1)]
Names = Annotated[tuple[Name, ...], Meta(min_length=1)]


class Settings(Struct, frozen=True, kw_only=True):
    """The settings and their defaults."""

    language: Literal["", "en", "fr"] = ""
    """Empty: the locale decides."""
    theme: str = "textual-dark"
    """A Textual theme; one that does not exist, and ``NO_COLOR``, are the app's to answer."""
    mouse: Literal["auto", "on", "off"] = "auto"
    """``auto``: off over SSH, where every movement costs bytes."""
    driver: Literal["thrifty", "plain"] = "thrifty"
    """``plain``: Textual's own driver, which sends whole regions; for a terminal that garbles differences."""
    notice_new: bool = True
    """Ask once a minute, while DATA is shown, whether records have come."""
    cache_project_list: bool = True
    """Keep the list of projects on this machine, so that it is there at once next time."""
    concurrency: Annotated[int, Meta(ge=1, le=16)] = 4
    """Changes applied side by side."""
    journal_days: Annotated[int, Meta(ge=0)] = 365
    """Days the journal keeps jobs that have ended; 0: for ever."""
    record_text: Literal["toml", "json"] = "toml"
    """How a record is written for an editor."""
    keep_deleted: bool = True
    """Keep a copy of records on this machine before they are deleted, as long as the journal keeps the job."""
    roles: dict[str, Names] = {}
    """Named sets of rights: ``viewer = ["view_asset", "view_submissions"]``."""
    groups: dict[str, Names] = {}
    """Named sets of users: ``goma = ["ana", "ben"]``."""


_EXPECTED = {
    "language": N_('"en", "fr" or "" for that of the locale'),
    "theme": N_("the name of a theme"),
    "mouse": N_('"auto", "on" or "off"'),
    "driver": N_('"thrifty" or "plain"'),
    "notice_new": N_("true or false"),
    "cache_project_list": N_("true or false"),
    "concurrency": N_("a number from 1 to 16"),
    "journal_days": N_("a number of days; 0 keeps everything"),
    "record_text": N_('"toml" or "json"'),
    "keep_deleted": N_("true or false"),
    "roles": N_('a list of rights, like ["view_asset", "view_submissions"]'),
    "groups": N_('a list of user names, like ["ana", "ben"]'),
}


def load(path: Path | None = None) -> tuple[Settings, list[str]]:
    """The settings, and a sentence for each line that could not be used; never raises.

    While the file as a whole cannot be read, no list of projects is kept: it may say so.
    """
    path = path or paths.settings_file()
    try:
        document = tomllib.loads((paths.read_file(path) or b"").decode())
    except LocalError as error:
        return Settings(cache_project_list=False), [error.sentence]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        warning = _("{path} is not valid TOML: {why}. The defaults are used.").format(path=path, why=error)
        return Settings(cache_project_list=False), [warning]
    values: dict[str, Any] = {}
    warnings: list[str] = []
    types = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for key, value in document.items():
        if key not in types:
            warnings.append(_unknown(path, key, types))
        elif key in ("roles", "groups") and isinstance(value, dict):
            values[key] = _named(path, key, value, warnings)
        else:
            try:
                values[key] = msgspec.convert(value, types[key])
            except msgspec.ValidationError:
                warnings.append(_wrong(path, key, _EXPECTED[key]))
    return Settings(**values), warnings


def _named(path: Path, table: str, entries: dict[str, Any], warnings: list[str]) -> dict[str, tuple[str, ...]]:
    """The usable entries of ``[roles]`` or ``[groups]``: a role with a right nobody knows is left out whole."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in entries.items():
        try:
            members: tuple[str, ...] = msgspec.convert(value, Names)
        except msgspec.ValidationError:
            warnings.append(_wrong(path, f"{table}.{name}", _EXPECTED[table]))
            continue
        strange = [member for member in members if table == "roles" and member not in CODENAMES]
        if strange:
            warnings.append(
                _("{path}: the role {name} is left out: {right} is no right. Rights are {rights}.").format(
                    path=path, name=shown(name), right=shown(strange[0]), rights=", ".join(CODENAMES)
                )
            )
        else:
            found[name] = members
    return found


def _wrong(path: Path, key: str, expected: str) -> str:
    return _("{path}: {key} must be {expected}; the default is used.").format(
        path=path, key=shown(key), expected=_(expected)
    )


def _unknown(path: Path, key: str, known: dict[str, Any]) -> str:
    import difflib

    sentence = _("{path}: there is no setting {key}.").format(path=path, key=shown(key))
    near = difflib.get_close_matches(key, known, 1)
    return f"{sentence} {_('Do you mean {key}?').format(key=near[0])}" if near else sentence
