"""Activity of a project: what was done before, filters, and the file."""

from __future__ import annotations

import csv

from tests.screens.stage import Stage


async def renamed(stage: Stage) -> None:
    """With a rename and a grant in the history."""
    kobo = await stage.app.kobo()
    await kobo.projects.patch(stage.asset.uid, name="Renamed once")
    await kobo.access(stage.asset.uid).grant("ben", "view_submissions")
    await stage.open_project("activity")
    await stage.until(lambda: len(stage.texts()) >= 2, "entries")


async def filtered(stage: Stage) -> None:
    await stage.answer("renamed once")
    await stage.until(lambda: len(stage.texts()) == 1, "one entry")
    assert "change name" in stage.texts()[0]


async def narrowed(stage: Stage) -> None:
    await stage.pick("update-name")
    await stage.answer("admin")
    await stage.answer("2020-01-01")
    await stage.until(lambda: stage.texts() and all("change name" in text for text in stage.texts()), "renames alone")


async def saved(stage: Stage) -> None:
    path = stage.directory / "activity.csv"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["action"] for row in rows} >= {"update-name", "modify-user-permissions"}
    assert {row["project"] for row in rows} == {stage.asset.uid}
