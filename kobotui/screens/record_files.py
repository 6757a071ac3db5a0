"""Downloading the files of records: of one, of the marked ones, of all that the filter shows."""

from __future__ import annotations

from collections.abc import Sequence

from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import MEDIA, Question
from kobotui.model.text import safe_filename, shown
from kobotui.paths import typed_path
from kobotui.screens.files import Paths, directory_problem, download_directory
from kobotui.screens.record_flows import RecordFlows
from kobotui.widgets.picker import Choice, MultiPicker, Picker


class RecordFiles(RecordFlows):
    """A screen of records that downloads their files."""

    def do_download(self) -> None:
        """Ask for which records, which questions, and where to; what is there already is not fetched again."""
        self.run_flow(self._download)

    def may_be_all(self) -> int:
        """How many records the filter shows that could be meant in place of the one looked at; 0: none."""
        return 0

    async def _download(self) -> None:
        from kobotui.screens.export_transfers import Attachments

        records, ids = self.records, tuple(self.chosen_ids())
        questions = [question for question in records.form.questions.values() if question.type in MEDIA]
        if records.detail is None or not questions:
            self.flash(_("The form asks for no photos or other files."), "warning")
            return
        if self.may_be_all():
            choices = [Choice("one", _("record {id}").format(id=ids[0])), Choice("all", self._all_text())]
            which = await self.app.push_screen_wait(Picker(_("Files of which records?"), choices))
            if which is None:
                return
            if which == "all":  # by their numbers, where the server cannot tell which they are
                ids = tuple(records.found(records.order) or ())
        wanted = await self._which(questions)
        if not wanted:
            return
        name = safe_filename(records.project.name, "files")
        paths = Paths(("/",))
        proposed = f"{download_directory() / name}/"
        typed = await self.ask(_("Save the files in"), proposed, complete=paths, changed=paths.follow)
        if typed is None:
            return
        folder = typed_path(typed)
        if problem := directory_problem(str(folder.parent)):
            self.flash(problem, "warning")
            return
        fields = () if len(wanted) == len(questions) else tuple(wanted)
        options = (
            ExportOptions(fields=fields, submission_ids=ids)
            if ids
            else ExportOptions(fields=fields, query=dict(records.query()))
        )
        self.app.fetch(Attachments(records.detail, options, folder))
        self.flash(_("The files are being downloaded; J shows how far."))

    def _all_text(self) -> str:
        n = self.may_be_all()
        if self.records.order.typed:
            text = ngettext("{n} record that the filter shows", "all {n} records that the filter shows", n)
        else:
            text = ngettext("{n} record of the project", "all {n} records of the project", n)
        return text.format(n=number(n))

    async def _which(self, questions: Sequence[Question]) -> Sequence[str] | None:
        """The questions whose files are wanted; None when left. Of one only, nobody is asked."""
        if len(questions) == 1:
            return [questions[0].path]
        form, language = self.records.form, self.records.shown_language
        choices = [
            Choice(question.path, shown(form.label(question, language)), question.path) for question in questions
        ]
        title = _("Files of which questions?")
        return await self.app.push_screen_wait(MultiPicker(title, choices, selected=[q.path for q in questions]))
