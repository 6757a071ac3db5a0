"""Files: streamed, from our server alone, the key never carried elsewhere."""

from __future__ import annotations

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotFound, Unreadable
from tests.api.conftest import SERVER, TOKEN, UID

LINK = f"http://inner/api/v2/assets/{UID}/data/7/attachments/attX/"
FILE = f"{SERVER}/api/v2/assets/{UID}/data/7/attachments/attX/"


async def test_a_file_is_streamed_from_our_server(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(FILE).mock(
        return_value=httpx.Response(200, content=b"jpeg", headers={"Content-Type": "image/jpeg"})
    )
    async with kobo.attachments.open(LINK) as file:
        assert (file.content_type, file.size) == ("image/jpeg", 4)
        assert await file.read() == b"jpeg"
    assert route.calls.last.request.headers["authorization"] == f"Token {TOKEN}"


async def test_a_redirect_to_storage_is_followed_without_the_key(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(FILE).mock(return_value=httpx.Response(302, headers={"Location": "https://storage.example.com/x?sig=1"}))
    there = server.get("https://storage.example.com/x").mock(return_value=httpx.Response(200, content=b"jpeg"))
    async with kobo.attachments.open(LINK) as file:
        assert await file.read() == b"jpeg"
    assert "authorization" not in there.calls.last.request.headers


async def test_a_redirect_on_our_server_keeps_the_key(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(FILE).mock(return_value=httpx.Response(302, headers={"Location": "/private-media/x"}))
    there = server.get(f"{SERVER}/private-media/x").mock(return_value=httpx.Response(200, content=b"jpeg"))
    async with kobo.attachments.open(LINK) as file:
        await file.read()
    assert there.calls.last.request.headers["authorization"] == f"Token {TOKEN}"


async def test_a_redirect_out_of_tls_is_refused(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(FILE).mock(return_value=httpx.Response(302, headers={"Location": "http://storage.example.com/x"}))
    with pytest.raises(Unreadable, match="without encryption"):
        async with kobo.attachments.open(LINK):
            raise AssertionError("nothing may arrive")


async def test_redirects_in_circles_end(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(FILE).mock(return_value=httpx.Response(302, headers={"Location": FILE}))
    with pytest.raises(Unreadable, match="circles"):
        async with kobo.attachments.open(LINK):
            raise AssertionError("nothing may arrive")
    assert route.call_count == 4


async def test_a_file_that_is_gone(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(FILE).mock(return_value=httpx.Response(404, text="Not found."))
    with pytest.raises(NotFound):
        async with kobo.attachments.open(LINK):
            raise AssertionError("nothing may arrive")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/steal",
        "https://kobo.example.org/api/v2/../../me/",
        "https://kobo.example.org/api/v2/%2e%2e/me/",
        "https://kobo.example.org/admin/",
        "/api/v2/assets/a\\b",
        "javascript:alert(1)",
        "http://[",
        "",
    ],
)
async def test_links_that_lead_elsewhere_are_not_followed(
    server: respx.MockRouter, kobo: KoboClient, link: str
) -> None:
    with pytest.raises(Unreadable, match="leads out"):
        kobo.attachments.open(link)
    assert not server.calls
