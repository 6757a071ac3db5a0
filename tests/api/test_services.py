"""What each verb sends, and what none of them ever does."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotAllowed, NotFound, Rejected, Unreadable
from kobotui.api.imports import ImportTask
from kobotui.model.access import PUBLIC
from tests.api.conftest import COLLECT, KNOWN, SERVER, UID

ASSETS = f"{SERVER}/api/v2/assets/"
ASSET = f"{ASSETS}{UID}/"
ROW = {
    "url": f"{ASSET}permission-assignments/pX/",
    "user": "/api/v2/users/ben/",
    "permission": "/api/v2/permissions/view_asset/",
}


def ok(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body, headers=KNOWN)


def sent(route: respx.Route) -> Any:
    """The JSON of the last call."""
    return json.loads(route.calls.last.request.content)


# ------------------------------------------------------------------ projects
@pytest.mark.parametrize(
    ("q", "asset_type", "search"),
    [
        (None, "survey", "asset_type:survey"),
        ("water OR well", "survey", "asset_type:survey AND (water OR well)"),
        ("  ", "survey", "asset_type:survey"),
        ("water", None, "water"),
        (None, None, None),
    ],
)
async def test_search(
    server: respx.MockRouter, kobo: KoboClient, q: str | None, asset_type: str | None, search: str | None
) -> None:
    route = server.get(ASSETS).mock(return_value=ok({"count": 0, "results": []}))
    await kobo.projects.page(q, asset_type=asset_type)
    assert route.calls.last.request.url.params.get("q") == search


async def test_an_order_the_server_would_ignore_is_refused(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(ASSETS).mock(return_value=ok({"count": 0, "results": []}))
    await kobo.projects.page(ordering="-date_modified,name")
    with pytest.raises(ValueError, match="submission_count"):
        await kobo.projects.page(ordering="-deployment__submission_count")
    assert route.call_count == 1


async def test_an_import_is_a_form_for_a_project(server: respx.MockRouter, kobo: KoboClient) -> None:
    reply = ok({"uid": "iX", "url": "http://x/", "status": "processing"}, 201)
    route = server.post(f"{SERVER}/api/v2/imports/").mock(return_value=reply)
    task = await kobo.projects.import_form(file=("form.xlsx", b"PK"), destination=UID)
    assert (task.uid, task.done) == ("iX", False)
    content = route.calls.last.request.content
    for part in (b'name="library"\r\n\r\nfalse', f'name="destination"\r\n\r\n/api/v2/assets/{UID}/'.encode(), b"PK"):
        assert part in content


async def test_an_import_needs_one_source(kobo: KoboClient) -> None:
    with pytest.raises(ValueError, match="file or an address"):
        await kobo.projects.import_form(name="x")


@pytest.mark.parametrize(
    ("messages", "project", "error"),
    [
        ({"created": [{"uid": "aX"}]}, "aX", ""),
        ({"updated": [{"uid": "aY"}]}, "aY", ""),
        ({"created": []}, "", ""),
        ({"created": "odd"}, "", ""),
        ({"error": "unknown type ['txet']", "error_type": "ValueError"}, "", "unknown type ['txet']"),
        ({"error": "", "error_type": "ValueError"}, "", "ValueError"),
        ({}, "", "The import failed; the server does not say why."),
    ],
)
def test_how_imports_end(messages: dict[str, Any], project: str, error: str) -> None:
    task = ImportTask(uid="iX", status="error" if error else "complete", messages=messages)
    assert (task.done, task.project, task.error) == (True, project, error)


# ------------------------------------------------------------------ access
async def test_a_grant(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.post(f"{ASSET}permission-assignments/").mock(return_value=ok(ROW, 201))
    assert (await kobo.access(UID).grant("ben", "view_asset")).uid == "pX"
    assert sent(route) == {"user": "/api/v2/users/ben/", "permission": "/api/v2/permissions/view_asset/"}
    rules = [{"url": "/api/v2/permissions/view_submissions/", "filters": [{"region": "north"}]}]
    await kobo.access(UID).grant("ben", "partial_submissions", rules)
    assert sent(route)["partial_permissions"] == rules


@pytest.mark.parametrize(("codename", "rules"), [("partial_submissions", None), ("view_asset", [{"url": "x"}])])
async def test_rules_go_with_partial_rights_alone(kobo: KoboClient, codename: str, rules: Any) -> None:
    with pytest.raises(ValueError, match="row rules"):
        await kobo.access(UID).grant("ben", codename, rules)


async def test_no_empty_team_is_ever_written(server: respx.MockRouter, kobo: KoboClient) -> None:
    with pytest.raises(ValueError, match="remove everybody"):
        await kobo.access(UID).replace([])
    assert not server.calls


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("username", ["ana", PUBLIC])
async def test_owner_and_public_are_never_removed(
    server: respx.MockRouter, kobo: KoboClient, username: str, known: bool
) -> None:
    server.get(ASSET).mock(return_value=ok({"owner__username": "ana"}))
    delete = server.delete(f"{ASSET}permission-assignments/bulk/").mock(return_value=httpx.Response(204, headers=KNOWN))
    with pytest.raises(ValueError, match="never removed"):
        await kobo.access(UID).remove_user(username, owner="ana" if known else None)
    assert not delete.called
    await kobo.access(UID).remove_user("ben", owner="ana" if known else None)
    assert sent(delete) == {"username": "ben"}


# ------------------------------------------------------------------ records
@pytest.mark.parametrize(
    "write",
    [
        lambda records, ids: records.delete(ids),
        lambda records, ids: records.edit(ids, {"q": "x"}),
        lambda records, ids: records.set_validation(ids, None),
    ],
    ids=["delete", "edit", "validate"],
)
@pytest.mark.parametrize("ids", [[], [True], ["7"], [7.0], [None]], ids=repr)
async def test_records_are_always_named(
    server: respx.MockRouter, kobo: KoboClient, write: Callable[[Any, Any], Awaitable[Any]], ids: list[Any]
) -> None:
    with pytest.raises(ValueError, match="one by one"):
        await write(kobo.submissions(UID), ids)
    assert not server.calls


@pytest.mark.parametrize("data", [{}, {"q": 5}, {"q": ["x"]}], ids=repr)
async def test_answers_are_texts(server: respx.MockRouter, kobo: KoboClient, data: Any) -> None:
    with pytest.raises(ValueError, match="texts"):
        await kobo.submissions(UID).edit([7], data)
    assert not server.calls


async def test_an_edit(server: respx.MockRouter, kobo: KoboClient) -> None:
    rows = [
        {"uuid": "n1", "root_uuid": "r1", "status_code": 201, "message": "Successful submission"},
        {"uuid": "n2", "root_uuid": None, "status_code": 201, "message": "Successful submission"},
        {"uuid": "n3", "root_uuid": None, "status_code": 400, "message": "bad"},
    ]
    body = {"count": 3, "successes": 2, "failures": 1, "results": rows}
    route = server.patch(f"{ASSET}data/bulk/").mock(return_value=ok(body))
    result = await kobo.submissions(UID).edit([7, 8, 9, 7], {"g/q": "v", "h": None})
    assert sent(route) == {"payload": {"submission_ids": [7, 8, 9], "data": {"g/q": "v", "h": None}}}
    assert [row.ok for row in result.results] == [True, False, False]
    assert [row.root_uuid for row in result.results] == ["r1", "", ""]


async def test_an_edit_that_failed_for_all_tells_why_for_each(server: respx.MockRouter, kobo: KoboClient) -> None:
    rows = [{"uuid": "n", "root_uuid": None, "status_code": 400, "message": "Form is not active"}]
    body = {"count": 1, "successes": 0, "failures": 1, "results": rows}
    server.patch(f"{ASSET}data/bulk/").mock(return_value=ok(body, 400))
    result = await kobo.submissions(UID).edit([7], {"q": "v"})
    assert (result.failures, result.results[0].message) == (1, "Form is not active")


async def test_an_edit_of_records_that_are_gone(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.patch(f"{ASSET}data/bulk/").mock(return_value=ok(["No submissions match the given `submission_ids`"], 400))
    with pytest.raises(Rejected, match="No submissions match"):
        await kobo.submissions(UID).edit([7], {"q": "v"})


@pytest.mark.parametrize(("uid", "said"), [("validation_status_on_hold", "validation_status_on_hold"), (None, "")])
async def test_a_status(server: respx.MockRouter, kobo: KoboClient, uid: str | None, said: str) -> None:
    route = server.patch(f"{ASSET}data/validation_statuses/").mock(return_value=ok({"detail": "1"}))
    await kobo.submissions(UID).set_validation([7], uid)
    assert sent(route) == {"payload": {"submission_ids": [7], "validation_status.uid": said}}


async def test_a_status_the_server_would_take_for_none(server: respx.MockRouter, kobo: KoboClient) -> None:
    with pytest.raises(ValueError, match="no validation status"):
        await kobo.submissions(UID).set_validation([7], "approved")
    assert not server.calls


async def test_a_count_costs_one_row(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{ASSET}data/").mock(return_value=ok({"count": 1234, "results": [{"_id": 1}]}))
    assert await kobo.submissions(UID).count({"q": "x"}) == 1234
    assert route.calls.last.request.url.params["limit"] == "1"


# ------------------------------------------------------------------ OpenRosa
LISTING = (
    '<xforms xmlns="http://openrosa.org/xforms/xformsList"><xform><formID>{uid}</formID>'
    "<downloadUrl>{url}</downloadUrl></xform></xforms>"
)


async def test_a_deployed_form(server: respx.MockRouter, kobo: KoboClient) -> None:
    listing = LISTING.format(uid=UID, url="http://inner/forms/75/form.xml") + "\n"
    listing = listing.replace("<downloadUrl>", "<name>red \x1b[31m</name><downloadUrl>")
    server.get(f"{COLLECT}/formList").mock(return_value=httpx.Response(200, text=listing, headers=KNOWN))
    server.get(f"{COLLECT}/forms/75/form.xml").mock(return_value=httpx.Response(200, content=b"<h:html/>"))
    assert await kobo.openrosa.form_xml(UID) == b"<h:html/>"


@pytest.mark.parametrize(
    ("listing", "kind"),
    [
        (LISTING.format(uid=UID, url="https://evil.example.com/steal"), Unreadable),
        (LISTING.format(uid=UID, url="http://[/forms/75/form.xml"), Unreadable),
        (LISTING.format(uid="other", url="/forms/75/form.xml"), NotFound),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xforms>&a;</xforms>', Unreadable),
        ("<broken", Unreadable),
        ("", Unreadable),
    ],
    ids=["link", "no link", "other", "entity", "broken", "empty"],
)
async def test_lists_of_forms_that_cannot_be_used(
    server: respx.MockRouter, kobo: KoboClient, listing: str, kind: type[Exception]
) -> None:
    server.get(f"{COLLECT}/formList").mock(return_value=httpx.Response(200, text=listing, headers=KNOWN))
    with pytest.raises(kind):
        await kobo.openrosa.form_xml(UID)
    assert len(server.calls) == 1


async def test_a_submission_has_no_slash_at_its_end(server: respx.MockRouter, kobo: KoboClient) -> None:
    receipt = '<OpenRosaResponse><submissionMetadata instanceID="uuid:1"/></OpenRosaResponse>'
    route = server.post(f"{COLLECT}/submission").mock(return_value=httpx.Response(201, text=receipt, headers=KNOWN))
    result = await kobo.openrosa.submit(b"<data/>")
    assert (result.status, result.instance_id) == ("created", "uuid:1")
    assert route.calls.last.request.url.path == "/submission"
    assert route.calls.last.request.headers["x-openrosa-version"] == "1.0"


# ------------------------------------------------------------------ people
async def test_names_are_asked_for_once_and_only_those_nobody_has_seen(
    server: respx.MockRouter, kobo: KoboClient
) -> None:
    users = f"{SERVER}/api/v2/users/"
    ben = server.get(f"{users}ben/").mock(return_value=ok({"username": "ben"}))
    big = server.get(f"{users}Ben/").mock(return_value=ok({"detail": "Not found."}, 404))
    seen = {"ana", "Ana"}
    assert await kobo.users.unknown(["ben", "Ben", "ana", "ben", PUBLIC, ".."], seen) == ("Ben", PUBLIC, "..")
    assert await kobo.users.unknown(["Ben", "ben"]) == ("Ben",)
    assert (ben.call_count, big.call_count) == (1, 1)


async def test_a_name_that_cannot_be_asked_for_is_an_error_and_not_an_answer(
    server: respx.MockRouter, kobo: KoboClient
) -> None:
    route = server.get(f"{SERVER}/api/v2/users/ben/").mock(return_value=ok({"detail": "No."}, 403))
    for _attempt in range(2):
        with pytest.raises(NotAllowed):
            await kobo.users.unknown(["ben"])
    assert route.call_count == 2
