"""An export that the server makes: begun, watched, fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError
from kobotui.api.exports import ExportTask
from kobotui.exports.progress import Progress, Report, silent
from kobotui.locale import _
from kobotui.model.export_options import ExportOptions
from kobotui.model.project import ProjectDetail
from kobotui.paths import private_dir, refuse_device


async def export_on_server(
    kobo: KoboClient,
    project: ProjectDetail,
    target: Path,
    options: ExportOptions,
    *,
    report: Report = silent,
    falls_off: Callable[[ExportTask], None] | None = None,
) -> int:
    """The server's own file into ``target``; its bytes.

    ``falls_off`` is told before the server removes its oldest export to make room. Raises ``KoboError``, with a hint
    when the export took the server too long, and ``LocalError``.
    """
    refuse_device(target)
    private_dir(target.parent)
    exports = kobo.exports(project.uid)
    if falls_off and (oldest := await exports.falls_off()):
        falls_off(oldest)
    task = await exports.watch(await exports.create(options))
    if task.timed_out:
        raise KoboError(
            _("The server could not make the export: {why}").format(why=task.error),
            hint=_("It gives itself half an hour. An export made here (csv, xlsx, jsonl) always ends."),
        )

    def received(done: int, total: int | None) -> None:
        report(Progress(what=project.name, done=done, total=total, unit="bytes"))

    return await exports.save(task, target, received)
