"""The editor of a row rule: alternatives (or) of conditions (and), each alternative with the rights it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.widgets import Static

from kobotui.action import Context
from kobotui.actions import BY_ID, actions_of
from kobotui.columns.rules import alternative_words, rule_cells, rule_columns, rule_titles
from kobotui.locale import _
from kobotui.model.access import RULE_CODENAMES, Rule
from kobotui.model.rowrule import RuleError, parse_rules, say_rules
from kobotui.model.rule_parts import VIEW, Alternative, alternatives_of, put_together, rules_from
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import bindings
from kobotui.screens.rule_forms import RuleForms
from kobotui.screens.rule_preview import preview
from kobotui.screens.rule_questions import ConditionQuestions
from kobotui.widgets.editors import TextEditor
from kobotui.widgets.modal import Window
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kobotui.app import KoboApp
    from kobotui.model.rule_parts import Condition


class _Line(NamedTuple):
    """One condition: where it stands, and its words."""

    place: int
    number: int
    words: str

    @property
    def key(self) -> str:
        return f"{self.place} {self.number}"


class RuleEditor(Window[tuple[Rule, ...] | None]):
    """Gives the rules that are wanted, none of them when there is no condition left; None when it is left.

    Everything can be done before the forms have been read, but for picking a question.
    """

    app: KoboApp
    DEFAULT_CSS = """
    RuleEditor > .window { width: 110; }
    RuleEditor Table { height: auto; max-height: 40vh; margin: 1 0; }
    RuleEditor .rule--own { height: auto; max-height: 4; color: $text-muted; }
    RuleEditor .rule--warnings { height: auto; max-height: 6; color: $warning; }
    """
    BINDINGS = bindings("rule")

    def __init__(
        self, title: str, rules: tuple[Rule, ...], forms: RuleForms, users: Sequence[str], note: str = ""
    ) -> None:
        """``rules``: those to start with; ``users``: whom to offer as who sent a record."""
        super().__init__()
        self._title, self._note = shown(title), shown(note)
        self._before = rules
        self._alternatives = list(alternatives_of(rules))
        self._forms, self._users = forms, users
        self._read = asyncio.Event()
        self._leaving = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            yield Static(self._title, markup=False, classes="window--title")
            if self._note:
                yield Static(self._note, markup=False, classes="window--hint")
            yield Table(rule_columns(), cursor="cell", empty=_("No condition yet: a adds one."))
            yield Static("", markup=False, classes="rule--own")
            yield Static("", markup=False, classes="rule--warnings")
            yield Static("", markup=False, classes="window--problem")
            keys = "  ".join(f"{action.shown_key} {_(action.label)}" for action in actions_of("rule"))
            yield Static(keys, markup=False, classes="window--hint")

    def on_mount(self) -> None:
        self.table.focus()
        self.table.move_to(0, 1)
        self._show()
        self.say(_("Reading the form ..."))
        self._work(self._read_forms, "form")

    @property
    def table(self) -> Table:
        """The conditions."""
        return self.query_one(Table)

    def rules(self) -> tuple[Rule, ...]:
        """What is wanted now; what was not touched is as it was."""
        same = self._alternatives == list(alternatives_of(self._before))
        return self._before if same else rules_from(self._alternatives)

    # Reading

    async def _read_forms(self) -> None:
        try:
            await self._forms.read()
        finally:
            self._read.set()
        self.say(_("Too many projects to read their forms: questions go by name, as text.") * self._forms.too_many)
        self._show()

    def _work(self, flow: Callable[[], Coroutine[Any, Any, None]], group: str = "ask") -> None:
        self.run_worker(flow, group=group, exclusive=True)

    def worker_failed(self, error: BaseException) -> None:
        from kobotui.api.errors import KoboError

        self.app.note_error(error)
        known = isinstance(error, KoboError | LocalError)
        self.say(str(error) if known else _("kobotui itself failed here; the log file has the details. (!)"))

    # What is shown

    def say(self, problem: str) -> None:
        """Say what is wrong, or under way."""
        self._fill(".window--problem", problem)

    def _fill(self, name: str, text: str) -> None:
        """Text for one of the parts below the list; an empty one takes no line."""
        part = self.query_one(name, Static)
        part.display = bool(text)
        part.update(shown(text, one_line=False))

    def _show(self, place: int | None = None, number: int = 0) -> None:
        """The list as it is now, the cursor on a condition of the alternative at ``place``."""
        form = self._forms.form
        lines = [
            _Line(at, n, words)
            for at, alternative in enumerate(self._alternatives)
            for n, words in enumerate(alternative_words(alternative, form, self._forms.language))
        ]
        self.table.replace(ListSource(lines, self._row, lambda line: line.key))
        if place is not None:
            self.table.move_to_key(f"{place} {number}")
        self.table.refresh(layout=True)
        rules = self.rules()
        self._fill(".rule--own", "\n".join(rule_titles(rules)))
        self._fill(".rule--warnings", "\n".join(f"! {sentence}" for sentence in self._forms.warnings(rules)))

    def _row(self, line: _Line) -> Row:
        alternative = self._alternatives[line.place]
        return Row(line.key, rule_cells(line.place, alternative, line.number, line.words))

    def _at(self) -> tuple[int, int] | None:
        """Alternative and condition under the cursor."""
        key = self.table.cursor_key
        place, _space, number = (key or "").partition(" ")
        return (int(place), int(number)) if key else None

    def _put(self, place: int, alternative: Alternative | None, number: int = 0) -> None:
        """Another alternative at a place, or none there any more."""
        self._alternatives[place : place + 1] = [alternative] if alternative else []
        self._changed(place, number)

    def _changed(self, place: int, number: int = 0) -> None:
        self._leaving = False
        self.say("")
        self._show(place, number)

    # Editing

    def action_do(self, verb: str) -> None:
        """Do what the table of actions calls ``verb``."""
        self.app.used(BY_ID[f"rule.{verb}"])
        getattr(self, f"do_{verb}")()

    @on(Table.Chosen)
    def _enter(self) -> None:
        self.action_do("edit")

    def action_leave(self) -> None:
        self.action_do("back")

    def do_toggle(self) -> None:
        """Give or take back the right under the cursor for the records of this alternative."""
        at, codename = self._at(), self.table.cursor_column_key
        if at is None or codename not in RULE_CODENAMES:
            self.say(_("Move to a right to grant it or take it away."))
        elif codename == VIEW:
            self.say(_("Whoever may do something with records sees them."))
        else:
            alternative = self._alternatives[at[0]]
            self._put(at[0], alternative._replace(codenames=alternative.codenames ^ {codename}), at[1])

    def do_add(self) -> None:
        """One more condition that records must meet."""
        at = self._at()
        if at is None:
            self.do_add_alternative()
        elif self._alternatives[at[0]].conditions is None:
            self._only_as_text()
        else:
            self._work(partial(self._add, at[0]))

    def do_add_alternative(self) -> None:
        """Other records, by a condition of their own; for the rights of the alternative under the cursor."""
        self._work(self._add_alternative)

    def do_edit(self) -> None:
        """Change the condition under the cursor; on a right, that."""
        at = self._at()
        if at is None:
            self.do_add_alternative()
        elif self.table.cursor_column_key in RULE_CODENAMES:
            self.do_toggle()
        elif not self._alternatives[at[0]].conditions:
            self._only_as_text()
        else:
            self._work(partial(self._change, *at))

    def do_remove(self) -> None:
        """The condition under the cursor goes; the last one takes its alternative with it."""
        if (at := self._at()) is None:
            return
        place, number = at
        alternative = self._alternatives[place]
        left = [one for n, one in enumerate(alternative.conditions or ()) if n != number]
        self._put(place, alternative.with_conditions(left) if left else None, max(0, number - 1))

    def _only_as_text(self) -> None:
        self.say(_("This is more than a list of conditions: t edits it as text."))

    async def _asked(self, before: Condition | None = None) -> Condition | None:
        if not self._read.is_set():
            self.say(_("Reading the form ..."))
            await self._read.wait()
        return await ConditionQuestions(self.app, self._forms.form, self._users).ask(before)

    async def _add(self, place: int) -> None:
        if made := await self._asked():
            alternative = self._alternatives[place]
            conditions = [*(alternative.conditions or ()), made]
            self._put(place, alternative.with_conditions(conditions), len(conditions) - 1)

    async def _add_alternative(self) -> None:
        at = self._at()
        codenames = self._alternatives[at[0]].codenames if at else frozenset({VIEW})
        if made := await self._asked():
            self._alternatives.append(Alternative(codenames, put_together([made])))
            self._changed(len(self._alternatives) - 1)

    async def _change(self, place: int, number: int) -> None:
        alternative = self._alternatives[place]
        conditions = list(alternative.conditions or ())
        if made := await self._asked(conditions[number]):
            conditions[number] = made
            self._put(place, alternative.with_conditions(conditions), number)

    def do_as_text(self) -> None:
        """All of it as text."""
        self._work(self._edit_text)

    async def _edit_text(self) -> None:
        hint = _(
            "for example: view_submissions, change_submissions where region = north and _submitted_by in (ana, ben)"
        )
        editor = TextEditor(_("Row rule as text"), say_rules(self.rules()), hint=hint, check=_problem)
        text = await self.app.push_screen_wait(editor)
        if text is not None:
            self._alternatives = list(alternatives_of(parse_rules(text)))
            self._changed(0)

    # What comes of it

    def do_preview(self) -> None:
        """What somebody would see by this rule."""
        self._work(self._preview)

    async def _preview(self) -> None:
        projects = {project.uid: project for project in self._forms.projects}
        uid: str | None = next(iter(projects), None)
        if len(projects) > 1:
            choices = [Choice(one.uid, shown(one.name) or one.uid) for one in projects.values()]
            uid = await self.app.push_screen_wait(Picker(_("What would be seen on"), choices))
        if uid is None:
            return
        self.say(_("Asking the server ..."))
        await self._read.wait()
        window = await preview(self._forms, projects[uid], self.rules(), self.app.session.now())
        self.say("")
        await self.app.push_screen_wait(window)

    def do_accept(self) -> None:
        """This is the rule."""
        self.dismiss(self.rules())

    def do_help(self) -> None:
        """All keys of this window."""
        from kobotui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen("rule", Context()))

    def do_back(self) -> None:
        if self._leaving or self.rules() == self._before:
            self.dismiss(None)
        else:
            self._leaving = True
            self.say(_("escape again leaves without the change"))


def _problem(text: str) -> str | None:
    """Why a text is no row rule, and where."""
    try:
        parse_rules(text)
    except RuleError as error:
        return str(error)
    return None
