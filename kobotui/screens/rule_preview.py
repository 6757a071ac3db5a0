"""What a person would see by a row rule: how many records, and the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kobotui.columns.submissions import SubmissionColumns
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.access import NOTHING, PARTIAL, Rights, grant
from kobotui.model.rule_check import seen_by
from kobotui.model.text import shown
from kobotui.widgets.modal import Window
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult

    from kobotui.api.paging import Page
    from kobotui.model.access import Rule
    from kobotui.model.form import Form
    from kobotui.model.submission import Submission
    from kobotui.screens.rule_forms import RuleForms, RuleProject


class RulePreview(Window[None]):
    """A sentence, and the first records below it."""

    DEFAULT_CSS = """
    RulePreview > .window { width: 140; }
    RulePreview Table { height: auto; max-height: 60vh; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,backspace,enter", "leave", show=False)]

    def __init__(self, sentence: str, form: Form, page: Page[Submission] | None, now: datetime) -> None:
        super().__init__()
        self._sentence = shown(sentence)
        self._columns = SubmissionColumns(form, form.default_language)
        self._rows = [Row(str(record.id), self._columns.cells(record, now)) for record in page or ()]

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            yield Static(self._sentence, markup=False, classes="window--title")
            if self._rows:
                yield Table(self._columns.columns, rows_source(self._rows), wide=True)
            yield Static(_("arrows scroll  escape goes back"), markup=False, classes="window--hint")

    def on_mount(self) -> None:
        for table in self.query(Table):
            table.focus()


async def preview(forms: RuleForms, project: RuleProject, rules: tuple[Rule, ...], now: datetime) -> RulePreview:
    """What the rules let somebody see on a project; one request, for the first records. Raises ``KoboError``."""
    from kobotui.api.errors import NotFound, Rejected

    name = shown(project.name) or project.uid
    held = grant(NOTHING, PARTIAL, rules) if rules else Rights()
    query = seen_by(held, project.public)
    form = forms.forms.get(project.uid, forms.form)
    if query is None:
        return RulePreview(_("{name}: no record, there is no condition.").format(name=name), form, None, now)
    try:
        page = await forms.first_rows(project.uid, query)
    except NotFound:
        sentence = _("{name}: you may not see its records, so they cannot be counted.")
        return RulePreview(sentence.format(name=name), form, None, now)
    except Rejected as error:
        return RulePreview(f"{name}: {error}", form, None, now)
    return RulePreview(_counted(forms, project, page.count, everything=not query), form, page, now)


def _counted(forms: RuleForms, project: RuleProject, count: int, *, everything: bool) -> str:
    """``Clinic visits: 12 of 120 records``; the total is unknown to who sees only some."""
    name = shown(project.name) or project.uid
    if everything:
        text = ngettext("{name}: {n} record, open to everybody", "{name}: {n} records, open to everybody", count)
        return text.format(name=name, n=number(count))
    detail = forms.details.get(project.uid)
    total = detail.submission_count if detail else None
    if total is not None:
        text = ngettext("{name}: {n} of {total} record", "{name}: {n} of {total} records", total)
        return text.format(name=name, n=number(count), total=number(total))
    limited = detail is not None and PARTIAL in detail.rights
    text = (
        ngettext("{name}: {n} record of those that you see", "{name}: {n} records of those that you see", count)
        if limited
        else ngettext("{name}: {n} record", "{name}: {n} records", count)
    )
    return text.format(name=name, n=number(count))
