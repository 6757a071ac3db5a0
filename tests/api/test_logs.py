"""Histories and logs that grow while they are read: every entry there was comes, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.history import history_query
from tests.api.conftest import KNOWN, SERVER, UID
from tests.model.samples import body

HISTORY = f"{SERVER}/api/v2/assets/{UID}/history/"
LOG = f"{SERVER}/api/v2/access-logs/me/"
DAY = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_searches_in_the_servers_language() -> None:
    assert history_query() is None
    assert history_query(["deploy"]) == "(action:deploy)"
    assert history_query(["deploy", "redeploy"], date(2026, 11, 1), date(2026, 11, 30), "ben", "permission") == (
        '(action:deploy OR action:redeploy) AND date_created__gte:"2026-11-01 00:00" '
        'AND date_created__lt:"2026-12-01 00:00" AND user__username:ben AND metadata__log_subtype:permission'
    )
    for word in ("a b", "x)", 'a"', "", "a:b"):
        with pytest.raises(ValueError, match="cannot be searched"):
            history_query([word])


def entry(number: int) -> dict[str, Any]:
    """An entry, the newer the higher its number; two share each second."""
    moment = DAY + timedelta(seconds=number // 2)
    return {
        "action": "view-data", "username": "ana", "date_created": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "metadata": {"ip_address": "10.0.0.1", "source": "Firefox", "number": number, "auth_type": "token"}, "count": 1,
    }  # fmt: skip


class Growing:
    """A list that gets ``by`` new entries at its head before each answer."""

    def __init__(self, there: int, by: int) -> None:
        self.entries = [entry(number) for number in range(there)]
        self.by = by
        self.queries: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.entries += [entry(len(self.entries) + n) for n in range(self.by)]
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        self.queries.append(query.get("q", ""))
        found = list(reversed(self.entries))
        start, limit = int(query["start"]), int(query["limit"])
        return httpx.Response(200, json={"count": len(found), "results": found[start : start + limit]}, headers=KNOWN)


async def test_a_history_is_read_up_to_the_moment_of_the_first_page(server: respx.MockRouter, kobo: KoboClient) -> None:
    growing = Growing(25, by=0)
    server.get(HISTORY).mock(side_effect=growing)
    walk = kobo.history(UID).walk("action:view-data", page_size=10)
    found = []
    async for page in walk:
        found += [one.metadata["number"] for one in page]
        growing.by = 4  # from now on somebody is at work
    assert found == list(reversed(range(25)))
    assert walk.statement
    assert walk.statement.complete
    assert set(growing.queries) == {"action:view-data"}


async def test_a_list_that_loses_what_it_counted_is_not_complete(server: respx.MockRouter, kobo: KoboClient) -> None:
    shrinking = Growing(25, by=0)
    server.get(HISTORY).mock(side_effect=shrinking)
    walk = kobo.history(UID).walk(page_size=10)
    async for _page in walk:
        del shrinking.entries[:10]  # the oldest ones are pruned
    assert walk.statement
    assert not walk.statement.complete


async def test_an_entry_tells_from_where_and_about_what(server: respx.MockRouter, kobo: KoboClient) -> None:
    server.get(HISTORY).mock(return_value=httpx.Response(200, json=body("history-household"), headers=KNOWN))
    (first, *_more) = (await kobo.history(UID).page()).items
    assert (first.ip_address, first.source, first.subtype) == ("127.0.0.1", "Other (Other)", "project")
    server.get(f"{HISTORY}actions/").mock(return_value=httpx.Response(200, json={"actions": ["deploy"]}, headers=KNOWN))
    assert await kobo.history(UID).actions() == ["deploy"]


@pytest.mark.parametrize(("there", "by"), [(0, 0), (1, 1), (25, 0), (25, 1), (25, 3), (30, 9), (9, 9)])
async def test_an_access_log_that_grows_by_being_read_is_read_once(
    server: respx.MockRouter, kobo: KoboClient, there: int, by: int
) -> None:
    growing = Growing(there, by)
    server.get(LOG).mock(side_effect=growing)
    walk = kobo.access_log.walk(page_size=10)
    found = [one.metadata["number"] async for page in walk for one in page]
    assert found == list(reversed(range(there + by)))  # what there was when the first request was counted
    assert walk.statement
    assert walk.statement.complete


async def test_an_access_log_is_read_back_to_a_day(server: respx.MockRouter, kobo: KoboClient) -> None:
    route = server.get(LOG).mock(side_effect=Growing(50, by=1))
    walk = kobo.access_log.walk(DAY + timedelta(seconds=18), page_size=10)
    found = [one.metadata["number"] async for page in walk for one in page]
    assert found == list(reversed(range(36, 51)))
    assert route.call_count == 2
    assert walk.statement
    assert walk.statement.complete
