"""A file of records as rows: which are new, which name a record, what belongs to which through the sheets of repeats.

Nothing is asked of a server here. What is wrong is told with its sheet, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kobotui.exports.layout import MAIN, FormVersion
from kobotui.exports.record_columns import IDENTITY, INDEX, PARENT, Column, Headings, Matched
from kobotui.exports.table_file import BadCell, Cell, Sheet, TableFileError, cell_text, read_sheets
from kobotui.exports.xlsx_file import sheet_name
from kobotui.locale import _, ngettext
from kobotui.model.check import editable
from kobotui.model.form import MEDIA, SILENT, Form, Question
from kobotui.model.record_cells import CellReader
from kobotui.model.text import safe_filename

MOST_PROBLEMS = 200
"""Problems that are kept; the others are counted."""
ABOUT = "about this table"
CHOICES = "lists of choices"
"""Sheets of our templates that hold no records; no repeat is called so, for its name has no spaces."""
_TAG = re.compile(r"#[A-Za-z][\w+ #]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a file from being brought in."""

    sheet: str
    """Empty for the sheet of the records."""
    line: int
    """0 for the whole file."""
    column: str
    """The heading, empty for the whole line."""
    reason: str

    def __str__(self) -> str:
        places = [
            *([_("sheet {name}").format(name=self.sheet)] if self.sheet else []),
            *([_("line {n}").format(n=self.line)] if self.line else []),
            *([_("column {name}").format(name=self.column)] if self.column else []),
        ]
        return f"{', '.join(places)}: {self.reason}" if places else self.reason


class Problems:
    """The first problems, and how many there are."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, entry: Entry | None, column: str, reason: str) -> None:
        """One more; without an entry it is about the whole file."""
        self.put(Problem(entry.sheet if entry else "", entry.line if entry else 0, column, reason))

    def forget(self, last: int) -> None:
        """Take the last ones back."""
        self.count -= last
        del self.kept[self.count :]

    def put(self, problem: Problem) -> None:
        """One more."""
        self.count += 1
        if len(self.kept) < MOST_PROBLEMS:
            self.kept.append(problem)


@dataclass(frozen=True, slots=True)
class Asked:
    """All columns of one question."""

    question: Question
    whole: Column | None
    """The answer itself."""
    parts: tuple[Column, ...]
    """Its choices, or its coordinates."""


@dataclass(eq=False)
class Entry:
    """A row of a file."""

    sheet: str
    """For the eye: empty for the records themselves."""
    line: int
    cells: list[Cell]
    decimal_comma: bool = False
    """Whether a comma may stand in a number."""
    children: dict[str, list[Entry]] = field(default_factory=dict)
    """Rows of the repeats inside, by the keys of their sheets, in their order."""

    def cell(self, column: Column | None) -> Cell:
        """What a column says here."""
        return self.cells[column.place] if column and column.place < len(self.cells) else None


@dataclass(eq=False)
class Part:
    """The sheet of the records, or of one repeat."""

    key: str
    path: str
    """Of the repeat, empty for the records."""
    name: str
    matched: Matched
    rows: list[Entry]
    system: dict[str, Column]
    asked: tuple[Asked, ...]
    """Questions of the deployed form, in its order."""
    gone: tuple[Column, ...]
    """Columns of questions that the deployed form does not have any more, and of links to files."""

    def text(self, entry: Entry, name: str) -> str:
        """One of the server's own columns as text, empty where there is none."""
        return cell_text(entry.cell(self.system.get(name))).strip()


@dataclass(eq=False)
class RecordTable:
    """A whole file."""

    form: Form
    """The deployed one."""
    headings: Headings
    reader: CellReader
    parts: dict[str, Part]
    """By the keys of the sheets, that of the records (``MAIN``) first."""
    problems: Problems
    unknown: tuple[str, ...]
    """Columns that are nothing of the form."""
    notes: tuple[str, ...]

    @property
    def main(self) -> Part:
        """The records themselves."""
        return self.parts[MAIN]

    def children(self, key: str) -> Iterator[Part]:
        """The repeats in a sheet's rows that the file has, too."""
        laid = self.headings.sheets[key]
        yield from (self.parts[child] for child in laid.children if child in self.parts)

    def names_record(self, entry: Entry) -> bool:
        """Whether a row is about a record that exists."""
        return any(self.main.text(entry, name) for name in IDENTITY)


def read_files(path: Path, versions: Sequence[FormVersion]) -> list[Sheet]:
    """The sheets of a workbook, or of a CSV and of those beside it that hold its repeats, as an export writes them.

    Raises ``TableFileError``, ``LocalError``.
    """
    sheets = read_sheets(path)
    if sheets[0].workbook:
        return sheets
    for group in versions[0].form.groups.values():
        beside = path.with_name(safe_filename(f"{path.stem}-{group.name}{path.suffix}"))
        if group.repeats and beside != path and beside.is_file():
            (sheet,) = read_sheets(beside)
            sheets.append(Sheet(group.name, sheet.rows, workbook=False, decimal_comma=sheet.decimal_comma))
    return sheets


def read_table(sheets: Sequence[Sheet], title: str, versions: Sequence[FormVersion]) -> RecordTable:
    """The rows of a file's sheets. ``versions``: all forms that were deployed, the newest first.

    Raises ``TableFileError`` for what has nothing of the form at all.
    """
    problems = Problems()
    first = next((sheet for sheet in sheets if sheet.rows), None)
    if first is None:
        raise TableFileError(_("There is nothing in this file."))
    headings = Headings(title, versions, _heading(first))
    form = headings.form
    dialect = headings.dialect.options
    reader = CellReader(form, labels_first=dialect.lang != "_xml")
    parts = {MAIN: _part(headings, MAIN, first, problems)}
    if not parts[MAIN].asked and not parts[MAIN].system:
        text = _("No heading is a question of this form. It has: {names}.")
        names = [question.name for question in form.questions.values() if question.answerable]
        raise TableFileError(text.format(names=", ".join(names[:8]) + (" .." if len(names) > 8 else "")))
    left = [sheet for sheet in sheets if sheet is not first and sheet.rows and not _is_apart(sheet)]
    taken = [sheet_name(title, [])]
    for key, laid in headings.sheets.items():
        if key == MAIN:
            continue
        taken.append(sheet_name(laid.name, taken))
        wanted = {taken[-1].casefold(), laid.name.casefold(), *(path.casefold() for path in laid.paths)}
        if sheet := next((sheet for sheet in left if sheet.name.casefold() in wanted), None):
            left.remove(sheet)
            parts[key] = _part(headings, key, sheet, problems)
    notes = [_("The sheet {name} is no repeat of the form: it is not read.").format(name=sheet.name) for sheet in left]
    table = RecordTable(form, headings, reader, parts, problems, _unknown(parts), ())
    notes += _link(table)
    table.notes = (*_ignored(table), *notes)
    return table


def from_tables(question: Question) -> bool:
    """Whether its answer is taken from a table: not what the form calculates or the device records, no file."""
    return editable(question) and question.type != "calculate"


def names_file(question: Question) -> bool:
    """Whether its answer is the name of a file that somebody chose."""
    return question.type in MEDIA and question.type != "background-audio"


def _is_apart(sheet: Sheet) -> bool:
    return sheet.workbook and sheet.name.casefold() in (ABOUT, CHOICES)


def _heading(sheet: Sheet) -> list[str]:
    return [cell_text(cell) for cell in sheet.rows[0][1]]


def _part(headings: Headings, key: str, sheet: Sheet, problems: Problems) -> Part:
    laid = headings.sheets[key]
    matched = headings.match(key, _heading(sheet))
    name = "" if key == MAIN else sheet.name
    for heading, why in matched.wrong:
        problems.put(Problem(name, sheet.rows[0][0], heading, why))
    by_path: dict[str, list[Column]] = {}
    system, gone = {}, []
    for column in matched.columns:
        if column.target.kind == "system":
            system[column.target.path] = column
        elif column.question is None or column.target.kind == "link":
            gone.append(column)
        else:
            by_path.setdefault(column.target.path, []).append(column)
    path = next((path for path in laid.paths if path in headings.form.groups), "")
    asked = tuple(_asked(question, by_path[p]) for p, question in headings.form.questions.items() if p in by_path)
    tagged = any(found.question.hxl for found in laid.fields.values())
    rows = [Entry(name, line, cells, sheet.decimal_comma) for line, cells in sheet.rows[1:]]
    if tagged and rows and all(_TAG.fullmatch(text) for cell in rows[0].cells if (text := cell_text(cell).strip())):
        del rows[0]
    return Part(key, path, sheet.name, matched, rows, system, asked, tuple(gone))


def _asked(question: Question, columns: Sequence[Column]) -> Asked:
    whole = next((column for column in columns if column.target.kind == "answer"), None)
    return Asked(question, whole, tuple(column for column in columns if column is not whole))


def _unknown(parts: dict[str, Part]) -> tuple[str, ...]:
    """Columns that are nothing of the form and hold something."""
    found = []
    for part in parts.values():
        for heading in part.matched.unknown:
            found.append(f"{part.name}: {heading}" if part.key != MAIN else heading)
    return tuple(dict.fromkeys(found))


def _ignored(table: RecordTable) -> Iterator[str]:
    """What is not read, said once."""
    asked = [asked for part in table.parts.values() for asked in part.asked]
    made = [one.question for one in asked if not from_tables(one.question) and not names_file(one.question)]
    names = [question.name for question in made if question.type not in SILENT]
    if names:
        text = _("Not read, because the form or the device makes them: {names}.")
        yield text.format(names=", ".join(dict.fromkeys(names)))


# Repeats


def _link(table: RecordTable) -> Iterator[str]:
    """Put the rows of repeats under the rows they belong to; yields what there is to know."""
    for part in table.parts.values():
        if part.key == MAIN:
            continue
        parent = table.parts.get(table.headings.sheets[part.key].parent or MAIN)
        if parent is None:
            yield _("The sheet {name} is not read: the sheet of the repeat around it is missing.").format(
                name=part.name
            )
            continue
        if part.rows and (INDEX not in parent.system or PARENT not in part.system):
            missing = _("the column {name} is missing, which ties the sheets together.")
            where, name = ("", INDEX) if INDEX not in parent.system else (part.name, PARENT)
            table.problems.put(Problem(where, 0, "", missing.format(name=name)))
            continue
        yield from _link_part(table, part, parent)


def _link_part(table: RecordTable, part: Part, parent: Part) -> Iterator[str]:
    by_index: dict[str, Entry] = {}
    for entry in parent.rows:
        index = parent.text(entry, INDEX)
        if index and index in by_index:
            text = _("{name} {index} stands on line {n}, too.")
            said = text.format(name=INDEX, index=index, n=by_index[index].line)
            table.problems.add(entry, INDEX, said)
        elif index:
            by_index[index] = entry
    orphans = 0
    for entry in part.rows:
        index = part.text(entry, PARENT)
        above = by_index.get(index)
        if above is not None:
            above.children.setdefault(part.key, []).append(entry)
        elif part.text(entry, "_submission__id") or part.text(entry, "_submission__uuid"):
            orphans += 1  # of a record whose row was taken out of the file
        elif any(not isinstance(cell, BadCell) and cell_text(cell).strip() for cell in entry.cells):
            text = _("no row of {sheet} has {name} {index}.")
            table.problems.add(entry, PARENT, text.format(sheet=parent.name, name=INDEX, index=index or _("(nothing)")))
    for entry in parent.rows:
        rows = entry.children.get(part.key, [])
        numbers = [part.text(row, INDEX) for row in rows]
        if rows and all(number.isdigit() for number in numbers):
            rows.sort(key=lambda row: int(part.text(row, INDEX)))
    if orphans:
        text = ngettext(
            "{n} row of the sheet {name} belongs to a record that is not in the file: it is not read.",
            "{n} rows of the sheet {name} belong to records that are not in the file: they are not read.",
            orphans,
        )
        yield text.format(n=orphans, name=part.name)
