"""Choosing from a list by typing a part of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.text import cell_width, shown
from kobotui.widgets.line import Line
from kobotui.widgets.modal import Window, brief
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.sparing import Result
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult


class Choice(Struct, frozen=True):
    """``key`` is the result, ``label`` what is read, ``note`` what helps to choose."""

    key: str
    label: str
    note: str = ""
    dim: bool = False
    """Whether there is something against it, which ``note`` says."""

    def has(self, words: Sequence[str]) -> bool:
        text = f"{self.label} {self.key} {self.note}".casefold()
        return all(word in text for word in words)


class _Line(Line):
    """The line to type in; leaves ``space`` to a list that is marked by it."""

    def __init__(self, *, leave_space: bool) -> None:
        super().__init__(placeholder=_("type a part of the name"), compact=True)
        self.cursor_blink = False
        self._leave_space = leave_space

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return not (key == "space" and self._leave_space) and super().check_consume_key(key, character)


class ChoiceWindow(Window[Result]):
    """A line to type in over the list it narrows."""

    marks: ClassVar[bool] = False
    """Whether several can be chosen, marked by space."""
    DEFAULT_CSS = """
    ChoiceWindow Input { height: 1; border: none; padding: 0; background: transparent; }
    ChoiceWindow Input:focus { border: none; background: transparent; background-tint: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(self, title: str, choices: Iterable[Choice], hint: str) -> None:
        super().__init__()
        self._title = brief(title)
        self._choices = tuple(choices)
        self._hint = hint

    def compose(self) -> ComposeResult:
        keys = max((cell_width(shown(choice.label[:200])) for choice in self._choices), default=0)
        noted = any(choice.note for choice in self._choices)
        columns = (
            Column("label", "", max(8, min(keys, 50)), priority=2, flexible=not noted),
            Column("note", "", 16, priority=1, flexible=True),
        )
        with Vertical(classes="window"):
            yield Static(self._title, markup=False, classes="window--title")
            yield _Line(leave_space=self.marks)
            shown_columns = columns if noted else columns[:1]
            yield Table(shown_columns, self._source(()), headings=False, empty=_("None has this."), lit=True)
            yield Static("", markup=False, classes="window--problem")
            yield Static(self._hint, markup=False, classes="window--hint")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    def action_move(self, rows: int) -> None:
        self.table.action_move(rows)

    def action_page(self, pages: int) -> None:
        self.table.action_page(pages)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        source = self._source(event.value.casefold().split())
        self.table.replace(source, keep=not event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self._choose()

    def chosen_keys(self) -> list[str]:
        """What enter would choose now."""
        raise NotImplementedError

    def problem(self, keys: Sequence[str]) -> str | None:
        """Why this choice will not do."""
        return None

    def result(self, keys: Sequence[str]) -> Result:
        """What the window gives for this choice."""
        raise NotImplementedError

    def _choose(self) -> None:
        keys = self.chosen_keys()
        if problem := self.problem(keys):
            self.query_one(".window--problem", Static).update(brief(problem))
        else:
            self.dismiss(self.result(keys))

    def _source(self, words: Sequence[str]) -> ListSource[Choice]:
        return ListSource([choice for choice in self._choices if choice.has(words)], _row, lambda choice: choice.key)


class Picker(ChoiceWindow[str | None]):
    """One of a list: its key, or None when left."""

    def __init__(self, title: str, choices: Iterable[Choice], *, selected: str | None = None) -> None:
        """``selected`` is where the cursor starts."""
        super().__init__(title, choices, _("enter choose  escape leave"))
        self._selected = selected

    def on_mount(self) -> None:
        if self._selected is not None:
            self.table.move_to_key(self._selected)

    def chosen_keys(self) -> list[str]:
        return [] if self.table.cursor_key is None else [self.table.cursor_key]

    def result(self, keys: Sequence[str]) -> str | None:
        return keys[0] if keys else None

    def _choose(self) -> None:
        if self.chosen_keys():
            super()._choose()


class MarkWindow(ChoiceWindow[Result]):
    """Some of a list, marked by space."""

    marks = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", show=False, priority=True)]

    def __init__(self, title: str, choices: Iterable[Choice], *, selected: Iterable[str] = ()) -> None:
        super().__init__(title, choices, _("space mark  enter accept  escape leave"))
        self._selected = frozenset(selected)

    def on_mount(self) -> None:
        self.table.set_marked(self._selected)

    def action_mark(self) -> None:
        self.table.toggle_mark()

    def chosen_keys(self) -> list[str]:
        return [choice.key for choice in self._choices if choice.key in self.table.marked]


class MultiPicker(MarkWindow[tuple[str, ...] | None]):
    """Some of a list: their keys in the order of the list, perhaps none of them; None when left."""

    def result(self, keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(keys)


def _row(choice: Choice) -> Row:
    return Row(choice.key, (Cell(choice.label), Cell(choice.note, "dim")), dim=choice.dim)
