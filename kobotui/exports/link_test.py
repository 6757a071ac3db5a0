"""A link tried as its consumer would: how long it takes, how much comes, whether the server can make it in time."""

from __future__ import annotations

import asyncio
import csv
import tempfile
import time
from pathlib import Path
from typing import Literal

from msgspec import Struct

from kobotui.api.client import KoboClient
from kobotui.columns.words import number
from kobotui.exports.progress import Progress, Report, silent
from kobotui.locale import _, ngettext

MOST_SECONDS = 120
"""What the server gives itself."""
_CLOSE = 0.6
"""From this share of it on a project that grows will fail soon."""


class LinkTest(Struct, frozen=True, kw_only=True):
    """How it went."""

    seconds: float
    """Until the last byte; a file that the server made in the last five minutes comes at once."""
    bytes: int
    rows: int
    """Of the records, without the heading."""
    columns: int

    @property
    def sentence(self) -> str:
        """In words."""
        text = ngettext(
            "{n} row, {columns} columns in {seconds:.1f} s; the server has {most} s for it.",
            "{n} rows, {columns} columns in {seconds:.1f} s; the server has {most} s for it.",
            self.rows,
        )
        return text.format(n=number(self.rows), columns=self.columns, seconds=self.seconds, most=MOST_SECONDS)

    @property
    def warning(self) -> str:
        """What to do while it still works; empty when nothing has to be done."""
        if self.seconds < MOST_SECONDS * _CLOSE:
            return ""
        return _("That is close: give the named export a query or fewer questions before it fails.")


async def try_link(
    kobo: KoboClient, project: str, named: str, kind: Literal["csv", "xlsx"] = "csv", *, report: Report = silent
) -> LinkTest:
    """Read a named export's link. Raises ``KoboError`` as the consumer would see it fail."""
    began, size = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="kobotui-") as folder:
        path = Path(folder) / f"data.{kind}"
        async with kobo.named_exports(project).data(named, kind) as download:
            with path.open("wb") as file:
                async for chunk in download:
                    file.write(chunk)
                    size += len(chunk)
                    report(Progress(what=named, done=size, total=download.size, unit="bytes"))
        seconds = time.monotonic() - began
        rows, columns = await asyncio.to_thread(_csv_shape if kind == "csv" else _xlsx_shape, path)
    return LinkTest(seconds=seconds, bytes=size, rows=rows, columns=columns)


async def try_endpoint(kobo: KoboClient, project: str) -> str:
    """Read a page of the JSON endpoint; in words. Raises ``KoboError``."""
    began = time.monotonic()
    page = await kobo.submissions(project).lines(0, 1000, {"_id": 1})
    text = ngettext(
        "{n} record; a page of {page} came in {seconds:.1f} s.",
        "{n} records; a page of {page} came in {seconds:.1f} s.",
        page.count,
    )
    return text.format(n=number(page.count), page=number(len(page)), seconds=time.monotonic() - began)


def _csv_shape(path: Path) -> tuple[int, int]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        columns = len(next(reader, []))
        return sum(1 for _row in reader), columns


def _xlsx_shape(path: Path) -> tuple[int, int]:
    """Of the first sheet."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        columns = len(next(rows, ()))
        return sum(1 for _row in rows), columns
    finally:
        book.close()
