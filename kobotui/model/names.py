"""User names as people type and paste them: lists, groups of the settings file, and who is meant by a wrong one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.access import PUBLIC
from kobotui.model.lists import folded
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_BETWEEN = re.compile(r"[\s,;]+")


def split(text: str) -> list[str]:
    """The names in a typed or pasted list: commas, semicolons, spaces or lines between them."""
    return [name for name in _BETWEEN.split(text.replace("\ufeff", "")) if name]


def expanded(names: Iterable[str], groups: Mapping[str, Iterable[str]], known: Collection[str] = ()) -> tuple[str, ...]:
    """The users that are named, each once: ``@goma`` is everybody in the group ``goma``.

    A name alone is a group's, too, when no user is ``known`` by it. ``@`` before anything else stays as it is.
    """
    found: dict[str, None] = {}
    for name in names:
        group = name.removeprefix("@")
        if group in groups and (name != group or name not in known):
            found |= dict.fromkeys(groups[group])
        else:
            found[name] = None
    return tuple(found)


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Known users whose name differs in case alone, else at most three that look much like it; the likeliest first."""
    by_folded: dict[str, list[str]] = {}
    for other in known:
        if other not in (name, PUBLIC):
            by_folded.setdefault(folded(other), []).append(other)
    if same := by_folded.get(folded(name)):
        return tuple(sorted(same))
    import difflib

    return tuple(by_folded[like][0] for like in difflib.get_close_matches(folded(name), by_folded, 3, 0.75))


def not_found(name: str, known: Iterable[str]) -> str:
    """The sentence for a name that no active user has, with those that may be meant."""
    if name == PUBLIC:
        return _("{name} stands for everybody, not for a user.").format(name=PUBLIC)
    sentence = _("User not found: {name}. Names are case-sensitive.").format(name=shown(name))
    if meant := near(name, known):
        sentence += " " + _("Do you mean {key}?").format(key=shown(", ".join(meant)))
    return sentence
