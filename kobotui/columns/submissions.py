"""The table of records: columns from the form, cells from the answers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column, MadeCells
from kobotui.columns.words import day_and_time, number, parsed, validation_label, validation_short
from kobotui.locale import _
from kobotui.model.answer import MOMENTS, answer_text
from kobotui.model.column_choice import ColumnChoice
from kobotui.model.form import MEDIA, META, SELECT_ONE, Group, Question
from kobotui.model.submission import VALIDATION_UIDS
from kobotui.model.text import cell_width, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kobotui.model.form import Form
    from kobotui.model.submission import Submission

NUMBERS = frozenset({"integer", "decimal", "range"})
_WIDTHS = {"integer": 7, "decimal": 8, "range": 7, "date": 10, "time": 8, "acknowledge": 3}
_NARROWEST, _WIDEST_LABEL, _WIDEST = 5, 16, 24
_LOOKED_AT = 200
"""Characters of a label that say how wide it is: a label may be a book."""
_VALIDATION_STYLE = {
    "validation_status_approved": "good",
    "validation_status_not_approved": "bad",
    "validation_status_on_hold": "warn",
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NONE = Cell("-", "dim")
"""No answer."""
_FILES = {"image": "img", "audio": "aud", "background-audio": "aud", "video": "vid", "file": "doc"}
"""Signs of files, by the type of question."""
_SHAPES = frozenset({"geotrace", "geoshape"})


def signs() -> list[tuple[str, str]]:
    """What cells say in short, and what it means."""
    point = _("@ {n} m").format(n=5)
    return [
        (" ".join(map(validation_short, VALIDATION_UIDS)), ", ".join(map(validation_label, VALIDATION_UIDS))),
        ("~ !", _("beside a record: its status is on its way to the server, or was not set")),
        (" ".join(dict.fromkeys(_FILES.values())), _("a photo, a sound, a video, another file")),
        (f"!{_FILES['image']}", _("the file that the answer names is not there")),
        (point, _("a point on the map, and how exact it is")),
        ("@ x 12", _("a line or an area of so many points")),
        ("3", _("in a repeat: how many there are; enter opens the record there")),
    ]


def with_sign(columns: SubmissionColumns, cells: Sequence[Cell], *, failed: bool) -> Sequence[Cell]:
    """The cells of a record whose status is on its way to the server, or was not set."""
    place = next((place for place, column in enumerate(columns.columns) if column.key == "_validation_status"), None)

    def make(at: int) -> Cell:
        if at != place:
            return cells[at]
        return Cell(_("failed"), "bad") if failed else Cell(cells[at].text, "pending")

    return MadeCells(len(cells), make)


class SubmissionColumns:
    """The columns of one form in one language, and the cells of its records."""

    def __init__(self, form: Form, language: int | None = None, choice: ColumnChoice | None = None) -> None:
        """``language`` None: names in place of labels; ``choice``: which columns, in which order."""
        self._form = form
        self._language = language
        choice = choice or ColumnChoice()
        asked = [item for item in form.columns() if not (isinstance(item, Question) and item.type in META)]
        device = [item for item in form.columns() if isinstance(item, Question) and item.type in META]
        self._items = {item.path: item for item in [*asked, *device]}
        self._grouped = choice.groups
        self._often = Counter(form.label(item, language) for item in self._items.values())
        system = (
            Column("_id", "id", 9, right=True, priority=100),
            Column("_submission_time", _("Sent"), 12, priority=90),
            Column("_submitted_by", _("By"), 10, priority=80),
            Column("_validation_status", _("Valid."), 6, priority=70),
        )
        files = Column("_attachments", _("Files"), 5, right=True, priority=65)
        sends_files = any(question.type in MEDIA for question in form.questions.values())
        self.all_columns: tuple[Column, ...] = (
            *system,
            *[files] * sends_files,
            *(self._column(item) for item in self._items.values()),
        )
        """All there are, in the form's order. Keys are the server's: what it sorts by."""
        by_key = {column.key: column for column in self.all_columns}
        self.columns: tuple[Column, ...] = tuple(by_key[key] for key in choice.shown(list(by_key)))
        """Those that are shown, in the order chosen."""
        self.frozen = choice.frozen_count(list(by_key))
        """How many of them stay at the left."""

    def item(self, key: str) -> Question | Group | None:
        """The question or repeat of a column, None for the record's own columns."""
        return self._items.get(key)

    @property
    def groups(self) -> dict[str, str]:
        """What stands above the headings, by column: the groups around questions; empty when that is not wanted."""
        if not self._grouped:
            return {}
        around = {path: self._form.around(item) for path, item in self._items.items()}
        return {
            path: " > ".join(shown(self._form.label(group, self._language)) for group in groups)
            for path, groups in around.items()
            if groups
        }

    def cells(self, record: Submission, now: datetime) -> Sequence[Cell]:
        """One record; ``now`` gives the time zone and the year that goes without saying."""
        return MadeCells(len(self.columns), lambda place: self.cell(place, record, now))

    def cell(self, place: int, record: Submission, now: datetime) -> Cell:
        """The cell in the column at ``place``."""
        key = self.columns[place].key
        item = self._items.get(key)
        if item is not None:
            return self._answer(item, record)
        match key:
            case "_id":
                return Cell(str(record.id))
            case "_submission_time":
                moment = parsed(record.submitted)
                return Cell(day_and_time(moment, now) if moment else shown(record.submitted))
            case "_submitted_by":
                return Cell(shown(record.submitted_by)) if record.submitted_by else NONE
            case "_attachments":
                files = sum(not file.is_deleted for file in record.attachments)
                return Cell(number(files)) if files else NONE
        uid = record.validation
        return Cell(validation_short(uid), _VALIDATION_STYLE.get(uid or "", "dim"))

    def _column(self, item: Question | Group) -> Column:
        heading = shown(self._heading(item))
        width = self._width(item)
        width = max(_NARROWEST, width, min(cell_width(heading[:_LOOKED_AT]), _WIDEST_LABEL))
        return Column(item.path, heading, width, right=isinstance(item, Group) or item.type in NUMBERS)

    def _heading(self, item: Question | Group) -> str:
        """The label; of those that are called alike the group's, too."""
        label = self._form.label(item, self._language)
        around = self._form.groups.get(item.path.rpartition("/")[0])
        if self._often[label] > 1 and around and not self._grouped:
            return f"{self._form.label(around, self._language)}: {label}"
        return label

    def _width(self, item: Question | Group) -> int:
        if isinstance(item, Group):
            return _NARROWEST
        if item.type in MOMENTS:
            return 16
        if item.type in MEDIA:
            return 4
        if item.type == "geopoint" or item.type in _SHAPES:
            return 7
        if item.type in SELECT_ONE:
            names = [choice.name for choice in self._form.choices_of(item)[:200]]
            labels = (self._form.choice_label(item.list_name, name, self._language) for name in names)
            return min(max((cell_width(shown(label[:_LOOKED_AT])) for label in labels), default=12), _WIDEST)
        return _WIDTHS.get(item.type, 20)

    def _answer(self, item: Question | Group, record: Submission) -> Cell:
        value = record.answer(item.path)
        if value is None or value == "":
            return NONE
        if isinstance(item, Group):
            return Cell(number(len(value)), "") if isinstance(value, list) else Cell(shown(value), "warn")
        if item.type in MEDIA:
            there = any(
                file.question_xpath == item.path or file.filename == value
                for file in record.attachments
                if not file.is_deleted
            )
            return Cell(_FILES[item.type], "accent") if there else Cell(f"!{_FILES[item.type]}", "warn")
        if item.type == "geopoint" or item.type in _SHAPES:
            return _place(item, shown(value))
        text = answer_text(self._form, item, value, self._language)
        odd = item.type in NUMBERS and not _NUMBER.fullmatch(text)
        return Cell(text, "warn" if odd else "")


def _place(question: Question, value: str) -> Cell:
    """A point as a sign with its accuracy, a line or an area with the number of its points; else the text itself."""
    points = [point.split() for point in value.split(";") if point.strip()]
    if not points or any(len(point) < 2 or not all(map(_NUMBER.fullmatch, point)) for point in points):
        return Cell(value, "warn")
    if question.type in _SHAPES:
        return Cell(f"@ x {number(len(points))}", "accent")
    exact = points[0][3] if len(points[0]) > 3 else ""
    return Cell(_("@ {n} m").format(n=f"{float(exact):.0f}") if exact and float(exact) else "@", "accent")
