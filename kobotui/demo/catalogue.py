"""The reference lists: languages, services, terms; and regional views, which nobody has here."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kobotui.demo.http import JSON, Call, bad, not_found, paginate, route

LANGUAGES = (
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("zh", "Chinese"),
    ("en", "English"),
    ("fr", "French"),
    ("ha", "Hausa"),
    ("hi", "Hindi"),
    ("ku", "Kurdish"),
    ("pt", "Portuguese"),
    ("es", "Spanish"),
    ("sw", "Swahili"),
    ("uk", "Ukrainian"),
)
MIN_LENGTH = 2


def show_language(call: Call, code: str, name: str) -> dict[str, Any]:
    """One language."""
    url = f"{call.base}/api/v2/languages/{code}/"
    return {"name": name, "code": code, "featured": code in ("ar", "en", "es", "fr"), "url": url}


async def list_languages(call: Call) -> Response:
    """``GET languages/``; ``?q=`` of two letters or more."""
    wanted = call.query.get("q")
    if wanted is not None and len(wanted) < MIN_LENGTH:
        raise bad("Your query is too short")
    low = (wanted or "").lower()
    found = [(code, name) for code, name in LANGUAGES if low in name.lower() or low == code]
    return JSON(paginate(call, found, lambda pair: show_language(call, *pair)))


async def read_language(call: Call) -> Response:
    """``GET languages/{code}/``."""
    code = call.arg("code")
    name = dict(LANGUAGES).get(code)
    if name is None:
        raise not_found("No Language matches the given query.")
    services: dict[str, Any] = {"transcription_services": {}, "translation_services": {}, "regions": []}
    return JSON(show_language(call, code, name) | services)


async def nothing(call: Call) -> Response:
    """A list that is empty on a server without such extras."""
    return JSON(paginate(call, [], lambda item: item))


async def nothing_of_mine(call: Call) -> Response:
    """The same for lists that belong to the caller."""
    call.signed_in()
    return await nothing(call)


ROUTES = [
    route("/api/v2/languages/", GET=list_languages),
    route("/api/v2/languages/{code}/", GET=read_language),
    *(
        route(f"/api/v2/{name}/", GET=nothing)
        for name in ("transcription-services", "translation-services", "terms-of-service")
    ),
    route("/api/v2/project-views/", GET=nothing_of_mine),
    route("/me/social-accounts/", GET=nothing_of_mine),
]
