"""The program as it is installed, a server in a process of its own, and an account on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = ("--seed", "7", "--projects", "12", "--submissions", "60")


def kobotui() -> list[str]:
    """The command as it is installed beside this Python; the module where it is not."""
    script = shutil.which("kobotui", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "kobotui"]


@pytest.fixture
def environment(home: Path, tmp_path: Path) -> dict[str, str]:
    """Of the outside only where programs are; all files below a temporary directory."""
    env = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    env |= {name: value for name, value in os.environ.items() if name.startswith("KOBOTUI_")}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return env | {"HOME": str(home), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "PYTHONWARNINGS": "error"}


class Server(NamedTuple):
    """A demo server in another process."""

    url: str
    tokens: dict[str, str]
    """Keys by user name."""

    def ask(self, path: str, username: str = "admin") -> Any:
        """What the server answers, by plain HTTP."""
        headers = {"Authorization": f"Token {self.tokens[username]}", "Accept": "application/json"}
        with urlopen(Request(self.url + path, headers=headers), timeout=10) as reply:
            return json.load(reply)

    def project(self, name: str) -> dict[str, Any]:
        """The one project called so, as its list item."""
        (found,) = [item for item in self.ask("/api/v2/assets/?limit=100")["results"] if item["name"] == name]
        return dict(found)


@pytest.fixture
def size() -> tuple[str, ...]:
    """How large the demo is; tests give it as a parameter."""
    return SIZE


@pytest.fixture
def faults() -> str:
    """What is wrong with the line; tests give it as a parameter."""
    return ""


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path, size: tuple[str, ...], faults: str) -> Iterator[Server]:
    """``kobotui demo --serve``."""
    credentials = tmp_path / "credentials.json"
    command = [*kobotui(), "demo", "--serve", "127.0.0.1:0", "--credentials", str(credentials), *size]
    command += ["--faults", faults] if faults else []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), process.communicate()
            people = json.loads(credentials.read_text())
            yield Server(url, {person["username"]: person["token"] for person in people.values()})
        finally:
            process.terminate()


@pytest.fixture
def account(server: Server, environment: dict[str, str]) -> Server:
    """The server, on which an account that may write is saved."""
    options = ["--server", server.url, "--token-stdin", "--read-write", "--store", "file", "--name", "field"]
    subprocess.run(
        [*kobotui(), "login", *options],
        input=server.tokens["admin"],
        env=environment,
        text=True,
        check=True,
        capture_output=True,
    )
    return server
