"""Before there is an account: is that a KoboToolbox server, whose key is this, and a key for a password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

from msgspec import Struct

from kobotui.api.errors import BadAddress, KoboError, NotAllowed, NotFound, NotLoggedIn, ServerTrouble, Unreadable
from kobotui.api.network import is_loopback
from kobotui.api.people import read_environment, read_me
from kobotui.api.reply import IDENTITY
from kobotui.api.tls import ssl_context
from kobotui.api.transport import Transport, usable
from kobotui.locale import _
from kobotui.model.token import Token

if TYPE_CHECKING:
    from kobotui.api.keys import Secret
    from kobotui.model.people import Environment, Me

_PAGES = ("/accounts/", "/token/", "/me/", "/api/", "/assets/", "/forms/", "/library/")
"""Beginnings of addresses inside a server, which people paste for the server's own."""
_COLLECTION_HOSTS = ("kc", "kc-", "kobocat", "ee", "ee-", "enketo")


class Server(Struct, frozen=True, kw_only=True):
    """A KoboToolbox server that has answered."""

    url: str
    """As ``Account.server``: without a slash at the end."""
    openrosa: str
    """Where records are created, as the server names it: the key goes there, too."""
    ca_file: str = ""
    allow_http: bool = False


class _Token(Struct):
    token: str


async def find_server(address: str, *, ca_file: str = "", allow_http: bool = False) -> Server:
    """Ask ``environment/`` whether a KoboToolbox server is there. No key is sent.

    Raises ``BadAddress`` for an address that cannot be one, and for what is there but is no KoboToolbox server or
    not the host people log in to; ``NotConnected``.
    """
    url = server_url(address, allow_http=allow_http)
    environment = await _environment(url, ca_file)
    try:
        openrosa = server_url(environment.openrosa, allow_http=allow_http)
    except BadAddress as error:
        sentence = _("The server names {address} for new records, which cannot be used. {why}")
        raise BadAddress(sentence.format(address=environment.openrosa, why=error.sentence)) from None
    if _same_host(url, openrosa) and _collects(url):
        raise _collection_host(url)
    return Server(url=url, openrosa=openrosa, ca_file=ca_file, allow_http=allow_http)


async def who_is(server: Server, token: Secret | str) -> Me:
    """``GET /me/``: whose key that is. Raises ``NotLoggedIn`` for one the server does not accept."""
    secret = Token(token) if isinstance(token, str) else token
    transport = Transport(server.url, secret, ssl_context=ssl_context(server.ca_file))
    try:
        return await read_me(transport)
    finally:
        await transport.close()


async def fetch_key(server: Server, username: str, password: str) -> str:
    """``GET /token/``: the user's API key, which the server makes when there is none. The password is sent once.

    Raises ``NotLoggedIn`` for a wrong name or password, and where two-factor login or a single sign-on wants the
    browser.
    """
    if not username or ":" in username:
        raise NotLoggedIn(_("That cannot be a user name."))
    transport = Transport(server.url, password=(username, password), ssl_context=ssl_context(server.ca_file))
    try:
        reply = await transport.get("/token/", {"format": "json"})
    except NotLoggedIn as error:
        raise _no_key(error) from None
    except (NotFound, NotAllowed, ServerTrouble, Unreadable) as error:
        error.body = error.body.replace(password, "***")
        raise
    finally:
        await transport.close()
    name = reply.headers.get(IDENTITY, "")
    if name and name.casefold() != username.casefold():
        raise NotLoggedIn(_("The API key is that of {name}, not of {username}.").format(name=name, username=username))
    return reply.decode(_Token).token


def _no_key(error: NotLoggedIn) -> NotLoggedIn:
    said = f"{error.hint} {error.body}".casefold()
    if "multi-factor" in said or "two-factor" in said or "mfa" in said:
        sentence = _(
            "This account has two-factor login, so the server gives no key for a password. Log in with the browser, "
            "copy the API key from account settings, Security, and paste it here."
        )
    else:
        sentence = _(
            "The server does not accept this user name and password. Who logs in through their organisation has no "
            "password here: paste the API key from account settings, Security."
        )
    return NotLoggedIn(sentence, method=error.method, path=error.path, status=error.status)


def server_url(address: str, *, allow_http: bool = False) -> str:
    """The base address of a server, from what somebody typed or pasted.

    Raises ``BadAddress`` with a sentence that says what kind of address it is instead, and what to write.
    """
    text = address.strip().strip("<>\"'").strip()
    if not text:
        raise BadAddress(_("Give the address of the server, as https://kf.kobotoolbox.org"))
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress(_("{address} is not a web address.").format(address=text)) from None
    if "://" not in text:
        raise BadAddress(_("Write the address with https:// before it: https://{address}").format(address=text))
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in text):
        raise BadAddress(_("{address} is not a web address.").format(address=text))
    if parts.username is not None or parts.password is not None:
        raise BadAddress(_("Leave user name and password out of the address: {url}").format(url=_root(parts)))
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise BadAddress(
            _("http:// would send the key unprotected. Write https://, or allow it with: kobotui login --allow-http")
        )
    path = parts.path.rstrip("/")
    _check_no_page(parts, path)
    return usable(urlunsplit((parts.scheme, parts.netloc.lower(), path, "", "")))


def _check_no_page(parts: SplitResult, path: str) -> None:
    """Refuse the address of a page: people copy what the browser shows."""
    if parts.fragment.strip("/").startswith(("forms/", "library/asset/")):
        sentence = _("That is the address of a project. The server's is {url}")
    elif parts.query or parts.fragment.strip("/") or any(page in f"{path}/" for page in _PAGES):
        sentence = _("That is the address of a page. The server's is {url}")
    else:
        return
    root = f"{path}/"
    for page in _PAGES:
        root = root.partition(page)[0]
    raise BadAddress(sentence.format(url=urlunsplit((parts.scheme, parts.netloc, root.rstrip("/"), "", ""))))


def _root(parts: SplitResult) -> str:
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def _environment(url: str, ca_file: str) -> Environment:
    transport = Transport(url, ssl_context=ssl_context(ca_file))
    try:
        return await read_environment(transport)
    except (NotFound, NotAllowed, Unreadable, ServerTrouble, NotLoggedIn) as error:
        if error.status is not None and error.status >= 500:
            raise
        raise _no_kobo(url, error) from None
    finally:
        await transport.close()


def _no_kobo(url: str, error: KoboError) -> KoboError:
    if _collects(url):
        return _collection_host(url)
    if error.status is not None and 300 <= error.status < 400:
        sentence = _("{url} sends to another address. Open it in a browser, and give the address shown there.")
    else:
        sentence = _("There is a web server at {url}, but it is no KoboToolbox server.")
    return BadAddress(
        sentence.format(url=url), method=error.method, path=error.path, status=error.status, body=error.body
    )


def _collection_host(url: str) -> BadAddress:
    return BadAddress(
        _("{url} is where data collectors send records. Give the address at which you log in with the browser.").format(
            url=url
        )
    )


def _collects(url: str) -> bool:
    label = (urlsplit(url).hostname or "").partition(".")[0]
    return label in _COLLECTION_HOSTS or label.startswith(tuple(name for name in _COLLECTION_HOSTS if name[-1] == "-"))


def _same_host(url: str, other: str) -> bool:
    return urlsplit(url).hostname == urlsplit(other).hostname
