"""``kobotui export``: records into files, made here or by the server; of one project, or of many into a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from msgspec import structs

from kobotui.api.errors import KoboError
from kobotui.cli.naming import uid_of
from kobotui.cli.output import FAILED, INCOMPLETE, OK, Refused, reader_may_leave, write_json
from kobotui.cli.reading import Reading, read
from kobotui.cli.wanted import check_query, wanted
from kobotui.columns.words import number, size
from kobotui.exports.direct import Direct, Format, export_direct
from kobotui.exports.forms import deployed_forms, first_language, language_of
from kobotui.exports.many import Entry, Made, make_many
from kobotui.exports.server_side import export_on_server
from kobotui.exports.since import ADDABLE, export_new
from kobotui.locale import _, ngettext
from kobotui.model.export_options import NAMES, ExportOptions, ExportType
from kobotui.model.text import safe_filename
from kobotui.paths import writing

if TYPE_CHECKING:
    import argparse

    from kobotui.api.client import KoboClient
    from kobotui.api.exports import ExportTask
    from kobotui.model.project import ProjectDetail

SERVERS: dict[str, ExportType] = {"server-csv": "csv", "server-xlsx": "xls", "spss": "spss_labels", "kml": "kml"}
"""Formats that the server makes."""
FORMATS = (*get_args(Format), *SERVERS)
_MULTIPLE = {"one": "summary", "several": "details", "both": "both"}
_SUFFIXES = {"server-csv": ".csv", "server-xlsx": ".xlsx", "spss": ".zip"}
_NAMED = {
    ".csv": ("csv", "server-csv"),
    ".xlsx": ("xlsx", "server-xlsx"),
    ".jsonl": ("jsonl",),
    ".json": ("json",),
    ".geojson": ("geojson",),
    ".kml": ("kml",),
}
"""What a file is by its name."""
_SEPARATORS = {"tab": "\t"}
LAST = "last"


def export(arguments: argparse.Namespace) -> int:
    """Export one project or several."""
    _check(arguments)
    check_query(arguments.query)
    since = _since(arguments)
    file, folder = _target(arguments)

    async def work(kobo: KoboClient, reading: Reading) -> int:
        uids = [uid_of(kobo, project) for project in arguments.project]
        run = _Run(kobo, reading, arguments, since)
        if folder is not None:
            entries = await make_many(kobo, uids, folder, run.make, suffix=run.suffix)
            return end_many(reading, entries, folder, arguments)
        project = await kobo.projects.get(uids[0])
        target = file or Path(safe_filename(project.name) + run.suffix)
        return _end_one(reading, project, await run.make(project, target), arguments)

    left = "" if arguments.format in SERVERS else _("What is there is gone on with by --resume.")
    return read(arguments, work, left=left)


def _check(arguments: argparse.Namespace) -> None:
    """Raises ``Refused`` for options that do not go together."""
    if arguments.since == LAST and arguments.format not in ADDABLE:
        raise Refused(_("--since last goes with --format {formats}.").format(formats=", ".join(sorted(ADDABLE))))
    if arguments.output == "-":
        raise Refused(_("-o takes a file: an export is not written to standard output."))
    suffix = Path(arguments.output or "").suffix.casefold()
    if suffix in _NAMED and arguments.format not in _NAMED[suffix]:
        text = _("{path} is a name for {meant}; --format says {format}.")
        meant = ", ".join(_NAMED[suffix])
        raise Refused(text.format(path=arguments.output, meant=meant, format=arguments.format))
    if arguments.resume and (arguments.since == LAST or arguments.format in SERVERS):
        raise Refused(_("--resume goes with files that are made here, whole."))


def _since(arguments: argparse.Namespace) -> dict[str, Any]:
    """The records meant by ``--since``, empty for all. Raises ``Refused``."""
    if arguments.since is None or arguments.since == LAST:
        return {}
    try:
        moment = datetime.fromisoformat(arguments.since)
    except ValueError:
        text = _("--since takes a date like {example}, or last.")
        raise Refused(text.format(example="2026-08-31")) from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return {"_submission_time": {"$gte": moment.isoformat()}}


def _target(arguments: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """The file for one project, None when it is named after it; or the folder for several. A link stays one.

    Raises ``Refused`` and ``LocalError``.
    """
    output = Path(arguments.output) if arguments.output else None
    one = len(arguments.project) == 1
    if output is None:
        return None, None if one else Path()
    with writing(output):
        is_folder = output.is_dir() or arguments.output.endswith("/")
        if one and not is_folder:
            return output.resolve() if output.is_symlink() else output, None
        if output.exists() and not is_folder:
            raise Refused(_("{path} is no folder: several projects need one.").format(path=output))
    return None, output


class _Run:
    """The files of one project after another."""

    def __init__(
        self, kobo: KoboClient, reading: Reading, arguments: argparse.Namespace, since: dict[str, Any]
    ) -> None:
        self._kobo, self._reading, self._arguments, self._since = kobo, reading, arguments, since
        kind: str = arguments.format
        self.suffix = _SUFFIXES.get(kind, f".{kind}")
        self._options = ExportOptions(
            type=SERVERS.get(kind, "csv"),
            lang=NAMES,
            multiple_select=_MULTIPLE[arguments.multiple],  # type: ignore[arg-type]  # the table has no others
            hierarchy_in_labels=arguments.groups,
            fields=tuple(arguments.question or ()),
            include_media_url=arguments.media,
        )

    async def make(self, project: ProjectDetail, target: Path) -> Made:
        """The files of one project."""
        kobo, arguments, report = self._kobo, self._arguments, self._reading.report
        await self._check_questions(project)
        found = await wanted(kobo, project, arguments.query, beside=self._since, report=report)
        if found.ids and arguments.since == LAST:
            text = _("{name}: --since last goes with a --query that the server can tell.")
            raise KoboError(text.format(name=project.name))
        options = structs.replace(
            self._options,
            lang=await self._language(project),
            query=found.query or msgspec.UNSET,
            submission_ids=found.ids or msgspec.UNSET,
        )
        if arguments.format in SERVERS:
            await export_on_server(kobo, project, target, options, report=report, falls_off=self._falls_off)
            return Made(files=(target,))
        separator = _SEPARATORS.get(arguments.separator, arguments.separator)
        shape = Direct(format=arguments.format, options=options, separator=separator)
        if arguments.since == LAST:
            made = await export_new(kobo, project, target, shape, report=report)
        else:
            made = await export_direct(kobo, project, target, shape, resume=arguments.resume, report=report)
        return Made(files=made.files, records=made.records, complete=made.statement.complete, notes=made.notes)

    async def _check_questions(self, project: ProjectDetail) -> None:
        """Raises ``KoboError`` for a ``--question`` that no deployed version of the form has."""
        if not (asked := self._arguments.question):
            return
        known = {path for version in await deployed_forms(self._kobo, project) for path in version.form.questions}
        if unknown := [name for name in asked if name not in known and not name.startswith(("_", "meta/"))]:
            text = _("{name} has no question {questions}; one in a group is named group/question.")
            raise KoboError(text.format(name=project.name, questions=", ".join(unknown)))

    async def _language(self, project: ProjectDetail) -> str:
        """The language of the form that ``--labels`` means. Raises ``KoboError`` when it has none such."""
        wanted: str | None = self._arguments.labels
        if wanted is None:
            return NAMES
        forms = await deployed_forms(self._kobo, project)
        if not wanted:
            return first_language(forms[0].form)
        if found := language_of(forms, wanted):
            return found
        languages = [name for name in forms[0].form.languages if name]
        text = _("{name} has no labels in {wanted}; its languages: {languages}.")
        raise KoboError(text.format(name=project.name, wanted=wanted, languages=", ".join(languages) or "-"))

    def _falls_off(self, oldest: ExportTask) -> None:
        text = _("The server keeps ten exports of a project; the one of {moment} makes room for this one.")
        self._reading.say(text.format(moment=f"{oldest.date_created:%Y-%m-%d %H:%M}"))


def _end_one(reading: Reading, project: ProjectDetail, made: Made, arguments: argparse.Namespace) -> int:
    """The file is there: its end in words and as a code."""
    for note in made.notes:
        (reading.mention if made.complete else reading.say)(note)
    if arguments.output_format == "json":
        entry = Entry(
            project=project.uid,
            name=project.name,
            files=tuple(map(str, made.files)),
            records=made.records,
            complete=made.complete,
            notes=made.notes,
        )
        with reader_may_leave():
            write_json(msgspec.to_builtins(entry))
    elif arguments.format in SERVERS:
        reading.mention(_("{path}: {size}").format(path=made.files[0], size=size(made.files[0].stat().st_size)))
    else:
        text = ngettext("{path}: {n} record", "{path}: {n} records", made.records)
        reading.mention(text.format(path=made.files[0], n=number(made.records)))
    return OK if made.complete else INCOMPLETE


def end_many(reading: Reading, entries: list[Entry], folder: Path, arguments: argparse.Namespace) -> int:
    """The folder is there: what failed or is not whole in words, and a code."""
    if arguments.output_format == "json":
        with reader_may_leave():
            write_json(msgspec.to_builtins(entries))
    failed = [entry for entry in entries if entry.error]
    partly = [entry for entry in entries if not entry.error and not entry.complete]
    for entry in failed:
        reading.say(f"{entry.name or entry.project}: {entry.error}")
    for entry in partly:
        reading.say(f"{entry.name}: {' '.join(entry.notes)}")
    whole = len(entries) - len(failed) - len(partly)
    text = ngettext(
        "{path}: {n} of {total} project is whole", "{path}: {n} of {total} projects are whole", len(entries)
    )
    reading.mention(text.format(path=folder, n=whole, total=len(entries)))
    return FAILED if failed else INCOMPLETE if partly else OK
