"""Why there is no connection: real sockets and real certificates."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotConnected
from kobotui.api.network import proxy_for, why_not_connected
from kobotui.api.pause import Pause
from kobotui.api.tls import ssl_context
from tests.api.conftest import TOKEN, Clock, account_of

CERTIFICATES = Path(__file__).with_name("certificates")
"""For ``localhost``, signed by an authority of our own, valid until 2125; ``expired`` since 2021."""
AUTHORITY = str(CERTIFICATES / "authority.pem")
ME = b'{"username": "ana"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-KoBoNaUt: ana\r\nContent-Length: 19\r\n\r\n" + ME


@asynccontextmanager
async def serving(answer: bytes, certificate: str | None = None) -> AsyncIterator[str]:
    """A server on loopback that says the same to everybody, then hangs up; its address."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(65536)
            writer.write(answer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"{'https' if certificate else 'http'}://localhost:{server.sockets[0].getsockname()[1]}"


async def failure(url: str, pause: Pause, ca_file: str = "") -> str:
    """The sentence for a server that cannot be asked."""
    async with KoboClient(account_of(server=url, ca_file=ca_file), TOKEN, pause=pause, timeout=5) as kobo:
        with pytest.raises(NotConnected) as caught:
            await kobo.me()
    return caught.value.sentence


async def test_an_authority_of_ones_own(pause: Pause) -> None:
    async with (
        serving(ANSWER, "localhost") as url,
        KoboClient(account_of(server=url, ca_file=AUTHORITY), TOKEN, pause=pause) as kobo,
    ):
        assert (await kobo.me()).username == "ana"


async def test_this_machine_is_asked_without_a_proxy(pause: Pause, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    monkeypatch.setenv("all_proxy", "http://proxy.example.org:3128")
    async with serving(ANSWER) as url, KoboClient(account_of(server=url), TOKEN, pause=pause) as kobo:
        assert (await kobo.me()).username == "ana"


@pytest.mark.parametrize(
    ("certificate", "trusted", "words"),
    [
        ("localhost", False, "signed by nobody this machine trusts"),
        ("expired", True, "has expired"),
        ("elsewhere", True, "for another name"),
    ],
)
async def test_certificates_that_are_refused(
    pause: Pause, clock: Clock, certificate: str, trusted: bool, words: str
) -> None:
    async with serving(ANSWER, certificate) as url:
        sentence = await failure(url, pause, AUTHORITY if trusted else "")
    assert words in sentence
    assert "localhost" in sentence
    assert not clock.slept


async def test_tls_where_there_is_none(pause: Pause) -> None:
    async with serving(ANSWER) as url:
        assert "does not answer with TLS" in await failure(url.replace("http:", "https:"), pause)


async def test_nobody_listens(pause: Pause) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    assert "refuses connections" in await failure(f"http://127.0.0.1:{port}", pause)


async def test_a_broken_line(pause: Pause, clock: Clock) -> None:
    async with serving(ANSWER[:-5]) as url:
        assert "broke off" in await failure(url, pause)
    assert len(clock.slept) == 3


async def test_no_answer_at_all(pause: Pause) -> None:
    async with serving(b"") as url:
        assert "broke off" in await failure(url, pause)


@pytest.mark.parametrize(
    ("cause", "words", "transient"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "cannot be found", True),
        (OSError(errno.ENETUNREACH, "unreachable"), "no way to", True),
        (ConnectionResetError(), "broke the connection off", True),
        (ssl.SSLError(1, "handshake failure"), "No secure connection", False),
        (OSError("something odd"), "something odd", True),
    ],
)
def test_causes_are_found_below(cause: BaseException, words: str, transient: bool) -> None:
    outer = RuntimeError("All attempts failed")
    outer.__cause__ = ExceptionGroup("several", [cause]) if isinstance(cause, Exception) else cause
    sentence, again = why_not_connected(outer, host="kobo.example.org")
    assert words in sentence
    assert "kobo.example.org" in sentence
    assert again is transient


def test_causes_in_a_circle_end() -> None:
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert why_not_connected(first, host="h")[1]


def test_with_a_proxy_it_is_the_proxy_that_cannot_be_found() -> None:
    sentence, _again = why_not_connected(socket.gaierror(-2, "x"), host="kobo.example.org", proxy="p.example.org:3128")
    assert "p.example.org:3128" in sentence


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for("https://kobo.example.org/x") == ""
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.example.org:3128/")
    assert proxy_for("https://kobo.example.org/x") == "proxy.example.org:3128"
    assert proxy_for("https://127.0.0.1:8600/x") == proxy_for("https://localhost/x") == ""
    monkeypatch.setenv("no_proxy", "kobo.example.org")
    assert proxy_for("https://kobo.example.org/x") == ""


def test_a_proxy_that_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://[")
    assert proxy_for("https://kf.kobotoolbox.org") == "?"


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotConnected, match=r"missing\.pem"):
        ssl_context(str(tmp_path / "missing.pem"))
    (tmp_path / "letter.pem").write_text("Dear reader")
    with pytest.raises(NotConnected, match=r"letter\.pem"):
        ssl_context(str(tmp_path / "letter.pem"))


def test_the_context_is_made_once_and_checks_names() -> None:
    assert ssl_context() is ssl_context()
    assert ssl_context().check_hostname
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED
