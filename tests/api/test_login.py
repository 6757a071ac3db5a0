"""Which addresses are servers, whose key is which, and a key for a password."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import httpx
import pytest
import respx

from kobotui.api.errors import BadAddress, NotLoggedIn, ServerTrouble
from kobotui.api.login import Server, fetch_key, find_server, server_url, who_is
from tests.api.conftest import KNOWN, TOKEN

KF = "https://kf.kobotoolbox.org"
KC = "https://kc.kobotoolbox.org"
BODY = json.loads((Path(__file__).parents[1] / "contract" / "samples" / "environment.json").read_text())
HERE = Server(url=KF, openrosa=KC)


def environment(openrosa: str = KC) -> httpx.Response:
    return httpx.Response(200, json=BODY | {"open_rosa_server": openrosa})


def asks(server: respx.MockRouter, response: httpx.Response, url: str = KF) -> respx.Route:
    return server.get(f"{url}/api/v2/environment/").mock(return_value=response)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://kf.kobotoolbox.org", KF),
        ("  <https://KF.kobotoolbox.org/>\n", KF),
        ("https://kf.kobotoolbox.org/#/", KF),
        ("https://example.org:8443/kobo/", "https://example.org:8443/kobo"),
        ("http://127.0.0.1:8600", "http://127.0.0.1:8600"),
        ("http://localhost:8600", "http://localhost:8600"),
        ("http://[::1]:8600", "http://[::1]:8600"),
    ],
)
def test_addresses_of_servers(typed: str, url: str) -> None:
    assert server_url(typed) == url


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Give the address"),
        ("kf.kobotoolbox.org", "https://kf.kobotoolbox.org"),
        ("localhost:8600", "https://localhost:8600"),
        ("ftp://kf.kobotoolbox.org", "not a web address"),
        ("https://", "not a web address"),
        ("https://kf kobo.org", "not a web address"),
        ("https://kf.kobotoolbox.org:port", "not a web address"),
        ("https://[", "not a web address"),
        ("https://[v1.a]:1", "not a web address"),
        ("https://kf.kobo\u00adtoolbox.org\u200b", "not a web address"),
        ("https://\u202eevil.example.org", "not a web address"),
        ("https://٣.example.org", "not a web address"),
        ("https://xn--.example.org", "not a web address"),
        ("https://\x00kf.kobotoolbox.org", "not a web address"),
        ("https://kf.kobotoolbox.org/\ud800", "not a web address"),
        ("http://kf.kobotoolbox.org", "unprotected"),
        ("http://localhost.example.org", "unprotected"),
        ("https://ana:secret@kf.kobotoolbox.org", "Leave user name and password out"),
        (f"{KF}/#/forms/aXXXXXXXXXXXXXXXXXXXXXX/summary", f"project. The server's is {KF}"),
        (f"{KF}/#/projects/home", f"page. The server's is {KF}"),
        (f"{KF}/accounts/login/?next=/", f"page. The server's is {KF}"),
        (f"{KF}/token/?format=json", f"page. The server's is {KF}"),
        (f"{KF}/kobo/api/v2/assets/aX/", f"page. The server's is {KF}/kobo"),
    ],
)
def test_addresses_that_are_something_else(typed: str, words: str) -> None:
    with pytest.raises(BadAddress) as caught:
        server_url(typed)
    assert words in caught.value.sentence
    assert "secret" not in caught.value.sentence


def test_http_when_it_is_allowed() -> None:
    assert server_url("http://kobo.local", allow_http=True) == "http://kobo.local"


async def test_a_server(server: respx.MockRouter) -> None:
    route = asks(server, environment())
    assert await find_server(f"{KF}/") == Server(url=KF, openrosa=KC)
    assert "authorization" not in route.calls.last.request.headers


@pytest.mark.parametrize("openrosa", ["https://\u00ad.example.org", "https://[", "javascript:alert(1)", "", "\x1b[2J"])
async def test_a_host_for_records_that_cannot_be_one(server: respx.MockRouter, openrosa: str) -> None:
    asks(server, environment(openrosa))
    with pytest.raises(BadAddress, match="for new records, which cannot be used"):
        await find_server(KF)


async def test_a_server_that_is_both_hosts(server: respx.MockRouter) -> None:
    asks(server, environment("https://kobo.example.org"), "https://kobo.example.org")
    assert (await find_server("https://kobo.example.org")).openrosa == "https://kobo.example.org"


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (httpx.Response(200, html="<html><title>Welcome to nginx!</title></html>"), "no KoboToolbox server"),
        (httpx.Response(404, html="<html></html>"), "no KoboToolbox server"),
        (httpx.Response(404, json={"detail": "Not found."}), "no KoboToolbox server"),
        (httpx.Response(200, json={"hello": "world"}), "no KoboToolbox server"),
        (httpx.Response(200, content=b""), "no KoboToolbox server"),
        (httpx.Response(401), "no KoboToolbox server"),
        (httpx.Response(301, headers={"Location": "https://elsewhere.example.org/"}), "sends to another address"),
        (environment("http://kc.example.org"), "http://kc.example.org for new records"),
        (environment("kc.example.org"), "kc.example.org for new records"),
    ],
)
async def test_web_servers_that_are_something_else(
    server: respx.MockRouter, response: httpx.Response, words: str
) -> None:
    asks(server, response)
    with pytest.raises(BadAddress) as caught:
        await find_server(KF)
    assert words in caught.value.sentence


@pytest.mark.parametrize("response", [environment(), httpx.Response(404, html="<html></html>")], ids=["both", "alone"])
async def test_the_host_for_collecting_is_not_the_one_to_log_in_to(
    server: respx.MockRouter, response: httpx.Response
) -> None:
    asks(server, response, KC)
    with pytest.raises(BadAddress, match="where data collectors send records"):
        await find_server(KC)


async def test_a_server_that_is_down_is_not_called_something_else(server: respx.MockRouter) -> None:
    asks(server, httpx.Response(500))
    with pytest.raises(ServerTrouble):
        await find_server(KF)


async def test_whose_key_it_is(server: respx.MockRouter) -> None:
    server.get(f"{KF}/me/").mock(return_value=httpx.Response(200, json={"username": "ana"}, headers=KNOWN))
    assert (await who_is(HERE, TOKEN)).username == "ana"


async def test_a_key_nobody_has(server: respx.MockRouter) -> None:
    server.get(f"{KF}/me/").mock(return_value=httpx.Response(401, json={"detail": "Invalid token."}))
    with pytest.raises(NotLoggedIn, match="does not accept the API key"):
        await who_is(HERE, TOKEN)


async def test_a_key_for_a_password(server: respx.MockRouter) -> None:
    route = server.get(f"{KF}/token/?format=json")
    route.mock(return_value=httpx.Response(200, json={"token": TOKEN}, headers=KNOWN))
    assert await fetch_key(HERE, "ana", "pässword") == TOKEN
    credentials = b64encode("ana:pässword".encode()).decode()
    assert route.calls.last.request.headers["authorization"] == f"Basic {credentials}"


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("Invalid username/password.", "does not accept this user name and password"),
        (
            "Multi-factor authentication is enabled for this account. Basic authentication cannot be used.",
            "two-factor login",
        ),
    ],
)
async def test_no_key_for_a_password(server: respx.MockRouter, detail: str, words: str) -> None:
    route = server.get(f"{KF}/token/?format=json").mock(return_value=httpx.Response(401, json={"detail": detail}))
    with pytest.raises(NotLoggedIn, match=words) as caught:
        await fetch_key(HERE, "ana", "hunter2-hunter2")
    assert route.call_count == 1
    assert "hunter2" not in caught.value.sentence + caught.value.details()


async def test_a_password_the_server_repeats_is_not_kept(server: respx.MockRouter) -> None:
    page = "<html>password was hunter2-hunter2</html>"
    server.get(f"{KF}/token/?format=json").mock(return_value=httpx.Response(500, html=page))
    with pytest.raises(ServerTrouble) as caught:
        await fetch_key(HERE, "ana", "hunter2-hunter2")
    assert "hunter2" not in caught.value.details()


@pytest.mark.parametrize("username", ["", "ana:ben"])
async def test_names_nobody_can_have(server: respx.MockRouter, username: str) -> None:
    with pytest.raises(NotLoggedIn):
        await fetch_key(HERE, username, "x")
    assert not server.calls
