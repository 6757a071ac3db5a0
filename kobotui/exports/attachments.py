"""Files of records into a folder: several at once, none twice, with a list of what is what.

``manifest.jsonl`` has a line for each file that is there: the record, the question, the server's name for it, and where
it lies: in a folder for each record, under a name made safe.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotAllowed, NotFound, Rejected, ServerTrouble, Unreadable
from kobotui.api.paging import Statement
from kobotui.exports.parallel import in_parallel
from kobotui.exports.progress import Progress, Report, silent
from kobotui.exports.spool import Spool, lines
from kobotui.exports.walk import RecordWalk, Resume
from kobotui.locale import _, ngettext
from kobotui.model.submission import Attachment, Submission
from kobotui.model.text import safe_filename
from kobotui.paths import private_dir, writing

AT_ONCE = 4
MANIFEST = "manifest.jsonl"
_POSITION = re.compile(r"\[\d+\]")
_ITS_OWN = (NotFound, NotAllowed, Rejected, Unreadable, ServerTrouble)
"""Errors of one file, which are no reason to give up the others."""


class Entry(Struct, frozen=True, kw_only=True):
    """A line of the manifest."""

    uid: str
    record: int
    root_uuid: str
    question: str
    """The place in the record, repeats with positions: ``kid[2]/photo``."""
    name: str
    """The server's name."""
    path: str
    """Where it lies, below the folder."""
    bytes: int
    mimetype: str = ""


class Downloaded(Struct, frozen=True, kw_only=True):
    """What became of it."""

    saved: int = 0
    """Files downloaded now."""
    already: int = 0
    """Files that were there."""
    deleted: int = 0
    """Files the server lists and no longer has."""
    bytes: int = 0
    """Of the files downloaded now."""
    failed: tuple[str, ...] = ()
    """A sentence for each file that could not be had."""
    statement: Statement = Statement(0)
    """Of the records that were looked through."""

    @property
    def complete(self) -> bool:
        """Whether every file that the server has is there."""
        return self.statement.complete and not self.failed

    @property
    def sentence(self) -> str:
        """In words."""
        text = ngettext(
            "{n} file downloaded, {m} there already.", "{n} files downloaded, {m} there already.", self.saved
        )
        return text.format(n=self.saved, m=self.already)


class _Wanted(Struct, frozen=True):
    record: Submission
    file: Attachment
    path: str


async def download_attachments(
    kobo: KoboClient,
    project: str,
    folder: Path,
    *,
    name: str = "",
    query: dict[str, Any] | None = None,
    ids: Sequence[int] = (),
    questions: Collection[str] = (),
    resume: bool = True,
    report: Report = silent,
) -> Downloaded:
    """The files of all records, or of those that match, into ``folder``.

    ``query`` and ``ids`` narrow the records; ``questions``: paths or names of those whose files are wanted, none for
    all. What is there is not fetched again. Raises ``KoboError`` when the line or the key is gone, and ``LocalError``;
    what is there stays.
    """
    some: dict[str, Any] = {"_attachments": {"$ne": []}}
    narrowed = {"$and": [query, some]} if query else some
    with Spool(folder) as spool:
        going_on: Resume = "where it fits" if resume else False
        walk = RecordWalk(
            kobo, project, spool, name=name, query=narrowed, ids=ids, fields=["_attachments"], resume=going_on
        )
        run = _Run(kobo, folder, name or project, frozenset(questions), report)
        try:
            async with aclosing(run.wanted(walk)) as files:
                await in_parallel(files, run.fetch, AT_ONCE)
        finally:
            run.close()
        assert walk.statement is not None
        spool.remove()
    return run.result(walk.statement)


class _Run:
    def __init__(self, kobo: KoboClient, folder: Path, name: str, questions: frozenset[str], report: Report) -> None:
        self._kobo, self._folder, self._name = kobo, folder, name
        self._questions, self._report = questions, report
        private_dir(folder)
        self._there = {entry.uid: entry for entry in read_manifest(folder)}
        with writing(folder / MANIFEST):
            handle = os.open(folder / MANIFEST, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._manifest = os.fdopen(handle, "a+b")
            if (size := self._manifest.seek(0, os.SEEK_END)) and os.pread(handle, 1, size - 1) != b"\n":
                self._manifest.write(b"\n")  # a cut left a line unfinished
        self._saved = self._already = self._deleted = self._bytes = self._found = 0
        self._failed: list[str] = []
        self._all_found = False

    def close(self) -> None:
        """All lines of the manifest on the disk."""
        with writing(self._folder / MANIFEST), self._manifest:
            self._manifest.flush()
            os.fsync(self._manifest.fileno())

    async def wanted(self, walk: RecordWalk) -> AsyncGenerator[_Wanted]:
        """The files that are not there yet."""
        async with aclosing(walk.paths()) as paths:
            async for path in paths:
                for line in lines(path):
                    raw = msgspec.json.decode(line)
                    for wanted in self._of(Submission(raw["_id"], raw)):
                        yield wanted
        self._all_found = True

    def _of(self, record: Submission) -> list[_Wanted]:
        """Those of one record; names are given out the same way each time, whatever is wanted."""
        taken: set[str] = set()
        found = []
        for file in record.attachments:
            path = f"{record.id}/{_free(safe_filename(file.filename, file.uid or 'file'), taken)}"
            if self._questions and not self._questions & set(_names(file.question_xpath)):
                continue
            if file.is_deleted:
                self._deleted += 1
                continue
            self._found += 1
            if self._is_there(file):
                self._already += 1
                self._tell()
            else:
                found.append(_Wanted(record, file, path))
        return found

    def _is_there(self, file: Attachment) -> bool:
        entry = self._there.get(file.uid)
        path = self._folder / entry.path if entry else None
        return path is not None and path.is_file() and path.stat().st_size == (entry.bytes if entry else -1)

    async def fetch(self, wanted: _Wanted) -> None:
        """One file, and its line in the manifest."""
        target = self._folder / wanted.path
        private_dir(target.parent)
        try:
            size = await self._kobo.attachments.save(wanted.file.download_url, target)
        except _ITS_OWN as error:
            text = _("{name} of record {id}: {why}")
            self._failed.append(text.format(name=wanted.file.filename, id=wanted.record.id, why=error.sentence))
            self._tell()
            return
        entry = Entry(
            uid=wanted.file.uid,
            record=wanted.record.id,
            root_uuid=wanted.record.root_uuid,
            question=wanted.file.question_xpath,
            name=wanted.file.filename,
            path=wanted.path,
            bytes=size,
            mimetype=wanted.file.mimetype,
        )
        with writing(self._folder / MANIFEST):
            self._manifest.write(msgspec.json.encode(entry) + b"\n")
            self._manifest.flush()
        self._saved += 1
        self._bytes += size
        self._tell()

    def _tell(self) -> None:
        done = self._saved + self._already + len(self._failed)
        total = self._found if self._all_found else None
        self._report(Progress(what=self._name, done=done, total=total, unit="files"))

    def result(self, statement: Statement) -> Downloaded:
        """What became of it."""
        return Downloaded(
            saved=self._saved,
            already=self._already,
            deleted=self._deleted,
            bytes=self._bytes,
            failed=tuple(self._failed),
            statement=statement,
        )


def read_manifest(folder: Path) -> list[Entry]:
    """What lies in the folder, as far as its list can be read."""
    found = []
    try:
        with (folder / MANIFEST).open("rb") as file:
            for line in file:
                try:
                    found.append(msgspec.json.decode(line, type=Entry))
                except msgspec.DecodeError:
                    continue  # the line a cut left unfinished
    except OSError:
        return []
    return [entry for entry in found if _stays_inside(entry.path)]


def _stays_inside(path: str) -> bool:
    """Whether a line's path leads nowhere else: the list may have been changed by somebody."""
    parts = Path(path).parts
    return bool(parts) and not Path(path).is_absolute() and ".." not in parts


def _names(xpath: str) -> tuple[str, str]:
    """Path and name of the question, without positions."""
    path = _POSITION.sub("", xpath)
    return path, path.rpartition("/")[2]


def _free(name: str, taken: set[str]) -> str:
    """The name, or one with a number when another file of the record has it."""
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (name, "")
    found, number = name, 2
    while found.casefold() in taken:
        found, number = f"{stem}-{number}{suffix}", number + 1
    taken.add(found.casefold())
    return found
