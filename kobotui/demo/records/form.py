"""A form's content as a plain list of questions with their whole paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kobotui.demo.kobo_rows import deployable

GROUPS = {"group", "repeat"}
MEDIA = {"image", "audio", "video", "file", "background-audio", "audit"}
NO_ANSWER = {"note", "xml-external", "csv-external", "start-geopoint", "audit"}


@dataclass
class Question:
    """One row of a form: its plain type, its list of choices, where it stands."""

    type: str  # "select_one", "integer", …, "repeat" for a repeat, "group" for a group
    list_name: str  # of selects, else ""
    name: str
    path: str
    row: dict[str, Any]
    groups: list[Question] = field(default_factory=list)  # the groups and repeats around it, outermost first

    @property
    def repeat(self) -> str | None:
        """The path of the innermost repeat around it."""
        return next((g.path for g in reversed(self.groups) if g.type == "repeat"), None)

    def label(self, language: int = 0) -> str:
        """The label in a translation, by its place; the name where there is none."""
        return label_of(self.row, language) or self.name


def label_of(row: dict[str, Any], language: int = 0) -> str:
    """A question's or choice's label by the translation's place, "" where there is none."""
    label = row.get("label")
    if isinstance(label, str):
        return label if language == 0 else ""
    if isinstance(label, list) and language < len(label):
        return label[language] or ""
    return ""


def outline(content: dict[str, Any]) -> list[Question]:
    """The questions, groups and repeats of a form, in its order."""
    found: list[Question] = []
    around: list[Question] = []
    for row in deployable(content).get("survey") or []:
        kind, _, rest = str(row.get("type") or "").strip().partition(" ")
        verb, _, what = kind.partition("_")
        if verb in ("begin", "end") and not what:
            what = rest.split(" ")[0]
        if verb == "end" and what in GROUPS:
            if around:
                around.pop()
            continue
        name = str(row.get("name") or row.get("$autoname") or "")
        if not name:
            continue
        path = "/".join([*(g.name for g in around), name])
        if verb == "begin" and what in GROUPS:
            group = Question("repeat" if what == "repeat" else "group", "", name, path, row, list(around))
            found.append(group)
            around.append(group)
            continue
        list_name = str(
            row.get("select_from_list_name") or rest.split(" ")[0] if kind.startswith(("select", "rank")) else ""
        )
        found.append(Question(kind, list_name, name, path, row, list(around)))
        if row.get("_or_other"):
            shown_if = {"type": "text", "relevant": f"selected(${{{name}}}, 'other')"}
            found.append(Question("text", "", f"{name}_other", f"{path}_other", shown_if, list(around)))
    return found


def choices_of(content: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The choices of each list, by the list's name."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for choice in content.get("choices") or []:
        if choice_name(choice):
            lists.setdefault(str(choice.get("list_name") or ""), []).append(choice)
    return lists


def choice_name(choice: dict[str, Any]) -> str:
    """The value a choice is stored as."""
    return str(choice.get("name") or choice.get("$autovalue") or choice.get("value") or "")


def repeat_paths(content: dict[str, Any]) -> set[str]:
    """The paths whose answers are lists."""
    return {q.path for q in outline(content) if q.type == "repeat"}
