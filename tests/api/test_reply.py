"""Every shape of refusal becomes one of a few errors, with the server's own words."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.api.bodies import read_words
from kobotui.api.errors import (
    DETAIL_BODY,
    KoboError,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    Rejected,
    ServerTrouble,
    TooBusy,
    Unreadable,
)
from kobotui.api.pause import retry_after
from kobotui.api.reply import Reply

HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"


def answer(status: int, body: Any = b"", kind: str = "application/json", method: str = "GET", **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Reply(method, "/api/v2/x/", status, httpx.Headers({"content-type": kind} | headers), content)


def error_of(reply: Reply) -> KoboError:
    error = reply.error()
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("body", "messages", "fields"),
    [
        ({"detail": "no"}, ["no"], {}),
        ({"error": "ODK Validate Errors:\n>> bad"}, ["ODK Validate Errors:\n>> bad"], {}),
        ({"details": "no"}, ["no"], {}),
        ({"name": ["too long", "ugly"]}, [], {"name": ["too long", "ugly"]}),
        ({"limit": "A positive integer is required"}, [], {"limit": ["A positive integer is required"]}),
        (["No submissions match"], ["No submissions match"], {}),
        ("bare", ["bare"], {}),
        ({"payload": ["Confirmation is required"]}, ["Confirmation is required"], {}),
        ({"non_field_errors": ["no"]}, ["no"], {}),
        ({"field": {"0": {"sub": ["msg"]}}}, [], {"field": ["0: sub: msg"]}),
        ({"status": "failure", "error_type": "E", "error": "why", "warnings": ["w"]}, ["why"], {}),
        ({"detail": "no", "status_code": None}, ["no"], {}),
        ([{"user": ["who?"]}, {}], ["user: who?"], {}),
        ({"a": None, "b": []}, [], {}),
        (7, [], {}),
    ],
)
def test_words_of_json(body: Any, messages: list[str], fields: dict[str, list[str]]) -> None:
    words = read_words(json.dumps(body).encode(), "application/json")
    assert (words.messages, words.fields) == (messages if body != 7 else ["7"], fields)


@pytest.mark.parametrize(
    ("body", "messages", "page"),
    [
        (b"", [], False),
        (b"Resource not found (404)", ["Resource not found (404)"], False),
        (b"<!doctype html><html><title>403 &amp; Forbidden</title>", ["403 & Forbidden"], True),
        (b"<html><body>x", [], True),
        (
            b"<?xml version='1.0'?>\n<OpenRosaResponse><message nature=\"\">Access\n denied</message>",
            ["Access denied"],
            False,
        ),
        (b'<?xml version="1.0"?><root><detail>Not found.</detail></root>', ["Not found."], False),
        (b"<root/>", [], False),
        (b"\xff\xfe", ["\ufffd\ufffd"], False),
        (b"{broken", ["{broken"], False),
        (b"[" * 100_000, ["[" * 1000], False),
    ],
    ids=range(10),
)
def test_words_of_anything_else(body: bytes, messages: list[str], page: bool) -> None:
    words = read_words(body, XML if body.startswith((b"<?xml", b"<root")) else HTML)
    assert (words.messages, words.page) == (messages, page)


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (answer(400, {"name": ["too long"]}), Rejected, "name: too long"),
        (answer(400), Rejected, "400"),
        (answer(401, {"detail": "Invalid token."}), NotLoggedIn, "API key"),
        (answer(402, {"error": "over the limit"}), Rejected, "over the limit"),
        (answer(403, {"detail": "Forbidden thing"}), NotAllowed, "Forbidden thing"),
        (answer(403, "<html><title>403 Forbidden</title></html>", HTML), NotAllowed, "may not do this"),
        (answer(404, {"detail": "Not found."}), NotFound, "may not see it"),
        (answer(404, "Resource not found (404)", HTML), NotFound, "may not see it"),
        (answer(405, {"detail": 'Method "PUT" not allowed.'}), Rejected, "PUT"),
        (answer(406, {"detail": "Accept"}), Rejected, "Accept"),
        (answer(409, {"detail": "Owner's permissions cannot be deleted"}), Rejected, "Owner's"),
        (answer(410, {"detail": "The V1 API has been removed."}), Rejected, "version 1"),
        (answer(410, "<x><message>Invalid submission</message></x>", XML), Rejected, "Invalid submission"),
        (answer(413, "<html><title>413</title></html>", HTML), Rejected, "too large"),
        (answer(423, "<x><message>locked</message></x>", XML), TooBusy, "still working"),
        (answer(429), TooBusy, "429"),
        (answer(500, {"error": "Server Error (500)"}), ServerTrouble, "failed"),
        (answer(502, "<html><title>502</title></html>", HTML), ServerTrouble, "502"),
        (answer(503, "<html><title>503</title></html>", HTML), TooBusy, "503"),
        (answer(504), ServerTrouble, "504"),
        (answer(304), Unreadable, "304"),
    ],
)
def test_statuses(reply: Reply, kind: type[KoboError], words: str) -> None:
    error = error_of(reply)
    assert type(error) is kind
    assert words in error.sentence
    assert error.status == reply.status
    assert error.details().startswith(f"GET /api/v2/x/ -> {reply.status}")


def test_success_is_no_error() -> None:
    assert [answer(status).error() for status in (200, 201, 202, 204)] == [None] * 4


def test_words_of_the_server_are_kept_by_field() -> None:
    error = error_of(answer(400, {"user": ["unknown"], "detail": "no"}))
    assert isinstance(error, Rejected)
    assert (error.fields, error.messages) == ({"user": ["unknown"]}, ["no"])


def test_details_are_trimmed() -> None:
    error = error_of(answer(500, "x" * 100_000, "text/plain"))
    assert len(error.body) == DETAIL_BODY
    assert len(error.details()) < 3 * DETAIL_BODY


@pytest.mark.parametrize("value", ["1h", "-3", "", "Tue", "1.5"])
def test_a_retry_after_that_says_nothing(value: str) -> None:
    error = error_of(answer(429, **{"retry-after": value}))
    assert isinstance(error, TooBusy)
    assert error.retry_after is None


DAY = ("Mon,", "01", "Jan", "2026", "99999", "25:61:61", "00:00:00")
WHEN = [*DAY, "GMT", "+9999", "-0000", "EST", "0", "1e9", "²"]


@given(st.text() | st.lists(st.sampled_from(WHEN), max_size=7).map(" ".join))
def test_any_retry_after_is_read_or_not(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or seconds >= 0


BEGUN = st.sampled_from(["", '{"a":', "[", "<html><title>", '<message nature="">'])


@given(st.binary() | st.builds(lambda begun, rest: (begun + rest).encode(), BEGUN, st.text()), st.text())
def test_words_of_any_body(body: bytes, content_type: str) -> None:
    assert str(read_words(body, content_type)).encode() is not None


def test_a_date_in_the_past_is_no_wait() -> None:
    error = error_of(answer(429, **{"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    assert isinstance(error, TooBusy)
    assert error.retry_after == 0
