"""A question answered by typing a line at the foot: a filter, where to go, a new name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Self

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.widgets.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

_REMEMBERED = 50


class Prompt(Vertical):
    """Label and text, above them what is wrong. ``tab`` goes through the completions, up and down through what was
    typed before. Escape leaves; text that is remembered nowhere asks for a second escape."""

    DEFAULT_CSS = """
    Prompt { height: 1; dock: bottom; }
    Prompt.-wrong { height: auto; }
    Prompt Horizontal { height: 1; }
    Prompt Static { width: auto; max-width: 75%; height: 1; }
    Prompt .prompt--label { margin-right: 1; text-style: bold; }
    Prompt .prompt--note { margin-left: 1; }
    Prompt .prompt--problem { display: none; max-width: 100%; height: auto; color: $error; text-style: bold; }
    Prompt Input { width: 1fr; min-width: 8; height: 1; border: none; padding: 0; background: transparent; }
    Prompt Input:focus { border: none; background: transparent; background-tint: transparent; }
    """
    _histories: ClassVar[dict[str, list[str]]] = {}

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        completions: Sequence[str] | Callable[[str], Sequence[str]] = (),
        check: Callable[[str], str | None] | None = None,
        changed: Callable[[str], None] | None = None,
        history: str = "",
        password: bool = False,
        id: str | None = None,
    ) -> None:
        """``completions``: texts, or what gives those that fit what is typed. ``check`` gives the reason why a text
        will not do, None when it will. ``changed`` is told every text as it is typed. ``history`` names the memory of
        this kind of question (not for secrets); empty for none."""
        super().__init__(id=id)
        self._label, self._before, self._password = shown(label), value, password
        self._completions, self._check, self._changed = completions, check, changed
        self._history = self._histories.setdefault(history, []) if history else []
        self._remember = bool(history) and not password
        self._back = 0
        self._stem: str | None = None
        """What was typed before the completion that stands there now, ``_completed``."""
        self._completed = ""
        self._leaving = False
        self._answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def answer(self) -> str | None:
        """The text once it is entered; None once the question is left."""
        return await self._answer

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="prompt--problem")
        with Horizontal():
            yield Static(self._label, markup=False, classes="prompt--label")
            line = Line(self._before, password=self._password, compact=True, select_on_focus=False)
            line.cursor_blink = False
            yield line
            yield Static("", markup=False, classes="prompt--note")

    def focus(self, scroll_visible: bool = True) -> Self:
        self.call_after_refresh(self._focus_line)
        return self

    def on_mount(self) -> None:
        self._focus_line()

    def on_unmount(self) -> None:
        self._end(None)

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self.query_one(Input).value

    @text.setter
    def text(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._completed:
            self._stem = None
        if self._stem is None:
            self._say("")
        self._leaving = False
        if self._changed and not self._answer.done():
            self._changed(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._check and (problem := self._check(event.value)):
            self._say(problem)
            return
        self._end(event.value)

    def on_key(self, event: events.Key) -> None:
        match event.key:
            case "tab":
                self._complete()
            case "up" | "down":
                self._recall(1 if event.key == "up" else -1)
            case "escape":
                self._leave()
            case _:
                self._stem = None
                return
        event.stop()
        event.prevent_default()

    def _complete(self) -> None:
        if self.text != self._completed:  # typed on; a line keeps the keys it takes to itself
            self._stem = None
        stem = self.text if self._stem is None else self._stem
        if self._changed and self._stem is None:
            self._changed(stem)  # keys typed in one burst overtake the news of what they typed
        if fitting := self._fitting(stem):
            place = fitting.index(self.text) + 1 if self._stem is not None and self.text in fitting else 0
            self._stem = stem if len(fitting) > 1 else None  # the only one: the next tab goes on from there
            self.text = self._completed = fitting[place % len(fitting)]
            self._say("", _("{n} of {count}").format(n=place % len(fitting) + 1, count=len(fitting)))

    def _fitting(self, stem: str) -> Sequence[str]:
        if callable(self._completions):
            return self._completions(stem)
        fitting = [text for text in self._completions if text.lower().startswith(stem.lower())]
        return [*fitting, *(text for text in self._completions if stem.lower() in text.lower() and text not in fitting)]

    def _recall(self, step: int) -> None:
        place = self._back + step
        if 0 < place <= len(self._history):
            self._back, self.text = place, self._history[-place]
        elif place == 0:
            self._back, self.text = 0, self._before

    def _leave(self) -> None:
        if self._remember or self._changed or self._leaving or self.text in ("", self._before):
            self._end(None)
        else:
            self._leaving = True
            self._say(_("escape again leaves this text"))

    def _end(self, text: str | None) -> None:
        if self._answer.done():
            return
        if self._remember and self.is_attached and (typed := self.text):
            if typed in self._history:
                self._history.remove(typed)
            self._history.append(typed)
            del self._history[:-_REMEMBERED]
        self._answer.set_result(text)

    def _say(self, problem: str, note: str = "") -> None:
        line = self.query_one(".prompt--problem", Static)
        line.update(shown(problem))
        line.display = bool(problem)
        self.set_class(bool(problem), "-wrong")
        self.query_one(".prompt--note", Static).update(note)

    def _focus_line(self) -> None:
        self.query_one(Input).focus()
