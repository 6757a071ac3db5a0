"""What is in an export: its columns, its cells, and the files they become."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from kobotui.demo.geojson import PARTS, geo_questions, geometry_of, properties_of
from kobotui.demo.records.form import MEDIA, NO_ANSWER, Question, choice_name, choices_of, label_of, outline
from kobotui.demo.records.search import stream

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


# -- files -----------------------------------------------------------------------------------------

TYPES = {
    "csv": ("csv", "text/csv"),
    "xls": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": ("geojson", "application/geo+json"),
    "kml": ("kml", "application/vnd.google-earth.kml+xml"),
    "spss_labels": ("zip", "application/zip"),
}


async def write(asset: Asset, options: Options, query: Mapping[str, Any], file: IO[bytes], base: str) -> str | None:
    """Write an export; the time of the newest record in it.

    Raises: kobotui.demo.records.mongo.UnsupportedQueryError.
    """
    if options.type == "spss_labels":
        write_spss(asset, options, file)
        return None
    writers: dict[str, type[CsvFile | XlsFile | GeoFile | KmlFile]] = {
        "csv": CsvFile,
        "xls": XlsFile,
        "geojson": GeoFile,
        "kml": KmlFile,
    }
    writer = writers[options.type](asset, options, file)
    newest = None
    if asset.records is not None:
        async for row in stream(asset.records, query):
            newest = max(newest or "", row["_submission_time"])
            urls = f"{base}/api/v2/assets/{asset.uid}/data/{row['_id']}/attachments/"
            if options.include_media_url and row["_attachments"]:
                row["_attachments"] = [a | {"download_url": f"{urls}{a['uid']}/"} for a in row["_attachments"]]
            writer.add(row)
    writer.close()
    return newest


class CsvFile:
    """A table without repeats: ``;`` between cells, every cell quoted, CRLF."""

    def __init__(self, asset: Asset, options: Options, file: IO[bytes]) -> None:
        self.columns = sheet_of(asset, options).columns
        self.indexed = not options.fields
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self.writer = csv.writer(self.text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self.writer.writerow([c.heading for c in self.columns] + (["_index"] if self.indexed else []))
        self.index = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record."""
        self.index += 1
        self.writer.writerow([c.cell(row) for c in self.columns] + ([str(self.index)] if self.indexed else []))

    def close(self) -> None:
        """Finish; the file stays open."""
        self.text.flush()
        self.text.detach()


class XlsFile:
    """A workbook: a sheet of records and one per repeat, tied by ``_index`` and ``_parent_index``."""

    def __init__(self, asset: Asset, options: Options, file: IO[bytes]) -> None:
        from openpyxl import Workbook

        self.file, self.options = file, options
        self.book = Workbook(write_only=True)
        self.top = sheet_of(asset, options)
        self.pages: dict[str, Any] = {}
        self.indexes: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.prepare(self.top)

    def prepare(self, sheet: Sheet) -> None:
        """Make the pages of a sheet and those inside it, with their headings."""
        name = "".join("_" if c in "[]:*?/\\" else c for c in sheet.name).strip() or "Sheet"
        taken = set(self.names.values())
        name = next(n for i in range(1_000) if (n := name[:31] if i == 0 else f"{name[:27]}({i})") not in taken)
        self.names[sheet.path] = name
        self.pages[sheet.path] = page = self.book.create_sheet(name)
        self.indexes[sheet.path] = 0
        headings = [c.heading for c in sheet.columns] + ["_index"]
        if sheet.path:
            headings += ["_parent_table_name", "_parent_index", *(f"_submission_{n}" for n in SYSTEM)]
        page.append([safe(h) for h in headings])
        for child in sheet.children:
            self.prepare(child)

    def cell(self, column: Column, row: Mapping[str, Any]) -> Any:
        """A cell: a number only where types are wanted."""
        value = column.cell(row)
        if column.number and not self.options.xls_types_as_text:
            try:
                return float(value) if "." in value else int(value)
            except ValueError:
                return safe(value)
        return safe(value)

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record and its rounds."""
        self.add_part(self.top, row, row, None, 0)

    def add_part(
        self, sheet: Sheet, part: Mapping[str, Any], row: Mapping[str, Any], parent: Sheet | None, above: int
    ) -> None:
        """Add a record, or one round of a repeat, and the rounds inside it."""
        self.indexes[sheet.path] += 1
        index = self.indexes[sheet.path]
        whole = {**part, "_attachments": row["_attachments"]}
        cells = [self.cell(c, whole) for c in sheet.columns]
        cells.append(index)
        if parent is not None:
            cells += [self.names[parent.path], above, *(safe(text(row.get(n))) for n in SYSTEM)]
        self.pages[sheet.path].append(cells)
        for child in sheet.children:
            for round_ in part.get(child.path) or []:
                self.add_part(child, round_, row, sheet, index)

    def close(self) -> None:
        """Finish; the file stays open."""
        self.book.save(self.file)


def safe(value: str) -> str:
    """Text a workbook can hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", value))


class GeoFile:
    """A FeatureCollection, feature by feature."""

    def __init__(self, asset: Asset, options: Options, file: IO[bytes]) -> None:
        self.file, self.questions = file, geo_questions(asset)
        self.fields = set(options.fields)
        self.places = {q.path: q for q in self.questions}
        head = f'{{"type": "FeatureCollection", "name": {json.dumps(asset.name, ensure_ascii=False)}, "features": ['
        self.file.write(head.encode())
        self.between = ""

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record's places."""
        for question in self.questions:
            geometry = geometry_of(question.type, str(row.get(question.path) or ""))
            if geometry is not None:
                kept = {k: v for k, v in row.items() if not self.fields or k in self.fields}
                feature = {"type": "Feature", "geometry": geometry, "properties": properties_of(kept, self.places)}
                self.file.write((self.between + json.dumps(feature, ensure_ascii=False)).encode())
                self.between = ", "

    def close(self) -> None:
        """Finish; the file stays open."""
        self.file.write(b"]}")


class KmlFile:
    """A placemark per record with a point."""

    def __init__(self, asset: Asset, _options: Options, file: IO[bytes]) -> None:
        from xml.sax.saxutils import escape

        self.file, self.escape = file, escape
        self.paths = [q.path for q in geo_questions(asset) if q.type == "geopoint"]
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        self.file.write(f"{head}<name>{escape(asset.name)}</name>".encode())

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record's points."""
        for path in self.paths:
            geometry = geometry_of("geopoint", str(row.get(path) or ""))
            if geometry is not None:
                place = ",".join(str(n) for n in geometry["coordinates"])
                name = self.escape(str(row["_id"]))
                mark = f"<Placemark><name>{name}</name><Point><coordinates>{place}</coordinates></Point></Placemark>"
                self.file.write(mark.encode())

    def close(self) -> None:
        """Finish; the file stays open."""
        self.file.write(b"</Document></kml>")


def write_spss(asset: Asset, options: Options, file: IO[bytes]) -> None:
    """A zip with one ``.sps`` file of variable and value labels per language."""
    content = asset.deployed_version.content if asset.deployed_version else {}
    listed = choices_of(content)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, language in enumerate(content.get("translations") or [None]):
            lines = ["VARIABLE LABELS"]
            questions = [q for q in outline(content) if q.type not in NO_ANSWER | {"group", "repeat"}]
            lines += [f" {q.name} {quoted(q.label(place))}" for q in questions]
            lines += [" .", "VALUE LABELS"]
            for question in questions:
                if question.type.startswith("select") and question.list_name in listed:
                    lines.append(f" {question.name}")
                    for choice in listed[question.list_name]:
                        label = label_of(choice, place) or choice_name(choice)
                        lines.append(f" {quoted(choice_name(choice))} {quoted(label)}")
                    lines.append(" /")
            lines.append(" .")
            archive.writestr(
                f"{asset.name.replace('/', '_')} - {language or 'default'} - SPSS labels.sps", "\n".join(lines)
            )
    del options


def quoted(value: str) -> str:
    """A string of SPSS syntax."""
    return "'" + value.replace("'", "''") + "'"
