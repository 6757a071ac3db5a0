"""Records from a file: what becomes of each row, before anything is sent; and the empty table to fill in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult

from kobotui.changes.brought_in import BroughtIn, Fate, plan_of
from kobotui.columns.brought_in import LABELS, SIGNS, STYLES, facts, fate_label
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.export_options import DEFAULT_LANGUAGE, NAMES
from kobotui.model.text import shown
from kobotui.paths import typed_path
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.files import Paths, ask_target, directory_problem, download_directory, free_path
from kobotui.screens.job_flows import read_journal
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.painted import wrapped
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kobotui.changes.journal import Journal

_GUTTER = 2
"""Cells before a row, for the cursor."""
TABLES = (".csv", ".xlsx", ".tsv", ".txt")
_ORDER = list(reversed(LABELS))
"""What somebody should look at comes first."""

Answer = Literal["review", "with deleted", "again"]


class BringsIn(ProjectPlace):
    """A place of a project from which files are brought in; mixed in before its other bases."""

    def do_bring_in(self) -> None:
        """Read a file of records, or write the table to fill in."""
        self.run_flow(self._bring_in)

    async def _bring_in(self) -> None:
        choices = [
            Choice("file", _("Read a file: CSV or XLSX, new records or an edited export")),
            Choice("template", _("Write an empty table for new records")),
        ]
        match await self.app.push_screen_wait(Picker(_("Bring in records"), choices)):
            case "file":
                await self._read_file()
            case "template":
                await self._write_template()

    async def _write_template(self) -> None:
        from kobotui.exports.forms import deployed_forms
        from kobotui.exports.record_template import write_template
        from kobotui.screens.record_flows import language_name

        kobo = await self.kobo()
        project = await kobo.projects.get(self.project.uid)
        forms = await deployed_forms(kobo, project)
        choices = [
            Choice(NAMES, _("names of questions")),
            *(
                Choice(name or DEFAULT_LANGUAGE, _("labels: {language}").format(language=language_name(name)))
                for name in forms[0].form.languages
            ),
        ]
        lang = await self.app.push_screen_wait(Picker(_("Headings are"), choices))
        if lang is None:
            return
        path = await ask_target(self, free_path(download_directory(), project.name, ".xlsx"))
        if path is not None:
            await asyncio.to_thread(write_template, path, forms[0].form, project.name, lang)
            self.flash(_("Saved {path}").format(path=path))

    async def _read_file(self) -> None:
        paths = Paths(TABLES)
        paths.follow("")
        typed = await self.ask(_("Bring in"), complete=paths, check=_problem, changed=paths.follow)
        if typed is None:
            return
        path, folder, skip = typed_path(typed), None, False
        while True:
            found = await self._found(path, folder, skip_unknown=skip)
            if found.needs_folder and folder is None and (folder := await self._folder(path)):
                continue
            if found.unknown and not skip and await self._without(found.unknown):
                skip = True
                continue
            match await self.app.push_screen_wait(BringInScreen(found, path.name)):
                case "again":
                    continue
                case "review" | "with deleted" as answer:
                    await self._review(found, path, again=answer == "with deleted")
            return

    async def _found(self, path: Path, folder: Path | None, *, skip_unknown: bool) -> BroughtIn:
        from kobotui.changes.bring_in import bring_in

        kobo, session = await self.kobo(), self.app.session
        uid, server = self.project.uid, kobo.account.server

        def seen(journal: Journal) -> dict[str, str]:
            return journal.records_seen(server, uid)

        try:
            return await bring_in(
                kobo,
                await kobo.projects.get(uid),
                path,
                today=session.now().date(),
                attachments=folder,
                skip_unknown=skip_unknown,
                seen=await read_journal(self, seen) if session.journal.exists() else {},
                say=self.flash,
            )
        finally:
            self.flash("")

    async def _folder(self, path: Path) -> Path | None:
        """Where the files lie that answers name; None where nobody says."""
        paths = Paths((".",))  # directories alone
        paths.follow("")
        typed = await self.ask(
            _("Folder of the files"),
            str(path.parent),
            complete=paths,
            check=directory_problem,
            changed=paths.follow,
        )
        return None if typed is None else typed_path(typed)

    async def _without(self, unknown: Sequence[str]) -> bool:
        n = len(unknown)
        text = ngettext(
            "{n} column is no question and would not be read: {names}. Go on without it?",
            "{n} columns are no questions and would not be read: {names}. Go on without them?",
            n,
        )
        return await self.confirm(text.format(n=n, names=", ".join(unknown[:5]) + (" .." if n > 5 else "")))

    async def _review(self, found: BroughtIn, path: Path, *, again: bool) -> None:
        account = self.app.session.account
        assert account is not None
        await self.app.propose_plan(self, plan_of(found, path.name, account, again=again))


def _problem(typed: str) -> str | None:
    return None if typed_path(typed).is_file() else _("There is no file {path}.").format(path=typed.strip())


class BringInScreen(KoboScreen):
    """What a file asks for, row by row; dismissed with what is to be done, or with None."""

    place: ClassVar[str] = "bring_in"
    BINDINGS = bindings("bring_in")

    def __init__(self, found: BroughtIn, name: str) -> None:
        super().__init__()
        self.found, self._name = found, name

    def body(self) -> ComposeResult:
        yield Table((Column("line", _("Nothing is sent yet."), 60, flexible=True),), headings=True)

    def on_mount(self) -> None:
        self.table.focus()
        found = self.found
        said = facts([row.fate for row in found.rows])
        if n := found.problem_count:
            text = ngettext("{n} problem, nothing is brought in", "{n} problems, nothing is brought in", n)
            said = text.format(n=number(n))
        self.show_where(_("Bring in {file}").format(file=shown(self._name)), said)
        self._show()

    def on_resize(self) -> None:
        """Lines are wrapped to the width there is."""
        self._show()

    def _show(self) -> None:
        width = max(20, self.app.size.width - _GUTTER)
        parts = [(part, style) for text, style in self._lines() for part in wrapped(text, width)]
        self.table.replace(ListSource(list(enumerate(parts)), _row))
        self.show_keys()

    def _lines(self) -> Iterator[tuple[str, str]]:
        """Problems alone where there are any; else notes, and every row that something becomes of."""
        found = self.found
        if found.problem_count:
            yield from ((shown(text), "bad") for text in found.problems)
            if left := found.problem_count - len(found.problems):
                text = ngettext("and {n} more problem", "and {n} more problems", left)
                yield text.format(n=number(left)), "bad"
            return
        yield from ((shown(text), "dim") for text in found.notes)
        for row in sorted(found.rows, key=lambda row: (_ORDER.index(row.fate), row.line)):
            if row.fate is not Fate.SAME:
                where = _("line {n}").format(n=number(row.line))
                what, text = fate_label(row.fate), shown(row.text)
                said = _("{where}, {what}: {text}").format(where=where, what=what, text=text)
                yield f"{SIGNS[row.fate]} {said}", STYLES.get(row.fate, "")
        if n := found.count(Fate.SAME):
            yield f"  {number(n)} {fate_label(Fate.SAME)}", "dim"

    def do_review(self) -> None:
        """Review all of it as a plan."""
        self.run_flow(self._review)

    async def _review(self) -> None:
        found = self.found
        if found.problem_count:
            self.flash(_("Correct the file, then r reads it again."), "warning")
        elif n := len(found.deleted):
            text = ngettext(
                "{n} row was deleted from the project since. Bring it in again?",
                "{n} rows were deleted from the project since. Bring them in again?",
                n,
            )
            again = await self.confirm(text.format(n=number(n)))
            if again or found.changes:
                self.dismiss("with deleted" if again else "review")
        elif found.changes:
            self.dismiss("review")
        else:
            self.flash(_("There is nothing to do."))

    def do_refresh(self) -> None:
        """The file was edited: read it again."""
        self.dismiss("again")

    def do_back(self) -> None:
        self.dismiss(None)


def _row(item: tuple[int, tuple[str, str]]) -> Row:
    key, (text, style) = item
    return Row(str(key), (Cell(text, style),))
