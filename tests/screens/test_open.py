"""``kobotui open``: where a pasted address, a UID or a name leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kobotui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.screens.conftest import MakeApp, Until


def one_of(server: DemoServer) -> Any:
    return next(a for a in server.state.assets.values() if a.owner == "admin" and a.deployment and a.name.strip())


@pytest.mark.parametrize("goal", ["{url}/#/forms/{uid}/data/table", "{url}/api/v2/assets/{uid}/", "{uid}", "{name}"])
async def test_a_project_is_opened(shared_demo: DemoServer, make_app: MakeApp, until: Until, goal: str) -> None:
    asset = one_of(shared_demo)
    app = make_app(shared_demo, goal=goal.format(url=shared_demo.url, uid=asset.uid, name=asset.name))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.kobo_screen().place == "summary", "the project")
        screen: Any = app.kobo_screen()
        assert screen.project.uid == asset.uid


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ("https://elsewhere.example/#/forms/aBcDeFgHiJkLmNoPqRsTuV2/data", "another server"),
        ("{url}/#/projects/home", "not the address of a project"),
        ("aBcDeFgHiJkLmNoPqRsTuV2", "No project"),
        ("nothing of that name", "No project"),
    ],
)
async def test_what_is_not_there_is_a_sentence(
    shared_demo: DemoServer, make_app: MakeApp, until: Until, goal: str, said: str
) -> None:
    app = make_app(shared_demo, goal=goal.format(url=shared_demo.url))
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: said in app.kobo_screen().query_one(KeyBar).flashing, "the sentence")
        assert app.kobo_screen().place == "projects"
