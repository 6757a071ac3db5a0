"""Why there is no connection, in a sentence: found in the chain of errors below the HTTP library's own."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from kobotui.locale import _

_UNKNOWN_AUTHORITY = {18, 19, 20, 21}
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME = 9, 10, 62
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


def why_not_connected(error: BaseException, *, host: str, proxy: str = "") -> tuple[str, bool]:
    """A sentence, and whether trying again may help."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate(cause, host), False
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls(cause, host), False
    first = _("the proxy {proxy}").format(proxy=proxy) if proxy else host
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return _("{host} cannot be found: is the name right, and the network up?").format(host=first), True
        if isinstance(cause, ConnectionRefusedError):
            return _("{host} refuses connections: is the address right, and the server up?").format(host=first), True
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return _("There is no way to {host}: is the network up?").format(host=first), True
        if isinstance(cause, ConnectionError | BrokenPipeError):
            return _("{host} broke the connection off.").format(host=host), True
    return _("The connection to {host} failed: {why}").format(host=first, why=_last_words(causes)), True


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    code = getattr(error, "verify_code", 0)
    if code == _EXPIRED:
        return _("The certificate of {host} has expired; nothing was sent.").format(host=host)
    if code == _NOT_YET_VALID:
        return _("The certificate of {host} is not valid yet: is this machine's clock right?").format(host=host)
    if code == _OTHER_NAME:
        return _("The certificate of {host} is for another name; nothing was sent.").format(host=host)
    if code in _UNKNOWN_AUTHORITY:
        return _(
            "The certificate of {host} is signed by nobody this machine trusts; nothing was sent. "
            "If your organisation has an authority of its own, name its file as ca_file of the account."
        ).format(host=host)
    why = getattr(error, "verify_message", "") or str(error)
    return _("The certificate of {host} is refused: {why}").format(host=host, why=why)


def _tls(error: ssl.SSLError, host: str) -> str:
    reason = getattr(error, "reason", None)  # unset on errors that come from elsewhere
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return _("{host} does not answer with TLS there: is the port right?").format(host=host)
    return _("No secure connection to {host}: {why}").format(host=host, why=reason or error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it came from."""
    todo, seen = [error], set[int]()
    while todo:
        found = todo.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, BaseExceptionGroup):
            todo += found.exceptions
        todo += [cause for cause in (found.__cause__, found.__context__) if cause is not None]


def _last_words(causes: list[BaseException]) -> str:
    return next((str(cause) for cause in reversed(causes) if str(cause)), type(causes[0]).__name__)


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_for(url: str) -> str:
    """``host:port`` of the proxy the environment names for this address, without its password; empty: none.

    There is none for this machine itself, where the demo runs.
    """
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    host = parts.netloc.rpartition("@")[2]
    if not proxy or is_loopback(parts.hostname or "") or urllib.request.proxy_bypass(host):
        return ""
    try:
        return urlsplit(proxy if "://" in proxy else f"http://{proxy}").netloc.rpartition("@")[2]
    except ValueError:
        return "?"
