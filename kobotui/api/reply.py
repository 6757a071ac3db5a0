"""One answer of a server: decoded into what was promised, or turned into the error it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from kobotui.api.bodies import Words, read_words
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
from kobotui.locale import _

T = TypeVar("T")

READS = frozenset({"GET", "HEAD"})
IDENTITY = "x-kobonaut"
"""Header with the user's name, on every answer the server gave to somebody it knows."""


@dataclass(frozen=True)
class Reply:
    """An answer. Header names are in lower case; ``path`` is without the query."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """``application/json``; empty when the server did not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON."""
        return self.content_type.endswith(("/json", "+json"))

    @property
    def facts(self) -> dict[str, Any]:
        """What every error keeps of this answer."""
        return {"method": self.method, "path": self.path, "status": self.status, "body": self._beginning()}

    def _beginning(self) -> str:
        return self.body[: DETAIL_BODY * 4].decode("utf-8", "replace")[:DETAIL_BODY]

    def decode(self, kind: type[T]) -> T:
        """The body as promised.

        Raises ``Unreadable`` for an empty body or another shape, ``ServerTrouble`` for a web page. After a write
        both are in doubt: the server has done something.
        """
        doubt = self.method not in READS
        if not self.body.strip():
            raise Unreadable(_("The server sent an empty answer."), **self.facts, in_doubt=doubt)
        if not self.is_json:
            raise self._not_data(doubt)
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            sentence = _("The server's answer is not what kobotui expects: {why}").format(why=error)
            raise Unreadable(sentence, **self.facts, in_doubt=doubt) from None

    def _not_data(self, doubt: bool) -> KoboError:
        words = read_words(self.body, self.content_type)
        if words.page:
            title = words.messages[0] if words.messages else _("without a title")
            sentence = _("The server answered with a web page instead of data: {title}").format(title=title)
            return ServerTrouble(sentence, **self.facts, in_doubt=doubt)
        sentence = _("The server answered with {kind} instead of data.").format(
            kind=self.content_type or _("something")
        )
        return Unreadable(sentence, **self.facts, in_doubt=doubt)

    def error(self) -> KoboError | None:
        """What the status means, None when it is a success (2xx)."""
        if 200 <= self.status < 300:
            return None
        if self.status < 400:
            return self._redirect()
        words = read_words(self.body, self.content_type)
        if self.status >= 500 or self.status in (423, 429):
            return self._failure(words)
        return self._refusal(words)

    def _redirect(self) -> KoboError:
        target = self.headers.get("location", "")
        if target.partition("?")[0].endswith(f"{self.path}/"):
            sentence = _("The server wants a slash at the end of {path}.").format(path=self.path)
        elif target:
            sentence = _("The server sends to another address, {target}; it was not followed.").format(target=target)
        else:
            sentence = _("The server's answer is not what kobotui expects: {why}").format(why=self.status)
        return Unreadable(sentence, **self.facts)

    def _refusal(self, words: Words) -> KoboError:
        why = "" if words.page else str(words)
        match self.status:
            case 401:
                sentence = _("The server does not accept the API key: it was revoked or is another server's.")
                return NotLoggedIn(sentence, **self.facts, hint=why)
            case 403:
                sentence = _("Your account may not do this: {why}") if why else _("Your account may not do this.")
                return NotAllowed(sentence.format(why=why), **self.facts)
            case 404:
                sentence = _("The server has nothing there, or your account may not see it.")
                return NotFound(sentence, **self.facts, hint=why)
            case 410 if self.is_json:
                sentence = _("This address belongs to version 1 of the API, which the server no longer has.")
            case 413:
                sentence = _("This is too large for the server.")
            case _status if why:
                sentence = _("The server refuses: {why}").format(why=why)
            case status:
                sentence = _("The server refuses this ({status}).").format(status=status)
        return Rejected(sentence, fields=words.fields, messages=words.messages, **self.facts)

    def _failure(self, words: Words) -> KoboError:
        doubt = self.status >= 500 and self.method not in READS
        if self.status in (423, 429, 503):
            wait = retry_after(self.headers)
            if self.status == 423:
                sentence = _("The server is still working on this record. Try again in a moment.")
            elif wait:
                sentence = _("The server is busy and asks for {n} seconds of patience.").format(n=round(wait))
            else:
                sentence = _("The server is busy or being maintained ({status}).").format(status=self.status)
            busy = TooBusy(sentence, **self.facts, in_doubt=doubt)
            busy.retry_after = wait
            return busy
        if self.status in (502, 504):
            sentence = _("KoboToolbox does not answer the web server before it ({status}).").format(status=self.status)
        else:
            sentence = _("The server failed ({status}).").format(status=self.status)
        return ServerTrouble(sentence, **self.facts, hint="" if words.page else str(words), in_doubt=doubt)

    def identity_error(self, username: str) -> KoboError | None:
        """What is wrong when the server does not say that it knows us, or knows us as somebody else.

        Without a key the server hides projects and answers with empty lists: that must not look like "no data".
        """
        if not (200 <= self.status < 300 or self.status == 404) or (self.body and not self.is_json):
            return None
        name = self.headers.get(IDENTITY, "")
        if not name:
            sentence = _(
                "The server answered as if nobody were logged in: something on the way removes the API key, "
                "or the address is that of another server."
            )
        elif username and name.casefold() != username.casefold():
            sentence = _("The API key is that of {name}, not of {username}.").format(name=name, username=username)
        else:
            return None
        return NotLoggedIn(sentence, **self.facts, in_doubt=self.method not in READS)
