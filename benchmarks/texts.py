"""What the console shows of a demo server: as plain texts for the stock widgets, and as a list ten thousand long.

    python -m benchmarks.texts texts FILE
    python -m benchmarks.texts keep COUNT

The account is the saved one. ``keep`` leaves a list of so many projects where the console looks for its last one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kobotui import cache
from kobotui.accounts import Accounts, connect
from kobotui.columns.form import outline_cells, outline_columns
from kobotui.columns.projects import panel_lines, project_cells, project_columns
from kobotui.columns.submissions import SubmissionColumns
from kobotui.model.form import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kobotui.columns.cell import Cell, Column
    from kobotui.model.project import Project


async def texts() -> dict[str, Any]:
    """List, facts, form and data of the first project, by name of the table."""
    now = datetime.now(UTC)
    async with connect() as kobo:
        username = kobo.account.username
        projects = (await kobo.projects.page()).items
        detail = await kobo.projects.get(projects[0].uid)
        records = (await kobo.submissions(detail.uid).page(0, 50)).items
    form = Form.from_content(detail.content)
    answers = SubmissionColumns(form, form.default_language)
    facts = panel_lines(detail, username, now)
    return {
        "list": _table(project_columns(), (project_cells(project, username, now) for project in projects)),
        "facts": {"columns": ["", ""], "rows": [list(fact) for fact in facts]},
        "form": _table(outline_columns(), (outline_cells(form, node, 0) for node in form.outline())),
        "data": _table(answers.columns, (answers.cells(record, now) for record in records)),
    }


def _table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> dict[str, Any]:
    return {"columns": [column.heading for column in columns], "rows": [[cell.text for cell in row] for row in rows]}


async def keep(count: int) -> None:
    """A list of so many projects, as if the last session had read it."""
    async with connect() as kobo:
        page = (await kobo.projects.page()).items
    many: list[Project] = [
        msgspec.structs.replace(page[n % len(page)], uid=f"a{n:021}", name=f"{page[n % len(page)].name} {n}")
        for n in range(count)
    ]
    account = Accounts.load().last_used
    assert account is not None
    cache.keep(account, many, datetime.now(UTC))


if __name__ == "__main__":
    what, argument = sys.argv[1:]
    if what == "texts":
        Path(argument).write_text(json.dumps(asyncio.run(texts())))
    else:
        asyncio.run(keep(int(argument)))
