"""An account: one KoboToolbox user on one server, as saved in ``accounts.toml``."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

SecretStore = Literal["keyring", "file", "command", "environment", "memory"]

PRESETS = {
    "global": "https://kf.kobotoolbox.org",
    "eu": "https://eu.kobotoolbox.org",
}
"""KoboToolbox's public servers: Global and European Union."""


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to log in and as whom; the secret itself is never part of it."""

    name: str
    """What the user calls this account; unique in ``accounts.toml``."""
    server: str
    """The API's base URL without a trailing slash, with a path prefix where there is one."""
    openrosa: str
    """The OpenRosa host, read from ``environment/`` at login and confirmed by the user."""
    username: str
    store: SecretStore = "file"
    token_command: tuple[str, ...] = ()
    """argv that prints the token; run without a shell."""
    read_only: bool = False
    production: bool = False
    ca_file: str = ""
    """PEM file of an additional certificate authority; empty: the system's store alone."""
    allow_http: bool = False
    """Plain http to a host that is not loopback, allowed by an explicit flag at login."""
    demo: bool = False

    @property
    def host(self) -> str:
        """The server as the top line shows it: ``eu.kobotoolbox.org``; the demo's address is another one each time."""
        if self.demo:
            return "demo"
        parts = urlsplit(self.server)
        return parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
