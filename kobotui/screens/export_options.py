"""The options of an export, line by line, in the words of the web interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from msgspec import UNSET, structs
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.export_options import DEFAULT_LANGUAGE, NAMES, ExportOptions, MultipleSelect
from kobotui.model.form import Form
from kobotui.model.record_filter import FilterReader
from kobotui.model.text import shown
from kobotui.widgets.editors import LineEditor
from kobotui.widgets.modal import Window
from kobotui.widgets.picker import Choice, MultiPicker, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

RECORDS = ("json", "jsonl")
"""Formats that hold the records as they are: only which ones is a question."""


class ExportOptionsWindow(Window[ExportOptions | None]):
    """``enter`` changes the line under the cursor, ``a`` goes on with all of them."""

    DEFAULT_CSS = "ExportOptionsWindow Table { height: auto; max-height: 60vh; margin: 1 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "accept", show=False)]

    def __init__(self, title: str, kind: str, options: ExportOptions, form: Form, *, typed: str = "") -> None:
        """``kind``: ``csv``, ``xlsx``, ``server-xls`` ...; ``typed``: the filter that ``options`` hold a query of."""
        super().__init__()
        self._title, self._kind, self._form = title, kind, form
        self.options = options
        self.typed = typed
        self._reader = FilterReader(form)

    def compose(self) -> ComposeResult:
        columns = (
            Column("option", "", 34, priority=2, flexible=True),
            Column("value", "", 28, priority=3, flexible=True),
        )
        with Vertical(classes="window"):
            yield Static(shown(self._title), markup=False, classes="window--title")
            yield Table(columns, headings=False)
            yield Static(_("enter change  a go on  escape leave"), markup=False, classes="window--hint")

    def on_mount(self) -> None:
        self.query_one(Table).focus()
        self._show()

    def _show(self) -> None:
        rows = [Row(key, (Cell(label), Cell(value, "accent"))) for key, label, value in self._lines()]
        self.query_one(Table).replace(ListSource(rows, lambda row: row, lambda row: row.key))

    def _lines(self) -> list[tuple[str, str, str]]:
        """Key, name and value of each option that this format knows."""
        options = self.options
        lines = [] if self._kind in RECORDS else self._table_lines()
        ids = options.submission_ids
        if isinstance(ids, tuple):
            lines.append(("submission_ids", _("Submissions"), _("{n} marked").format(n=number(len(ids)))))
        else:
            lines.append(("query", _("Submissions"), f"/{self.typed}" if self.typed else _("all")))
        return lines

    def _table_lines(self) -> list[tuple[str, str, str]]:
        options, kind = self.options, self._kind.removeprefix("server-")
        asked = len(options.fields)
        lines = [
            ("lang", _("Value and header format"), self._languages()[options.lang]),
            ("fields", _("Questions"), _("{n} chosen").format(n=asked) if asked else _("all")),
            ("include_media_url", _("Include media URLs"), _yes(options.include_media_url)),
        ]
        if kind not in ("geojson", "kml"):
            lines[1:1] = [
                ("multiple_select", _("Questions with several answers"), _MULTIPLE()[options.multiple_select]),
                ("hierarchy_in_labels", _("Include groups in headers"), _yes(options.hierarchy_in_labels)),
                ("group_sep", _("Group separator"), options.group_sep),
            ]
        if self._kind.startswith("server-"):
            text = _("Include fields from all versions")
            lines.append(("fields_from_all_versions", text, _yes(options.fields_from_all_versions)))
        if kind in ("xls", "xlsx"):
            text = _("Store date and number responses as text")
            lines.append(("xls_types_as_text", text, _yes(options.xls_types_as_text)))
        if self._kind == "server-geojson":
            lines.append(("flatten", _("Flatten GeoJSON"), _yes(options.flatten)))
        return lines

    def _languages(self) -> dict[str, str]:
        known = offered_languages(self._form)
        return {**known, self.options.lang: known.get(self.options.lang, shown(self.options.lang))}

    @on(Table.Chosen)
    def _enter(self, event: Table.Chosen) -> None:
        event.stop()
        self._change(event.key)

    @work(exclusive=True)
    async def _change(self, key: str) -> None:
        """Ask for one option anew; what has two values changes at once."""
        match key:
            case "lang":
                await self._pick(key, self._languages())
            case "multiple_select":
                await self._pick(key, _MULTIPLE())
            case "group_sep":
                await self._ask_separator()
            case "fields":
                await self._pick_questions()
            case "query":
                await self._ask_filter()
            case "submission_ids":
                pass
            case _:
                self.options = structs.replace(self.options, **{key: not getattr(self.options, key)})
        self._show()

    async def _ask_separator(self) -> None:
        title, present = _("Group separator"), self.options.group_sep
        check = _("A separator is needed.")
        editor = LineEditor(title, present, check=lambda text: None if text else check)
        if text := await self.app.push_screen_wait(editor):
            self.options = structs.replace(self.options, group_sep=text)

    async def _pick(self, key: str, offered: dict[str, str]) -> None:
        choices = [Choice(value, label) for value, label in offered.items()]
        present = getattr(self.options, key)
        if (value := await self.app.push_screen_wait(Picker(self._title, choices, selected=present))) is not None:
            self.options = structs.replace(self.options, **{key: value})

    async def _pick_questions(self) -> None:
        asked = [question for question in self._form.questions.values() if question.answerable]
        choices = [Choice(q.path, shown(self._form.label(q, 0)), q.path) for q in asked]
        title = _("Questions (none marked: all)")
        picked = await self.app.push_screen_wait(MultiPicker(title, choices, selected=self.options.fields))
        if picked is not None:
            self.options = structs.replace(self.options, fields=picked)

    async def _ask_filter(self) -> None:
        hint = _("as in DATA: region = North and sent >= 2026-11-01; empty for all")
        editor = LineEditor(
            _("Submissions"), self.typed, hint=hint, check=lambda text: self._reader.problem(text, server=True) or None
        )
        text = await self.app.push_screen_wait(editor)
        if text is not None:
            self.typed = text.strip()
            query = self._reader.query(self.typed)
            self.options = structs.replace(self.options, query=query or UNSET)

    def action_accept(self) -> None:
        """Go on with these."""
        self.dismiss(self.options)


def offered_languages(form: Form) -> dict[str, str]:
    """What values and headers can be written in, the likeliest first; labels alone where a language has no name."""
    named = {name: shown(name) for name in form.languages if name}
    plain = {DEFAULT_LANGUAGE: _("Labels")} if None in form.languages or not named else {}
    return {**plain, **named, NAMES: _("XML values and headers")}


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _MULTIPLE() -> dict[str, str]:  # noqa: N802 - a constant, but for the language chosen at start
    labels = {
        "both": _("Single and separate columns"),
        "summary": _("Single column"),
        "details": _("Separate columns"),
    }
    return {name: labels[name] for name in get_args(MultipleSelect)}
