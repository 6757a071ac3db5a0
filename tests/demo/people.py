"""Clients for the demo's roles, for tests that speak plain HTTP."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer

CONTENT = {
    "survey": [{"type": "text", "name": "q1", "label": ["First"]}, {"type": "integer", "name": "q2", "label": ["N"]}]
}


class People:
    """One HTTP client per role (None: no credentials) and the few calls every test makes."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.names = {role: user["username"] for role, user in server.credentials().items()}
        tokens = {role: user["token"] for role, user in server.credentials().items()}
        self.clients = {
            role: httpx.Client(
                base_url=server.url,
                headers={"Accept": "application/json"} | ({"Authorization": f"Token {tokens[role]}"} if role else {}),
                trust_env=False,
            )
            for role in (*tokens, None)
        }

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def call(self, role: str | None, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        if body is not None:
            more["json"] = body
        return self.clients[role].request(method, path, **more)

    def project(self, role: str = "owner", *, deployed: bool = False, **fields: Any) -> str:
        """A new project; its path."""
        body = {"name": "P", "asset_type": "survey", "content": CONTENT} | fields
        path = f"/api/v2/assets/{self.call(role, 'POST', '/api/v2/assets/', body).json()['uid']}/"
        if deployed:
            assert self.call(role, "POST", f"{path}deployment/", {"active": True}).status_code == 200
        return path

    def row(self, role: str, codename: str, **more: Any) -> dict[str, Any]:
        """A permission row as clients send it."""
        username = self.names.get(role, role)
        return {"user": f"/api/v2/users/{username}/", "permission": f"/api/v2/permissions/{codename}/"} | more

    def grant(self, path: str, role: str, codename: str, **more: Any) -> str:
        """Grant a right as the owner; the row's path."""
        reply = self.call("owner", "POST", f"{path}permission-assignments/", self.row(role, codename, **more))
        assert reply.status_code == 201, reply.text
        return str(reply.json()["url"]).removeprefix(self.server.url)

    def send(self, path: str, role: str | None) -> int:
        """Send a record to a project as a device would; the status."""
        detail = self.call("owner", "GET", path).json()
        uid, version = detail["uid"], detail["deployed_version_id"]
        xml = (
            f'<{uid} id="{uid}" version="{version}"><formhub><uuid>{detail["deployment__uuid"]}</uuid></formhub>'
            f"<q1>a</q1><q2>2</q2><meta><instanceID>uuid:{uuid.uuid4()}</instanceID></meta></{uid}>"
        )
        address = "/submission" if role else f"/{detail['owner__username']}/submission"
        return self.call(role, "POST", address, files={"xml_submission_file": ("s.xml", xml, "text/xml")}).status_code

    def rights(self, path: str, role: str) -> set[str]:
        """The codenames of a role's rows, as the owner sees them."""
        username = self.names.get(role, role)
        rows = self.call("owner", "GET", f"{path}permission-assignments/").json()
        return {r["permission"].split("/")[-2] for r in rows if r["user"].endswith(f"/users/{username}/")}
