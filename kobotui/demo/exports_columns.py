"""What is in an export: its options, its sections and columns, the cells of each record.

As KPI builds it: every deployed version has its own fields, told apart by section and name; a record is read with the
fields of its own version, into a row that has a place for the columns of all versions.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kobotui.demo.geojson import GEOMETRIES, PARTS
from kobotui.demo.records.form import MEDIA, Question, choice_name, choices_of, outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kobotui.demo.state import Asset

COPIED = (
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__",
    "_tags", "meta/rootUuid",
)  # fmt: skip
ALWAYS = ("_attachments", "_supplementalDetails", "_uuid", "meta/rootUuid")  # whatever fields were chosen
METAS = (
    "start", "today", "end", "deviceid", "phone_number", "audit", "username", "phonenumber", "imei", "start-geopoint",
)  # fmt: skip
POINTS = ("geopoint", "start-geopoint", "background-geopoint")
Row = dict[str, Any]


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
            fields=[f for f in data.get("fields") or [] if f not in ALWAYS],
            include_media_url=truthy(data.get("include_media_url", False)),
            xls_types_as_text=data["type"] != "xls" or truthy(data.get("xls_types_as_text", True)),
        )

    def wants(self, path: str) -> bool:
        """Whether a field was chosen."""
        return not self.fields or path in self.fields or path in ALWAYS


def truthy(value: object) -> bool:
    """Booleans come as such or as text."""
    return str(value).lower() == "true"


def languages(asset: Asset) -> list[str]:
    """The languages an export may be in."""
    return ["_default", "_xml", *(t for t in asset.content.get("translations") or [] if t)]


def translated(labels: object, names: list[str | None], lang: str) -> str:
    """A label in exactly that language, "" where there is none: then the name stands in its place."""
    wanted = None if lang == "_default" else lang
    if lang == "_xml" or wanted not in names:
        return ""
    listed = labels if isinstance(labels, list) else [labels]
    place = names.index(wanted)
    return str(listed[place] or "") if place < len(listed) else ""


# -- fields ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class Field:
    """A question of one version."""

    name: str
    path: str
    kind: str
    label: str
    above: list[str]
    choices: dict[str, str] | None = None  # one object per list of a version
    or_other: bool = False
    tags: list[str] = field(default_factory=list)

    def labels(self, options: Options) -> list[str]:
        """The headings of its columns."""
        sep = options.group_sep
        whole = sep.join([*self.above, self.label]) if options.hierarchy_in_labels else self.label
        if self.kind in POINTS:
            prefix = "".join(label + sep for label in self.above) if options.hierarchy_in_labels else ""
            return [self.label] + [f"{prefix}_{self.label}_{part}" for part in PARTS]
        if self.kind == "select_multiple":
            found = [] if options.multiple_select == "details" else [whole]
            if options.multiple_select != "summary":
                found += [f"{whole}{sep}{label}" for label in (self.choices or {}).values()]
                found += [f"{whole}/other"] * self.or_other
            return found
        return [whole, f"{whole}_URL"] if self.has_url(options) else [whole]

    def names(self, options: Options) -> list[str]:
        """The keys of its columns in a row."""
        if self.kind in POINTS:
            return [self.name] + [f"_{self.name}_{part}" for part in PARTS]
        if self.kind == "select_multiple":
            found = [] if options.multiple_select == "details" else [self.name]
            if options.multiple_select != "summary":
                found += [f"{self.name}/{choice}" for choice in self.choices or {}]
                found += [f"{self.name}/other"] * self.or_other
            return found
        return [self.name, f"{self.name}_URL"] if self.has_url(options) else [self.name]

    def has_url(self, options: Options) -> bool:
        """Whether a column tells where the file is."""
        return options.include_media_url and self.kind in MEDIA

    def cells(self, entry: Row, files: list[Row], options: Options) -> Row:
        """Its cells, by key."""
        value = entry.get(f"meta/{self.path}" if self.kind == "audit" else self.path)
        typed = not options.xls_types_as_text
        if self.kind == "select_multiple":
            return self.chosen(value, options, typed)
        if value is None:
            return dict.fromkeys(self.names(options), "")
        if self.kind in POINTS:
            parts = [numeric(part) if typed else part for part in str(value).split()]
            return dict(zip(self.names(options), [value, *parts, "", "", "", ""], strict=False))
        if self.kind.startswith("select_one"):
            label = (self.choices or {}).get(value, value)
            return {self.name: numeric(label) if typed else label}
        if typed and self.kind in ("integer", "decimal", "range"):
            return {self.name: numeric(value)}
        if typed and self.kind in ("date", "today", "datetime", "start", "end"):
            return {self.name: dated(value, day=self.kind in ("date", "today"))}
        found = {self.name: value}
        if self.has_url(options):
            found[f"{self.name}_URL"] = url_of(value, files)
        return found

    def chosen(self, value: Any, options: Options, typed: bool) -> Row:
        """The cells of a select-multiple question: the labels chosen, and 0 or 1 for each choice."""
        keys = self.names(options)
        if value is None:
            return dict.fromkeys(keys, "")
        found: Row = dict.fromkeys(keys, 0 if typed else "0")
        taken = str(value).split()
        if self.name in found:
            labels = [(self.choices or {}).get(choice) or choice for choice in taken]
            found[self.name] = numeric(labels[0]) if typed and len(labels) == 1 else " ".join(labels)
        for choice in taken:
            if f"{self.name}/{choice}" in found:
                found[f"{self.name}/{choice}"] = 1 if typed else "1"
        return found


def numeric(text: Any) -> Any:
    """A number where the text is one."""
    for kind in (int, float):
        try:
            number = kind(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return number if str(number) not in ("nan", "inf", "-inf") else text
    return text


def dated(text: Any, *, day: bool) -> Any:
    """A date or a moment (without its zone) where the text is one."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return text
    return moment.date() if day else moment.replace(tzinfo=None)


def url_of(value: Any, files: list[Row]) -> str:
    """Where the file of an answer can be downloaded: it is kept under a cleaned name."""
    kept = re.sub(r"[^-\w.]", "", str(value).strip().replace(" ", "_"))
    entry = next((f for f in files if str(f["filename"]).endswith(f"/{kept}")), None)
    if entry is None:
        return ""
    return "Deleted" if entry.get("is_deleted") else str(entry.get("download_url", ""))


# -- sections --------------------------------------------------------------------------------------


@dataclass(eq=False)
class Section:
    """The records, or the rounds of one repeat, in one version."""

    name: str
    path: str = ""
    parent: str | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


def sections_of(title: str, content: dict[str, Any], lang: str) -> dict[str, Section]:
    """The sections of a version, by name."""
    names: list[str | None] = list(content.get("translations") or [None])
    lists: dict[str, dict[str, str]] = {}
    for list_name, listed in choices_of(content).items():
        labels = ((choice_name(c), translated(c.get("label"), names, lang)) for c in listed)
        lists[list_name] = {choice: label or choice for choice, label in labels}

    def label(question: Question) -> str:
        return translated(question.row.get("label"), names, lang) or question.name

    found = {title: Section(title)}
    where = {"": title}
    for question in in_order(outline(content)):
        section = found[where[question.repeat or ""]]
        if question.type == "group":
            continue
        if question.type == "repeat":
            where[question.path] = question.name
            found[question.name] = Section(question.name, question.path, section.name)
            section.children.append(question.name)
            continue
        other = bool(question.row.get("_or_other"))
        tags = [str(tag) for tag in question.row.get("tags") or []]
        above = [label(group) for group in question.groups]
        choices = lists.get(question.list_name) if question.type.startswith("select_") else None
        section.fields[question.name] = Field(
            question.name, question.path, question.type, label(question), above, choices, other, tags
        )
    return found


def in_order(questions: list[Question]) -> list[Question]:
    """What the device fills in by itself first."""
    first = [q for q in questions if q.type in METAS and not q.repeat]
    return first + [q for q in questions if q not in first]


class Book:
    """All sections of an export with the columns of all versions, and rows for records."""

    def __init__(self, asset: Asset, options: Options) -> None:
        self.options, self.title = options, asset.name
        live = asset.deployed_version
        deployed = [v for v in reversed(asset.versions) if v.date_deployed]
        used = deployed if options.fields_from_all_versions else deployed[:1]
        versions = used or ([live] if live else [])
        self.versions = {v.uid: sections_of(asset.name, v.content, options.lang) for v in versions}
        merged = self.merged()
        sections = {name: s for v in reversed(self.versions.values()) for name, s in v.items()} or {
            asset.name: Section(asset.name)
        }
        self.labels: dict[str, list[str]] = {}
        self.tags: dict[str, list[str]] = {}
        self.empty: dict[str, Row] = {}
        self.indexes = dict.fromkeys(sections, 0)
        for name, section in sections.items():
            fields = [f for where, f in merged if where == name and options.wants(f.path)]
            after = self.after(section)
            self.labels[name] = [label for f in fields for label in f.labels(options)] + after
            self.empty[name] = dict.fromkeys([key for f in fields for key in f.names(options)] + after, "")
            hxl = ["".join(t.removeprefix("hxl:") for t in f.tags if t.startswith("hxl:")) for f in fields]
            widths = [len(f.names(options)) for f in fields]
            self.tags[name] = [
                tag if place == 0 else "" for tag, width in zip(hxl, widths, strict=True) for place in range(width)
            ] + [""] * len(after)

    def after(self, section: Section) -> list[str]:
        """The columns after those of the questions."""
        fields = self.options.fields
        index = ["_index"] if section.children or not fields or "_index" in fields else []
        if section.parent is None:
            return [name for name in COPIED if self.options.wants(name)] + index
        return [*index, "_parent_table_name", "_parent_index", *(f"_submission_{name}" for name in COPIED)]

    def merged(self) -> list[tuple[str, Field]]:
        """Section and field of all columns: the newest version's, the older ones' beside where they stood."""
        stacks: list[list[tuple[str, Field]]] = []
        known: dict[tuple[str, str], Field] = {}
        for version in self.versions.values():
            newest = not known
            place = 0
            for name, section in version.items():
                for key, found in section.fields.items():
                    held = known.get((name, key))
                    if held is None:
                        known[name, key] = found
                        if newest or place >= len(stacks):
                            place = len(stacks)
                            stacks.append([(name, found)])
                        else:
                            stacks[place].append((name, found))
                    elif held.choices is not None and found.choices is not None:
                        both = found.choices | held.choices
                        held.choices.clear()
                        held.choices |= both
                    place += 1
        return [stack[0] for stack in stacks] + [entry for stack in stacks for entry in stack[1:]]

    def places(self) -> list[Field]:
        """The place questions of all versions, outside repeats."""
        fields = (f for version in self.versions.values() for f in version[self.title].fields.values())
        return [f for f in fields if f.kind in GEOMETRIES]

    def rows(self, record: Row) -> Iterator[tuple[str, list[Any]]]:
        """Section and cells of a record and its rounds."""
        said = {value for key, value in record.items() if "_version_" in key and isinstance(value, str)}
        uid = next((uid for uid in self.versions if uid in said), next(iter(self.versions)))
        files = [f for f in record.get("_attachments") or [] if isinstance(f.get("filename"), str)]
        copied = {name: self.copied(name, record) for name in COPIED if self.options.wants(name)}
        yield from self.part(self.versions[uid], self.title, record, files, copied, 0)

    def part(
        self, version: dict[str, Section], name: str, entry: Row, files: list[Row], copied: Row, above: int
    ) -> Iterator[tuple[str, list[Any]]]:
        """A record or one round, and the rounds inside it."""
        section, row = version[name], dict(self.empty[name])
        for found in section.fields.values():
            row |= {key: cell for key, cell in found.cells(entry, files, self.options).items() if key in row}
        self.indexes[name] += 1
        index = self.indexes[name]
        if "_index" in row:
            row["_index"] = index
        if section.parent is None:
            row |= copied
        else:
            row |= {"_parent_table_name": section.parent, "_parent_index": above}
            row |= {f"_submission_{key}": copied.get(key, "") for key in COPIED}
        yield name, list(row.values())
        for child in section.children:
            for round_ in entry.get(version[child].path) or []:
                yield from self.part(version, child, round_, files, copied, index)

    def copied(self, name: str, record: Row) -> Any:
        """One of the server's own columns."""
        value = record.get(name)
        if name == "_validation_status":
            return str((value or {}).get("uid" if self.options.lang == "_xml" else "label", ""))
        if name in ("_tags", "_notes"):
            return ", ".join(map(str, value or []))
        if name == "_submission_time" and not self.options.xls_types_as_text:
            return dated(value, day=False)
        return "" if value is None else value


def text(value: Any) -> str:
    """A value as a cell's text, nothing for none."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
