"""Our own time from a page of a hundred projects to rows on the screen, against DataTable."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.world import World

SIZE = (120, 36)


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """The time computed, not waited: decoding, filter texts, order, cells, and a whole frame of the terminal."""
    with world.account("--projects", "100", "--submissions", "60") as server:
        body = world.place / "page.json"
        body.write_text(json.dumps(server.ask("/api/v2/assets/?q=asset_type:survey&limit=100")))
        texts = world.place / "texts.json"
        world.python("texts", "texts", str(texts))
    taken = json.loads(world.python("page", str(body), str(texts), str(rounds)))
    ours = sorted(taken["ours"])[rounds // 2] * 1000
    details = f"{ratio(taken['ours'], taken['stock']):.2f} x DataTable"
    yield Figure("own time from a page of 100 projects to rows on the screen", ours, "ms", 50, details)


async def compare(body: bytes, texts: dict[str, Any], rounds: int) -> dict[str, list[float]]:
    """Seconds for each round, ours and DataTable's in turn."""
    from benchmarks.stock import Projects

    taken: dict[str, list[float]] = {"ours": [], "stock": []}
    for _round in range(rounds):
        taken["ours"].append(await ours(body))
        taken["stock"].append(await stock(Projects(texts)))
    return taken


async def ours(body: bytes) -> float:
    """The list, whose first page arrives."""
    import msgspec

    from kobotui.__main__ import load_session
    from kobotui.api.paging import Envelope, Page
    from kobotui.app import KoboApp
    from kobotui.model.project import Project
    from kobotui.screens.projects import ProjectsScreen

    session = load_session()
    app = KoboApp(session)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()  # the server is gone, and says so
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ProjectsScreen)
        began = time.process_time()
        page = msgspec.json.decode(body, type=Envelope[Project])
        screen.store.begin()
        screen.store.take(Page(tuple(page.results), page.count))
        screen.show()
        await drawn(screen)
        return time.process_time() - began


async def stock(app: Any) -> float:
    """The same rows in a DataTable."""
    from rich.text import Text
    from textual.widgets import DataTable

    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(DataTable)
        table.clear()
        await pilot.pause()
        rows = app.texts["list"]["rows"]
        began = time.process_time()
        table.add_rows([[Text(cell) for cell in row] for row in rows])
        await drawn(app.screen)
        return time.process_time() - began


async def drawn(screen: Any) -> None:
    """Wait for the frame, which comes within a sixtieth of a second, and for all that follows from it."""
    done = asyncio.Event()
    screen.call_after_refresh(done.set)
    await done.wait()


if __name__ == "__main__":
    body_file, texts_file, count = sys.argv[1:]
    result = asyncio.run(compare(Path(body_file).read_bytes(), json.loads(Path(texts_file).read_text()), int(count)))
    sys.stdout.write(json.dumps(result))
