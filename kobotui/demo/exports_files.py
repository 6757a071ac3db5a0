"""The files exports become: CSV, workbooks, GeoJSON, KML and SPSS labels."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from typing import IO, TYPE_CHECKING, Any

from kobotui.demo.exports_columns import SYSTEM, Column, Options, Sheet, sheet_of, text
from kobotui.demo.geojson import geo_questions, geometry_of, properties_of
from kobotui.demo.records.form import NO_ANSWER, choice_name, choices_of, label_of, outline
from kobotui.demo.records.mongo import compile_query
from kobotui.demo.records.search import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.demo.state import Asset

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
    compile_query(query)  # refused before a file is begun
    if options.type == "spss_labels":
        write_spss(asset, file)
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
    await asyncio.to_thread(writer.close)  # a large workbook takes seconds to pack
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


def write_spss(asset: Asset, file: IO[bytes]) -> None:
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


def quoted(value: str) -> str:
    """A string of SPSS syntax."""
    return "'" + value.replace("'", "''") + "'"
