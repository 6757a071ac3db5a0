"""What every view of the demo server shares: the call, the replies, refusals, routes and paging.

A view is an ``async def view(call: Call) -> Response``. It refuses by raising :class:`Refusal`, which
becomes the reply with the body shapes of Django REST framework.
"""

from __future__ import annotations

import base64
import binascii
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from kobotui.demo.state import ANONYMOUS, State, User

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

MEDIA_TYPES = {
    "json": "application/json",
    "xml": "application/xml",
    "geojson": "application/geo+json",
    "xls": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "ssjson": "application/json",
}
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

# Django translates these by Accept-Language; clients must not match on them.
TRANSLATIONS = {
    "es": {
        "Not found.": "No encontrado.",
        "Invalid token.": "Token inválido.",
        "Authentication credentials were not provided.": "Las credenciales de autenticación no se proveyeron.",
        "You do not have permission to perform this action.": "Usted no tiene permiso para realizar esta acción.",
    },
    "fr": {
        "Not found.": "Pas trouvé.",
        "Invalid token.": "Jeton non valide.",
        "Authentication credentials were not provided.": "Informations d'authentification non fournies.",
        "You do not have permission to perform this action.": "Vous n'avez pas la permission d'effectuer cette action.",
    },
}


class Refusal(Exception):
    """A reply other than success, raised anywhere inside a view."""

    def __init__(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


def not_found(detail: str = "Not found.") -> Refusal:
    """404: absent, or not for this caller's eyes."""
    return Refusal(404, {"detail": detail})


def forbidden() -> Refusal:
    """403: visible, but the caller may not do this."""
    return Refusal(403, {"detail": "You do not have permission to perform this action."})


def bad(body: object) -> Refusal:
    """400 with a body of any of KPI's shapes; a string becomes ``{"detail": …}``."""
    return Refusal(400, {"detail": body} if isinstance(body, str) else body)


def unauthenticated(detail: str = "Authentication credentials were not provided.") -> Refusal:
    """401, which KPI always signs with ``WWW-Authenticate: Session``."""
    return Refusal(401, {"detail": detail}, {"WWW-Authenticate": "Session"})


def crash() -> Refusal:
    """500, where KPI itself fails on the input."""
    return Refusal(500, {"error": "Server Error (500)"})


def not_allowed(method: str, allow: str) -> Refusal:
    """405 with the ``Allow`` header."""
    return Refusal(405, {"detail": f'Method "{method}" not allowed.'}, {"Allow": allow})


@dataclass
class Call:
    """One request as a view sees it."""

    request: Request
    state: State
    user: User | None  # None: anonymous
    base: str  # the server's own root as this client sees it, no trailing slash
    query: Mapping[str, str]
    format: str = "json"  # chosen among the route's formats by ?format= and Accept
    _body: Any = field(default=None, repr=False)

    @property
    def username(self) -> str:
        """The caller's name, ``AnonymousUser`` without credentials."""
        return self.user.username if self.user else ANONYMOUS

    @property
    def is_superuser(self) -> bool:
        """Whether the caller passes nearly every check."""
        return self.user is not None and self.user.is_superuser

    def arg(self, name: str) -> str:
        """A parameter of the route's path."""
        return str(self.request.path_params[name])

    def url(self, path: str) -> str:
        """The absolute URL of a path on this server."""
        return self.base + path

    def signed_in(self) -> User:
        """The caller's account.

        Raises: Refusal 401 without credentials.
        """
        if self.user is None:
            raise unauthenticated()
        return self.user

    async def json(self) -> Any:
        """The request's data: JSON, or form fields as a dict of text; ``{}`` for an empty body.

        Raises: Refusal 500 on malformed data of an audited view (all of ``assets/``), as KPI does;
        400 or 415 elsewhere.
        """
        body = await self.request.body()
        kind = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if not body:
            return {}
        if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return {k: v for k, v in (await self.form()).items() if isinstance(v, str)}
        audited = self.request.url.path.startswith("/api/v2/assets/")
        if kind and kind != "application/json":
            raise crash() if audited else Refusal(415, {"detail": f'Unsupported media type "{kind}" in request.'})
        try:
            return json.loads(body)
        except ValueError as error:
            raise crash() if audited else bad(f"JSON parse error - {error}") from error

    async def payload(self) -> dict[str, Any]:
        """`json()` where only an object makes sense.

        Raises: Refusal 400 for any other type.
        """
        body = await self.json()
        if not isinstance(body, dict):
            raise bad({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(body).__name__}."]})
        return body

    async def form(self) -> FormData:
        """The fields and files of a multipart or urlencoded body."""
        return await self.request.form(max_part_size=64 * 1024 * 1024)


View = Callable[[Call], Awaitable[Response]]


class JSON(Response):
    """A JSON reply, UTF-8 unescaped like DRF's."""

    def __init__(self, body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(msgspec.json.encode(body), status, headers, media_type="application/json")


class Empty(Response):
    """A reply without a body: 204, 304, …"""

    def __init__(self, status: int = 204, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(None, status, headers)


def language(request: Request) -> str:
    """The two letters of the language the client asked for first."""
    return request.headers.get("accept-language", "en")[:2].lower()


def refusal_response(refusal: Refusal, request: Request) -> Response:
    """The reply a refusal stands for, with its ``detail`` in the client's language."""
    body = refusal.body
    if body is None:
        return Empty(refusal.status, refusal.headers)
    if isinstance(body, str):
        return Response(body, refusal.status, refusal.headers, media_type="text/html; charset=utf-8")
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        words = TRANSLATIONS.get(language(request), {})
        body = body | {"detail": words.get(body["detail"], body["detail"])}
    return JSON(body, refusal.status, refusal.headers)


def authenticate(request: Request, state: State) -> tuple[User | None, str]:
    """Who calls, and by which means ("token", "basic", "").

    Raises: Refusal 401 for credentials that are there and wrong, also on public endpoints.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "token":
            user = next((u for u in state.users.values() if u.token == value.strip()), None)
            if user is None:
                raise unauthenticated("Invalid token.")
            if not user.is_active:
                raise unauthenticated("User inactive or deleted.")
            return user, "token"
        case "basic":
            try:
                name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise unauthenticated("Invalid basic header. Credentials not correctly base64 encoded.") from error
            user = state.users.get(name)
            if user is None or user.password != password or not user.is_active:
                raise unauthenticated("Invalid username/password.")
            return user, "basic"
        case _:
            return None, ""


def negotiate(request: Request, formats: tuple[str, ...]) -> str:
    """The format of the reply, by ``?format=`` and ``Accept``.

    Raises: Refusal 404 for a format this route does not have, 406 when Accept excludes it.
    """
    asked = request.query_params.get("format")
    if asked is not None:
        if asked not in formats:
            raise not_found()
        formats = (asked,)
    accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
    for name in formats:
        media = MEDIA_TYPES[name]
        if any(a in (media, "*/*", media.split("/")[0] + "/*") for a in accepted):
            return name
    if asked is None and "text/html" in accepted:
        return formats[0]
    raise Refusal(406, {"detail": "Could not satisfy the request Accept header."})


def route(path: str, *, formats: tuple[str, ...] | None = ("json",), **methods: View) -> Route:
    """A route by verb. Other verbs get KPI's 405; refusals and crashes become replies.

    ``formats=None`` skips the check of ``Accept`` (files, OpenRosa).
    """
    allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods and "HEAD" not in methods else []), "OPTIONS"])

    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.demo
        user: User | None = None
        try:
            user, means = authenticate(request, state)
            if user and means:
                state.note_access(user, means)
            call = Call(request, state, user, f"{request.url.scheme}://{request.url.netloc}", request.query_params)
            view = methods.get("GET" if request.method == "HEAD" and "HEAD" not in methods else request.method)
            if view is None:
                refuse_verb(call, allow)
            if formats is not None:
                call.format = negotiate(request, formats)
            assert view is not None
            response = await view(call)
        except Refusal as refusal:
            response = refusal_response(refusal, request)
        except Exception:  # a crash of ours must look like one of the server's
            traceback.print_exc()
            response = refusal_response(crash(), request)
        finally:
            await request.close()  # uploads are temporary files
        if user:
            response.headers["X-KoBoNaUt"] = user.username
        return response

    verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Route(path, endpoint, methods=verbs)


def refuse_verb(call: Call, allow: str) -> None:
    """Raise 405, or 404 where the asset in the path is not for the caller to see."""
    from kobotui.demo.rights import visible_asset

    if call.request.url.path.startswith("/api/v2/assets/") and "uid" in call.request.path_params:
        visible_asset(call, call.arg("uid"))
    raise not_allowed(call.request.method, allow)


def as_int(text: str | None, default: int, least: int) -> int:
    """A whole number of at least ``least``, or the default."""
    try:
        number = int(text or "")
    except ValueError:
        return default
    return number if number >= least else default


def page_bounds(call: Call) -> tuple[int, int]:
    """``(start, limit)`` from ``limit`` and ``start`` (or ``offset``), or ``page`` and ``page_size``.

    What makes no sense silently becomes the default, as on every list but the data one.
    """
    query = call.query
    if "page" in query or "page_size" in query:
        limit = min(as_int(query.get("page_size"), DEFAULT_LIMIT, 1), MAX_LIMIT)
        return (as_int(query.get("page"), 1, 1) - 1) * limit, limit
    limit = min(as_int(query.get("limit"), DEFAULT_LIMIT, 1), MAX_LIMIT)
    return as_int(query.get("start", query.get("offset")), 0, 0), limit


def page_links(call: Call, count: int, start: int, limit: int) -> dict[str, Any]:
    """``count``, ``next`` and ``previous`` as DRF's limit/offset paginator writes them."""

    def link(at: int | None) -> str:
        query = dict(parse_qsl(call.request.url.query, keep_blank_values=True))
        query.pop("start", None)  # aliases of it stay as they came, as on the real server
        query["limit"] = str(limit)
        if at is not None:
            query["start"] = str(at)
        return f"{call.base}{call.request.url.path}?{urlencode(sorted(query.items()))}"

    return {
        "count": count,
        "next": link(start + limit) if start + limit < count else None,
        "previous": None if start <= 0 else link(start - limit if start > limit else None),
    }


def paginate(call: Call, items: list[Any], show: Callable[[Any], Any]) -> dict[str, Any]:
    """The page of a list the caller asked for: ``{count, next, previous, results}``."""
    start, limit = page_bounds(call)
    return page_links(call, len(items), start, limit) | {"results": [show(i) for i in items[start : start + limit]]}
