"""The ASGI application: every views module's routes, and what Django itself answers around them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

from kobotui.demo.http import JSON

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kobotui.demo.faults import Faults
    from kobotui.demo.state import State

VIEWS: tuple[str, ...] = (
    "accounts",
    "asset_lists",
    "assets",
    "assets_bulk",
    "access",
    "deployment",
    "transfers",
    "files",
    "logs",
    "organizations",
    "form_files",
    "imports",
    "hooks",
    "subscriptions",
    "paired_data",
    "catalogue",
)
RECORD_VIEWS = (
    "data",
    "data_edit",
    "attachments",
    "openrosa",
    "enketo",
    "reports",
    "exports",
    "export_settings",
)
# The roots of the API that was removed.
GONE = (
    "api/v1",
    "assets",
    "users",
    "exports",
    "imports",
    "permissions",
    "reports",
    "tags",
    "environment",
    "submissions",
)
GONE_DETAIL = (
    "The V1 API has been removed. Please read the migration article at "
    "https://support.kobotoolbox.org/migrating_api.html"
)


def collect_routes() -> list[Route]:
    """All routes, fixed paths before those with parameters, ``{uid}.xls`` before ``{uid}``."""
    routes: list[Route] = []
    for name in (*VIEWS, *RECORD_VIEWS):
        routes += importlib.import_module(f"kobotui.demo.{name}").ROUTES
    return sorted(routes, key=lambda r: [(part.startswith("{"), -len(part), part) for part in r.path.split("/")])


class Cookie:
    """Adds the language cookie Django sends with every reply."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"set-cookie", b"django_language=en; Path=/; SameSite=Lax")]
            await send(message)

        await self.app(scope, receive, send_with_cookie if scope["type"] == "http" else send)


def create_app(state: State, faults: Faults | None = None) -> Any:
    """The server over a state; ``faults`` breaks replies on purpose."""
    routes = collect_routes()

    async def unknown_address(request: Request, _error: Exception) -> Response:
        path = request.url.path
        if any(path.lstrip("/") == root or path.startswith(f"/{root}/") for root in GONE):
            return JSON({"detail": GONE_DETAIL}, 410)
        slashed = dict(request.scope, path=path + "/")
        if not path.endswith("/") and any(r.matches(slashed)[0] is Match.FULL for r in routes):
            query = f"?{request.url.query}" if request.url.query else ""
            return Response(None, 301, {"Location": f"{path}/{query}"}, media_type="text/html; charset=utf-8")
        if path.count("/") == 2 and path.endswith("/") and len(path) > 2:
            return Response(None, 302, {"Location": "/"})  # taken for a user's page, which is the web interface
        return Response("Resource not found (404)", 404, media_type="text/html; charset=utf-8")

    fixed = [Route(path, health) for path in ("/service_health/", "/service_health/minimal/")]
    fixed.append(Route("/", web_interface))
    app = Starlette(routes=[*routes, *fixed], exception_handlers={404: unknown_address})
    app.router.redirect_slashes = False
    app.state.demo = state
    wrapped: ASGIApp = Cookie(app)
    if faults is not None:
        wrapped = faults.around(wrapped)
    return wrapped


async def web_interface(_request: Request) -> Response:
    """Where the real server has its web interface."""
    page = "<!doctype html><title>kobotui demo</title><p>This is the demo server of kobotui; it speaks the API only."
    return Response(page, media_type="text/html; charset=utf-8")


async def health(_request: Request) -> Response:
    """Liveness."""
    return PlainTextResponse("ok")
