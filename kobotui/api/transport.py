"""HTTP: headers, retries, limits, and where the key may go. Only this and ``keys`` know the library."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec

from kobotui.api import network, urls
from kobotui.api.errors import (
    BadAddress,
    KoboError,
    NotConnected,
    ReadOnlyAccount,
    Rejected,
    ServerTrouble,
    TimedOut,
    TooBusy,
    TooLarge,
    Unreadable,
)
from kobotui.api.keys import KeyAuth, PasswordAuth
from kobotui.api.orderly import Orderly
from kobotui.api.pause import LONGEST, Pause
from kobotui.api.reply import READS, Reply
from kobotui.locale import _

if TYPE_CHECKING:
    import ssl

    from kobotui.api.keys import Secret

JSON = "application/json"
ANYTHING = "*/*"
"""For files and XML: the server answers 406 to a request for JSON there."""

ATTEMPTS = 4
BODY_LIMIT = 64 * 2**20
"""Bytes of an answer that is kept in memory."""
CONNECT_SECONDS = 10.0
KEEPALIVE_SECONDS = 20.0
SLOW_SECONDS = 130.0
"""For calls the server may work on: it gives itself two minutes."""
HOPS = 4
"""Redirects of a download."""

UploadFile = tuple[str, tuple[str, bytes, str]]
"""Name of the form's field; file name, content and media type."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every address with its query, answers included


class Download:
    """A file on its way; iterate over it for its bytes."""

    def __init__(self, response: httpx.Response, host: str, orderly: Orderly) -> None:
        self._response = response
        self._orderly = orderly
        self.host = host
        self.headers: Mapping[str, str] = response.headers
        self.partial = response.status_code == 206
        """Whether this is only the range that was asked for."""
        self.content_type = response.headers.get("content-type", "")
        length = response.headers.get("content-length", "")
        self.size = int(length) if length.isdigit() and "content-encoding" not in response.headers else None
        """Bytes on their way, None when the server does not say."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._response.aiter_bytes()
        while True:
            try:
                chunk = await self._orderly.do(anext(chunks, None))
            except httpx.HTTPError as error:
                raise _not_connected(error, "GET", self._response.url.path, self.host) from None
            if chunk is None:
                return
            yield chunk

    async def read(self, limit: int = BODY_LIMIT) -> bytes:
        """All of it; raises ``Unreadable`` when it is larger than ``limit`` bytes."""
        content = bytearray()
        async for chunk in self:
            content += chunk
            _check_size(len(content), limit, "GET", self._response.url.path)
        return bytes(content)


class _NoCookies(CookieJar):
    """Nobody is logged in by a cookie: none is kept, none is sent."""

    def extract_cookies(self, response: object, request: object) -> None: ...

    def add_cookie_header(self, request: object) -> None: ...


class Transport:
    """Requests of one account to its server and its OpenRosa host, ``concurrency`` at once."""

    def __init__(
        self,
        server: str,
        secret: Secret | None = None,
        *,
        openrosa: str = "",
        username: str = "",
        password: tuple[str, str] | None = None,
        read_only_account: str | None = None,
        concurrency: int = 8,
        pause: Pause | None = None,
        ssl_context: ssl.SSLContext | None = None,
        timeout: float = 30.0,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        """Raises ``BadAddress`` and ``NotConnected``."""
        self.server = usable(server)
        self.openrosa = usable(openrosa or server)
        self.username = username
        self.pause = pause or Pause()
        self._secret = secret
        self._auth: httpx.Auth | None = PasswordAuth(*password) if password else KeyAuth(secret) if secret else None
        self._read_only_account = read_only_account
        self._gate = asyncio.Semaphore(concurrency)
        self._timeout = timeout
        self._limit = body_limit
        self._orderly = Orderly()
        self._client = self._make_client(ssl_context, concurrency)

    def _make_client(self, ssl_context: ssl.SSLContext | None, concurrency: int) -> httpx.AsyncClient:
        try:
            return httpx.AsyncClient(
                verify=True if ssl_context is None else ssl_context,
                headers={"Accept-Language": "en", "User-Agent": "kobotui"},
                cookies=_NoCookies(),
                timeout=httpx.Timeout(self._timeout, connect=CONNECT_SECONDS, pool=None),
                limits=httpx.Limits(  # how many at once is our own gate's to say
                    max_connections=None,
                    max_keepalive_connections=concurrency,
                    keepalive_expiry=KEEPALIVE_SECONDS,
                ),
                follow_redirects=False,
                trust_env=not network.is_loopback(urlsplit(self.server).hostname or ""),  # its proxies
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            proxy = network.proxy_for(self.server)
            sentence = _("The proxy {proxy} of the environment cannot be used: {why}").format(proxy=proxy, why=error)
            raise NotConnected(sentence, transient=False) from None

    def __repr__(self) -> str:
        return f"Transport({self.server!r}, username={self.username!r})"

    async def close(self) -> None:
        """End what is under way, and close the connections."""
        await self._orderly.end()
        await self._client.aclose()

    @property
    def prefix(self) -> str:
        """The path below which the server lives, empty at the root."""
        return urlsplit(self.server).path

    async def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = JSON,
        slow: bool = False,
        openrosa: bool = False,
    ) -> Reply:
        """Read; repeated when that may help. Raises ``KoboError``."""
        return await self.request("GET", path, params=params, accept=accept, slow=slow, openrosa=openrosa)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = msgspec.UNSET,
        form: Mapping[str, str] | None = None,
        files: Sequence[UploadFile] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = JSON,
        repeatable: bool = False,
        slow: bool = True,
        openrosa: bool = False,
        also: Collection[int] = (),
    ) -> Reply:
        """One call and its answer, tried again where that is sound.

        A read, or a write declared ``repeatable``, is tried again after a broken connection, 429, 502, 503 and 504;
        any call is, when the server certainly did not carry it out (no connection at all, 423, 429). Statuses in
        ``also`` are returned like a success. Raises ``KoboError``.
        """
        if self._read_only_account is not None and method not in READS:
            raise ReadOnlyAccount(self._read_only_account)
        url = (self.openrosa if openrosa else self.server) + path
        seconds = max(self._timeout, SLOW_SECONDS) if slow else self._timeout
        try:
            content = b"" if json is msgspec.UNSET else msgspec.json.encode(json)
            request = self._client.build_request(
                method,
                url,
                params=urls.query(params),
                content=content or None,
                data=form,
                files=files,
                headers={"Accept": accept, **({"Content-Type": JSON} if content else {}), **(headers or {})},
                timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=None),
            )
            await request.aread()
        except UnicodeError:  # half a character: a byte of the command line, or of a file's name, that is no UTF-8
            sentence = _("This holds a character that cannot be sent; nothing was sent.")
            raise Rejected(sentence, method=method, path=path) from None
        doubt = False
        for attempt in count():
            await self.pause.wait()
            try:
                async with self._gate:
                    reply = await self._orderly.do(self._send(request, url))
                if (error := self._error(reply, also)) is None:
                    break
            except NotConnected as refused:
                error = refused
            doubt = error.in_doubt = doubt or error.in_doubt  # a later refusal says nothing of an earlier try
            delay = self.delay(error, attempt, repeatable or method in READS)
            if delay is None:
                raise error
            await self.pause.sleep(delay)
        return reply

    def _error(self, reply: Reply, also: Collection[int]) -> KoboError | None:
        if self._secret and (error := reply.identity_error(self.username)):
            return error
        return None if reply.status in also else reply.error()

    def delay(self, error: KoboError, attempt: int, repeatable: bool) -> float | None:
        """Seconds before the next try after ``attempt`` (0, 1, ...) failed, None when there is none."""
        if isinstance(error, TooBusy) and error.retry_after is not None:
            if error.retry_after > LONGEST:
                return None
            self.pause.hold(error.retry_after)
        passes = (
            isinstance(error, TooBusy)
            or (isinstance(error, NotConnected) and error.transient)
            or (isinstance(error, ServerTrouble) and error.status in (502, 504))
        )
        if not passes or attempt == ATTEMPTS - 1 or not (repeatable or not error.in_doubt):
            return None
        return self.pause.backoff(attempt)

    async def _send(self, request: httpx.Request, url: str) -> Reply:
        host = urlsplit(url).netloc
        path = request.url.path
        try:
            response = await self._client.send(request, auth=self._auth, stream=True)
            try:
                body = await self._body(response, request.method, path)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise _not_connected(error, request.method, path, host, network.proxy_for(url)) from error
        except httpx.InvalidURL as error:
            raise Unreadable(str(error), method=request.method, path=path) from None
        return Reply(request.method, path, response.status_code, response.headers, self._redacted(body))

    async def _body(self, response: httpx.Response, method: str, path: str) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            _check_size(len(content), self._limit, method, path)
        return bytes(content)

    def _redacted(self, body: bytes) -> bytes:
        """The body without our own key, which a debugging page may repeat."""
        return body.replace(self._secret.reveal().encode(), b"***") if self._secret else body

    @asynccontextmanager
    async def download(
        self, path: str, headers: Mapping[str, str] | None = None, *, slow: bool = False
    ) -> AsyncIterator[Download]:
        """A file, streamed; redirects are followed, to another host without the key. Raises ``KoboError``.

        ``headers`` may ask for a range; a server that knows none sends the whole file. ``slow``: it may first have to
        make it.
        """
        url, auth = httpx.URL(self.server + path), self._auth
        await self.pause.wait()
        async with self._gate:
            for _hop in range(HOPS):
                response = await self._open(url, auth, headers or {}, slow)
                try:
                    if response.next_request is None:
                        if error := await self._refused_download(response):
                            raise error
                        yield Download(response, url.host, self._orderly)
                        return
                    url, auth = self._next(url, response.next_request.url, auth)
                finally:
                    await self._orderly.do(response.aclose())
        raise Unreadable(_("The server sends the download round in circles."), method="GET", path=path)

    async def _open(
        self, url: httpx.URL, auth: httpx.Auth | None, headers: Mapping[str, str], slow: bool
    ) -> httpx.Response:
        timeout = httpx.Timeout(SLOW_SECONDS if slow else self._timeout, connect=CONNECT_SECONDS, pool=None)
        request = self._client.build_request("GET", url, headers={"Accept": ANYTHING, **headers}, timeout=timeout)
        try:
            sent = self._client.send(request, auth=auth, stream=True)
            return await self._orderly.do(sent, late=httpx.Response.aclose)
        except httpx.HTTPError as error:
            raise _not_connected(error, "GET", url.path, url.netloc.decode(), network.proxy_for(str(url))) from error

    async def _refused_download(self, response: httpx.Response) -> KoboError | None:
        if response.status_code in (200, 206):
            return None
        body = self._redacted(await self._orderly.do(self._body(response, "GET", response.url.path)))
        reply = Reply("GET", response.url.path, response.status_code, response.headers, body)
        return reply.error() or Unreadable(_("The server sent an empty answer."), **reply.facts)

    def _next(self, here: httpx.URL, there: httpx.URL, auth: httpx.Auth | None) -> tuple[httpx.URL, httpx.Auth | None]:
        """Where a redirect leads, and whether the key goes along: never to another host, never out of TLS."""
        if here.scheme == "https" and there.scheme != "https":
            raise Unreadable(
                _("The server sends the download to an address without encryption; it was not followed."),
                method="GET",
                path=here.path,
            )
        same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
        return there, auth if same else None


def usable(address: str) -> str:
    """The address without a slash at its end. Raises ``BadAddress`` for what the library cannot ask."""
    try:
        if httpx.URL(address).host:
            return address.rstrip("/")
    except (httpx.InvalidURL, UnicodeError):
        pass
    raise BadAddress(_("{address} is not a web address.").format(address=address))


def _check_size(size: int, limit: int, method: str, path: str) -> None:
    if size > limit:
        sentence = _("The server's answer is larger than {n} MB; the rest was not read.").format(n=limit // 2**20)
        raise TooLarge(sentence, method=method, path=path, in_doubt=method not in READS)


def _not_connected(error: httpx.HTTPError, method: str, path: str, host: str, proxy: str = "") -> KoboError:
    """The library's error as ours."""
    write = method not in READS
    match error:
        case httpx.ConnectTimeout():
            name = _("the proxy {proxy}").format(proxy=proxy) if proxy else host
            sentence = _("{host} does not answer: no connection within {n:g} seconds.").format(
                host=name, n=CONNECT_SECONDS
            )
            return NotConnected(sentence, method=method, path=path)
        case httpx.TimeoutException():
            sentence = _("{host} took too long to answer.").format(host=host)
            return TimedOut(sentence, method=method, path=path, in_doubt=write, transient=False)
        case httpx.ProxyError():
            sentence = _("The proxy {proxy} refuses: {why}").format(proxy=proxy, why=error)
            return NotConnected(sentence, method=method, path=path, transient=False)
        case httpx.DecodingError():
            sentence = _("The server's answer is garbled: {why}").format(why=error)
            return Unreadable(sentence, method=method, path=path, in_doubt=write)
        case httpx.RemoteProtocolError() | httpx.ReadError():
            sentence = _("{host} broke off before its answer was complete.").format(host=host)
            return NotConnected(sentence, method=method, path=path, in_doubt=write)
        case httpx.UnsupportedProtocol():
            sentence = _("{host}: the address must begin with https://").format(host=host)
            return NotConnected(sentence, method=method, path=path, transient=False)
    sentence, transient = network.why_not_connected(error, host=host, proxy=proxy)
    doubt = write and not isinstance(error, httpx.ConnectError)
    return NotConnected(sentence, method=method, path=path, in_doubt=doubt, transient=transient)
