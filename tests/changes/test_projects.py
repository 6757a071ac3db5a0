"""Changes of projects, seen on the server afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import openpyxl
import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.forms import FormSource, ReplaceForm
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import DONE, State
from kobotui.changes.projects import DeleteProject, EditProject, editable
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from tests.changes.conftest import applied


def household(demo: DemoServer) -> Asset:
    """A deployed project of the owner's with records."""
    return next(a for a in demo.state.assets.values() if a.name.startswith("Household") and a.owner == "admin")


def xlsform(*rows: tuple[str, str, str], title: str = "") -> bytes:
    """A workbook with these questions (type, name, label)."""
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in [("type", "name", "label"), *rows]:
        survey.append(row)
    if title:
        settings = book.create_sheet("settings")
        settings.append(["form_title"])
        settings.append([title])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


async def test_only_the_fields_that_differ_are_changed(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    before = editable(await kobo.projects.get(asset.uid))
    change = EditProject(
        project=asset.uid,
        project_name=asset.name,
        before={"name": before["name"], "description": before["description"]},
        after={"name": "Renamed [/]x", "description": "A new one"},
    )
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert asset.name == "Renamed [/]x"
    after = editable(await kobo.projects.get(asset.uid))
    assert after == before | {"name": "Renamed [/]x", "description": "A new one"}


async def test_the_inverse_takes_an_edit_back(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    name = asset.name
    change = EditProject(project=asset.uid, project_name=name, before={"name": name}, after={"name": "Other"})
    inverse = change.inverse(DONE)
    assert isinstance(inverse, EditProject)
    outcomes = await applied(demo, kobo, journal, change, inverse)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DONE]
    assert asset.name == name


async def test_what_somebody_else_changed_is_not_overwritten(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    change = EditProject(project=asset.uid, project_name="", before={"name": "Old"}, after={"name": "Mine"})
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert asset.name in outcome.reason
    assert asset.name != "Mine"


async def test_a_clone_is_a_draft_of_the_same_form(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    change = CloneProject(project=asset.uid, project_name=asset.name, name="Second round")
    (outcome,) = await applied(demo, kobo, journal, change)
    made = demo.state.assets[outcome.made]
    assert made.name == "Second round"
    assert made.deployment is None
    assert [row["name"] for row in made.content["survey"] if "name" in row] == [
        row["name"] for row in asset.content["survey"] if "name" in row
    ]


@pytest.mark.parametrize("title", ["", "Title of the form"])
async def test_a_new_project_has_the_name_that_was_asked_for(
    demo: DemoServer, kobo: KoboClient, journal: Journal, title: str
) -> None:
    form = xlsform(("text", "who", "Who?"), title=title)
    source = FormSource(filename="new.xlsx", content=form)
    (outcome,) = await applied(demo, kobo, journal, CreateProject(project="", project_name="Wells 2026", source=source))
    assert outcome.state is State.DONE, outcome
    made = demo.state.assets[outcome.made]
    assert made.name == "Wells 2026"
    assert [row["name"] for row in made.content["survey"]] == ["who"]


async def test_a_form_that_cannot_be_read_is_refused_in_the_servers_words(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    source = FormSource(filename="new.xlsx", content=b"this is no workbook")
    (outcome,) = await applied(demo, kobo, journal, CreateProject(project="", project_name="X", source=source))
    assert outcome.state is State.FAILED
    assert outcome.reason
    assert not [asset for asset in demo.state.assets.values() if asset.name == "X" and not asset.trashed]


async def test_a_replaced_form_is_a_new_version_and_not_live(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    live = asset.deployed_version
    source = FormSource(filename="f.xlsx", content=xlsform(("text", "other", "Other")))
    change = ReplaceForm(project=asset.uid, project_name=asset.name, source=source, version=asset.version.uid)
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE, outcome
    assert [row["name"] for row in asset.content["survey"]] == ["other"]
    assert asset.deployed_version == live


def nothing_to_ask() -> bytes:
    """A workbook that is no form; the server imports it all the same."""
    file = BytesIO()
    openpyxl.Workbook().save(file)
    return file.getvalue()


async def test_a_workbook_without_questions_makes_no_project_and_replaces_nothing(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    source = FormSource(filename="budget.xlsx", content=nothing_to_ask())
    (outcome,) = await applied(demo, kobo, journal, CreateProject(project="", project_name="Empty", source=source))
    assert outcome.state is State.FAILED
    assert "budget.xlsx has no questions" in outcome.reason
    assert not [asset for asset in demo.state.assets.values() if asset.name == "Empty" and not asset.trashed]

    asset = household(demo)
    before = asset.version.content_hash
    change = ReplaceForm(project=asset.uid, project_name=asset.name, source=source, version=asset.version.uid)
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.FAILED
    assert "put back" in outcome.reason
    assert asset.version.content_hash == before
    assert asset.content["survey"]


@pytest.fixture
def address() -> Iterator[str]:
    """Where a form can be fetched, as most file servers give it: without a name of its own."""

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(xlsform(("text", "who", "Who?")))

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/forms/wells.xlsx?v=2"
        server.shutdown()
        thread.join()


async def test_a_form_is_fetched_from_an_address_and_a_task_not_seen_at_once_is_asked_for_again(
    demo: DemoServer, kobo: KoboClient, journal: Journal, address: str
) -> None:
    demo.faults.once(404, "/imports/i", count=2, html=True)
    source = FormSource(url=address)
    (outcome,) = await applied(demo, kobo, journal, CreateProject(project="", project_name="Wells", source=source))
    assert outcome.state is State.DONE, outcome
    assert [row["name"] for row in demo.state.assets[outcome.made].content["survey"]] == ["who"]


async def test_records_that_arrived_since_the_review_save_a_project_from_deletion(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    assert asset.records is not None
    change = DeleteProject(project=asset.uid, project_name=asset.name, submissions=len(asset.records) - 1)
    assert change.destroys == 1
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert not asset.trashed


async def test_a_deleted_project_is_gone(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    assert asset.records is not None
    change = DeleteProject(project=asset.uid, project_name=asset.name, submissions=len(asset.records))
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert asset.trashed
