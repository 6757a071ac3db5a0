"""``E``: a record as text in the user's own editor, and back as a plan."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from kobotui.changes.resubmissions import correction, lost_files, sent_whole
from kobotui.editor import EditedFile, EditorError, edit, editor_command
from kobotui.locale import _, ngettext
from kobotui.model.record_edit import RecordEdit, read_edit
from kobotui.model.record_text import record_text
from kobotui.model.record_xml import RecordXml, instance_id
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from kobotui.model.text_form import TextError
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError, write_private
from kobotui.screens.correct import stale_warnings
from kobotui.screens.files import download_directory, free_path
from kobotui.screens.find_replace import FindReplace
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.app import KoboApp

log = logging.getLogger("kobotui")

_TOLD = 3
"""Problems that are told at once."""


class TextFlows(FindReplace):
    """The part of a screen of records that opens one in an editor."""

    def open_as_text(self, record_id: int | None) -> None:
        """Let the user change a record as text, and review the difference."""
        if record_id is None:
            self.flash(_("There is nothing here to apply this to."), "warning")
        else:
            self.run_flow(self._as_text(record_id))

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
        kind = self.app.session.settings.record_text
        title = _("{project}: record {id}, sent {when} by {user}").format(
            project=self.records.project.name,
            id=record_id,
            when=submission.submitted or "-",
            user=submission.submitted_by or "-",
        )
        text = await asyncio.to_thread(record_text, kind, self.records.form, record, title, self.records.shown_language)
        file = await asyncio.to_thread(EditedFile, f"record-{record_id}.{kind}")
        try:
            await asyncio.to_thread(file.write, text)
            await self._rounds(command, file, text, submission, record)
        except asyncio.CancelledError:
            log.warning("left behind: %s", file.path)  # whatever was typed is there
            raise
        await asyncio.to_thread(file.close)

    async def _rounds(
        self, command: Sequence[str], file: EditedFile, original: str, submission: Submission, record: RecordXml
    ) -> None:
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
            said = problem or await self._sent(text, submission, record)
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
        kind, form = self.app.session.settings.record_text, self.records.form
        try:
            wanted = await asyncio.to_thread(read_edit, kind, text, form, record, self.records.language or 0)
        except TextError as error:
            return str(error)
        if not wanted:
            self.flash(_("Nothing was changed."))
            return None
        if problem := self._not_possible(wanted, submission, record):
            return problem
        project = self.records.project
        change = correction(wanted, submission, record, form, project=project.uid, project_name=project.name)
        text = _("{file} goes with the instance it belongs to, and undoing does not bring it back.")
        lost = [text.format(file=name) for name in lost_files(submission, record, wanted)]
        stale = stale_warnings(form, wanted.positions, self.records.shown_language)
        title = _("Correct record {id}").format(id=submission.id)
        done = await self.propose(title, [change], [*lost, *stale])
        return _("Nothing was sent.") if done is None else None

    def _not_possible(self, wanted: RecordEdit, submission: Submission, record: RecordXml) -> str:
        if wanted.problems:
            told = [f"{problem.position}: {problem.sentence}" for problem in wanted.problems[:_TOLD]]
            if more := len(wanted.problems) - len(told):
                told.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
            return "; ".join(told)
        if sent_whole(wanted, submission, record) and self.records.edits_only_some:
            return _("The server takes instances of repeats only from who may edit all submissions of the project.")
        return ""

    async def _keep(self, file: EditedFile) -> None:
        """Keep the text where other downloads are."""
        path = free_path(download_directory(), file.path.stem, file.path.suffix)
        content = await asyncio.to_thread(file.path.read_bytes)
        await asyncio.to_thread(write_private, path, content)
        self.flash(_("The text is kept in {path}").format(path=path))


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
