"""``E``: a record as text in the user's own editor, and back as a plan."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from kobotui.changes.resubmissions import correction, lost_files, sent_whole
from kobotui.changes.submissions import EditAnswers
from kobotui.editor import EditedFile, EditorError, edit, editor_command
from kobotui.locale import _, ngettext
from kobotui.model.record_edit import Problem, RecordEdit, read_edit
from kobotui.model.record_text import record_text
from kobotui.model.record_xml import RecordXml, instance_id
from kobotui.model.shared_text import shared_text, text_at, wanted_answers
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from kobotui.model.text_form import Kind, TextError
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError, write_private
from kobotui.screens.correct import how_many, stale_warnings
from kobotui.screens.files import download_directory, free_path
from kobotui.screens.find_replace import FindReplace
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.app import KoboApp

log = logging.getLogger("kobotui")

Sent = Callable[[str], Awaitable[str | None]]
"""Sends what a text wants: None when that is done, else what is wrong."""
_TOLD = 3
"""Problems that are told at once."""


class TextFlows(FindReplace):
    """The part of a screen of records that opens one in an editor."""

    def do_text(self) -> None:
        """Let the user change a record as text and review the difference; of several what they have in common."""
        self.begin(lambda ids: self._as_text(ids[0]) if len(ids) == 1 else self._shared(ids))

    async def stored(self, record_id: int) -> tuple[Submission, RecordXml] | None:
        """A record as the server has it, as JSON and as XML, both of the same revision; None when it is gone."""
        service = await self.records.service()
        for _attempt in range(2):
            found = await self.records.read([record_id])
            if not found:
                break
            xml = await service.xml(record_id)
            try:
                record = await asyncio.to_thread(RecordXml.parse, xml, self.records.form)
            except XmlError as error:
                raise LocalError(str(error)) from error
            if record.instance_id == instance_id(found[0].uuid):
                return found[0], record
        text = _("Record {id} is gone from the server.") if not found else _("Record {id} is being corrected just now.")
        self.flash(text.format(id=record_id), "warning")
        return None

    async def _as_text(self, record_id: int) -> None:
        command = editor_command()
        stored = await self.stored(record_id)
        if stored is None:
            return
        submission, record = stored
        title = _("{project}: record {id}, sent {when} by {user}").format(
            project=self.records.project.name,
            id=record_id,
            when=submission.submitted or "-",
            user=submission.submitted_by or "-",
        )
        form, language = self.records.form, self.records.shown_language
        try:
            text = await asyncio.to_thread(record_text, self._kind, form, record, title, language)
        except XmlError as error:  # a form with names that no record can have
            raise LocalError(str(error)) from error
        await self._edited(command, f"record-{record_id}", text, lambda text: self._sent(text, submission, record))

    async def _shared(self, ids: Sequence[int]) -> None:
        """What the marked records have in common."""
        command = editor_command()
        form, language = self.records.form, self.records.shown_language
        records = await self.chosen_records(ids)
        if not records:
            return
        title = f"{self.records.project.name}: {how_many(len(records))}"
        text = await asyncio.to_thread(shared_text, self._kind, form, records, title, language)
        await self._edited(command, f"{len(records)}-records", text, lambda text: self._all_sent(text, records))

    @property
    def _kind(self) -> Kind:
        return self.app.session.settings.record_text

    async def _edited(self, command: Sequence[str], name: str, text: str, sent: Sent) -> None:
        """Let a text be changed until it leads somewhere; its file goes afterwards."""
        file = await asyncio.to_thread(EditedFile, f"{name}.{self._kind}")
        try:
            await asyncio.to_thread(file.write, text)
            await self._rounds(command, file, text, sent)
        except asyncio.CancelledError:
            log.warning("left behind: %s", file.path)  # whatever was typed is there
            raise
        await asyncio.to_thread(file.close)

    async def _rounds(self, command: Sequence[str], file: EditedFile, original: str, sent: Sent) -> None:
        """Open the text until it leads somewhere, or is given up."""
        while True:
            problem = await self._lend(command, file)
            try:
                text = await asyncio.to_thread(file.read)
            except EditorError as error:
                problem, text = str(error), ""
            if text == original:
                self.flash(problem or _("Nothing was changed."), "error" if problem else "information")
                return
            said = problem or await sent(text)
            if said is None:
                return
            choices = [
                Choice("again", _("open the text again")),
                Choice("keep", _("keep the text in a file")),
                Choice("drop", _("drop the text, leave the record as it is")),
            ]
            match await self.app.push_screen_wait(Picker(shown(said), choices)):
                case "again":
                    continue
                case "drop":
                    return
            await self._keep(file)
            return

    async def _lend(self, command: Sequence[str], file: EditedFile) -> str:
        """Lend the terminal to the editor; why that failed, or nothing."""
        try:
            with lent_terminal(self.app):
                await edit(list(command), file.path)
        except SuspendNotSupported:
            return _("This terminal cannot be lent to an editor.")
        except EditorError as error:
            return str(error)
        return ""

    async def _sent(self, text: str, submission: Submission, record: RecordXml) -> str | None:
        """Review what a text wants and send it: None when that is done, or there is nothing; else what is wrong."""
        form = self.records.form
        try:
            wanted = await asyncio.to_thread(read_edit, self._kind, text, form, record, self.records.language or 0)
        except (TextError, XmlError) as error:
            return str(error)
        if not wanted:
            self.flash(_("Nothing was changed."))
            return None
        if problem := self._not_possible(wanted, submission, record):
            return problem
        project = self.records.project
        keep = self.app.session.settings.keep_deleted
        names = {"project": project.uid, "project_name": project.name}
        change = correction(wanted, submission, record, form, **names, keep=keep)
        text = _("{file} goes with its instance, for good: no copy is kept (keep_deleted in the settings).")
        if keep:
            text = _("{file} goes with its instance. A copy is kept on this machine first, for undoing.")
        lost = [text.format(file=name) for name in lost_files(submission, record, wanted.record)]
        stale = stale_warnings(form, wanted.positions, self.records.shown_language)
        title = _("Correct record {id}").format(id=submission.id)
        done = await self.propose(title, [change], [*lost, *stale])
        return _("Nothing was sent.") if done is None else None

    def _not_possible(self, wanted: RecordEdit, submission: Submission, record: RecordXml) -> str:
        if wanted.problems:
            return _told(wanted.problems)
        if sent_whole(wanted, submission, record) and self.records.edits_only_some:
            return _("The server takes instances of repeats only from who may edit all submissions of the project.")
        return ""

    async def _all_sent(self, text: str, records: Sequence[Submission]) -> str | None:
        """As :meth:`_sent`, for what several records shall have in common."""
        form = self.records.form
        try:
            wanted, problems = await asyncio.to_thread(
                wanted_answers, self._kind, text, form, records, self.records.language or 0
            )
        except TextError as error:
            return str(error)
        if problems:
            return _told(problems)
        if not wanted:
            self.flash(_("Nothing was changed."))
            return None
        changes = [
            EditAnswers(
                **self.named(record),
                uuid=record.uuid,
                before={path: text_at(record, path) or None for path in wanted},
                after={path: text or None for path, text in wanted.items()},
            )
            for record in records
            if any(text_at(record, path) != text for path, text in wanted.items())
        ]
        stale = stale_warnings(form, list(wanted), self.records.shown_language)
        title = _("Correct {records}").format(records=how_many(len(changes)))
        done = await self.propose(title, changes, stale)
        return _("Nothing was sent.") if done is None else None

    async def _keep(self, file: EditedFile) -> None:
        """Keep the text where other downloads are."""
        path = free_path(download_directory(), file.path.stem, file.path.suffix)
        content = await asyncio.to_thread(file.path.read_bytes)
        await asyncio.to_thread(write_private, path, content)
        self.flash(_("The text is kept in {path}").format(path=path))


def _told(problems: Sequence[Problem]) -> str:
    told = [f"{problem.position}: {problem.sentence}" for problem in problems[:_TOLD]]
    if more := len(problems) - len(told):
        told.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
    return "; ".join(told)


@contextmanager
def lent_terminal(app: KoboApp) -> Iterator[None]:
    """Another program has the terminal: nothing is painted, and ctrl+c is that program's. Raises
    ``SuspendNotSupported``."""
    loop = asyncio.get_running_loop()
    failed: BaseException | None = None
    with app.suspend(), app.batch_update():
        with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread: tests
            loop.add_signal_handler(signal.SIGINT, lambda: None)
        try:
            yield
        except BaseException as error:  # Textual goes on only where nothing was raised
            failed = error
        app.handle_signals()
    app.repaint()
    if failed:
        raise failed
