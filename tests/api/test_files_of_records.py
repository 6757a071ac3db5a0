"""Files of records and what else is asked of one record: how large, a photo in memory, links, counts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotAllowed, TooLarge, Unreadable
from kobotui.api.submissions import DailyCounts
from tests.api.conftest import KNOWN, SERVER

LINK = f"{SERVER}/api/v2/assets/a1/data/7/attachments/att1/"


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (206, {"content-range": "bytes 0-0/312000"}, 312000),
        (206, {"content-range": "bytes 0-0/*"}, None),
        (200, {"content-length": "5"}, 5),
    ],
)
async def test_the_size_is_known_after_one_byte(
    server: respx.MockRouter, kobo: KoboClient, status: int, headers: dict[str, str], size: int | None
) -> None:
    route = server.get(LINK).mock(return_value=httpx.Response(status, headers=headers, content=b"\xff" * 5))
    assert await kobo.attachments.size(LINK) == size
    assert route.calls.last.request.headers["range"] == "bytes=0-0"


async def test_a_file_in_memory_has_a_limit(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(LINK).mock(return_value=httpx.Response(200, content=b"x" * 100))
    assert await kobo.attachments.read(LINK, limit=100) == b"x" * 100
    with pytest.raises(TooLarge):
        await kobo.attachments.read(LINK, limit=99)


async def test_a_link_into_the_web_form(server: respx.MockRouter, kobo: KoboClient) -> None:
    at = f"{SERVER}/api/v2/assets/a1/data/7/enketo"
    server.get(f"{at}/view/").mock(
        return_value=httpx.Response(200, json={"url": "https://ee.example/x", "version_uid": "v"}, headers=KNOWN)
    )
    assert await kobo.submissions("a1").web_link(7, "view") == "https://ee.example/x"
    for body in ({"url": "javascript:alert(1)"}, {"url": None}, {}, []):
        server.get(f"{at}/edit/").mock(return_value=httpx.Response(200, json=body, headers=KNOWN))
        with pytest.raises(Unreadable):
            await kobo.submissions("a1").web_link(7, "edit")
    server.get(f"{at}/edit/").mock(return_value=httpx.Response(403, json={"detail": "no"}, headers=KNOWN))
    with pytest.raises(NotAllowed):
        await kobo.submissions("a1").web_link(7, "edit")


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (({"2026-11-22": 4, "2026-11-23": 2}, 100), ({"2026-11-22": 4, "2026-11-23": 5}, 103), 3),
        (({"2026-11-23": 2}, 100), ({"2026-11-23": 2, "2026-11-24": 6}, 106), 6),
        (({"2026-11-23": 2}, 100), ({"2026-11-23": 5}, 90), 3),  # and others were deleted
        (({"2026-11-20": 2}, 100), ({}, 107), 7),  # a long sleep
        (({"2026-11-23": 2}, 100), ({"2026-11-23": 1}, 99), 0),
    ],
)
def test_how_many_have_come(before: Any, after: Any, new: int) -> None:
    earlier, later = (DailyCounts(by_day=days, total=total) for days, total in (before, after))
    assert later.since(earlier) == new
