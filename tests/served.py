"""The program as it is installed, a demo server in a process of its own, and an account on it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def kobotui() -> list[str]:
    """The command as it is installed beside this Python; the module where it is not."""
    script = shutil.which("kobotui", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "kobotui"]


class Server(NamedTuple):
    """A demo server in another process."""

    url: str
    tokens: dict[str, str]
    """Keys by user name."""
    process: subprocess.Popen[str]

    def ask(self, path: str, username: str = "admin") -> Any:
        """What the server answers, by plain HTTP."""
        headers = {"Authorization": f"Token {self.tokens[username]}", "Accept": "application/json"}
        with urlopen(Request(self.url + path, headers=headers), timeout=10) as reply:
            return json.load(reply)

    def project(self, name: str) -> dict[str, Any]:
        """The one project called so, as its list item."""
        (found,) = [item for item in self.ask("/api/v2/assets/?limit=100")["results"] if item["name"] == name]
        return dict(found)


@contextmanager
def serving(
    environment: dict[str, str], credentials: Path, *options: str, command: Sequence[str] = ()
) -> Iterator[Server]:
    """``kobotui demo --serve``; the keys of its people go to the file ``credentials``. Or another ``command`` that
    serves the demo, and gets that file and the options."""
    usual = [*kobotui(), "demo", "--serve", "127.0.0.1:0", "--credentials"]
    command = [*(command or usual), str(credentials), *options]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), process.communicate()
            people = json.loads(credentials.read_text())
            yield Server(url, {person["username"]: person["token"] for person in people.values()}, process)
        finally:
            process.terminate()


def log_in(server: Server, environment: dict[str, str], name: str = "field") -> None:
    """Save an account that may write."""
    options = ["--server", server.url, "--token-stdin", "--read-write", "--store", "file", "--name", name]
    subprocess.run(
        [*kobotui(), "login", *options],
        input=server.tokens["admin"],
        env=environment,
        text=True,
        check=True,
        capture_output=True,
    )
