"""A project's records as a file made here, from the data endpoint: it always ends, and says whether it is whole.

First the records come onto the disk (``walk``), and while later ranges are under way the earlier ones become the file.
What a cut leaves behind is gone on with; the file is the one that a single run would have made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from threading import Event
from typing import Any, Literal

from msgspec import Struct, structs

from kobotui.api.client import KoboClient
from kobotui.api.paging import Statement
from kobotui.exports.csv_file import CsvOutput
from kobotui.exports.forms import deployed_forms
from kobotui.exports.geojson import GeoJsonOutput
from kobotui.exports.jsonl import JsonLinesOutput, JsonOutput
from kobotui.exports.layout import FormVersion
from kobotui.exports.output import Output, TableOutput
from kobotui.exports.progress import Report, silent
from kobotui.exports.spool import Spool, last_numbers
from kobotui.exports.table import ALWAYS, Table
from kobotui.exports.walk import RecordWalk, Resume
from kobotui.exports.xlsx_file import XlsxOutput
from kobotui.locale import _, ngettext
from kobotui.model.export_options import ExportOptions
from kobotui.model.project import ProjectDetail

Format = Literal["csv", "xlsx", "jsonl", "json", "geojson"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "jsonl", "json", "geojson")
RAW = frozenset({"jsonl", "json"})
"""Formats that hold the records as the server sends them, whatever the form."""


class Direct(Struct, frozen=True, kw_only=True):
    """What the file shall be."""

    format: Format = "csv"
    options: ExportOptions = ExportOptions()
    """As for the server's own exports; ``type`` and ``flatten`` mean nothing here."""
    separator: str = ";"
    """Between the cells of CSV."""


Done = Callable[[Output, Sequence[int]], None]
"""Told of a finished output, and the numbers of its last records, ascending."""


class Exported(Struct, frozen=True, kw_only=True):
    """What became of it."""

    files: tuple[Path, ...]
    """The main file first, then those of the repeats."""
    records: int
    statement: Statement
    resumed: bool = False
    """Whether an earlier run was gone on with."""
    added: int | None = None
    """Records that were added to those there already; None when the file was made anew."""
    anew: bool = False
    """Whether it took the place of a file to which nothing could be added."""
    unknown: dict[str, int] = {}
    """Keys that no deployed version of the form has: they are in the column ``_other``."""
    cut: int = 0
    """Cells longer than a spreadsheet can hold."""
    unreadable: int = 0
    """Answers to geographic questions that are no place."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody should know, in sentences."""
        found = [self.statement.sentence] if self.statement.missing or self.statement.changed else []
        if self.resumed:
            found.append(_("An earlier run was gone on with: what was corrected since in records it had is not in it."))
        if self.anew:
            found.append(
                _("Nothing could be added: the file, the form or what is asked for has changed. It was made anew.")
            )
        if self.added is not None:
            found.append(_("Corrections and deletions of earlier records are not in it: that takes a full run."))
        if self.unknown:
            names = ", ".join(list(self.unknown)[:8]) + (" .." if len(self.unknown) > 8 else "")
            text = _("No deployed version of the form has these; they are in the column _other: {names}.")
            found.append(text.format(names=names))
        if self.cut:
            text = ngettext(
                "{n} cell was longer than XLSX allows.", "{n} cells were longer than XLSX allows.", self.cut
            )
            found.append(text.format(n=self.cut))
        if self.unreadable:
            text = ngettext("{n} answer is no place.", "{n} answers are no places.", self.unreadable)
            found.append(text.format(n=self.unreadable))
        return tuple(found)


async def export_direct(
    kobo: KoboClient,
    project: ProjectDetail,
    target: Path,
    wanted: Direct,
    *,
    resume: Resume = False,
    report: Report = silent,
    done: Done | None = None,
    remembered: int = 0,
) -> Exported:
    """Make the file ``target``; ``resume``: go on with what a cut left beside it.

    The file is written even when records are missing: ``statement`` says so. ``done`` is told of the finished output
    and the last numbers, as many as shall be ``remembered``. Raises ``KoboError`` and ``LocalError``.
    """
    forms = [] if wanted.format in RAW else await deployed_forms(kobo, project)
    with Spool(target) as spool:
        walk = RecordWalk(
            kobo,
            project.uid,
            spool,
            name=project.name,
            query=query_of(wanted.options),
            ids=wanted.options.submission_ids or (),
            fields=sent_fields(wanted.options),
            resume=resume,
            report=report,
        )
        with make_output(spool.folder, target, project.name, forms, wanted) as output:
            async with aclosing(walk.paths()) as paths:
                async for path in paths:
                    if not surprised(output):
                        await in_thread(output.add_file, path)
            if not surprised(output):
                return await _finished(output, walk, spool, done, remembered)
        # the column for what no form has was not there from the beginning
        with make_output(spool.folder, target, project.name, forms, wanted, other=True) as output:
            for number in range(len(walk.state.spans)):
                await in_thread(output.add_file, spool.path(number))
            return await _finished(output, walk, spool, done, remembered)


async def _finished(output: Output, walk: RecordWalk, spool: Spool, done: Done | None, remembered: int) -> Exported:
    assert walk.statement is not None
    files = await asyncio.to_thread(output.finish)
    if done is not None:
        done(output, last_numbers(spool, len(walk.state.spans), remembered))
    exported = structs.replace(described(output, files, walk.statement), resumed=walk.resumed)
    spool.remove()
    return exported


def query_of(options: ExportOptions) -> dict[str, Any]:
    """The query of the options; empty for all records."""
    return dict(options.query) if options.query else {}


def sent_fields(options: ExportOptions) -> tuple[str, ...]:
    """What the server shall send of each record: the questions wanted, and what they cannot be read without."""
    if not options.fields:
        return ()
    around = ("/".join(path.split("/")[:end]) for path in options.fields for end in range(1, path.count("/") + 1))
    files = ["_attachments"] if options.include_media_url else []
    return tuple(dict.fromkeys([*options.fields, *around, *ALWAYS, "__version__", *files]))


def make_output(
    folder: Path,
    target: Path,
    title: str,
    forms: Sequence[FormVersion],
    wanted: Direct,
    *,
    other: bool = False,
    counted: Sequence[int] = (),
    headings: bool = True,
) -> Output:
    """What makes the file of a format; the last three as of ``Table`` and ``CsvOutput``."""
    options, kind = wanted.options, wanted.format
    if kind == "jsonl":
        return JsonLinesOutput(folder, target)
    if kind == "json":
        return JsonOutput(folder, target)
    if kind == "geojson":
        options = structs.replace(options, multiple_select="summary")
    typed = kind == "xlsx" and not options.xls_types_as_text
    table = Table(title, forms, options, typed=typed, other=other, counted=counted)
    if kind == "geojson":
        return GeoJsonOutput(folder, target, table)
    if kind == "xlsx":
        return XlsxOutput(folder, target, table)
    return CsvOutput(folder, target, table, separator=wanted.separator, headings=headings)


def surprised(output: Output) -> bool:
    """Whether records hold what there is no column for."""
    return isinstance(output, TableOutput) and bool(output.table.unknown) and not output.table.has_other


def described(output: Output, files: Sequence[Path], statement: Statement) -> Exported:
    """What there is to say about a finished output."""
    return Exported(
        files=tuple(files),
        records=output.records,
        statement=statement,
        unknown=output.table.unknown if isinstance(output, TableOutput) else {},
        cut=output.cut if isinstance(output, XlsxOutput) else 0,
        unreadable=output.unreadable if isinstance(output, GeoJsonOutput) else 0,
    )


async def in_thread(work: Callable[[Path, Event], None], path: Path) -> None:
    """Do work on the disk beside the requests; when cancelled, it has ended before this returns."""
    stop = Event()
    task = asyncio.create_task(asyncio.to_thread(work, path, stop))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)
        raise
