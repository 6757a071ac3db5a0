"""A file of records as a plan: what of it is new, what it corrects, what is there already or was deleted since.

Nothing is made twice: the instance ID of a new record follows from the project, what the row says, and which of the
equal rows it is. What the server has under that ID is left alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.changes.brought_in import BroughtIn, Fate, RowFate
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.new_rows import Files, fingerprint, in_short, instance_of
from kobotui.changes.submissions import EditAnswers
from kobotui.exports.forms import deployed_forms
from kobotui.exports.record_answers import NewRow, new_entries, new_row
from kobotui.exports.record_edits import Drawing, read_edits
from kobotui.exports.record_table import Entry, RecordTable, read_files, read_table
from kobotui.locale import _
from kobotui.model.access import PARTIAL
from kobotui.model.new_record import DeployedForm
from kobotui.model.submission import NAMED_AT_ONCE, Submission
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.exports.layout import FormVersion
    from kobotui.model.project import ProjectDetail

_AT_ONCE = 40
"""Records looked for by uuid in one request: more make its address too long for some web servers."""
_PAGE = 1000
"""Records in one request when all are read."""
_DELETIONS = 10
"""Pages of the project's history that are read for deletions, a thousand entries each."""

Say = Callable[[str], None]


class NotTaken(LocalError):
    """Why nothing can be brought into a project, or nothing of a file."""


def refuse(project: ProjectDetail) -> None:
    """Raise ``NotTaken`` for a project that takes no records at all."""
    if not project.has_deployment:
        raise NotTaken(_("{name} is a draft: deploy it first.").format(name=project.name))
    if not project.active:
        text = _("{name} is archived: the server takes no new or corrected records. Unarchive it first.")
        raise NotTaken(text.format(name=project.name))


def _refuse_rows(project: ProjectDetail, *, new: bool, corrections: bool) -> None:
    """Raise ``NotTaken`` for rows that the caller's rights do not let in. A superuser has no rights of his own."""
    rights = project.rights
    if not rights:
        return
    if new and PARTIAL in rights and "view_submissions" not in rights:
        text = _(
            "A row rule shows you only some records of {name}: whether a new row is there already cannot be told. "
            "Only corrections can be brought in."
        )
        raise NotTaken(text.format(name=project.name))
    if new and "add_submissions" not in rights:
        raise NotTaken(_("You may not add records to {name}.").format(name=project.name))
    if corrections and not rights & {"change_submissions", PARTIAL}:
        raise NotTaken(_("You may not correct the records of {name}.").format(name=project.name))


async def bring_in(
    kobo: KoboClient,
    project: ProjectDetail,
    path: Path,
    *,
    today: date,
    attachments: Path | None = None,
    skip_unknown: bool = False,
    seen: Mapping[str, str] | None = None,
    say: Say = lambda _sentence: None,
) -> BroughtIn:
    """What a file asks for that is not so already. Nothing is sent.

    ``attachments``: the folder of the files that answers name. ``skip_unknown``: whether columns that are nothing of
    the form are left out instead of being a problem. ``seen``: records that this machine made or deleted, by root
    uuid, see ``Journal.records_seen``. Raises ``NotTaken``, ``LocalError``, ``KoboError``.
    """
    refuse(project)
    say(_("Reading the form ..."))
    versions = await deployed_forms(kobo, project)
    table = await asyncio.to_thread(lambda: read_table(read_files(path, versions), project.name, versions))
    new = list(new_entries(table))
    known = [entry for entry in table.main.rows if table.names_record(entry)]
    _refuse_rows(project, new=bool(new), corrections=bool(known))
    if table.unknown and not skip_unknown:
        for heading in table.unknown:
            table.problems.add(None, heading, _("no question of the form is called so"))
    reading = _Reading(kobo, project, versions, table, today, say)
    await reading.corrections(known)
    await reading.new_records(new, attachments, seen or {})
    return reading.result()


class _Reading:
    """One file on its way to a plan."""

    def __init__(
        self,
        kobo: KoboClient,
        project: ProjectDetail,
        versions: Sequence[FormVersion],
        table: RecordTable,
        today: date,
        say: Say,
    ) -> None:
        self._kobo, self._project, self._versions = kobo, project, versions
        self._table, self._today, self._say = table, today, say
        self._rows: list[RowFate] = []
        self._edits: list[EditAnswers] = []
        self._new: list[SubmitRecord] = []
        self._deleted: list[SubmitRecord] = []
        self._notes: list[str] = list(table.notes)
        self._needs_folder = False

    def result(self) -> BroughtIn:
        """All that was found."""
        problems = self._table.problems
        return BroughtIn(
            rows=tuple(sorted(self._rows)),
            changes=() if problems else (*self._edits, *self._new),
            deleted=() if problems else tuple(self._deleted),
            problems=tuple(map(str, sorted(problems.kept, key=lambda one: (one.sheet, one.line)))),
            problem_count=problems.count,
            needs_folder=self._needs_folder,
            unknown=self._table.unknown,
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _row(self, entry: Entry, fate: Fate, text: str) -> None:
        self._rows.append(RowFate(entry.line, fate, text))

    # Corrections

    async def corrections(self, entries: Sequence[Entry]) -> None:
        """Rows that name a record: what they change of it."""
        if not entries:
            return
        table, main = self._table, self._table.main
        if "_uuid" not in main.system:
            self._notes.append(
                _("The file has no column _uuid: corrections that somebody made since it was written cannot be told.")
            )
        found = await self._records(entries)
        drawing = Drawing(self._project.name, self._versions, table)
        first: dict[int, int] = {}

        def read(some: Sequence[Entry]) -> None:
            for entry in some:
                record = found.get(entry.line)
                if record is None:
                    self._row(entry, Fate.CONFLICT, _("the record is gone, or not yours to see"))
                elif record.id in first:
                    text = _("line {n} is the same record; for a new one its _id, _uuid and meta/rootUuid stay empty")
                    table.problems.add(entry, "", text.format(n=first[record.id]))
                else:
                    first[record.id] = entry.line
                    self._correction(entry, record, drawing)

        for start in range(0, len(entries), 200):
            self._say(_("Comparing line {n} of {total} ...").format(n=start + 1, total=len(entries)))
            await asyncio.to_thread(read, entries[start : start + 200])

    async def _records(self, entries: Sequence[Entry]) -> dict[int, Submission]:
        """The records that rows name, as they are now, by line."""
        main, service = self._table.main, self._kobo.submissions(self._project.uid)
        ids: dict[int, list[Entry]] = {}
        others: dict[str, list[Entry]] = {}
        for entry in entries:
            number = main.text(entry, "_id")
            if number.isascii() and number.isdigit() and len(number) < 19:
                ids.setdefault(int(number), []).append(entry)
            elif number:
                self._table.problems.add(entry, "_id", _("this is not a whole number"))
            else:
                named = main.text(entry, "meta/rootUuid") or main.text(entry, "_uuid")
                others.setdefault(named.removeprefix("uuid:"), []).append(entry)
        found: dict[int, Submission] = {}
        async for page in service.walk() if self._walks(len(ids), NAMED_AT_ONCE) else service.named(list(ids)):
            for record in page:
                found |= {entry.line: record for entry in ids.get(record.id, ())}
        for record in await self._by_uuid(others):
            for name in (record.root_uuid, record.uuid):
                found |= {entry.line: record for entry in others.get(name, ())}
        return found

    def _walks(self, wanted: int, at_once: int) -> bool:
        """Whether all records are read in fewer requests than those that are ``wanted``, so many ``at_once``."""
        count = self._project.submission_count
        return count is not None and count / _PAGE < wanted / at_once

    async def _by_uuid(self, uuids: Iterable[str], fields: Sequence[str] | None = None) -> list[Submission]:
        """The records with these first or present uuids."""
        service, wanted = self._kobo.submissions(self._project.uid), list(dict.fromkeys(uuids))
        if self._walks(len(wanted), _AT_ONCE):
            named = set(wanted)
            walked = service.walk(fields=fields)
            return [one async for page in walked for one in page if {one.uuid, one.root_uuid} & named]
        found: list[Submission] = []
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            query = {"$or": [{"meta/rootUuid": {"$in": [f"uuid:{one}" for one in some]}}, {"_uuid": {"$in": some}}]}
            found += await service.page(0, 2 * len(some), query=query, fields=fields)
        return found

    def _correction(self, entry: Entry, record: Submission, drawing: Drawing) -> None:
        main = self._table.main
        root, revision = (main.text(entry, name).removeprefix("uuid:") for name in ("meta/rootUuid", "_uuid"))
        if root and root != record.root_uuid:
            text = _("record {id} is another one on this server: the file is of another project")
            self._row(entry, Fate.CONFLICT, text.format(id=record.id))
            return
        before = self._table.problems.count
        edits = read_edits(self._table, entry, record, drawing, self._today)
        wrong = self._table.problems.count - before
        if revision and revision != record.uuid and (edits.after or wrong):
            self._table.problems.forget(wrong)  # the record is left alone, whatever the row says
            text = _("record {id} was corrected since the file was written; it differs in: {paths}")
            paths = ", ".join(edits.after) or "?"
            self._row(entry, Fate.CONFLICT, text.format(id=record.id, paths=paths))
            return
        self._notes += edits.notes
        if not edits.after:
            self._row(entry, Fate.SAME, _("record {id}").format(id=record.id))
            return
        change = EditAnswers(
            project=self._project.uid,
            project_name=self._project.name,
            record=record.id,
            root_uuid=record.root_uuid,
            uuid=record.uuid,
            before=edits.before,
            after=edits.after,
        )
        self._edits.append(change)
        self._row(entry, Fate.CORRECTION, f"{change.line()}   {change.before_text()} -> {change.after_text()}")

    # New records

    async def new_records(self, entries: Sequence[Entry], attachments: Path | None, seen: Mapping[str, str]) -> None:
        """Rows that are records to be."""
        if not entries:
            return
        files = Files(attachments)
        rows: list[NewRow] = []

        def read(some: Sequence[Entry]) -> None:
            rows.extend(new_row(self._table, entry, files.problem, self._today) for entry in some)

        for start in range(0, len(entries), 200):
            self._say(_("Checking line {n} of {total} ...").format(n=start + 1, total=len(entries)))
            await asyncio.to_thread(read, entries[start : start + 200])
        self._needs_folder = attachments is None and any(row.files for row in rows)
        if self._table.problems:
            self._rows += [RowFate(row.entry.line, Fate.NEW, in_short(row)) for row in rows]
            return
        deployed = await self._deployed()
        changes = await asyncio.to_thread(self._changes, rows, files, deployed)
        if not self._table.problems:
            await self._compare(rows, changes, seen)

    async def _deployed(self) -> DeployedForm:
        try:
            return DeployedForm.parse(await self._kobo.openrosa.form_xml(self._project.uid))
        except XmlError as error:
            raise NotTaken(str(error)) from None

    def _changes(self, rows: Sequence[NewRow], files: Files, deployed: DeployedForm) -> list[SubmitRecord]:
        changes = []
        alike: Counter[str] = Counter()
        for row in rows:
            mine = [files.file(name) for name in row.files]
            says = fingerprint(self._project.uid, row.answers, mine)
            alike[says] += 1
            label = _("line {n}: {text}").format(n=row.entry.line, text=in_short(row))
            try:
                record = deployed.record(row.answers, instance_of(says, alike[says]))
            except XmlError as error:
                self._table.problems.add(row.entry, "", str(error))
                continue
            changes.append(SubmitRecord.of(record, self._project.uid, self._project.name, files=mine, label=label))
        return changes

    async def _compare(self, rows: Sequence[NewRow], changes: Sequence[SubmitRecord], seen: Mapping[str, str]) -> None:
        """Which of the new records the server has, or had."""
        self._say(_("Looking for what is there already ..."))
        records = await self._by_uuid([change.root_uuid for change in changes], ["_attachments"])
        there = {record.root_uuid: record for record in records}
        there |= {record.uuid: record for record in records}
        missing = {change.root_uuid for change in changes} - there.keys()
        gone = missing & (seen.keys() | (await self._deletions() if missing else set()))
        for row, change in zip(rows, changes, strict=True):
            record, text = there.get(change.root_uuid), in_short(row)
            if record is None:
                fate = Fate.DELETED if change.root_uuid in gone else Fate.NEW
                (self._deleted if fate is Fate.DELETED else self._new).append(change)
            elif record.uuid != change.root_uuid:
                fate, text = Fate.CORRECTED, _("record {id}, corrected since: {text}").format(id=record.id, text=text)
            elif len(record.attachments) < len(change.files):
                fate = Fate.NEW  # a file did not get through: sent again, it is added; the server renames some
                self._new.append(change)
            else:
                fate, text = Fate.THERE, _("record {id}: {text}").format(id=record.id, text=text)
            self._row(row.entry, fate, text)

    async def _deletions(self) -> set[str]:
        """Root uuids of records that were deleted, as far as the project's history is open to the caller."""
        from kobotui.api.errors import NotAllowed, NotFound
        from kobotui.api.history import history_query

        found: set[str] = set()
        try:
            for number in range(_DELETIONS):
                page = await self._kobo.history(self._project.uid).page(
                    history_query(["delete-submission"]), 1000 * number, 1000
                )
                for entry in page:
                    about = entry.metadata.get("submission")
                    root = about.get("root_uuid") if isinstance(about, dict) else None
                    found |= {root.removeprefix("uuid:")} if isinstance(root, str) else set()
                if page.start + len(page) >= page.count or not len(page):
                    break
        except (NotAllowed, NotFound):
            pass
        return found
