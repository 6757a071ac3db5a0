"""A download into a file: whole or not at all, gone on with after a cut where the server can."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotAllowed, NotConnected, NotFound, ServerTrouble, Unreadable
from kobotui.api.exports import ExportTask
from kobotui.paths import LocalError
from tests.api.conftest import SERVER, TOKEN, UID, Clock

LINK = f"{SERVER}/api/v2/assets/{UID}/data/7/attachments/attX/"
CONTENT = bytes(range(256)) * 40
Answer = Callable[[httpx.Request], httpx.Response]


class Breaking(httpx.AsyncByteStream):
    """The beginning of the content, and then nothing more."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        raise httpx.ReadError("cut")


def ranges(content: bytes = CONTENT, *, tag: str = '"one"', cut: int | None = None) -> Answer:
    """A server that knows ranges; each answer breaks off after ``cut`` bytes."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.headers.get("range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and request.headers["if-range"] == tag else 0
        rest = content[start:]
        headers = {"ETag": tag, "Content-Length": str(len(rest))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if cut is not None and len(rest) > cut:
            return httpx.Response(206 if start else 200, headers=headers, stream=Breaking(rest[:cut]))
        return httpx.Response(206 if start else 200, headers=headers, content=rest)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after another."""
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        return waiting.pop(0)(request)

    return answer


def left(target: Path) -> list[str]:
    """What lies in the target's directory."""
    return sorted(path.name for path in target.parent.iterdir() if path.name != "home")


async def test_a_file_is_there_whole_or_not_at_all(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    server.get(LINK).mock(side_effect=ranges())
    target = tmp_path / "photo.jpg"
    told: list[tuple[int, int | None]] = []
    assert await kobo.attachments.save(LINK, target, received=lambda *facts: told.append(facts)) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert left(target) == ["photo.jpg"]
    assert target.stat().st_mode & 0o077 == 0


async def test_a_cut_is_gone_on_with_by_range(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path, clock: Clock
) -> None:
    route = server.get(LINK).mock(side_effect=ranges(cut=1500))
    target = tmp_path / "photo.jpg"
    assert await kobo.attachments.save(LINK, target) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    asked = [call.request.headers.get("range") for call in route.calls]
    assert asked == [None, *(f"bytes={1500 * n}-" for n in range(1, 7))]
    assert len(clock.slept) == 6  # each try brought more: none of them counted as a failure in a row
    assert left(target) == ["photo.jpg"]


async def test_the_next_run_goes_on_where_the_last_one_ended(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    target = tmp_path / "photo.jpg"
    answers = [ranges(cut=4000), lambda request: httpx.Response(403)]
    server.get(LINK).mock(side_effect=in_turn(*answers))
    with pytest.raises(NotAllowed):
        await kobo.attachments.save(LINK, target)
    assert left(target) == [".photo.jpg.part", ".photo.jpg.part.json"]
    assert TOKEN not in (tmp_path / ".photo.jpg.part.json").read_text()
    route = server.get(LINK).mock(side_effect=ranges())
    await kobo.attachments.save(LINK, target)
    assert route.calls.last.request.headers["range"] == "bytes=4000-"
    assert target.read_bytes() == CONTENT
    assert left(target) == ["photo.jpg"]


async def test_another_file_there_begins_again(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    target = tmp_path / "photo.jpg"
    new = CONTENT[::-1] + b"longer"
    answers = [ranges(cut=4000), ranges(new, tag='"two"')]
    server.get(LINK).mock(side_effect=in_turn(*answers))
    await kobo.attachments.save(LINK, target)
    assert target.read_bytes() == new


async def test_a_server_without_ranges_begins_again(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    target = tmp_path / "photo.jpg"
    answers = [httpx.Response(200, stream=Breaking(CONTENT[:3000])), httpx.Response(200, content=CONTENT)]
    route = server.get(LINK).mock(side_effect=lambda request: answers.pop(0))
    await kobo.attachments.save(LINK, target)
    assert "range" not in route.calls.last.request.headers
    assert target.read_bytes() == CONTENT


async def test_another_part_than_asked_for_is_not_taken(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    target = tmp_path / "photo.jpg"

    def wrong(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            206, headers={"Content-Range": f"bytes 10-{len(CONTENT) - 1}/{len(CONTENT)}"}, content=b"x"
        )

    answers = [ranges(cut=4000), wrong, ranges()]
    server.get(LINK).mock(side_effect=in_turn(*answers))
    await kobo.attachments.save(LINK, target)
    assert target.read_bytes() == CONTENT


async def test_a_range_past_the_end_begins_again(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    target = tmp_path / "photo.jpg"
    answers = [ranges(cut=4000), lambda request: httpx.Response(416), ranges()]
    server.get(LINK).mock(side_effect=in_turn(*answers))
    await kobo.attachments.save(LINK, target)
    assert target.read_bytes() == CONTENT


async def test_a_line_that_brings_nothing_is_given_up(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    target = tmp_path / "photo.jpg"
    route = server.get(LINK).mock(side_effect=lambda request: httpx.Response(200, stream=Breaking(b"same")))
    with pytest.raises(NotConnected):
        await kobo.attachments.save(LINK, target)
    assert route.call_count == 4
    assert left(target) == []


async def test_busy_and_gateways_are_waited_for(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    target = tmp_path / "photo.jpg"
    answers = [
        httpx.Response(429, headers={"Retry-After": "3"}),
        httpx.Response(502, html="<html></html>"),
        httpx.Response(200, content=CONTENT),
    ]
    server.get(LINK).mock(side_effect=lambda request: answers.pop(0))
    assert await kobo.attachments.save(LINK, target) == len(CONTENT)


async def test_an_old_file_stays_when_the_new_one_fails(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    target = tmp_path / "photo.jpg"
    target.write_bytes(b"old")
    server.get(LINK).mock(return_value=httpx.Response(404, text="Not found."))
    with pytest.raises(NotFound):
        await kobo.attachments.save(LINK, target)
    assert target.read_bytes() == b"old"
    assert left(target) == ["photo.jpg"]


async def test_an_empty_file_is_an_error(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    server.get(LINK).mock(return_value=httpx.Response(200))
    with pytest.raises(Unreadable, match="empty file"):
        await kobo.attachments.save(LINK, tmp_path / "photo.jpg")


@pytest.mark.parametrize("says", [True, False])
async def test_a_file_that_is_too_large(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path, says: bool) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield CONTENT

    server.get(LINK).mock(return_value=httpx.Response(200, content=CONTENT if says else content()))
    target = tmp_path / "photo.jpg"
    with pytest.raises(Unreadable, match="larger"):
        await kobo.attachments.save(LINK, target, limit=1000)
    assert left(target) == []


async def test_a_place_that_cannot_be_written_is_a_sentence(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    server.get(LINK).mock(return_value=httpx.Response(200, content=CONTENT))
    with pytest.raises(LocalError, match="Cannot write"):
        await kobo.attachments.save(LINK, tmp_path / "nowhere" / "photo.jpg")


async def test_a_redirect_to_storage_carries_range_and_no_key(
    server: respx.MockRouter, kobo: KoboClient, tmp_path: Path
) -> None:
    elsewhere = "https://storage.example.com/x?sig=1"
    server.get(LINK).mock(return_value=httpx.Response(302, headers={"Location": elsewhere}))
    there = server.get("https://storage.example.com/x").mock(side_effect=ranges(cut=4000))
    await kobo.attachments.save(LINK, tmp_path / "photo.jpg")
    assert [call.request.headers.get("range") for call in there.calls] == [None, "bytes=4000-", "bytes=8000-"]
    assert all("authorization" not in call.request.headers for call in there.calls)
    assert (tmp_path / "photo.jpg").read_bytes() == CONTENT


async def test_a_web_page_is_no_export(server: respx.MockRouter, kobo: KoboClient, tmp_path: Path) -> None:
    result = f"{SERVER}/private-media/ana/exports/{UID}/x.csv"
    server.get(result).mock(return_value=httpx.Response(200, html="<html>log in</html>"))
    task = ExportTask(uid="eX", status="complete", date_created="2026-01-01", result=result)
    with pytest.raises(ServerTrouble, match="web page"):
        await kobo.exports(UID).save(task, tmp_path / "x.csv")
