"""An empty table for new records, made from a form: XLSX with lists to choose from, or CSV."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kobotui.exports.layout import MAIN, Field, FormVersion, lay_over
from kobotui.exports.plain_csv import csv_bytes
from kobotui.exports.record_columns import INDEX, PARENT
from kobotui.exports.record_table import ABOUT, CHOICES, from_tables, names_file
from kobotui.exports.xlsx_file import sheet_name
from kobotui.locale import _
from kobotui.model.export_options import NAMES, ExportOptions
from kobotui.model.form import MEDIA, SELECT_ONE, Form, Question
from kobotui.model.text import guard_formula, safe_filename
from kobotui.paths import write_private

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_ROWS = 2000
"""Rows below the headings that know their list of choices."""
_WIDEST = 40


class TemplateSheet:
    """One sheet: its headings, each with its question but for the last ones, which tie sheets together."""

    def __init__(self, key: str, name: str, fields: Sequence[Field], ties: Sequence[str]) -> None:
        self.key, self.name, self.fields, self.ties = key, name, fields, ties
        counted = Counter(field.label for field in fields)
        self.headings = [field.label if counted[field.label] == 1 else field.path for field in fields] + list(ties)


def sheets(form: Form, title: str, lang: str = NAMES) -> list[TemplateSheet]:
    """The sheets of a form's template, that of the records first; ``lang`` as of an export."""
    layout = lay_over(title, [FormVersion("", form)], ExportOptions(lang=lang))
    found = []
    for key, sheet in layout.sheets.items():
        fields = [f for f in sheet.fields.values() if from_tables(f.question) or names_file(f.question)]
        ties = [*([INDEX] if sheet.children else []), *([PARENT] if key != MAIN else [])]
        found.append(TemplateSheet(key, sheet.name, fields, ties))
    return found


def write_template(path: Path, form: Form, title: str, lang: str = NAMES) -> list[Path]:
    """Write the template of a form: XLSX by the ending of the name, else CSV with a file beside it for each repeat.

    The files are returned. Raises ``LocalError``.
    """
    made = sheets(form, title, lang)
    if path.suffix.lower() == ".xlsx":
        write_private(path, _workbook(form, made))
        return [path]
    paths = []
    for sheet in made:
        name = path.name if sheet.key == MAIN else safe_filename(f"{path.stem}-{sheet.name}{path.suffix}")
        write_private(path.with_name(name), csv_bytes(sheet.headings, ()))
        paths.append(path.with_name(name))
    return paths


def _workbook(form: Form, made: Sequence[TemplateSheet]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    lists = _lists(form, made)
    names: list[str] = []
    for sheet in made:
        names.append(sheet_name(sheet.name, [*names, ABOUT, CHOICES]))
        _fill(book.create_sheet(names[-1]), sheet, lists)
    bold = Font(bold=True)
    about = book.create_sheet(ABOUT)
    about.append([_("sheet"), _("column"), _("question"), _("type"), _("required"), _("answers")])
    for sheet, name in zip(made, names, strict=True):
        for line in _lines(form, sheet):
            about.append([guard_formula(cell) for cell in (name, *line)])
    choices = book.create_sheet(CHOICES)
    for column, (list_name, found) in enumerate(lists.items(), 1):
        for row, text in enumerate((list_name, *found), 1):
            choices.cell(row, column, text).data_type = "s"  # never a formula
    if not lists:
        book.remove(choices)
    for sheet_of in book.worksheets:
        for cell in sheet_of[1]:
            cell.font = bold
        sheet_of.freeze_panes = "A2"
    for letters, width in zip("ABCDEF", (16, 24, 40, 16, 10, 60), strict=True):
        about.column_dimensions[letters].width = width
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _lists(form: Form, made: Sequence[TemplateSheet]) -> dict[str, list[str]]:
    """Names of choices by the lists that single choices are made from."""
    questions = [field.question for sheet in made for field in sheet.fields if field.question.type in SELECT_ONE]
    return {
        question.list_name: [choice.name for choice in form.choices_of(question)]
        for question in questions
        if question.list_name and form.choices_of(question)
    }


def _fill(page: Worksheet, sheet: TemplateSheet, lists: dict[str, list[str]]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    places = {name: place for place, name in enumerate(lists, 1)}
    validations: dict[str, Any] = {}
    for place, heading in enumerate(sheet.headings, 1):
        letters = get_column_letter(place)
        page.cell(1, place, heading).data_type = "s"
        page.column_dimensions[letters].width = min(_WIDEST, max(10, len(heading) + 2))
        question = sheet.fields[place - 1].question if place <= len(sheet.fields) else None
        if question is None or question.type in ("integer", "decimal", "range"):
            continue
        page.column_dimensions[letters].number_format = "yyyy-mm-dd" if question.type == "date" else "@"
        if question.type in SELECT_ONE and (name := question.list_name or "") in places and not question.or_other:
            if name not in validations:
                column = get_column_letter(places[name])
                where = f"'{CHOICES}'!${column}$2:${column}${len(lists[name]) + 1}"
                validations[name] = DataValidation(type="list", formula1=where, allow_blank=True)
                page.add_data_validation(validations[name])
            validations[name].add(f"{letters}2:{letters}{_ROWS}")


def _lines(form: Form, sheet: TemplateSheet) -> Iterator[tuple[str, ...]]:
    """What a template says of each column: heading, label, type, whether an answer is needed, which ones there are."""
    for heading, field in zip(sheet.headings, sheet.fields, strict=False):
        question = field.question
        listed = form.choices_of(question)
        answers = "; ".join(
            f"{choice.name} = {label}"
            if (label := form.choice_label(question.list_name, choice.name, 0))
            else choice.name
            for choice in listed[:50]
        )
        answers += " .." if len(listed) > 50 else ""
        label = form.label(question, form.default_language)
        yield (heading, label, question.type, _("yes") if question.required else "", answers or _form_of(question))
    for tie in sheet.ties:
        text = _("a number for each row") if tie == INDEX else _("the number of the row it belongs to")
        yield (tie, "", "", "", text)


def _form_of(question: Question) -> str:
    """How an answer is written."""
    match question.type:
        case "date":
            return "2026-11-23"
        case "time":
            return "14:30"
        case "datetime":
            return "2026-11-23T14:30:00"
        case "geopoint":
            return "-1.2833 36.8167"
        case kind if kind in MEDIA:
            return _("the name of a file")
    return question.constraint
