"""What is asked before data goes out: which kind of file, its options, where to; of one project or of many."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec import UNSET, structs

from kobotui.columns.words import day_and_time
from kobotui.locale import _, ngettext
from kobotui.model.export_options import ENDINGS, ExportOptions
from kobotui.model.form import Form
from kobotui.model.record_filter import FilterError, FilterReader
from kobotui.paths import typed_path
from kobotui.screens.export_options import ExportOptionsWindow, offered_languages
from kobotui.screens.export_transfers import (
    Attachments,
    DirectExport,
    ManyExports,
    ServerExport,
    kind_label,
    made_here,
)
from kobotui.screens.files import Paths, ask_target, directory_problem, download_directory, free_path
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.api.exports import ExportTask
    from kobotui.exports.direct import Format
    from kobotui.model.export_options import ExportType, Query
    from kobotui.model.project import Project, ProjectDetail
    from kobotui.screens.base import KoboScreen
    from kobotui.transfers import TransferState

HERE = ("csv", "xlsx", "jsonl", "json", "geojson")
BY_SERVER = ("server-csv", "server-xls", "server-geojson", "server-spss_labels", "server-kml")


def kinds(*, many: bool = False) -> list[Choice]:
    """The kinds of export there are."""
    here, server = _("made here, of any size"), _("made by the server, within half an hour")
    backup = [Choice("backup", _("Backup"), _("form, settings, team, media, records and files"))]
    return [
        *(Choice(kind, kind_label(kind), here) for kind in HERE),
        Choice("files", kind_label("files"), _("photos and other files into a folder, each once")),
        *(backup if many else ()),
        *(Choice(kind, kind_label(kind), server) for kind in BY_SERVER),
    ]


async def new_export(
    screen: KoboScreen,
    detail: ProjectDetail | None,
    form: Form | None = None,
    *,
    filtered: tuple[str, Query] | None = None,
    ids: Sequence[int] = (),
) -> None:
    """Ask for everything and begin it. ``filtered``: the filter as typed and as a query; ``ids``: these records.

    ``form``: the one the filter is about, else the project's.
    """
    if detail is None or not detail.has_deployment:
        screen.flash(_("A draft has no data: deploy it first."), "warning")
        return
    kind = await screen.app.push_screen_wait(Picker(_("Select export type"), kinds()))
    if kind is None:
        return
    options = await _ask_options(screen, detail, kind, form or Form.from_content(detail.content), filtered, ids)
    if options is None:
        return
    if kind == "files":
        if folder := await _ask_folder(screen, _("Save the files in"), detail.name or detail.uid):
            screen.app.fetch(Attachments(detail, options, folder))
    elif kind in BY_SERVER:
        await _by_server(screen, detail, options)
    elif path := await ask_file(screen, detail, kind):
        screen.app.fetch(DirectExport(detail, cast("Format", kind), options, path))


async def ask_file(screen: KoboScreen, project: Project, ending: str) -> Path | None:
    """Where a project's file shall lie."""
    return await ask_target(screen, free_path(download_directory(), project.name or project.uid, f".{ending}"))


async def _ask_folder(screen: KoboScreen, label: str, name: str) -> Path | None:
    paths = Paths(("/",))
    proposed = free_path(download_directory(), name, "")
    typed = await screen.ask(label, f"{proposed}/", complete=paths, changed=paths.follow)
    if typed is None:
        return None
    folder = typed_path(typed)
    if problem := directory_problem(str(folder.parent)):
        screen.flash(problem, "warning")
        return None
    return folder


async def _ask_options(
    screen: KoboScreen,
    detail: ProjectDetail,
    kind: str,
    form: Form,
    filtered: tuple[str, Query] | None,
    ids: Sequence[int],
) -> ExportOptions | None:
    """The options of an export of this kind, the last ones proposed; None when left."""
    from kobotui.export_defaults import Defaults

    account = screen.app.session.account
    kept = Defaults(screen.app.session.state, f"{account.server if account else ''} {detail.uid}")
    options, typed = await asyncio.to_thread(kept.load)
    reader = filter_reader(screen, form)
    options, typed = _read_anew(options, typed, reader)
    if options.lang not in (offered := offered_languages(form)):
        options = structs.replace(options, lang=next(iter(offered)))
    if ids:
        options, typed = structs.replace(options, query=UNSET, submission_ids=tuple(ids)), ""
    elif filtered is not None:
        typed, query = filtered
        options = structs.replace(options, query=query or UNSET)
    window = ExportOptionsWindow(_("Options of the export"), kind, options, form, typed=typed, reader=reader)
    chosen = await screen.app.push_screen_wait(window)
    if chosen is None:
        return None
    await asyncio.to_thread(kept.save, chosen, window.typed)
    return _of_type(chosen, kind)


def filter_reader(screen: KoboScreen, form: Form) -> FilterReader:
    """What reads a filter as the account in use means it now."""
    account = screen.app.session.account
    return FilterReader(form, screen.app.session.now, account.username if account else "")


def _read_anew(options: ExportOptions, typed: str, reader: FilterReader) -> tuple[ExportOptions, str]:
    """Options that were kept: "the last week" is another one today, and the form may be another one."""
    try:
        query = reader.query(typed)
    except FilterError:
        query, typed = {}, ""
    return structs.replace(options, query=query or UNSET), typed


def _of_type(options: ExportOptions, kind: str) -> ExportOptions:
    server = kind.removeprefix("server-")
    return structs.replace(options, type=cast("ExportType", server)) if server != kind else options


async def _by_server(screen: KoboScreen, detail: ProjectDetail, options: ExportOptions) -> None:
    exports = (await screen.kobo()).exports(detail.uid)
    if oldest := await exports.falls_off():
        when = day_and_time(oldest.date_created, screen.app.session.now())
        text = _("The server keeps ten exports: the one of {when} goes when this one is finished.")
        if not await screen.confirm(text.format(when=when)):
            return
    if path := await ask_file(screen, detail, ENDINGS[options.type]):
        screen.app.fetch(ServerExport(detail, options, path))


async def export_many(screen: KoboScreen, projects: Sequence[Project]) -> None:
    """Several projects into one folder; drafts have no data and are left out, unless all of a project is wanted."""
    from kobotui.export_defaults import Defaults

    n = len(projects)
    title = ngettext("Export {n} project", "Export {n} projects", n).format(n=n)
    kind = await screen.app.push_screen_wait(Picker(title, kinds(many=True)))
    if kind is None:
        return
    wanted = [project for project in projects if kind == "backup" or project.has_deployment]
    if left := n - len(wanted):
        text = ngettext("{n} draft has no data.", "{n} drafts have no data.", left)
        screen.flash(text.format(n=left), "warning")
    if not wanted:
        return
    options, files = ExportOptions(), False
    if kind != "backup":
        account = screen.app.session.account
        kept = Defaults(screen.app.session.state, f"{account.server if account else ''} *")
        reader = filter_reader(screen, Form())
        options, typed = _read_anew(*await asyncio.to_thread(kept.load), reader)
        window = ExportOptionsWindow(title, kind, options, None, typed=typed, reader=reader)
        chosen = await screen.app.push_screen_wait(window)
        if chosen is None:
            return
        await asyncio.to_thread(kept.save, chosen, window.typed)
        options, files = _of_type(chosen, kind), window.files
    if folder := await _ask_folder(screen, _("Folder for the projects"), _("exports")):
        screen.app.fetch(ManyExports([project.uid for project in wanted], kind, options, folder, files))


async def offer_instead(screen: KoboScreen, transfer: TransferState) -> None:
    """Where a transfer came to nothing: what can be done in its place, once it is agreed to."""
    received = transfer.received
    if received is None or received.instead is None:
        return
    text = _("{why} Make the export here?").format(why=received.sentence.partition(". ")[0] + ".")
    if await screen.confirm(text):
        screen.app.fetch(received.instead)


async def fetch_or_make(screen: KoboScreen, detail: ProjectDetail, task: ExportTask) -> None:
    """Download an export that the server has made; where it gave up on it, offer to make it here."""
    if task.timed_out and made_here(detail, task.options, Path()):
        if not await screen.confirm(_("The server gave up after its half hour. Make the export here?")):
            return
        path = await ask_file(screen, detail, ENDINGS[task.options.type])
        if path and (here := made_here(detail, task.options, path)):
            screen.app.fetch(here)
    elif task.error:
        screen.flash(task.error, "error")
    elif path := await ask_file(screen, detail, ENDINGS[task.options.type]):
        screen.app.fetch(ServerExport(detail, task.options, path, task))
