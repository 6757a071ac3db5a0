"""Deploying a project: publish its form, open and close it for records."""

from __future__ import annotations

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.transport import Transport


class Deployment(Struct, frozen=True, kw_only=True):
    """What is live: the version, and whether it takes records."""

    active: bool
    version_id: str | None = None


class DeploymentService:
    """``/api/v2/assets/{uid}/deployment/``. A form that does not compile is ``Rejected`` with the compiler's words."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._path = urls.asset(uid, "deployment")

    async def get(self) -> Deployment:
        """``GET deployment/``. Raises ``NotFound`` for a draft."""
        return (await self._transport.get(self._path)).decode(Deployment)

    async def deploy(self, active: bool = True) -> Deployment:
        """``POST``: the first deployment. Not ``active`` is deployed and archived at once."""
        return (await self._transport.request("POST", self._path, json={"active": active})).decode(Deployment)

    async def redeploy(self, version_id: str, active: bool) -> Deployment:
        """``PATCH``: publish the newest version, which ``version_id`` must name; ``active`` as it shall be then."""
        return await self._patch({"version_id": version_id, "active": active})

    async def set_active(self, active: bool) -> Deployment:
        """``PATCH``: archive or unarchive; the live form stays as it is."""
        return await self._patch({"active": active})

    async def _patch(self, body: dict[str, object]) -> Deployment:
        reply = await self._transport.request("PATCH", self._path, json=body, repeatable=True)
        return reply.decode(Deployment)
