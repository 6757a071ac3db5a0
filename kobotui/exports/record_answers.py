"""New rows of a file as answers: every cell read and checked against its question, by positioned path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from kobotui.exports.cells import PARTS
from kobotui.exports.layout import MAIN
from kobotui.exports.record_columns import Column
from kobotui.exports.record_table import Asked, Entry, Part, RecordTable, from_tables, names_file
from kobotui.exports.table_file import BadCell, cell_text
from kobotui.locale import _
from kobotui.model.check import check, lookup_in
from kobotui.model.constraint import holds
from kobotui.model.form import MEDIA, Form, Question
from kobotui.model.record_cells import CellError, number, ticked

FileProblem = Callable[[str], str | None]
"""Why a file of this name cannot be sent along, None when it can."""


class NewRow:
    """A row that is a record to be: its answers and the names of its files."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.answers: dict[str, str] = {}
        """By positioned path (``patient[2]/visit[1]/vdate``), in the form's order within each instance."""
        self.files: dict[str, None] = {}
        """Names of files, each once."""


def new_row(table: RecordTable, entry: Entry, file_problem: FileProblem, today: date) -> NewRow:
    """The record that a row describes; what is wrong with it goes to the table's problems."""
    row = NewRow(entry)
    before = table.problems.count
    _Reading(table, row, file_problem, today).instance(table.main, entry, "", "")
    if not row.answers and table.problems.count == before:
        table.problems.add(entry, "", _("there is no answer in this line"))
    return row


def place_of(path: str, repeat: str, position: str) -> str:
    """A path with the positions of the repeats around it: ``repeat`` is the innermost, at ``position``."""
    return position + path[len(repeat) :] if repeat else path


class _Reading:
    def __init__(self, table: RecordTable, row: NewRow, file_problem: FileProblem, today: date) -> None:
        self._table, self._row = table, row
        self._file_problem, self._today = file_problem, today

    def instance(self, part: Part, entry: Entry, repeat: str, position: str) -> None:
        """The answers of one row, and those of the rows that belong to it."""
        read: list[tuple[Asked, str, str]] = []
        for asked in part.asked:
            question = asked.question
            if not from_tables(question) and not names_file(question):
                continue
            path = place_of(question.path, repeat, position)
            try:
                text = self._text(asked, entry)
            except BadColumnError as error:
                self._table.problems.add(entry, error.heading, error.sentence)
                continue
            if text:
                self._row.answers[path] = text
            read.append((asked, path, text))
        for asked, path, text in read:  # constraints may look at answers further down
            if why := self._wrong(asked.question, path, text, part):
                self._table.problems.add(entry, heading_of(asked), why)
        self._missing(part, entry, {asked.question.path for asked in part.asked})
        for child in self._table.children(part.key):
            for turn, below in enumerate(entry.children.get(child.key, ()), 1):
                here = f"{place_of(child.path, repeat, position)}[{turn}]"
                self.instance(child, below, child.path, here)

    def _text(self, asked: Asked, entry: Entry) -> str:
        whole = answer_in(self._table, asked, entry, lookup=lookup_in(self._table.form, self._row.answers))
        parts = _from_parts(self._table, asked, entry, "")
        if whole and parts and not same_answer(asked.question, whole, parts):
            raise BadColumnError(asked.parts[0].heading, contradiction(asked))
        return whole or parts

    def _wrong(self, question: Question, path: str, text: str, part: Part) -> str | None:
        if question.type in MEDIA:
            if not text:
                return None
            self._row.files[text] = None
            return self._file_problem(text)
        if not text:
            if question.required and self._asked_for(question):
                return _("This question needs an answer.")
            return None
        problem = check(question, text, self._table.form, answers=self._row.answers, today=self._today)
        return problem.sentence if problem else None

    def _missing(self, part: Part, entry: Entry, there: set[str]) -> None:
        """Required questions for which the file has no column."""
        repeat = part.path or None
        for path, question in self._table.form.questions.items():
            needed = question.required and question.repeat == repeat and path not in there and from_tables(question)
            if needed and self._asked_for(question):
                self._table.problems.add(entry, question.path, _("This question needs an answer."))

    def _asked_for(self, question: Question) -> bool:
        """Whether the form would ask it of this record, as far as that can be told."""
        return asked_for(self._table.form, question, self._row.answers, self._today)


def asked_for(form: Form, question: Question, answers: Mapping[str, object], today: date) -> bool:
    """Whether a question is put at all: no condition around it says otherwise, and each can be judged."""
    conditions = [question.relevant, *(group.relevant for group in form.around(question))]
    lookup = lookup_in(form, answers)
    return all(holds(condition, "", lookup, today) is True for condition in conditions if condition)


# One question's columns


class BadColumnError(ValueError):
    """A cell that cannot be read."""

    def __init__(self, heading: str, sentence: str) -> None:
        super().__init__(sentence)
        self.heading, self.sentence = heading, sentence


def heading_of(asked: Asked) -> str:
    """How the file calls a question."""
    return (asked.whole or asked.parts[0]).heading


def answer_in(
    table: RecordTable,
    asked: Asked,
    entry: Entry,
    *,
    before: str = "",
    lookup: Callable[[str], str | None] | None = None,
) -> str:
    """What the column of the whole answer says. Raises ``BadColumnError``."""
    value = entry.cell(asked.whole)
    if asked.whole is None or value is None:
        return ""
    if isinstance(value, BadCell):
        raise BadColumnError(asked.whole.heading, value.why)
    try:
        return table.reader.answer(
            asked.question, value, decimal_comma=entry.decimal_comma, before=before, lookup=lookup
        )
    except CellError as error:
        raise BadColumnError(asked.whole.heading, str(error)) from None


def _from_parts(table: RecordTable, asked: Asked, entry: Entry, before: str) -> str:
    return with_parts(table, asked, entry, asked.parts, before) if asked.parts else ""


def with_parts(table: RecordTable, asked: Asked, entry: Entry, columns: tuple[Column, ...], before: str) -> str:
    """An answer in which what these columns of parts say replaces what it said. Raises ``BadColumnError``."""
    if asked.question.type == "select_multiple":
        return _with_choices(table, asked, entry, columns, before)
    return _with_coordinates(entry, columns, before)


def _with_choices(table: RecordTable, asked: Asked, entry: Entry, columns: tuple[Column, ...], before: str) -> str:
    chosen = dict.fromkeys(before.split())
    for column in columns:
        name = column.target.part
        if _ticked(entry, column):
            chosen.setdefault(name)
        else:
            chosen.pop(name, None)
    order = {choice.name: place for place, choice in enumerate(table.form.choices_of(asked.question))}
    kept = [name for name in before.split() if name in chosen]
    added = sorted((name for name in chosen if name not in kept), key=lambda name: order.get(name, len(order)))
    return " ".join([*kept, *added])


def _ticked(entry: Entry, column: Column) -> bool:
    value = entry.cell(column)
    if isinstance(value, BadCell):
        raise BadColumnError(column.heading, value.why)
    try:
        return ticked(value)
    except CellError as error:
        raise BadColumnError(column.heading, str(error)) from None


def _with_coordinates(entry: Entry, columns: tuple[Column, ...], before: str) -> str:
    found = dict(zip(PARTS, before.split(), strict=False))
    for column in columns:
        value = entry.cell(column)
        if isinstance(value, BadCell):
            raise BadColumnError(column.heading, value.why)
        found[column.target.part] = number(value, decimal_comma=entry.decimal_comma)
    texts = [found.get(part, "") for part in PARTS]
    while texts and not texts[-1]:
        texts.pop()
    return " ".join(text or "0" for text in texts) if any(texts[:2]) else ""


def same_answer(question: Question, one: str, other: str) -> bool:
    """Whether two ways to say an answer say the same."""
    if question.type == "select_multiple":
        return set(one.split()) == set(other.split())
    if question.type == "geopoint":
        return _numbers(one)[:2] == _numbers(other)[:2]
    return one == other


def _numbers(text: str) -> list[float | str]:
    return list(map(_number, text.split()))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def contradiction(asked: Asked) -> str:
    """What is said where the columns of one question do not agree."""
    return _("this does not go with the column {name}.").format(name=heading_of(asked))


def new_entries(table: RecordTable) -> Iterator[Entry]:
    """The rows that are new records."""
    return (entry for entry in table.parts[MAIN].rows if not table.names_record(entry) and not _blank(entry))


def _blank(entry: Entry) -> bool:
    return not entry.children and not any(isinstance(cell, BadCell) or cell_text(cell).strip() for cell in entry.cells)
