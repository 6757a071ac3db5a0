"""The client that the screens read with, in Textual's loop: one for the account in use, made on first use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.app import KoboApp
    from kobotui.model.account import Account


class ReadingClient:
    """Follows the session of an app: another account gets another client. httpx is imported with the first one."""

    def __init__(self, app: KoboApp) -> None:
        self._app = app
        self._client: KoboClient | None = None
        self._account: Account | None = None
        self._lock = asyncio.Lock()
        self._ended = False

    async def client(self) -> KoboClient:
        """The client. Raises ``NotLoggedIn`` when no account is in use, or its key cannot be found."""
        from kobotui.api.errors import NotLoggedIn

        async with self._lock:
            if self._ended:
                raise asyncio.CancelledError
            account = self._app.session.account
            if account is None:
                raise NotLoggedIn(_("Choose or add an account first."))
            if self._client is None or self._account != account:
                await self._drop()
                try:
                    await self._connect(account)
                except LocalError as error:
                    raise NotLoggedIn(error.sentence) from error
                if not account.username:
                    await self._introduce(account)
            assert self._client is not None
            return self._client

    async def learn_superuser(self) -> bool:
        """Whether the account is a superuser's: asked of the server once, where it matters. Raises ``KoboError``."""
        session = self._app.session
        if session.superuser is None:
            session.superuser = (await (await self.client()).me()).is_superuser
        return session.superuser

    async def _connect(self, account: Account) -> None:
        client_class = await asyncio.to_thread(_client_class)
        token = await asyncio.to_thread(self._app.session.token_of, account)
        self._client = await client_class(account, token).__aenter__()
        self._account = account

    async def _introduce(self, account: Account) -> None:
        """An account of the environment gets its user name and OpenRosa host from the server."""
        from kobotui.login import introduced

        assert self._client is not None
        known = await introduced(account, self._client)
        await self._drop()
        await self._connect(known)
        self._app.session.use(known)
        self._app.kobo_screen().show_account()

    async def close(self) -> None:
        """End the connections, those too that are being made; the next question opens new ones."""
        async with self._lock:
            await self._drop()

    async def end(self) -> None:
        """End the connections for good: whoever asks later is told to stop."""
        self._ended = True
        await self.close()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)


def _client_class() -> type[KoboClient]:
    from kobotui.api.client import KoboClient

    return KoboClient
