"""The key of an account on its way to the server: hidden until a request is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator


class Secret(Protocol):
    """A key that shows itself only when asked."""

    def reveal(self) -> str:
        """The key itself."""


class KeyAuth(httpx.Auth):
    """Sends the key with a request; it is revealed only there."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """What the library calls for each request."""
        request.headers["Authorization"] = f"Token {self._secret.reveal()}"
        yield request


class PasswordAuth(httpx.BasicAuth):
    """Name and password, which no traceback shows."""

    def __repr__(self) -> str:
        return "PasswordAuth(hidden)"
