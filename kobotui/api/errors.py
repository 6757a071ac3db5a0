"""What can go wrong between kobotui and a server, each with a sentence for the user.

KoboError
|- BadAddress        the address is not that of a KoboToolbox server
|- NotConnected      no connection: name, network, TLS, proxy
|  |- TimedOut       there is one, and no answer in time
|- NotLoggedIn       the API key or password is not accepted, or did not reach the server
|- NotAllowed        403
|- NotFound          404: not there, or not visible to this account
|- Rejected          the server read the request and refuses it: 400, 402, 405, 406, 409, 410, 413, ...
|- TooBusy           423, 429, 503
|- ServerTrouble     5xx, and web pages where data was promised
|- Unreadable        an answer that is not what was promised
|  |- TooLarge       more of it than is kept in memory, or wanted in a file
|- ReadOnlyAccount   a write with an account that only reads
|- Incomplete        a list that could not be read whole
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.paging import Statement

DETAIL_BODY = 2000
"""Characters of an answer that are kept for the details."""


class KoboError(Exception):
    """Something the server, or the way to it, did not let us do.

    ``sentence`` is for the user; ``hint`` says what may help, empty when nothing is known; ``in_doubt`` is True when
    a write was sent and there is no telling whether the server did it.
    """

    def __init__(
        self,
        sentence: str,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        body: str = "",
        hint: str = "",
        in_doubt: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.method = method
        self.path = path
        self.status = status
        self.body = body[:DETAIL_BODY]
        self.hint = hint
        self.in_doubt = in_doubt

    def details(self) -> str:
        """Method, path, status and the beginning of the body; never a key, never the query (it may hold answers)."""
        first = f"{self.method} {self.path}".strip()
        if self.status is not None:
            first = f"{first} -> {self.status}".strip()
        return "\n".join(part for part in (first, self.hint, self.body) if part)


class BadAddress(KoboError):
    """An address that is not that of a KoboToolbox server, or not one the key may be sent to."""


class NotConnected(KoboError):
    """No answer: name, network, TLS, proxy or time. ``transient`` when trying again may help."""

    def __init__(
        self, sentence: str, *, method: str = "", path: str = "", in_doubt: bool = False, transient: bool = True
    ) -> None:
        super().__init__(sentence, method=method, path=path, in_doubt=in_doubt)
        self.transient = transient


class TimedOut(NotConnected):
    """The server took longer than it is waited for: asking for less may help, asking again hardly."""


class NotLoggedIn(KoboError):
    """The server does not know who is asking."""


class NotAllowed(KoboError):
    """The account may see this but not do it."""


class NotFound(KoboError):
    """Not there, or hidden from this account: the server does not tell which."""


class Rejected(KoboError):
    """The server refuses the request; ``fields`` and ``messages`` are its own words."""

    fields: dict[str, list[str]]
    messages: list[str]

    def __init__(
        self,
        sentence: str,
        *,
        fields: dict[str, list[str]] | None = None,
        messages: list[str] | None = None,
        method: str = "",
        path: str = "",
        status: int | None = None,
        body: str = "",
    ) -> None:
        super().__init__(sentence, method=method, path=path, status=status, body=body)
        self.fields = fields or {}
        self.messages = messages or []


class TooBusy(KoboError):
    """The server asks for patience; ``retry_after`` in seconds, None when it did not say."""

    retry_after: float | None = None


class ServerTrouble(KoboError):
    """The server, or what stands before it, failed."""


class Unreadable(KoboError):
    """An answer that is not what the API promises."""


class TooLarge(Unreadable):
    """An answer that goes beyond a limit of ours; asking for less may help."""


class ReadOnlyAccount(KoboError):
    """A write with an account that was saved for reading alone; nothing was sent."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("The account {name} is read-only: nothing was sent. The accounts screen can change that.").format(
                name=name
            )
        )


class Incomplete(KoboError):
    """A list that could not be read whole; ``statement`` has the numbers."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.sentence)
        self.statement = statement
