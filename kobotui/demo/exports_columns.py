"""What is in an export: its options, its columns, its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kobotui.demo.geojson import PARTS
from kobotui.demo.records.form import MEDIA, NO_ANSWER, Question, choice_name, choices_of, label_of, outline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kobotui.demo.state import Asset

SYSTEM = (
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__",
    "_tags", "meta/rootUuid",
)  # fmt: skip


@dataclass
class Column:
    """One column: its heading, the answers it comes from, and how a cell is made."""

    heading: str
    path: str
    cell: Callable[[Mapping[str, Any]], str]
    number: bool = False


@dataclass
class Sheet:
    """The columns of the records, or of the rounds of one repeat."""

    name: str
    path: str = ""  # of the repeat, "" for the records themselves
    columns: list[Column] = field(default_factory=list)
    children: list[Sheet] = field(default_factory=list)


@dataclass
class Options:
    """The options of an export, as the request names them."""

    type: str
    lang: str
    group_sep: str
    multiple_select: str
    hierarchy_in_labels: bool
    fields_from_all_versions: bool
    fields: list[str]
    include_media_url: bool
    xls_types_as_text: bool

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Options:
        """The options of a checked request."""
        return cls(
            type=data["type"],
            lang=data["lang"],
            group_sep=data.get("group_sep") or "/",
            multiple_select=data["multiple_select"],
            hierarchy_in_labels=truthy(data["hierarchy_in_labels"]),
            fields_from_all_versions=truthy(data["fields_from_all_versions"]),
            fields=[f for f in data.get("fields") or [] if f not in ("_attachments", "_supplementalDetails")],
            include_media_url=truthy(data.get("include_media_url", False)),
            xls_types_as_text=truthy(data.get("xls_types_as_text", True)),
        )


def truthy(value: object) -> bool:
    """Booleans come as such or as text."""
    return str(value).lower() == "true"


def language_of(asset: Asset, lang: str) -> int | None:
    """The place of the translation, None for names instead of labels."""
    if lang == "_xml":
        return None
    names = [t or "" for t in asset.content.get("translations") or [None]]
    return names.index(lang) if lang in names else 0


def languages(asset: Asset) -> list[str]:
    """The languages an export may be in."""
    return ["_default", "_xml", *(t for t in asset.content.get("translations") or [] if t)]


# -- columns ---------------------------------------------------------------------------------------


def sheet_of(asset: Asset, options: Options) -> Sheet:
    """The sheet of the records, with those of its repeats inside."""
    builder = Builder(asset, options)
    top = Sheet(asset.name)
    sheets = {"": top}
    for question in builder.questions():
        if question.type == "group":
            continue
        if question.type == "repeat":
            sheets[question.path] = Sheet(question.name, question.path)
            sheets[question.repeat or ""].children.append(sheets[question.path])
            continue
        if options.fields and question.path not in options.fields:
            continue
        sheets[question.repeat or ""].columns += builder.columns(question)
    for name in SYSTEM:
        if not options.fields or name in (*options.fields, "_uuid", "meta/rootUuid"):
            top.columns.append(Column(name, name, builder.system(name)))
    return top


class Builder:
    """Makes columns of questions in one language."""

    def __init__(self, asset: Asset, options: Options) -> None:
        self.asset, self.options = asset, options
        self.language = language_of(asset, options.lang)
        self.choices: dict[str, list[dict[str, Any]]] = {}
        for version in self.versions():
            for name, listed in choices_of(version).items():
                known = {choice_name(c) for c in self.choices.setdefault(name, [])}
                self.choices[name] += [c for c in listed if choice_name(c) not in known]

    def versions(self) -> list[dict[str, Any]]:
        """The contents of the deployed version and, if wanted, of all deployed before it."""
        live = self.asset.deployed_version
        found = [live.content] if live else []
        if self.options.fields_from_all_versions:
            found += [v.content for v in reversed(self.asset.versions) if v.date_deployed and v is not live]
        return found

    def questions(self) -> list[Question]:
        """The questions of these versions, each path once."""
        found: dict[str, Question] = {}
        for content in self.versions():
            for question in outline(content):
                if question.type not in NO_ANSWER:
                    found.setdefault(question.path, question)
        return list(found.values())

    def heading(self, question: Question, name: str | None = None) -> str:
        """A question's name or label, with its groups' if wanted."""
        own = name if name is not None else self.label(question)
        if not self.options.hierarchy_in_labels:
            return own
        return self.options.group_sep.join([*(self.label(g) for g in question.groups), own])

    def label(self, question: Question) -> str:
        """A question's label in the export's language, or its name."""
        return question.name if self.language is None else question.label(self.language)

    def choice_label(self, choice: dict[str, Any]) -> str:
        """A choice's label in the export's language, or its name."""
        name = choice_name(choice)
        return name if self.language is None else label_of(choice, self.language) or name

    def columns(self, question: Question) -> list[Column]:
        """The columns of a question: several for points, for choices one each."""
        path, heading = question.path, self.heading(question)
        found = [Column(heading, path, plain(path), question.type in ("integer", "decimal", "range"))]
        if question.type == "geopoint":
            for place, part in enumerate(PARTS):
                name = self.heading(question, f"_{self.label(question)}_{part}")
                found.append(Column(name, path, part_of(path, place), True))
        elif question.type.startswith("select") and question.list_name in self.choices:
            listed = self.choices[question.list_name]
            labels = {choice_name(c): self.choice_label(c) for c in listed}
            if question.type.startswith("select_one"):
                return [Column(heading, path, labelled(path, labels))]
            if self.options.multiple_select == "details":
                found = []
            else:
                found = [Column(heading, path, all_labelled(path, labels))]
            if self.options.multiple_select != "summary":
                separator = self.options.group_sep
                for name, label in labels.items():
                    found.append(Column(f"{heading}{separator}{label}", path, chosen(path, name), True))
        elif question.type in MEDIA and self.options.include_media_url:
            found.append(Column(f"{heading}_URL", path, media_url(path)))
        return found

    def system(self, name: str) -> Callable[[Mapping[str, Any]], str]:
        """The cells of one of the server's own columns."""
        if name == "_validation_status":
            key = "uid" if self.language is None else "label"
            return lambda row: str((row.get(name) or {}).get(key, ""))
        return plain(name)


def plain(path: str) -> Callable[[Mapping[str, Any]], str]:
    """The answer as it is."""
    return lambda row: text(row.get(path))


def text(value: Any) -> str:
    """A value as a cell's text, nothing for none."""
    return "" if value is None or isinstance(value, list | dict) else str(value)


def part_of(path: str, place: int) -> Callable[[Mapping[str, Any]], str]:
    """One number of a point."""
    return lambda row: (text(row.get(path)).split() + [""] * 4)[place]


def labelled(path: str, labels: Mapping[str, str]) -> Callable[[Mapping[str, Any]], str]:
    """The label of a choice."""
    return lambda row: labels.get(text(row.get(path)), text(row.get(path)))


def all_labelled(path: str, labels: Mapping[str, str]) -> Callable[[Mapping[str, Any]], str]:
    """The labels of all chosen."""
    return lambda row: " ".join(labels.get(name, name) for name in text(row.get(path)).split())


def chosen(path: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    """1 or 0, nothing where the question has no answer."""
    return lambda row: str(int(name in text(row.get(path)).split())) if row.get(path) else ""


def media_url(path: str) -> Callable[[Mapping[str, Any]], str]:
    """Where the file of an answer can be downloaded."""

    def url(row: Mapping[str, Any]) -> str:
        name = text(row.get(path))
        entries = row.get("_attachments") or []
        return next((a.get("download_url", "") for a in entries if name and a["media_file_basename"] == name), "")

    return url
