"""Every verb against the demo server, over a real socket; what it did is asked of the server again."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotAllowed, NotFound, NotLoggedIn, Rejected, ServerTrouble
from kobotui.api.login import fetch_key, find_server, who_is
from kobotui.api.pause import Pause
from kobotui.demo.server import DemoServer
from kobotui.model.access import PARTIAL, PUBLIC, Rights, Rule, Team, bulk_rows, partial_body
from kobotui.model.account import Account
from kobotui.model.project import Project

CONTENT = {
    "survey": [
        {"type": "text", "name": "q1", "label": ["First question"]},
        {"type": "integer", "name": "q2", "label": ["How many"]},
        {"type": "image", "name": "photo", "label": ["Photo"]},
    ],
    "choices": [],
    "settings": {},
}


def client(server: DemoServer, username: str = "admin", pause: Pause | None = None) -> KoboClient:
    """Somebody's client."""
    token = next(person.token for person in server.accounts if person.username == username)
    account = Account(name=username, server=server.url, openrosa=server.url, username=username)
    return KoboClient(account, token, pause=pause)


@pytest.fixture
async def admin(shared_demo: DemoServer) -> AsyncIterator[KoboClient]:
    """The administrator's client; tests write to projects of their own."""
    async with client(shared_demo) as kobo:
        yield kobo


@pytest.fixture
async def live(admin: KoboClient) -> AsyncIterator[str]:
    """A deployed project of this test with three records, deleted afterwards."""
    project = await admin.projects.create("Wells", content=CONTENT)
    await admin.deployment(project.uid).deploy()
    for number, name in enumerate(["Amina", "Ben", "Carla"], 1):
        await send(admin, project.uid, f"<q1>{name}</q1><q2>{number}</q2>")
    yield project.uid
    await admin.projects.delete(project.uid)


async def send(kobo: KoboClient, uid: str, answers: str, *files: tuple[str, bytes, str]) -> str:
    """Send a record as a data collector would; its uuid."""
    project, instance = await kobo.projects.get(uid), str(uuid.uuid4())
    xml = (
        f'<{uid} id="{uid}" version="{project.deployed_version_id}"><formhub><uuid>{project.form_uuid}</uuid></formhub>'
        f"{answers}<meta><instanceID>uuid:{instance}</instanceID></meta></{uid}>"
    )
    assert (await kobo.openrosa.submit(xml.encode(), files)).status == "created"
    assert (await kobo.openrosa.submit(xml.encode(), files)).status == "duplicate"
    return instance


def workbook(*rows: tuple[str, str, str]) -> bytes:
    """An XLSForm."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    for row in (("type", "name", "label"), *rows):
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


# ------------------------------------------------------------------ logging in
async def test_from_an_address_and_a_password_to_a_name(shared_demo: DemoServer) -> None:
    server = await find_server(shared_demo.url)
    assert server.openrosa == shared_demo.url
    ben = next(person for person in shared_demo.accounts if person.username == "ben")
    key = await fetch_key(server, "ben", ben.password)
    assert key == ben.token
    assert (await who_is(server, key)).username == "ben"


async def test_a_wrong_password_and_a_wrong_key(shared_demo: DemoServer) -> None:
    server = await find_server(shared_demo.url)
    with pytest.raises(NotLoggedIn, match="user name and password"):
        await fetch_key(server, "ben", "wrong")
    with pytest.raises(NotLoggedIn, match="API key"):
        await who_is(server, "0" * 40)


async def test_a_key_of_somebody_else(shared_demo: DemoServer, admin: KoboClient) -> None:
    token = next(person.token for person in shared_demo.accounts if person.username == "ben")
    async with KoboClient(admin.account, token) as kobo:
        with pytest.raises(NotLoggedIn, match="ben"):
            await kobo.projects.page()


async def test_people(admin: KoboClient) -> None:
    assert (await admin.me()).username == "admin"
    assert (await admin.environment()).sector_choices
    assert await admin.users.exists("ben")
    assert not await admin.users.exists("Ben")
    assert not await admin.users.exists("nobody_at_all")


# ------------------------------------------------------------------ projects
async def test_lists(admin: KoboClient) -> None:
    page = await admin.projects.page(limit=5)
    walk = admin.projects.walk(page_size=5)
    projects: list[Project] = [project async for found in walk for project in found]
    assert walk.statement is not None
    assert walk.statement.complete
    assert [project.uid for project in projects[:5]] == [project.uid for project in page]
    assert len({project.uid for project in projects}) == len(projects) == page.count
    counts = await admin.projects.counts("asset_type:survey")
    assert counts.deployed + counts.archived + counts.draft == page.count
    mine = await admin.projects.walk("owner__username:ben").all()
    assert {project.owner for project in mine} == {"ben"}


async def test_orders(admin: KoboClient) -> None:
    modified = [project.date_modified for project in await admin.projects.page(ordering="-date_modified")]
    assert modified == sorted(modified, reverse=True)


async def test_create_edit_clone_delete(admin: KoboClient) -> None:
    fingerprint = await admin.projects.fingerprint()
    made = await admin.projects.create("Wells", settings={"description": "all of them"}, content=CONTENT)
    assert (made.name, made.description, made.deployment_status) == ("Wells", "all of them", "draft")
    assert await admin.projects.fingerprint() != fingerprint
    edited = await admin.projects.patch(
        made.uid, name="Wells 2", tag_string="water,2026", settings={"organization": "x"}
    )
    assert (edited.name, set(edited.tags), edited.description) == ("Wells 2", {"water", "2026"}, "all of them")
    copy = await admin.projects.clone(made.uid, name="Wells 3", settings={"description": "copied"})
    assert (copy.name, copy.description, copy.content_hash) == ("Wells 3", "copied", edited.content_hash)
    for project in (made, copy):
        await admin.projects.delete(project.uid)
        with pytest.raises(NotFound):
            await admin.projects.get(project.uid)


async def test_an_earlier_form_comes_back_with_the_name_of_today(admin: KoboClient) -> None:
    made = await admin.projects.create("Wells", content=CONTENT)
    first = made.version_id or ""
    await admin.projects.patch(made.uid, name="New", content=CONTENT | {"survey": CONTENT["survey"][:1]})  # type: ignore[index]
    back = await admin.projects.clone_into(made.uid, made.uid, first, "New")
    assert (back.name, back.content_hash) == ("New", made.content_hash)
    versions = await admin.versions(made.uid).list()
    assert len(versions) == 3
    assert first in {version.uid for version in versions}
    old = await admin.versions(made.uid).get(first)
    assert old.content is not None
    assert [row["name"] for row in old.content["survey"]] == ["q1", "q2", "photo"]
    await admin.projects.delete(made.uid)


async def test_imports(admin: KoboClient) -> None:
    file = ("wells.xlsx", workbook(("text", "q1", "Name")))
    made = await ended(admin, await admin.projects.import_form(file=file, name="Imported"))
    assert (made.status, made.error) == ("complete", "")
    project = await admin.projects.get(made.project)
    assert [row["name"] for row in project.content["survey"]] == ["q1"]
    file = ("wells.xlsx", workbook(("text", "q1", "Name"), ("integer", "q2", "Age")))
    replaced = await ended(admin, await admin.projects.import_form(file=file, destination=project.uid))
    assert replaced.project == project.uid
    assert len((await admin.projects.get(project.uid)).content["survey"]) == 2
    failed = await ended(admin, await admin.projects.import_form(file=("x.xlsx", b"no workbook"), name="x"))
    assert (failed.status, failed.project) == ("error", "")
    assert failed.error
    await admin.projects.delete(project.uid)


async def ended(kobo: KoboClient, task: Any) -> Any:
    """The import at its end."""
    for _attempt in range(200):
        if task.done:
            return task
        task = await kobo.projects.import_task(task.uid)
    raise AssertionError("the import does not end")


async def test_form_files(admin: KoboClient, live: str) -> None:
    assert (await admin.projects.form_file(live, "xls")).startswith(b"PK")
    assert b"h:html" in await admin.projects.form_file(live, "xml")
    assert b"h:html" in await admin.openrosa.form_xml(live)
    assert isinstance(await admin.projects.links(live), dict)


# ------------------------------------------------------------------ deployment
async def test_deploy_redeploy_archive(admin: KoboClient) -> None:
    made = await admin.projects.create("Wells", content=CONTENT)
    deployment = admin.deployment(made.uid)
    with pytest.raises(NotFound):
        await deployment.get()
    assert (await deployment.deploy()).active
    with pytest.raises(Rejected):
        await deployment.deploy()
    edited = await admin.projects.patch(made.uid, content=CONTENT | {"survey": CONTENT["survey"][:2]})  # type: ignore[index]
    assert edited.differs
    done = await deployment.redeploy(edited.version_id or "", active=False)
    assert (done.active, done.version_id) == (False, edited.version_id)
    assert (await admin.projects.get(made.uid)).deployment_status == "archived"
    assert (await deployment.set_active(True)).active
    assert (await deployment.get()).active
    await admin.projects.delete(made.uid)


async def test_a_form_that_does_not_compile(admin: KoboClient) -> None:
    broken = {"survey": [{"type": "note", "name": "n", "label": ["${nosuch}"]}], "choices": [], "settings": {}}
    made = await admin.projects.create("Broken", content=broken)
    with pytest.raises(Rejected, match="nosuch"):
        await admin.deployment(made.uid).deploy()
    await admin.projects.delete(made.uid)


# ------------------------------------------------------------------ access
async def test_grant_and_revoke(admin: KoboClient, live: str) -> None:
    access = admin.access(live)
    row = await access.grant("ben", "change_submissions")
    assert (row.username, row.codename) == ("ben", "change_submissions")
    held = {row.codename: row.uid for row in await access.read() if row.username == "ben"}
    assert set(held) == {"view_asset", "add_submissions", "view_submissions", "change_submissions"}
    await access.revoke(held["view_submissions"])
    assert {row.codename for row in await access.read() if row.username == "ben"} == {"view_asset", "add_submissions"}
    await access.remove_user("ben")
    assert not any(row.username == "ben" for row in await access.read())


async def test_row_rules(admin: KoboClient, live: str, shared_demo: DemoServer) -> None:
    rule = Rule("view_submissions", ('{"q1":"Ben"}',))
    await admin.access(live).grant("ben", PARTIAL, partial_body((rule,)))
    rows = [row for row in await admin.access(live).read() if row.username == "ben"]
    assert Rights.of(rows).rules == (rule,)
    async with client(shared_demo, "ben") as ben:
        page = await ben.submissions(live).page()
        assert [record.answer("q1") for record in page] == ["Ben"]
        assert page.count == 1
        assert (await ben.projects.get(live)).submission_count is None


async def test_a_team_is_replaced_and_cloned(admin: KoboClient, live: str) -> None:
    access = admin.access(live)
    await access.grant("ben", "view_asset")
    await access.grant(PUBLIC, "view_asset")
    team = Team.of(await access.read(), "admin", "admin")
    wanted = team.with_rights("carol", Rights(frozenset({"view_asset", "add_submissions"}))).with_rights(
        "ben", Rights()
    )
    after = Team.of(await access.replace(bulk_rows(wanted)), "admin", "admin")
    assert (after.get("carol"), after.get("ben"), after.public) == (wanted.get("carol"), Rights(), team.public)
    other = await admin.projects.create("Other", content=CONTENT)
    cloned = Team.of(await admin.access(other.uid).clone_from(live), "admin", "admin")
    assert cloned.get("carol") == wanted.get("carol")
    await admin.projects.delete(other.uid)


async def test_who_may_not(admin: KoboClient, live: str, shared_demo: DemoServer) -> None:
    async with client(shared_demo, "dana") as dana:
        with pytest.raises(NotFound):
            await dana.projects.get(live)
        await admin.access(live).grant("dana", "view_asset")
        assert (await dana.projects.get(live)).rights == {"view_asset"}
        for attempt in (
            dana.projects.patch(live, name="mine"),
            dana.access(live).grant("ben", "view_asset"),
            dana.deployment(live).set_active(False),
            dana.history(live).page(),
        ):
            with pytest.raises(NotAllowed):
                await attempt
        with pytest.raises(NotFound):
            await dana.submissions(live).page()
    with pytest.raises(Rejected):
        await admin.access(live).grant("nobody_at_all", "view_asset")
    owner = next(row for row in await admin.access(live).read() if row.username == "admin")
    with pytest.raises(Rejected):
        await admin.access(live).revoke(owner.uid)


# ------------------------------------------------------------------ records
async def test_records_are_read(admin: KoboClient, live: str) -> None:
    records = admin.submissions(live)
    page = await records.page(sort={"q1": -1}, limit=2)
    assert page.count == 3
    assert [record.answer("q1") for record in page] == ["Carla", "Ben"]
    found = await records.page(query={"q2": "2"}, fields=["q1"])
    assert [record.answer("q1") for record in found] == ["Ben"]
    assert found.items[0].answer("q2") is None
    assert await records.count() == 3
    assert await records.count({"q1": "Ben"}) == 1
    one = await records.get(found.items[0].id)
    assert one.answer("q2") == "2"
    assert (await records.get(one.uuid)).id == one.id
    assert b"<q1>Ben</q1>" in await records.xml(one.id)
    with pytest.raises(NotFound):
        await records.get(99999999)


async def test_a_walk_over_records(admin: KoboClient, live: str) -> None:
    walk = admin.submissions(live).walk(page_size=2)
    names = [record.answer("q1") async for page in walk for record in page]
    assert names == ["Amina", "Ben", "Carla"]
    assert walk.statement is not None
    assert (walk.statement.complete, walk.statement.changed) == (True, False)
    some = await admin.submissions(live).walk(query={"q1": {"$ne": "Ben"}}, page_size=1).all()
    assert [record.answer("q1") for record in some] == ["Amina", "Carla"]


async def test_answers_are_corrected(admin: KoboClient, live: str) -> None:
    records = admin.submissions(live)
    first, second, _third = await records.walk().all()
    result = await records.edit([first.id, second.id], {"q1": "Zoë", "q2": None})
    assert (result.successes, [row.ok for row in result.results]) == (2, [True, True])
    assert {row.root_uuid for row in result.results} == {first.root_uuid, second.root_uuid}
    now = await records.get(first.id)
    assert (now.answer("q1"), now.answer("q2"), now.root_uuid) == ("Zoë", None, first.root_uuid)
    assert now.uuid != first.uuid
    with pytest.raises(Rejected):
        await records.edit([99999999], {"q1": "x"})


async def test_validation(admin: KoboClient, live: str) -> None:
    records = admin.submissions(live)
    ids = [record.id for record in await records.page()]
    await records.set_validation(ids[:2], "validation_status_approved")
    statuses = [record.validation for record in await records.page()]
    assert statuses == ["validation_status_approved", "validation_status_approved", None]
    await records.set_validation(ids[:1], None)
    assert (await records.get(ids[0])).validation is None
    with pytest.raises(Rejected):
        await records.set_validation([*ids, 99999999], "validation_status_on_hold")
    assert (await records.get(ids[2])).validation is None


async def test_duplicate_and_delete(admin: KoboClient, live: str) -> None:
    records = admin.submissions(live)
    first = (await records.page(limit=1)).items[0]
    copy = await records.duplicate(first.id)
    assert (copy.answer("q1"), copy.id == first.id) == ("Amina", False)
    await records.delete([first.id])
    assert [record.answer("q1") for record in await records.page()] == ["Ben", "Carla", "Amina"]
    with pytest.raises(Rejected):
        await records.delete([first.id])


async def test_days_and_activity(admin: KoboClient, live: str) -> None:
    counts = await admin.submissions(live).daily_counts()
    assert (sum(counts.by_day.values()), counts.total) == (3, 3)
    history = await admin.history(live).page(limit=5)
    assert {entry.username for entry in history} <= {"admin", None}
    draft = await admin.projects.create("Draft", content=CONTENT)
    with pytest.raises(NotFound):
        await admin.submissions(draft.uid).daily_counts()
    with pytest.raises(Rejected):
        await admin.submissions(draft.uid).page()
    await admin.projects.delete(draft.uid)


async def test_files_of_a_record(admin: KoboClient, live: str) -> None:
    picture = b"\x89PNG\r\n" + bytes(range(256)) * 40
    sent = await send(admin, live, "<q1>Dora</q1><photo>well.png</photo>", ("well.png", picture, "image/png"))
    record = await admin.submissions(live).get(sent)
    (file,) = record.attachments
    assert (file.filename, file.mimetype, file.question_xpath) == ("well.png", "image/png", "photo")
    async with admin.attachments.open(file.download_url) as download:
        assert await download.read() == picture


# ------------------------------------------------------------------ bad weather
async def test_reads_survive_bad_weather(demo: DemoServer, pause: Pause) -> None:
    async with client(demo, pause=pause) as kobo:
        faults: list[dict[str, Any]] = [{"status": 502}, {"drop": True}, {"truncate": True}]
        for fault in [*faults, {"status": 429, "retry_after": 0}]:
            demo.faults.once(**fault)
            assert (await kobo.me()).username == "admin"
        demo.faults.once(500, html=True)
        with pytest.raises(ServerTrouble):
            await kobo.me()


async def test_a_write_on_a_dropped_line_is_in_doubt_and_not_repeated(demo: DemoServer) -> None:
    async with client(demo) as kobo:
        demo.faults.once(method="POST", drop=True, after=True)
        before = (await kobo.projects.page()).count
        with pytest.raises(KoboError) as caught:
            await kobo.projects.create("Once", content=CONTENT)
        assert caught.value.in_doubt
        assert (await kobo.projects.page()).count == before + 1
