"""The door to a KoboToolbox server, for scripts as for the screens."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kobotui.api.access import AccessService
from kobotui.api.access_log import AccessLogService
from kobotui.api.attachments import AttachmentService
from kobotui.api.deployment import DeploymentService
from kobotui.api.exports import ExportService
from kobotui.api.files import FileService
from kobotui.api.history import HistoryService
from kobotui.api.hooks import HookService
from kobotui.api.keys import Secret
from kobotui.api.named_exports import NamedExportService
from kobotui.api.openrosa import OpenRosaService
from kobotui.api.pause import Pause, shared
from kobotui.api.people import UserService, read_environment, read_me
from kobotui.api.projects import ProjectService
from kobotui.api.submissions import SubmissionService
from kobotui.api.tls import ssl_context as trusted
from kobotui.api.transport import Transport
from kobotui.api.versions import VersionService
from kobotui.model.account import Account
from kobotui.model.matrix import Matrix
from kobotui.model.people import Environment, Me
from kobotui.model.token import Token

if TYPE_CHECKING:
    import ssl


class KoboClient:
    """One account's connection to its server, for one event loop: ``async with KoboClient(account, token) as kobo``.

    Clients of several loops share the certificates and the pause a server asks for. Every call may raise a
    ``KoboError``; writes of a read-only account raise ``ReadOnlyAccount`` and send nothing.
    """

    def __init__(
        self,
        account: Account,
        token: Secret | str,
        *,
        concurrency: int = 8,
        pause: Pause | None = None,
        ssl_context: ssl.SSLContext | None = None,
        timeout: float = 30.0,
    ) -> None:
        """``timeout`` in seconds for what is quick; what the server works on gets longer. Raises ``NotConnected``."""
        self.account = account
        self._transport = Transport(
            account.server,
            Token(token) if isinstance(token, str) else token,
            openrosa=account.openrosa,
            username=account.username,
            read_only_account=account.name if account.read_only else None,
            concurrency=concurrency,
            pause=pause or shared(account.server),
            ssl_context=ssl_context or trusted(account.ca_file),
            timeout=timeout,
        )
        self.users = UserService(self._transport)
        self.access_log = AccessLogService(self._transport)
        self.projects = ProjectService(self._transport)
        self.openrosa = OpenRosaService(self._transport)
        self.attachments = AttachmentService(self._transport)

    def __repr__(self) -> str:
        return f"KoboClient({self.account.username!r} at {self.account.server!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def me(self) -> Me:
        """``GET /me/``: who the key belongs to."""
        return await read_me(self._transport)

    async def environment(self) -> Environment:
        """``GET /api/v2/environment/``: the server's public facts."""
        return await read_environment(self._transport)

    async def matrix(self, q: str | None = None) -> Matrix:
        """Everybody's rights on every project of the list, read again once when the list moved under the reading.

        ``q`` is the server's search language. ``Matrix.whole`` tells whether nothing is missing.
        """
        me = await self.me()
        found = Matrix({}, me.username, whole=False)
        for _attempt in range(2):
            walk = self.projects.teams(q)
            found = Matrix({}, me.username, whole=False)
            async for page in walk:
                part = Matrix.of(page, me.username, sees_all=me.is_superuser, whole=False)
                part.work_out()
                found = found.plus(part)
            if walk.statement and walk.statement.complete:
                return replace(found, whole=True)
        return found

    def versions(self, uid: str) -> VersionService:
        """The saved versions of a project's form."""
        return VersionService(self._transport, uid)

    def deployment(self, uid: str) -> DeploymentService:
        """A project's deployment."""
        return DeploymentService(self._transport, uid)

    def access(self, uid: str) -> AccessService:
        """A project's team."""
        return AccessService(self._transport, uid)

    def submissions(self, uid: str) -> SubmissionService:
        """A project's records."""
        return SubmissionService(self._transport, uid)

    def history(self, uid: str) -> HistoryService:
        """A project's activity."""
        return HistoryService(self._transport, uid)

    def exports(self, uid: str) -> ExportService:
        """The caller's exports of a project."""
        return ExportService(self._transport, uid)

    def named_exports(self, uid: str) -> NamedExportService:
        """A project's named exports."""
        return NamedExportService(self._transport, uid)

    def files(self, uid: str) -> FileService:
        """A project's form media and map layers."""
        return FileService(self._transport, uid)

    def hooks(self, uid: str) -> HookService:
        """A project's REST services."""
        return HookService(self._transport, uid)
