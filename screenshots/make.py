"""The pictures of the README, made anew: ``python screenshots/make.py [name ...]``.

The console runs against the demo, is driven by keys, and is painted with a font of this machine. Seed, sizes and clock
are fixed: a picture changes when the console does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from textual.pilot import Pilot

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SIZE = (112, 24)
ZOOM = 1.25
LIMIT = 250_000
"""Bytes of a picture at most."""
FONTS = {
    "DejaVu Sans Mono": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    "Fira Code": ("FiraCode-Regular.ttf", "FiraCode-Bold.ttf"),
}
"""Families with their files, the one that is wanted most first."""
PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/Library/Fonts", "/Library/Fonts")
PATIENCE = 60.0
"""Seconds until a screen that does not come to rest fails the run."""


class Tour:
    """The console, the keys pressed on it, and the pictures taken so far."""

    def __init__(self, pilot: Pilot[Any], server: Any) -> None:
        self.pilot, self.server = pilot, server
        self.app: Any = pilot.app

    async def press(self, *keys: str) -> None:
        """Press keys and wait until what they lead to is there."""
        await self.pilot.press(*keys)
        await self.rest()

    async def type(self, key: str, text: str) -> None:
        """Answer the question that a key opens."""
        await self.press(key)
        await self.press("ctrl+u", *text, "enter")

    async def project(self, name: str) -> None:
        """Go to a project of the list by the beginning of its name."""
        await self.type("slash", name)
        await self.press("enter")

    async def several(self, typed: str, key: str, *, wait: bool = True) -> None:
        """Do something to all projects that a filter shows."""
        await self.type("slash", typed)
        await self.press("u", "asterisk")
        await self.press(key)
        await self.apply(wait=wait)

    async def apply(self, *, wait: bool = True) -> None:
        """Apply the plan that is reviewed, and wait for the end of its job."""
        await self.press("a")
        await self.rest(jobs=wait)

    async def rest(self, *, jobs: bool = False) -> None:
        """Nothing is being read, no job runs if they are waited for, and the cursor has come to rest."""
        quiet, waited = 0, 0.0
        while quiet < 10:
            assert waited < PATIENCE, f"still at work: {[worker for worker in self.app.workers if worker.is_running]}"
            await asyncio.sleep(0.03)
            await self.pilot.pause(0)
            waited += 0.03
            busy = any(worker.is_running for worker in self.app.workers if worker.group != "ask")
            busy = busy or (jobs and any(job.running for job in self.app.job_states))
            quiet = 0 if busy else quiet + 1


async def projects(tour: Tour) -> None:
    await tour.type("S", "records")
    await tour.press("g", "j", "space", "j", "space", "k", "k")


async def deployments(tour: Tour) -> None:
    await tour.type("colon", "deployments")
    await tour.press("j", "j", "j")


async def summary(tour: Tour) -> None:
    await tour.project("Household survey 2026")


async def data(tour: Tour) -> None:
    await tour.project("Water points inventory")
    await tour.press("3")
    await tour.type("slash", "Year of construction > 2000 and not validated")
    await tour.press("j", "j", *["l"] * 11)


async def record(tour: Tour) -> None:
    await tour.project("Clinic visits (patients")
    await tour.press("3", "enter", *["j"] * 7)


async def sharing(tour: Tour) -> None:
    """Somebody may correct records from now on, somebody leaves, somebody gets a role."""
    await summary(tour)
    await tour.press("5", "j", "j", "j", *["l"] * 5, "space")
    await tour.press("j", "D")
    await tour.press("j", "R")
    await tour.press(*"validator", "enter")


async def access(tour: Tour) -> None:
    """Somebody gets a role on three projects."""
    await tour.type("colon", "access")
    await tour.press("j", "j", "l", "l", "space", "j", "space", "j", "space")
    await tour.press("R")
    await tour.press(*"validator", "enter")


async def review(tour: Tour) -> None:
    await sharing(tour)
    await tour.press("enter")


async def jobs(tour: Tour) -> None:
    """One that is done, one that met a refusal, one under way."""
    await review(tour)
    await tour.apply()
    await tour.press("escape")
    tour.server.faults.once(path="/deployment/", method="PATCH", status=403, skip=2)
    await tour.several("distribution admin deployed", "a")
    tour.server.faults.once(path="/deployment/", method="PATCH", delay=8.0, skip=1)
    await tour.several("survey admin deployed", "d", wait=False)
    await tour.press("J")


async def report(tour: Tour) -> None:
    await tour.project("Household survey 2026")
    await tour.press("3")
    await tour.type("slash", "Age >= 18 and Region in (North, South)")
    await tour.press("b", *["j"] * 19)


PICTURES: dict[str, Callable[[Tour], Awaitable[None]]] = {
    "projects": projects,
    "deployments": deployments,
    "summary": summary,
    "data": data,
    "record": record,
    "sharing": sharing,
    "access": access,
    "review": review,
    "jobs": jobs,
    "report": report,
}


async def picture(lead: Callable[[Tour], Awaitable[None]]) -> str:
    """The screen that a tour leads to, as SVG, on a demo server of its own."""
    from kobotui.__main__ import session_on
    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoOptions, DemoServer

    with DemoServer(DemoOptions(seed=7)) as server:
        app = KoboApp(replace(session_on(server), now=lambda: NOW))
        async with app.run_test(size=SIZE) as pilot:
            tour = Tour(pilot, server)
            await tour.rest()
            await lead(tour)
            return app.export_screenshot(title="kobotui")


def painted(svg: str, fonts: dict[str, list[str]]) -> bytes:
    """The SVG as PNG, in the first of the fonts; the others serve letters that it does not have."""
    import resvg_py

    family = next(iter(fonts))
    files = [path for paths in fonts.values() for path in paths]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg.replace("Fira Code", family),
            skip_system_fonts=True,
            font_files=files,
            monospace_family=family,
            zoom=ZOOM,
        )
    )


def installed_fonts() -> dict[str, list[str]]:
    """The files of the known families that this machine has."""
    names = {name for files in FONTS.values() for name in files}
    roots = [root for place in PLACES if (root := Path(place).expanduser()).is_dir()]
    found = {path.name: str(path) for root in roots for path in root.rglob("*.ttf") if path.name in names}
    return {family: [found[file] for file in files] for family, files in FONTS.items() if found.keys() >= set(files)}


@contextmanager
def apart() -> Iterator[None]:
    """No files, colours or languages of the user's, and a clock that stands."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return NOW.astimezone(tz)

    for name in [name for name in os.environ if name.startswith(("KOBOTUI_", "TEXTUAL")) or name == "NO_COLOR"]:
        del os.environ[name]
    os.environ |= {"TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
    with tempfile.TemporaryDirectory() as place, mock.patch("kobotui.demo.state.datetime", Standing):
        os.environ |= {f"KOBOTUI_{kind}_DIR": f"{place}/{kind.lower()}" for kind in ("CONFIG", "STATE", "CACHE")}
        yield


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in PICTURES]:
        sys.stderr.write(f"No such picture: {', '.join(unknown)}. There are: {', '.join(PICTURES)}\n")
        return 2
    if not (fonts := installed_fonts()):
        sys.stderr.write(f"None of these fonts is installed: {', '.join(FONTS)}. On Debian: fonts-dejavu-core\n")
        return 1
    for name in names or PICTURES:
        with apart():
            png = painted(asyncio.run(picture(PICTURES[name])), fonts)
        if len(png) > LIMIT:
            sys.stderr.write(f"{name}.png would have {len(png) // 1000} KB, and {LIMIT // 1000} are the limit\n")
            return 1
        (HERE / f"{name}.png").write_bytes(png)
        sys.stdout.write(f"{name}.png  {len(png) // 1000} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
