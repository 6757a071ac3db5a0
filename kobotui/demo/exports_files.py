"""The files exports become: CSV, workbooks, GeoJSON, KML and SPSS labels."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import json
import zipfile
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from kobotui.demo.exports_columns import Book, Options, text
from kobotui.demo.geojson import geo_questions, geometry_of
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
        self.book = Book(asset, options)
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self.writer = csv.writer(self.text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self.writer.writerow(self.book.labels[self.book.title])
        if any(self.book.tags[self.book.title]):
            self.writer.writerow(self.book.tags[self.book.title])

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record."""
        for name, cells in self.book.rows(dict(row)):
            if name == self.book.title:
                self.writer.writerow(map(text, cells))

    def close(self) -> None:
        """Finish; the file stays open."""
        self.text.flush()
        self.text.detach()


class XlsFile:
    """A workbook: a sheet of records and one per repeat that has rounds, as they come."""

    def __init__(self, asset: Asset, options: Options, file: IO[bytes]) -> None:
        from openpyxl import Workbook

        self.file = file
        self.work = Workbook(write_only=True)
        self.book = Book(asset, options)
        self.pages: dict[str, Any] = {}

    def page(self, name: str) -> Any:
        """The sheet of a section, with its headings."""
        if name not in self.pages:
            self.pages[name] = page = self.work.create_sheet(sheet_name(name, self.work.sheetnames))
            page.append([safe(label) for label in self.book.labels[name]])
            if any(self.book.tags[name]):
                page.append([safe(tag) for tag in self.book.tags[name]])
        return self.pages[name]

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record and its rounds."""
        for name, cells in self.book.rows(dict(row)):
            self.page(name).append([safe(cell) for cell in cells])

    def close(self) -> None:
        """Finish; the file stays open."""
        if not self.pages:
            self.work.create_sheet("Sheet1")
        self.work.save(self.file)


def sheet_name(name: str, taken: list[str]) -> str:
    """A name Excel takes: 31 characters, no other sheet's."""
    plain = "".join("_" if c in "[]*?:\\/" else c for c in name)
    plain = "_" + plain[1:] if plain.startswith("'") else plain
    plain = plain[:-1] + "_" if plain.endswith("'") else plain
    for number in itertools.count():
        end = f" ({number})" if number else ""
        if len(plain) + len(end) > 31:
            end = "..." + end
            found = plain[: 31 - len(end)] + end
        else:
            found = plain + end
        if found not in taken:
            return found
    raise AssertionError


def safe(value: Any) -> Any:
    """What a workbook can hold; texts that look like formulas stay texts."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str | list | dict):
        return value
    return ILLEGAL_CHARACTERS_RE.sub("", text(value))


class GeoFile:
    """A FeatureCollection, feature by feature."""

    def __init__(self, asset: Asset, options: Options, file: IO[bytes]) -> None:
        self.file, self.questions = file, geo_questions(asset)
        self.book = Book(asset, replace(options, multiple_select="summary"))
        self.hidden = {label for f in self.book.places() for label in (f.name, *f.labels(options))}
        head = f'{{"type": "FeatureCollection", "name": {json.dumps(asset.name, ensure_ascii=False)}, "features": ['
        self.file.write(head.encode())
        self.between = ""

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a record's places."""
        (_name, cells), *_rounds = self.book.rows(dict(row))
        answers = zip(self.book.labels[self.book.title], cells, strict=True)
        shown = {label: cell for label, cell in answers if cell and label not in self.hidden}
        for question in self.questions:
            geometry = geometry_of(question.type, str(row.get(question.path) or ""))
            if geometry is not None:
                feature = {"type": "Feature", "geometry": geometry, "properties": shown}
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
