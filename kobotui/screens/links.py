"""Links of one project for other programs: its named exports, their texts, how long they take, the JSON endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from kobotui.action import Target
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import ago
from kobotui.locale import _, ngettext
from kobotui.model.links import Kind, is_public, json_link, named_link
from kobotui.model.project import ProjectDetail
from kobotui.model.text import shown
from kobotui.screens import link_flows
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.export_transfers import LinkTrial
from kobotui.screens.exports import in_words
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.api.named_exports import NamedExport
    from kobotui.jobs import JobState
    from kobotui.transfers import TransferState

ENDPOINT = "json"
"""Key of the line of the JSON endpoint."""


class LinksScreen(KoboScreen):
    """The JSON endpoint, which every project has, and the named exports, each with two links."""

    place: ClassVar[str] = "links"
    BINDINGS = bindings("links")
    DEFAULT_CSS = "LinksScreen #advice { height: auto; max-height: 3; margin: 0 2; color: $text-muted; }"

    def __init__(self, project: ProjectDetail) -> None:
        super().__init__()
        self.project = project
        self.named: tuple[NamedExport, ...] = ()
        self._tried: dict[str, tuple[str, str]] = {}
        """By line: how the last test of it ended, and its style."""

    def body(self) -> ComposeResult:
        columns = (
            Column("name", _("Name"), 22, flexible=True, priority=9),
            Column("options", _("Options"), 16, flexible=True, priority=6),
            Column("changed", _("Changed"), 10, priority=5),
            Column("test", _("Test"), 34, flexible=True, priority=8),
        )
        yield Table(columns, empty=_("Reading the named exports ..."))
        yield Static("", markup=False, id="advice")

    def on_mount(self) -> None:
        self.table.focus()
        self._say_advice()
        self._show_facts("")
        self.look()

    @work(exclusive=True, group="links")
    async def look(self) -> None:
        """Read the named exports."""
        from kobotui.api.errors import KoboError

        try:
            self.named = await (await self.kobo()).named_exports(self.project.uid).list()
        except KoboError as error:
            self.failed(error)
            self.table.empty = _("The named exports could not be read. r tries again, ! tells why.")
            return
        self._show()

    def _show(self) -> None:
        items: list[NamedExport | None] = [None, *self.named]
        self.table.replace(ListSource(items, self._row, lambda one: one.uid if one else ENDPOINT))
        n = len(self.named)
        self._show_facts(ngettext("{n} named export", "{n} named exports", n).format(n=n))
        self.show_keys()

    def _show_facts(self, facts: str) -> None:
        name = shown(self.project.name) or self.project.uid
        self.show_where(_("Links of {name}").format(name=name), facts)

    def _say_advice(self) -> None:
        public = _("The project is public: whoever has a link can read the records.")
        private = _(
            "The project is private: a program that reads a link must send an API key, which IMPORTDATA of Google "
            "Sheets cannot."
        )
        self.query_one("#advice", Static).update(public if is_public(self.project) else private)

    def _row(self, one: NamedExport | None) -> Row:
        now: datetime = self.app.session.now()
        test = Cell(*self._tried.get(one.uid if one else ENDPOINT, ("", "")))
        if one is None:
            text = _("records as they are, a thousand at a time")
            return Row(ENDPOINT, (Cell(_("JSON endpoint")), Cell(text, "dim"), Cell(""), test))
        changed = Cell(ago(one.date_modified, now), "dim")
        return Row(one.uid, (Cell(shown(one.name)), Cell(", ".join(in_words(one.options))), changed, test))

    # What is meant

    def item(self) -> NamedExport | None:
        """The named export under the cursor; None on the JSON endpoint, or before anything is there."""
        key = self.table.cursor_key
        return next((one for one in self.named if one.uid == key), None)

    def _named(self) -> NamedExport | None:
        """The named export under the cursor; says why there is none."""
        if (one := self.item()) is None:
            self.flash(_("The JSON endpoint is always there and has no options. n makes a named export."), "warning")
        return one

    def targets(self) -> Sequence[Target]:
        if self.table.cursor_key is None:
            return ()
        return (Target(shown(self.project.name), self.project.rights or None, self.project.deployment_status),)

    # What can be done

    def do_open(self) -> None:
        """The text for a program, to be pasted there."""
        self.run_flow(link_flows.show_text, self, self.project, self.item())

    def do_new(self) -> None:
        """A new named export, reviewed."""
        self.run_flow(link_flows.create, self, self.project, self.named)

    def do_edit(self) -> None:
        """Another name, other options."""
        if one := self._named():
            self.run_flow(link_flows.edit, self, self.project, self.named, one)

    def do_remove(self) -> None:
        """Delete it; its links are dead from then on."""
        if one := self._named():
            self.run_flow(link_flows.delete, self, self.project, one)

    def do_test(self) -> None:
        """Read the link as its consumer would."""
        self.run_flow(self._test)

    async def _test(self) -> None:
        one, kind = self.item(), cast("str | None", ENDPOINT)
        if one is not None:
            choices = [Choice("csv", "CSV"), Choice("xlsx", "XLSX")]
            kind = await self.app.push_screen_wait(Picker(_("Which link of {name}?").format(name=one.name), choices))
        if kind is not None:
            name = one.name if one else _("JSON endpoint")
            self._note(one.uid if one else ENDPOINT, _("reading, within two minutes ..."), "accent")
            self.app.fetch(LinkTrial(self.project, one.uid if one else "", name, cast("Kind", kind)))

    def _note(self, key: str, text: str, style: str) -> None:
        self._tried[key] = (text, style)
        self.table.refresh_row(key)

    def do_old_links(self) -> None:
        """What in this project still points at the removed version 1 of the API."""
        from kobotui.screens.old_links import OldLinksScreen

        self.app.push_screen(OldLinksScreen([self.project]))

    def do_refresh(self) -> None:
        self.look()

    # News

    def transfer_changed(self, transfer: TransferState) -> None:
        super().transfer_changed(transfer)
        trial = transfer.transfer
        if isinstance(trial, LinkTrial) and trial.project.uid == self.project.uid and not transfer.running:
            received = transfer.received
            text = f"{trial.kind.upper()}: {received.sentence if received else transfer.error}"
            style = "bad" if received is None else "good" if received.whole else "warn"
            self._note(trial.named or ENDPOINT, shown(text), style)

    def job_ended(self, job: JobState) -> None:
        if any(change.project == self.project.uid for change in job.plan.changes):
            self.look()

    def raw(self) -> object | None:
        import msgspec

        return msgspec.to_builtins(one) if (one := self.item()) else None

    def copies(self) -> dict[str, str]:
        account, one = self.app.session.account, self.item()
        if account is None or self.table.cursor_key is None:
            return {}
        uid, server = self.project.uid, account.server
        if one is None:
            return {_("JSON link"): json_link(server, uid).url, _("UID"): uid}
        return {
            _("CSV link"): named_link(server, uid, one.uid, "csv").url,
            _("XLSX link"): named_link(server, uid, one.uid, "xlsx").url,
            _("UID"): one.uid,
        }
