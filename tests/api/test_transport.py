"""What is sent, what is sent again, and what never is."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import (
    BadAddress,
    KoboError,
    NotConnected,
    NotFound,
    NotLoggedIn,
    ReadOnlyAccount,
    Rejected,
    ServerTrouble,
    TooBusy,
    Unreadable,
)
from kobotui.api.pause import Pause
from kobotui.api.transport import Transport
from kobotui.model.token import Token
from tests.api.conftest import COLLECT, KNOWN, SERVER, TOKEN, UID, Clock, account_of

ME = {"username": "ana"}
ASSETS = f"{SERVER}/api/v2/assets/"
ASSET = f"{ASSETS}{UID}/"


def ok(body: object = ME, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=KNOWN | headers)


# ------------------------------------------------------------------ what is sent
async def test_headers(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{SERVER}/me/").mock(return_value=ok())
    await kobo.me()
    headers = route.calls.last.request.headers
    assert headers["authorization"] == f"Token {TOKEN}"
    assert headers["accept"] == "application/json"
    assert headers["accept-language"] == "en"
    assert "kobotui" in headers["user-agent"]


async def test_files_are_not_asked_for_as_json(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{ASSETS}{UID}.xml").mock(return_value=httpx.Response(200, content=b"<h:html/>"))
    assert await kobo.projects.form_file(UID, "xml") == b"<h:html/>"
    assert route.calls.last.request.headers["accept"] == "*/*"


async def test_a_server_below_a_path(server: respx.MockRouter, pause: Pause) -> None:
    route = server.get(f"{SERVER}/kobo/me/").mock(return_value=ok())
    async with KoboClient(account_of(server=f"{SERVER}/kobo/"), TOKEN, pause=pause) as kobo:
        await kobo.me()
    assert route.called


async def test_json_goes_with_delete(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.delete(f"{ASSET}data/bulk/").mock(return_value=ok({"detail": "1"}))
    await kobo.submissions(UID).delete([7])
    request = route.calls.last.request
    assert json.loads(request.content) == {"payload": {"submission_ids": [7]}}
    assert request.headers["content-type"] == "application/json"


async def test_cookies_of_the_server_are_not_kept(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{SERVER}/me/").mock(return_value=ok(**{"Set-Cookie": "django_language=fr; Path=/"}))
    await kobo.me()
    await kobo.me()
    assert "cookie" not in route.calls.last.request.headers


async def test_parameters_are_compact_json(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{ASSET}data/").mock(return_value=ok({"count": 0, "results": []}))
    await kobo.submissions(UID).page(sort={"g/q": -1}, query={"g/q": "é"}, fields=["g/q"])
    assert dict(route.calls.last.request.url.params) == {
        "start": "0",
        "limit": "100",
        "sort": '{"g/q":-1}',
        "query": '{"g/q":"é"}',
        "fields": '["g/q"]',
    }


async def test_a_name_cannot_leave_its_segment(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(url__regex=r".*").mock(return_value=httpx.Response(404, json={"detail": ""}, headers=KNOWN))
    assert not await kobo.users.exists("../assets/?x#y")
    assert route.calls.last.request.url.raw_path == b"/api/v2/users/..%2Fassets%2F%3Fx%23y/"
    assert not await kobo.users.exists("..")
    assert route.call_count == 1


async def test_not_more_at_once_than_allowed(server: respx.MockRouter, pause: Pause) -> None:
    running = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1
        return ok()

    server.get(f"{SERVER}/me/").mock(side_effect=answer)
    async with KoboClient(account_of(), TOKEN, concurrency=3, pause=pause) as kobo:
        await asyncio.gather(*(kobo.me() for _ in range(12)))
    assert most == 3


async def test_a_read_only_account_sends_nothing(server: respx.MockRouter, pause: Pause) -> None:
    async with KoboClient(account_of(read_only=True), TOKEN, pause=pause) as kobo:
        server.get(f"{SERVER}/me/").mock(return_value=ok())
        await kobo.me()
        with pytest.raises(ReadOnlyAccount, match="mine"):
            await kobo.projects.delete(UID)
        with pytest.raises(ReadOnlyAccount):
            await kobo.openrosa.submit(b"<x/>")
    assert len(server.calls) == 1


# ------------------------------------------------------------------ the key
async def test_half_a_character_is_not_sent(server: respx.MockRouter, kobo: KoboClient) -> None:
    for ask in (
        lambda: kobo.projects.page(q="\udce9"),
        lambda: kobo.projects.patch(UID, name="\ud83d"),
        lambda: kobo.projects.import_form(file=("enqu\udce9te.xlsx", b"x"), destination=UID),
        lambda: kobo.submissions(UID).edit([1], {"q": "\ud83d"}),
    ):
        with pytest.raises(Rejected, match="cannot be sent"):
            await ask()
    assert not server.calls


async def test_a_server_that_is_no_address_is_a_sentence() -> None:
    with pytest.raises(BadAddress, match="is not a web address"):
        KoboClient(account_of(server="https://\u00ad.example.org"), TOKEN)


async def test_the_key_is_in_no_representation(server: respx.MockRouter, kobo: KoboClient) -> None:
    transport = Transport(SERVER, Token(TOKEN))
    for thing in (kobo, transport, Token(TOKEN), vars(kobo), vars(transport), vars(kobo.projects)):
        assert TOKEN not in repr(thing)
    await transport.close()


async def test_the_key_is_in_no_error_and_no_log(
    server: respx.MockRouter, kobo: KoboClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = f"<html><title>Debug</title>Authorization: Token {TOKEN}</html>"
    server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(500, html=page))
    with pytest.raises(ServerTrouble) as caught:
        await kobo.me()
    error = caught.value
    assert error.__traceback__ is not None
    ours = error.__traceback__.tb_next  # without the frame of this test, which knows the key
    shown = "\n".join(traceback.TracebackException(type(error), error, ours, capture_locals=True).format())
    assert "***" in error.details()
    for text in (shown, caplog.text, error.details(), error.sentence, repr(error)):
        assert TOKEN not in text


async def test_queries_are_not_logged(
    server: respx.MockRouter, kobo: KoboClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.get(f"{ASSET}data/").mock(return_value=httpx.Response(400, json=["Unsupported query"], headers=KNOWN))
    with pytest.raises(Rejected) as caught:
        await kobo.submissions(UID).page(query={"name": "Amina"})
    assert "Amina" not in caplog.text + caught.value.details()


# ------------------------------------------------------------------ again
@pytest.mark.parametrize(
    "first",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(429, json={"detail": "slow"}),
        httpx.Response(502, html="<html></html>"),
        httpx.Response(503),
        httpx.Response(504),
    ],
    ids=repr,
)
async def test_reads_are_tried_again(
    server: respx.MockRouter, kobo: KoboClient, clock: Clock, first: Exception | httpx.Response
) -> None:
    route = server.get(f"{SERVER}/me/").mock(side_effect=[first, first, ok()])
    assert (await kobo.me()).username == "ana"
    assert route.call_count == 3
    assert clock.slept == [0.4, 0.8]


@pytest.mark.parametrize("first", [httpx.ReadTimeout("slow"), httpx.Response(500), httpx.Response(404)], ids=repr)
async def test_reads_are_not_tried_again_when_it_would_not_help(
    server: respx.MockRouter, kobo: KoboClient, first: Exception | httpx.Response
) -> None:
    route = server.get(f"{SERVER}/me/").mock(side_effect=[first, ok()])
    with pytest.raises(KoboError):
        await kobo.me()
    assert route.call_count == 1


async def test_it_ends_after_four_attempts(server: respx.MockRouter, kobo: KoboClient, clock: Clock) -> None:
    route = server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(502))
    with pytest.raises(ServerTrouble) as caught:
        await kobo.me()
    assert route.call_count == 4
    assert clock.slept == [0.4, 0.8, 1.6]
    assert caught.value.status == 502


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadError("reset"), NotConnected),
        (httpx.ReadTimeout("slow"), NotConnected),
        (httpx.RemoteProtocolError("closed"), NotConnected),
        (httpx.Response(500, json={"error": "Server Error (500)"}), ServerTrouble),
        (httpx.Response(502), ServerTrouble),
        (httpx.Response(503), TooBusy),
    ],
    ids=repr,
)
async def test_a_write_that_may_have_happened_is_in_doubt_and_not_repeated(
    server: respx.MockRouter, kobo: KoboClient, failure: Exception | httpx.Response, kind: type[KoboError]
) -> None:
    route = server.post(f"{ASSET}data/7/duplicate/").mock(side_effect=[failure])
    with pytest.raises(kind) as caught:
        await kobo.submissions(UID).duplicate(7)
    assert caught.value.in_doubt
    assert route.call_count == 1


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.Response(429), httpx.Response(423)],
    ids=repr,
)
async def test_a_write_that_cannot_have_happened_is_sent_again(
    server: respx.MockRouter, kobo: KoboClient, failure: Exception | httpx.Response
) -> None:
    route = server.post(f"{ASSET}data/7/duplicate/").mock(side_effect=[failure, ok({"_id": 8})])
    assert (await kobo.submissions(UID).duplicate(7)).id == 8
    assert route.call_count == 2


async def test_a_refused_write_is_in_no_doubt(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.post(f"{ASSET}data/7/duplicate/").mock(return_value=httpx.Response(400, json={"detail": "no"}))
    with pytest.raises(Rejected) as caught:
        await kobo.submissions(UID).duplicate(7)
    assert not caught.value.in_doubt


async def test_a_repeatable_write_is_repeated_whole(server: respx.MockRouter, kobo: KoboClient) -> None:
    path = f"{ASSET}data/validation_statuses/"
    route = server.patch(path).mock(side_effect=[httpx.ReadError("reset"), ok({"detail": "1"})])
    await kobo.submissions(UID).set_validation([7], "validation_status_approved")
    first, second = route.calls
    assert first.request.content == second.request.content != b""


async def test_an_upload_is_repeated_whole(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.post(f"{COLLECT}/submission").mock(
        side_effect=[httpx.ReadError("reset"), httpx.Response(202, content=b"<x/>", headers=KNOWN)]
    )
    receipt = await kobo.openrosa.submit(b"<data/>", [("a.jpg", b"\xff\xd8", "image/jpeg")])
    assert receipt.status == "duplicate"
    first, second = (call.request.content for call in route.calls)
    assert first == second
    assert b"<data/>" in first
    assert b"\xff\xd8" in first


# ------------------------------------------------------------------ the pause
async def test_retry_after_holds_everybody(
    server: respx.MockRouter, kobo: KoboClient, pause: Pause, clock: Clock
) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "30"})
    server.post(f"{ASSET}data/7/duplicate/").mock(return_value=busy)
    server.get(f"{SERVER}/me/").mock(return_value=ok())
    with pytest.raises(TooBusy, match="30 seconds"):
        await kobo.submissions(UID).duplicate(7)
    assert clock.slept == []
    other = Transport(SERVER, Token(TOKEN), username="ana", pause=pause)
    await other.get("/me/")
    await other.close()
    assert 30 <= sum(clock.slept) < 32


async def test_retry_after_as_a_date(server: respx.MockRouter, kobo: KoboClient, clock: Clock) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.get(f"{SERVER}/me/").mock(side_effect=[httpx.Response(503, headers={"Retry-After": moment}), ok()])
    await kobo.me()
    assert 18 <= sum(clock.slept) <= 22


async def test_too_long_a_pause_is_said_at_once(server: respx.MockRouter, kobo: KoboClient, clock: Clock) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(TooBusy, match="3600") as caught:
        await kobo.me()
    assert caught.value.retry_after == 3600
    assert clock.slept == []


# ------------------------------------------------------------------ who the server thinks we are
@pytest.mark.parametrize("status", [200, 404])
async def test_an_answer_for_nobody_is_not_an_empty_list(
    server: respx.MockRouter, kobo: KoboClient, status: int
) -> None:
    body = {"count": 0, "results": [], "detail": "Not found."}
    server.get(ASSETS).mock(return_value=httpx.Response(status, json=body))
    with pytest.raises(NotLoggedIn, match="nobody were logged in"):
        await kobo.projects.page()


async def test_an_answer_for_somebody_else(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(200, json=ME, headers={"X-KoBoNaUt": "ben"}))
    with pytest.raises(NotLoggedIn, match="ben"):
        await kobo.me()


async def test_case_of_the_name_does_not_matter(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(200, json=ME, headers={"X-KoBoNaUt": "Ana"}))
    assert (await kobo.me()).username == "ana"


async def test_a_real_404_is_not_found(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(ASSET).mock(return_value=httpx.Response(404, json={"detail": "Not found."}, headers=KNOWN))
    with pytest.raises(NotFound):
        await kobo.projects.get(UID)


# ------------------------------------------------------------------ redirects, size, shape
async def test_a_lost_slash_is_noticed(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(301, headers={"Location": "/me//"}))
    with pytest.raises(Unreadable, match="slash"):
        await kobo.me()
    assert route.call_count == 1


async def test_redirects_are_not_followed(server: respx.MockRouter, kobo: KoboClient) -> None:
    elsewhere = server.route(host="evil.example.com")
    server.patch(ASSET).mock(return_value=httpx.Response(302, headers={"Location": "https://evil.example.com/"}))
    with pytest.raises(Unreadable, match="evil"):
        await kobo.projects.patch(UID, name="x")
    assert not elsewhere.called


async def test_a_body_has_a_size_limit(server: respx.MockRouter, pause: Pause) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=httpx.Response(200, content=b" " * 3_000_000, headers=KNOWN))
    transport = Transport(SERVER, Token(TOKEN), pause=pause, body_limit=2 * 2**20)
    with pytest.raises(Unreadable, match="2 MB"):
        await transport.get("/me/")
    await transport.close()


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (httpx.Response(200, html="<html><title>Sign in</title></html>"), ServerTrouble, "web page.*Sign in"),
        (httpx.Response(200, content=b"", headers=KNOWN), Unreadable, "empty"),
        (
            httpx.Response(200, content=b"{", headers=KNOWN | {"Content-Type": "application/json"}),
            Unreadable,
            "expects",
        ),
        (httpx.Response(200, text="ok"), Unreadable, "text/plain"),
        (httpx.Response(200, json=[1], headers=KNOWN), Unreadable, "expects"),
        (httpx.Response(200, json={"username": 5}, headers=KNOWN), Unreadable, "username"),
        (
            httpx.Response(200, content=b"[" * 100_000, headers=KNOWN | {"Content-Type": "application/json"}),
            Unreadable,
            "expects",
        ),
    ],
    ids=["page", "empty", "cut", "text", "list", "type", "deep"],
)
async def test_answers_that_are_not_what_was_promised(
    server: respx.MockRouter, kobo: KoboClient, response: httpx.Response, kind: type[KoboError], words: str
) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=response)
    with pytest.raises(kind, match=words) as caught:
        await kobo.me()
    assert caught.value.details().startswith("GET /me/ -> 200")


async def test_keys_nobody_knows_are_fine(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(f"{SERVER}/me/").mock(return_value=ok(ME | {"brand_new": {"a": [1]}}))
    assert (await kobo.me()).username == "ana"


async def test_the_proxy_of_the_environment_is_named(
    server: respx.MockRouter, kobo: KoboClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example.org:3128")
    server.get(f"{SERVER}/me/").mock(side_effect=httpx.ProxyError("407 Proxy Authentication Required"))
    with pytest.raises(NotConnected, match=r"proxy\.example\.org:3128.*407") as caught:
        await kobo.me()
    assert "secret" not in caught.value.sentence


def test_a_proxy_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks9://proxy.example.org:1080")
    with pytest.raises(NotConnected, match=r"proxy\.example\.org:1080"):
        KoboClient(account_of(), TOKEN)
