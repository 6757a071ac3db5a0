"""Who is logged in, on which server."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from kobotui.model.promised import Moment


class Organization(Struct, frozen=True, kw_only=True):
    """The caller's organization; empty on servers without one."""

    uid: str = ""
    name: str = ""


class Me(Struct, frozen=True, kw_only=True):
    """``GET /me/``."""

    username: str
    email: str = ""
    is_superuser: bool = False
    server_time: Moment | None = None
    date_joined: Moment | None = None
    validated_password: bool = True
    """False: almost every endpoint answers 403 until the password is reset in the browser."""
    accepted_tos: bool = True
    extra_details: dict[str, Any] = {}
    organization: Organization = Organization()


class Environment(Struct, frozen=True, kw_only=True):
    """``GET /api/v2/environment/``: public facts of the server."""

    openrosa: str = field(name="open_rosa_server")
    sector_choices: list[tuple[str, str]] = []
    country_choices: list[tuple[str, str]] = []
    frontend_min_retry_time: float = 2
    frontend_max_retry_time: float = 120
    mfa_enabled: bool = False
    support_email: str = ""
    support_url: str = ""
    project_history_log_lifespan: int = 744
    """Days."""


class User(Struct, frozen=True, kw_only=True):
    """``GET /api/v2/users/{username}/``: what anybody logged in may know of somebody."""

    username: str
    date_joined: Moment | None = None
