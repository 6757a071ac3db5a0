"""New records added to a file that an earlier run made.

A mark beside the file (``.name.mark``) keeps what is in it: its columns, how large it is, the last numbers. The server
commits records late: one may appear below numbers that were read already. So the last ``MARGIN`` records are asked for
again, and those that were not there are added too. Edits and deletions are not seen: that takes a full run.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from kobotui.api.client import KoboClient
from kobotui.exports.direct import (
    RAW,
    Direct,
    Exported,
    described,
    export_direct,
    in_thread,
    make_output,
    query_of,
    sent_fields,
    surprised,
)
from kobotui.exports.forms import deployed_forms
from kobotui.exports.layout import FormVersion
from kobotui.exports.output import Output, TableOutput
from kobotui.exports.progress import Report, silent
from kobotui.exports.spool import Spool, WalkState, last_numbers
from kobotui.exports.walk import RecordWalk
from kobotui.model.project import ProjectDetail
from kobotui.paths import put_in_place, write_private, writing

MARGIN = 1000
"""Records below the mark that are asked for again."""
ADDABLE = frozenset({"csv", "jsonl"})
"""Formats to which records can be added."""


class Mark(Struct, frozen=True, kw_only=True):
    """What an earlier run left."""

    walked: WalkState
    shape: str
    """Fingerprint of format, options and columns."""
    sizes: dict[str, int]
    """Bytes of each file, by name."""
    other: bool = False
    """Whether there is a column for what no form has."""
    counted: tuple[int, ...] = ()
    """Rows of each sheet."""
    records: int = 0
    last: tuple[int, ...] = ()
    """The last numbers, at most ``MARGIN``, ascending."""

    @property
    def border(self) -> int:
        """Records with greater numbers are asked for."""
        return self.last[0] - 1 if len(self.last) == MARGIN else -1


async def export_new(
    kobo: KoboClient, project: ProjectDetail, target: Path, wanted: Direct, *, report: Report = silent
) -> Exported:
    """Add to ``target`` the records it does not have; all of them when there is nothing to add to.

    Whoever changed the file since, asks for something else, or deployed a form with other columns, gets a full run.
    Raises ``KoboError``, ``LocalError``, and ValueError for a format that cannot be added to.
    """
    if wanted.format not in ADDABLE:
        raise ValueError(f"{wanted.format} cannot be added to")
    forms = [] if wanted.format in RAW else await deployed_forms(kobo, project)
    walked = WalkState(
        server=kobo.account.server,
        project=project.uid,
        query=query_of(wanted.options),
        fields=sent_fields(wanted.options),
    )
    mark = _read(target)
    if mark is not None and mark.walked == walked and mark.sizes == _sizes(target, mark.sizes):
        added = await _add(kobo, project, target, wanted, forms, mark, report)
        if added is not None:
            return added
    made = await _all(kobo, project, target, wanted, walked, report)
    return structs.replace(made, anew=mark is not None)


async def _all(
    kobo: KoboClient, project: ProjectDetail, target: Path, wanted: Direct, walked: WalkState, report: Report
) -> Exported:
    """A full run, and its mark."""

    def note(output: Output, numbers: Sequence[int]) -> None:
        mark = Mark(
            walked=walked,
            shape=shape_of(output, wanted),
            sizes=_sizes(target, [path.name for path in output.targets]),
            other=isinstance(output, TableOutput) and output.table.has_other,
            counted=_counted(output),
            records=output.records,
            last=tuple(numbers),
        )
        write_private(_mark_of(target), msgspec.json.encode(mark))

    return await export_direct(kobo, project, target, wanted, report=report, done=note, remembered=MARGIN)


async def _add(
    kobo: KoboClient,
    project: ProjectDetail,
    target: Path,
    wanted: Direct,
    forms: Sequence[FormVersion],
    mark: Mark,
    report: Report,
) -> Exported | None:
    """The new records onto the file; None when they do not fit its columns."""
    query: dict[str, Any] = {"_id": {"$gt": mark.border}}
    query = {"$and": [mark.walked.query, query]} if mark.walked.query else query
    with Spool(target) as spool:
        walk = RecordWalk(
            kobo, project.uid, spool, name=project.name, query=query, fields=mark.walked.fields, report=report
        )
        rest = make_output(
            spool.folder, target, project.name, forms, wanted, other=mark.other, counted=mark.counted, headings=False
        )
        with rest as output:
            if shape_of(output, wanted) != mark.shape:
                return None
            output.skip = frozenset(mark.last)
            async with aclosing(walk.paths()) as paths:
                async for path in paths:
                    await in_thread(output.add_file, path)
            if surprised(output):
                return None
            await asyncio.to_thread(_join, output)
            seen = last_numbers(spool, len(walk.state.spans), MARGIN)
        assert walk.statement is not None
        last = tuple(sorted({*mark.last, *seen})[-MARGIN:])
        new = structs.replace(
            mark,
            sizes=_sizes(target, mark.sizes),
            counted=_counted(output),
            records=mark.records + output.records,
            last=last,
        )
        if walk.statement.complete:  # else the sizes do not fit the mark, and the next run is a full one
            write_private(_mark_of(target), msgspec.json.encode(new))
        made = described(output, output.targets, walk.statement)
        spool.remove()
    return structs.replace(made, records=new.records, added=output.records)


def _join(output: Output) -> None:
    """What was made after what is there, both under another name until they are one."""
    for number, (rest, target) in reversed(list(enumerate(output.close_files()))):
        whole = rest.with_name(f"{number}.whole")
        with writing(target):
            shutil.copyfile(target, whole)
            whole.chmod(0o600)
            with rest.open("rb") as source, whole.open("ab") as file:
                shutil.copyfileobj(source, file, 2**20)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(whole, target)


def shape_of(output: Output, wanted: Direct) -> str:
    """A fingerprint of what must be equal for rows to go under rows."""
    sheets = [(s.name, s.headings) for s in output.table.sheets] if isinstance(output, TableOutput) else []
    return hashlib.sha256(msgspec.json.encode((wanted, sheets))).hexdigest()


def _counted(output: Output) -> tuple[int, ...]:
    return tuple(output.table.counted) if isinstance(output, TableOutput) else ()


def _mark_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.mark")


def _read(target: Path) -> Mark | None:
    try:
        return msgspec.json.decode(_mark_of(target).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError):
        return None


def _sizes(target: Path, names: Sequence[str] | dict[str, int]) -> dict[str, int]:
    """Bytes of files beside the target; -1 for one that is gone."""
    found = {}
    for name in names:
        path = target.with_name(name)
        found[name] = path.stat().st_size if path.is_file() else -1
    return found
