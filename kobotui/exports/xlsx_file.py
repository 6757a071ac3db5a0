"""XLSX, row by row in constant memory: a sheet for the records and one for each repeat, as the server's.

Every text is a text: nothing is a formula or a link, whatever it begins with.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from kobotui.exports.cells import text
from kobotui.exports.output import TableOutput
from kobotui.exports.table import Row, Table
from kobotui.locale import _
from kobotui.paths import LocalError

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_CELL = 32_767
"""Characters; what is longer is cut, and says so."""
LONGEST_NAME = 31

CUT = "<WARNING: Truncated to Excel limit of 32767 characters!>"
"""Before a cell that was cut, in the server's words."""
_NOT_IN_NAMES = re.compile("[][:*?/\\\\\x00-\x1f\ufffe\uffff\ud800-\udfff]|^'|'$")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 10**15
"""A spreadsheet keeps fifteen digits."""
_FIRST_SAFE_DAY = date(1900, 3, 1)
"""Before it spreadsheets disagree about the number of a day."""
_DAY_ZERO = date(1899, 12, 30).toordinal()

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_HEAD = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_SHEET_TAIL = "</sheetData></worksheet>"
_INLINE = ' t="inlineStr"><is><t xml:space="preserve">'
_DAY_STYLE, _MOMENT_STYLE = 1, 2
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class _Page:
    """One worksheet being written."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name, self.file, self.rows = name, file, 0
        file.write(_SHEET_HEAD.encode())

    def close(self) -> None:
        self.file.write(_SHEET_TAIL.encode())
        self.file.close()


class XlsxOutput(TableOutput):
    """A workbook. The records' sheet goes into it at once, the repeats' wait beside it until that one is done."""

    def __init__(self, folder: Path, target: Path, table: Table, *, most_rows: int = MOST_ROWS) -> None:
        """``most_rows``: of a sheet; the next ones go on another."""
        super().__init__(folder, target, table)
        columns = max(len(sheet.headings) for sheet in table.sheets)
        if columns > MOST_COLUMNS:
            sentence = _("{n} columns are more than a spreadsheet can hold; choose questions, or CSV.")
            raise LocalError(sentence.format(n=f"{columns:,}"))
        self.cut = 0
        """Cells that were too long."""
        self._most_rows = most_rows
        self._zip = zipfile.ZipFile(self._create(target), "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._names: list[str] = []
        """Worksheets in the order of their numbers."""
        self._waiting: list[tuple[str, Path]] = []
        """Names and files of those that are not in the workbook yet."""
        self._letters = _letters(columns)
        self._pages = [self._page(number) for number in range(len(table.sheets))]

    def write(self, row: Row) -> None:
        page = self._pages[row.sheet]
        if page.rows >= self._most_rows:
            page.close()
            page = self._pages[row.sheet] = self._page(row.sheet)
        self._row(page, row.cells)

    def close(self) -> None:
        for page in self._pages:
            page.close()
        for name, path in self._waiting:
            with path.open("rb") as source, self._add(name) as file:
                shutil.copyfileobj(source, file, 2**20)
            path.unlink()
        self._write_rest()
        self._zip.close()
        self._open[0].close()

    def give_up(self) -> None:
        for page in self._pages:
            with suppress(OSError, ValueError):
                page.file.close()
        with suppress(OSError, ValueError):
            self._zip.close()
        super().give_up()

    # -- sheets --------------------------------------------------------------------------------------

    def _page(self, number: int) -> _Page:
        """A worksheet with the headings of a sheet."""
        sheet = self.table.sheets[number]
        taken = [*self._names, *(name for name, _file in self._waiting)]
        name = sheet_name(sheet.name, taken)
        if number == 0:
            page = _Page(name, self._add(name))
        else:
            path = self._folder / f"sheet{len(taken)}.xml"
            self._waiting.append((name, path))
            page = _Page(name, path.open("wb", buffering=2**20))
        self._row(page, sheet.headings)
        if sheet.tags:
            self._row(page, sheet.tags)
        return page

    def _add(self, name: str) -> IO[bytes]:
        self._names.append(name)
        return self._zip.open(_entry(f"xl/worksheets/sheet{len(self._names)}.xml"), "w", force_zip64=True)

    def _row(self, page: _Page, cells: Sequence[Any]) -> None:
        page.rows += 1
        number = page.rows
        parts = [f'<row r="{number}">']
        for letters, cell in zip(self._letters, cells, strict=False):
            if cell is None or cell == "":
                continue
            if cell.__class__ is str:
                parts.append(f'<c r="{letters}{number}"{_INLINE}{self._text(cell)}</t></is></c>')
            else:
                parts.append(f'<c r="{letters}{number}"{self._value(cell)}</c>')
        parts.append("</row>")
        page.file.write("".join(parts).encode())

    def _value(self, cell: Any) -> str:
        """The rest of a cell's tag and its content."""
        match cell:
            case int() if abs(cell) <= _LARGEST:
                return f"><v>{cell:d}</v>"
            case float():
                return f"><v>{cell!r}</v>"
            case datetime() if cell.date() >= _FIRST_SAFE_DAY:
                seconds = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
                return f' s="{_MOMENT_STYLE}"><v>{cell.toordinal() - _DAY_ZERO + seconds / 86400!r}</v>'
            case date() if not isinstance(cell, datetime) and cell >= _FIRST_SAFE_DAY:
                return f' s="{_DAY_STYLE}"><v>{cell.toordinal() - _DAY_ZERO}</v>'
        return f"{_INLINE}{self._text(text(cell))}</t></is>"

    def _text(self, value: str) -> str:
        if len(value) > LONGEST_CELL:
            self.cut += 1
            value = (CUT + value)[:LONGEST_CELL]
        if not value.isascii() and _SURROGATE.search(value):
            value = _SURROGATE.sub("\ufffd", value)
        if "_x" in value:
            value = _LOOKS_ESCAPED.sub("_x005F_", value)
        if not value.isprintable() and _CONTROL.search(value):
            value = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
        return escape(value) if "&" in value or "<" in value or ">" in value else value

    # -- the parts around the sheets -----------------------------------------------------------------

    def _write_rest(self) -> None:
        numbers = range(1, len(self._names) + 1)
        sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{sheet_type}"/>' for n in numbers
        )
        book_type = sheet_type.replace("worksheet", "sheet.main")
        style_type = sheet_type.replace("worksheet", "styles")
        self._zip.writestr(
            _entry("[Content_Types].xml"),
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{book_type}"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{style_type}"/>{kinds}</Types>',
        )
        self._zip.writestr(_entry("_rels/.rels"), _relations([("officeDocument", "xl/workbook.xml")]))
        self._zip.writestr(
            _entry("xl/_rels/workbook.xml.rels"),
            _relations([*(("worksheet", f"worksheets/sheet{n}.xml") for n in numbers), ("styles", "styles.xml")]),
        )
        sheets = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(self._names, 1)
        )
        self._zip.writestr(
            _entry("xl/workbook.xml"),
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>',
        )
        self._zip.writestr(_entry("xl/styles.xml"), _STYLES)


def _entry(name: str) -> zipfile.ZipInfo:
    """A part of the workbook, without a time: the same records make the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _letters(columns: int) -> list[str]:
    """``A``, ``B``, ... ``AA``: as many as there are columns."""
    found: list[str] = []
    for number in range(columns):
        name, rest = "", number
        while rest >= 0:
            name = chr(65 + rest % 26) + name
            rest = rest // 26 - 1
        found.append(name)
    return found


def sheet_name(name: str, taken: Collection[str]) -> str:
    """A worksheet's name made of ``name``: what spreadsheets allow, and no other's whatever its case."""
    clean = _NOT_IN_NAMES.sub("_", name) or "_"
    others = {other.casefold() for other in taken}
    found, number = _shortened(clean, "..."), 0
    while found.casefold() in others:
        number += 1
        tail = f" ({number})"
        found = _shortened(clean, f"...{tail}") if len(clean) + len(tail) > LONGEST_NAME else clean + tail
    return found


def _shortened(name: str, end: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - len(end)] + end
