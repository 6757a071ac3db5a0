"""Editors of one answer, by the type of its question; each a window that gives the new text, or None when left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static, TextArea

from kobotui.locale import N_, _
from kobotui.model.form import SELECT_MANY, SELECT_ONE
from kobotui.model.text import shown
from kobotui.widgets.field import Field
from kobotui.widgets.line import Line
from kobotui.widgets.modal import Window, brief
from kobotui.widgets.picker import Choice, MarkWindow, Picker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.screen import ModalScreen

    from kobotui.model.form import Form, Question

Check = Callable[[str], str | None]

_HINTS = {
    "integer": N_("a whole number, like 12"),
    "decimal": N_("a number, like 12.5"),
    "date": N_("a date, like 2026-03-31"),
    "time": N_("a time, like 14:05"),
    "datetime": N_("date and time, like 2026-03-31T14:05:00+03:00"),
    "geopoint": N_("latitude and longitude, like -1.2833 36.8167"),
}


def editor_for(
    kind: str,
    title: str,
    value: str,
    *,
    choices: Sequence[Choice] = (),
    hint: str = "",
    check: Check | None = None,
) -> ModalScreen[str | None]:
    """The editor for a question of type ``kind`` (``integer``, ``select_one`` ...).

    ``check`` gives the reason why a changed text will not do, None when it will: what fits a type is known to
    ``model.check`` alone. The empty text clears the answer. Of ``select_multiple`` the result is the chosen names with
    a space between, as KoboToolbox has them; a ``rank`` is typed, because its order matters.
    """
    if kind in SELECT_ONE and choices:
        return ChoiceEditor(title, value, choices, check)
    if kind in SELECT_MANY - {"rank"} and choices:
        return ChoicesEditor(title, value, choices, check)
    if kind == "text" and "\n" in value:
        return TextEditor(title, value, hint=hint, check=check)
    return LineEditor(title, value, hint=hint or (_(_HINTS[kind]) if kind in _HINTS else ""), check=check)


class _TypedEditor(Window[str | None]):
    """Escape leaves; with changes, the second one does."""

    def __init__(self, title: str, value: str, *, hint: str = "", check: Check | None = None) -> None:
        super().__init__()
        self._title, self._value, self._hint, self._check = title, value, hint, check
        self._leaving = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            yield Static(brief(self._title), markup=False, classes="window--title")
            if self._hint:
                yield Static(brief(self._hint), markup=False, classes="window--hint")
            yield from self._field()
            yield Static("", markup=False, classes="window--problem")
            yield Static(self._keys(), markup=False, classes="window--hint")

    def action_leave(self) -> None:
        if self._leaving or self._text() == self._value:
            self.dismiss(None)
        else:
            self._leaving = True
            self._say(_("escape again leaves without the change"))

    def action_accept(self) -> None:
        text = self._text()
        if text != self._value and self._check and (problem := self._check(text)):
            self._say(problem)
        else:
            self.dismiss(text)

    def _typed(self) -> None:
        self._leaving = False
        self._say("")

    def _say(self, problem: str) -> None:
        self.query_one(".window--problem", Static).update(brief(problem))

    def _field(self) -> ComposeResult:
        raise NotImplementedError

    def _keys(self) -> str:
        raise NotImplementedError

    def _text(self) -> str:
        raise NotImplementedError


class LineEditor(_TypedEditor):
    """An answer of one line."""

    DEFAULT_CSS = """
    LineEditor Input { height: 1; border: none; padding: 0; margin: 1 0; }
    LineEditor Input:focus { border: none; }
    """

    def _field(self) -> ComposeResult:
        line = Line(self._value, compact=True, select_on_focus=False)
        line.cursor_blink = False
        yield line

    def _keys(self) -> str:
        return _("enter accept  escape leave")

    def _text(self) -> str:
        return self.query_one(Input).value

    @on(Input.Changed)
    def _line_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._typed()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()


class TextEditor(_TypedEditor):
    """An answer of several lines; enter is a line break, ctrl+o accepts."""

    DEFAULT_CSS = """
    TextEditor TextArea { height: 50vh; max-height: 12; border: none; padding: 0; margin: 1 0; }
    TextEditor TextArea:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+o", "accept", show=False)]

    def _field(self) -> ComposeResult:
        yield Field(self._value)

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.move_cursor(field.document.end)

    def _keys(self) -> str:
        return _("ctrl+o accept  enter new line  escape leave")

    def _text(self) -> str:
        return self.query_one(Field).value

    @on(TextArea.Changed)
    def _area_typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._typed()


class ChoiceEditor(Picker):
    """One choice of a list; a value that is not in the list stays possible, and so does no answer."""

    def __init__(self, title: str, value: str, choices: Iterable[Choice], check: Check | None = None) -> None:
        choices = with_present(choices, [value] if value else [])
        super().__init__(title, [*choices, Choice("", _("(no answer)"))], selected=value)
        self._value, self._check = value, check

    def problem(self, keys: Sequence[str]) -> str | None:
        return self._check(keys[0]) if self._check and keys[0] != self._value else None


class ChoicesEditor(MarkWindow[str | None]):
    """Several choices of a list."""

    def __init__(self, title: str, value: str, choices: Iterable[Choice], check: Check | None = None) -> None:
        present = value.split()
        super().__init__(title, with_present(choices, present), selected=present)
        self._value, self._check = value, check

    def problem(self, keys: Sequence[str]) -> str | None:
        text = self.result(keys)
        return self._check(text) if self._check and text != self._value else None

    def result(self, keys: Sequence[str]) -> str:
        """The answer as it was when the same choices are marked, whatever order it had them in."""
        return self._value if set(keys) == set(self._value.split()) else " ".join(keys)


def answer_choices(
    form: Form, question: Question, language: int | None, fitting: Collection[str] | None = None
) -> list[Choice]:
    """The choices of a question by their labels, the names as notes; ``language`` None: by name.

    ``fitting``: only these, as where the choices hang on another answer.
    """
    choices = []
    for choice in form.choices_of(question):
        if fitting is not None and choice.name not in fitting:
            continue
        label = shown(form.choice_label(question.list_name, choice.name, language))
        choices.append(Choice(choice.name, label, choice.name if label != choice.name else ""))
    if choices and question.or_other and all(choice.key != "other" for choice in choices):
        choices.append(Choice("other", _("Other")))
    return choices


def with_present(choices: Iterable[Choice], present: Sequence[str]) -> list[Choice]:
    """The list, after the present values that are not in it."""
    choices = list(choices)
    known = {choice.key for choice in choices}
    return [Choice(key, key, _("not in the list")) for key in present if key not in known] + choices
