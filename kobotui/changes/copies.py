"""Copies of records on this machine, kept before they are deleted: the whole XML and every file, proved.

They lie below the state directory, closed to others, one folder for each step of a job, and are forgotten with the job.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from kobotui.changes.local_files import LocalFile, fingerprint
from kobotui.locale import _
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import Submission
from kobotui.model.text import safe_filename
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError, private_dir, write_private

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.submission import Attachment

FOLDER = "deleted"
"""Below the state directory."""
MEASURED = 60
"""Files whose size is asked for, one by one: the records do not tell."""
AT_ONCE = 4


class NoCopy(Exception):
    """A record of which no whole copy could be had; the message is a sentence."""


class KeptRecord(Struct, frozen=True, kw_only=True):
    """A copy: what it takes to make the record once more."""

    uuid: str
    """``_uuid`` of the revision."""
    xml: LocalFile
    files: tuple[LocalFile, ...] = ()
    validation: str | None = None
    sent: str = ""
    by: str = ""


class Size(NamedTuple):
    """How much a copy is: files that the server still has, those it lists and has no more, and bytes where known."""

    files: int
    lost: int
    bytes: int | None


async def keep_copy(kobo: KoboClient, project: str, record: Submission, folder: Path) -> KeptRecord:
    """Save a record, as it is now, into a folder of its own.

    Raises ``NoCopy`` where the server does not give all of it, ``LocalError``, and ``KoboError`` when the line is gone.
    """
    from kobotui.api.errors import NotAllowed, NotFound, Rejected, ServerTrouble, Unreadable

    name = _("the record itself")
    try:
        source = await kobo.submissions(project).xml(record.id)
        xml = RecordXml.parse(source)
        if xml.instance_id.removeprefix("uuid:") != record.uuid:
            raise NoCopy(_("No copy could be made: the record was corrected at the same moment."))
        await asyncio.to_thread(_write, folder, source, record)
        files = []
        for number, file in enumerate(file for file in record.attachments if not file.is_deleted):
            name = file.filename
            target = folder / f"{number:02}-{safe_filename(file.filename, 'file')}"
            size = await kobo.attachments.save(file.download_url, target)
            if target.stat().st_size != size:
                raise NoCopy(_("No copy could be made: {name} is not whole.").format(name=name))
            files.append(await asyncio.to_thread(LocalFile.of, target, _named(xml, file), file.mimetype))
    except (NotAllowed, NotFound, Rejected, ServerTrouble, Unreadable) as error:
        raise NoCopy(_("No copy could be made of {name}: {why}").format(name=name, why=error.sentence)) from error
    except (XmlError, OSError) as error:
        raise NoCopy(_("No copy could be made of {name}: {why}").format(name=name, why=error)) from error
    return KeptRecord(
        uuid=record.uuid,
        xml=await asyncio.to_thread(LocalFile.of, folder / "record.xml"),
        files=tuple(files),
        validation=record.validation,
        sent=record.submitted,
        by=record.submitted_by or "",
    )


def _write(folder: Path, source: bytes, record: Submission) -> None:
    for path in (folder.parent.parent, folder.parent, folder):
        private_dir(path)
    write_private(folder / "record.xml", source)
    write_private(folder / "record.json", msgspec.json.encode(record.raw))


def _named(xml: RecordXml, file: Attachment) -> str:
    """What the answer calls a file: the server changes some characters, and a file sent again must fit its answer."""
    try:
        return xml.answer(file.question_xpath) or file.filename
    except XmlError:
        return file.filename


def is_there(kept: KeptRecord) -> bool:
    """Whether a copy that was made earlier is still what it was."""
    with suppress(LocalError):
        return all(fingerprint(Path(file.path)) == file.sha256 for file in (kept.xml, *kept.files))
    return False


async def measure(kobo: KoboClient, records: Sequence[Submission]) -> Size:
    """How much the copies of these records will be; of many files the size is not asked for. Raises ``KoboError``."""
    from kobotui.api.errors import NotAllowed, NotFound, Rejected, ServerTrouble, Unreadable

    listed = [file for record in records for file in record.attachments]
    files = [file for file in listed if not file.is_deleted]
    lost = len(listed) - len(files)
    if len(files) > MEASURED:
        return Size(len(files), lost, None)
    gate = asyncio.Semaphore(AT_ONCE)

    async def size(link: str) -> int | None:
        async with gate:
            try:
                async with kobo.attachments.open(link) as download:
                    return download.size
            except (NotAllowed, NotFound, Rejected, ServerTrouble, Unreadable):
                return None

    sizes = await asyncio.gather(*(size(file.download_url) for file in files))
    known = [one for one in sizes if one is not None]
    return Size(len(files), lost, sum(known) if len(known) == len(files) else None)


def forget(state: Path, marks: Callable[[], Collection[str]]) -> None:
    """Remove the copies of jobs that are forgotten; ``marks`` are those of the jobs that are known."""
    try:
        folders = [path for path in (state / FOLDER).iterdir() if path.is_dir()]
    except OSError:
        return
    if folders:  # listed first: a job is written down before it keeps anything
        known = set(marks())
        for folder in folders:
            if folder.name.rpartition("-")[0] not in known:
                shutil.rmtree(folder, ignore_errors=True)
