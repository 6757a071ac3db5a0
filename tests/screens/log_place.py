"""History of all projects, and the account's own access log: how they are reached, filters, and the file."""

from __future__ import annotations

import csv
from typing import Any

from tests.screens.scenes import Step
from tests.screens.stage import Stage


async def history(stage: Stage) -> None:
    """Of all projects, with a rename of this one in it."""
    await (await stage.app.kobo()).projects.patch(stage.asset.uid, name="Renamed for all to see")
    stage.app.open_place("history")
    await stage.on("history")
    await stage.until(lambda: any("Renamed for all" in text for text in stage.texts()), "the rename")
    await stage.settled()


async def opened(stage: Stage) -> None:
    await stage.on("activity")


async def found(stage: Stage) -> None:
    await stage.answer("renamed for all")
    await stage.until(lambda: stage.texts() and all("Renamed for" in text for text in stage.texts()), "renames alone")
    moments = [item.entry.date_created for item in stage.screen.entries.items]
    assert moments == sorted(moments, reverse=True)


async def narrowed(stage: Stage) -> None:
    """The server's filters, one after the other; a name it cannot search for is refused at once."""
    await stage.pick("update-name")
    await stage.until(lambda: stage.screen.query("Prompt"), "a question")
    prompt = stage.screen.query_one("Prompt")
    prompt.text = "a b"
    await stage.pilot.press("enter")
    assert prompt.is_attached
    await stage.answer("admin")
    await stage.answer("2020-01-01 2020-01-02")
    await stage.settled()
    await stage.until(lambda: not stage.texts(), "nothing so long ago")
    await stage.pilot.press("F")
    await stage.pick("update-name")
    await stage.answer()
    await stage.answer("2020-01-01")
    await stage.until(lambda: stage.texts() and all("change name" in text for text in stage.texts()), "renames alone")
    await stage.settled()
    assert {item.uid for item in stage.screen.entries.items} > {stage.asset.uid}, "of more than one project"


def rows(stage: Stage, name: str) -> list[dict[str, Any]]:
    return list(csv.DictReader((stage.directory / name).read_text(encoding="utf-8-sig").splitlines()))


async def saved(stage: Stage) -> None:
    await stage.answer(str(stage.directory / "history.csv"))
    await stage.until((stage.directory / "history.csv").exists, "the file")
    written = rows(stage, "history.csv")
    assert len(written) == len(stage.screen.entries.items)
    assert {stage.asset.uid, "update-name"} <= {value for row in written for value in row.values()}


async def of_the_shown(stage: Stage) -> None:
    await stage.on("history")
    await stage.settled()
    shown = stage.screen._projects.keys()
    assert stage.asset.uid in shown
    assert len(shown) > 1
    assert all(stage.server.state.assets[uid].asset_type == "survey" for uid in shown)


async def two_marked(stage: Stage) -> None:
    """On the list, with two projects marked."""
    await stage.open_list("projects")
    stage.table.set_marked([stage.asset.uid, stage.table.source.key(0)])


async def of_the_marked(stage: Stage) -> None:
    await stage.on("history")
    await stage.settled()
    assert stage.asset.uid in stage.screen._projects
    assert len(stage.screen._projects) <= 2


async def access_log(stage: Stage) -> None:
    """After the list has been read, with all that follows it: each request is an entry."""
    await stage.until(lambda: stage.screen.store.complete, "the list")
    await stage.rest()
    stage.app.open_place("access-log")
    await stage.on("access-log")
    await stage.until(stage.texts, "entries")
    await stage.settled()


async def searched(stage: Stage) -> None:
    await stage.answer("127.0.0.1 token")
    await stage.until(stage.texts, "entries")
    assert all("127.0.0.1" in text for text in stage.texts())


async def some_days(stage: Stage) -> None:
    """A line that is no day is refused; days long ago have nothing."""
    await stage.until(lambda: stage.screen.query("Prompt"), "a question")
    prompt = stage.screen.query_one("Prompt")
    prompt.text = "2026-13-01"
    await stage.pilot.press("enter")
    assert prompt.is_attached
    await stage.answer("2020-01-01 2020-01-31")
    await stage.until(lambda: not stage.texts(), "nothing so long ago")


async def log_saved(stage: Stage) -> None:
    await stage.answer(str(stage.directory / "log.csv"))
    await stage.until((stage.directory / "log.csv").exists, "the file")
    written = rows(stage, "log.csv")
    assert len(written) >= len(stage.texts())
    assert {row["ip_address"] for row in written} == {"127.0.0.1"}
    assert {row["user"] for row in written} == {"admin"}


LOGS: dict[str, tuple[Step, Step]] = {
    "projects.history": (two_marked, of_the_marked),
    "history.open": (history, opened),
    "history.filter": (history, found),
    "history.narrow": (history, narrowed),
    "history.save": (history, saved),
    "access-log.filter": (access_log, searched),
    "access-log.narrow": (access_log, some_days),
    "access-log.save": (access_log, log_saved),
}
"""Where one is, and what the key leads to."""
