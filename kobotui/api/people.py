"""Who is logged in, what the server is, and whether a user exists."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from kobotui.api import urls
from kobotui.api.errors import NotFound
from kobotui.api.transport import Transport
from kobotui.model.access import PUBLIC
from kobotui.model.people import Environment, Me, User


async def read_me(transport: Transport) -> Me:
    """``GET /me/``. Raises ``NotLoggedIn`` for a key the server does not accept."""
    return (await transport.get("/me/")).decode(Me)


async def read_environment(transport: Transport) -> Environment:
    """``GET /api/v2/environment/``, public."""
    return (await transport.get(f"{urls.API}/environment/")).decode(Environment)


class UserService:
    """``/api/v2/users/``: names are exact, upper and lower case told apart."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._checked: dict[str, bool] = {}
        """What ``unknown`` learned."""

    async def get(self, username: str) -> User:
        """``GET users/{username}/``. Raises ``NotFound`` for nobody and for inactive accounts."""
        return (await self._transport.get(f"{urls.API}/users/{urls.segment(username)}/")).decode(User)

    async def exists(self, username: str) -> bool:
        """Whether somebody active has this name."""
        try:
            await self.get(username)
        except NotFound:
            return False
        return True

    async def unknown(self, names: Iterable[str], seen: Collection[str] = ()) -> tuple[str, ...]:
        """Those names that no active user has, each once; one request for each name not known yet, side by side.

        ``seen``: names that are known from somewhere else, as from a team, where only active users are listed. What
        was answered is remembered. ``AnonymousUser`` is nobody's name, though the server has it.
        """
        wanted = dict.fromkeys(names)
        new = [name for name in wanted if name not in self._checked and name not in seen and name != PUBLIC]
        answers = await asyncio.gather(*map(self.exists, new))
        self._checked |= zip(new, answers, strict=True)
        return tuple(name for name in wanted if name not in seen and not self._checked.get(name, False))
