"""Running the demo server: in a thread beside the console, or alone."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from kobotui.demo.faults import FaultError, Faults

if TYPE_CHECKING:
    import uvicorn

    from kobotui.demo.state import State

ROLES = {"owner": "admin", "alice": "ben", "bob": "carol", "carol": "dana", "root": "root"}
START_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class DemoOptions:
    """How large the demo is, and how broken."""

    seed: int | None = None  # None: another one each time
    projects: int = 100
    submissions: int | None = None  # on the biggest project; None: about 30,000 over all of them
    faults: str = ""  # see kobotui.demo.faults


class DemoAccount(NamedTuple):
    """One user to log in as."""

    username: str
    token: str
    password: str
    about: str


def build(options: DemoOptions) -> tuple[State, Faults]:
    """The seeded state and the faults.

    Raises: FaultError.
    """
    from kobotui.demo.seed import seed_state

    faults = Faults.parse(options.faults, options.seed or 0)
    state = faults.state = seed_state(options.seed, options.projects, options.submissions)
    if faults.revoke and faults.revoke not in state.users:
        raise FaultError(f"revoke={faults.revoke}: the demo has no such user")
    return state, faults


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket at the address; 0 is any free port.

    The protocol is named because asyncio switches Nagle's delay off only then, and the delay costs 40 ms a reply.
    Raises: OSError.
    """
    family, *_rest, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """The root URL a bound socket answers at."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"


def make_server(state: State, faults: Faults) -> uvicorn.Server:
    """The HTTP server, not running yet."""
    import uvicorn

    from kobotui.demo.app import create_app

    config = uvicorn.Config(
        create_app(state, faults),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


class DemoServer:
    """A demo server in a thread of its own, on the loopback interface.

    A context manager; `stop` leaves no thread behind.
    """

    def __init__(self, options: DemoOptions | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        self.options = options or DemoOptions()
        self.state, self.faults = build(self.options)
        self.socket = bound_socket(host, port)
        self.url = url_of(self.socket)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def accounts(self) -> list[DemoAccount]:
        """Everybody who can log in, the owner of most projects first."""
        return accounts_of(self.state)

    def credentials(self) -> dict[str, dict[str, str]]:
        """Roles to accounts, as contract replays want them."""
        return credentials_of(self.state)

    def start(self) -> Self:
        """Serve; returns when requests are answered.

        Raises: RuntimeError when the server does not come up.
        """
        server = self._server = make_server(self.state, self.faults)
        self._thread = threading.Thread(target=server.run, args=([self.socket],), name="kobotui-demo", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT
        while not server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the demo server did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """End the server and its thread. Safe to call twice."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(10)
            if self._thread.is_alive():  # a request that never ends
                self._server.force_exit = True
                self._thread.join(10)
            self._thread = None
        self.socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()


def accounts_of(state: State) -> list[DemoAccount]:
    """The accounts that have a key."""
    return [
        DemoAccount(user.username, user.token, user.password, user.about)
        for user in state.users.values()
        if user.token and user.is_active
    ]


def credentials_of(state: State) -> dict[str, dict[str, str]]:
    """``{role: {username, token, password}}`` for the owner, three ordinary users and a superuser."""
    found = {}
    for role, username in ROLES.items():
        user = state.users[username]
        found[role] = {"username": username, "token": user.token or "", "password": user.password}
    return found


def write_credentials(path: Path, credentials: dict[str, Any]) -> None:
    """Write the keys where only their owner can read them."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(credentials, file, indent=1)
        file.write("\n")


def serve(host: str, port: int, options: DemoOptions, credentials_path: Path | None = None) -> None:
    """Serve until interrupted; says where, and who can log in.

    Raises: OSError when the address cannot be used; FaultError.
    """
    state, faults = build(options)
    with bound_socket(host, port) as listener, suppress(KeyboardInterrupt):
        listener.listen()  # who reads the address below may connect at once
        if credentials_path:
            write_credentials(credentials_path, credentials_of(state))
        lines = [url_of(listener)]
        lines += [f"  {a.username:<10} {a.token}  {a.about}" for a in accounts_of(state)[:6]]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        make_server(state, faults).run([listener])
