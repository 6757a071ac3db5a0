"""The program: what each command loads, when the console refuses, and that the demo leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from kobotui import __version__, paths
from kobotui.__main__ import demo_session, load_session, main
from kobotui.accounts import Accounts
from kobotui.demo.server import DemoOptions
from kobotui.logfile import log_to
from kobotui.model.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

KOBOTUI = [sys.executable, "-m", "kobotui"]


def save(*names: str, **fields: object) -> Accounts:
    accounts = Accounts.load()
    for name in names:
        server = f"https://{name}.example.org"
        accounts.add(Account(name=name, server=server, openrosa=server, username="ana", **fields))  # type: ignore[arg-type]
    return accounts


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"kobotui {__version__}\n"
    assert version("kobotui") == __version__


def test_the_version_loads_next_to_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kobotui", "--version"], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    ours = {name for name in loaded if name.startswith("kobotui")}
    assert ours <= {"kobotui", "kobotui.locale", "kobotui.cli", "kobotui.cli.arguments", "kobotui.cli.data_arguments"}
    assert not loaded & {"textual", "rich", "msgspec", "asyncio", "httpx", "logging", "importlib.metadata"}


@pytest.mark.parametrize(
    "words",
    [["--nonsense"], ["open"], ["demo", "--serve", "nowhere"], ["demo", "--credentials", "x"], ["--lang", "xx"]],
)
def test_what_is_written_wrongly_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "kobotui" in capsys.readouterr().err


def test_no_option_takes_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["login", "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert {option for option in options if "token" in option or "key" in option or "password" in option} == {
        "--token-stdin"
    }


def test_a_terminal_that_cannot_show_the_console_gets_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "TERM=dumb" in said
    assert "kobotui projects" in said


def test_accounts_that_cannot_be_read_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    paths.write_private(paths.accounts_file(), b"[accounts.x]\nserver = 3\n")
    assert main([]) == 1
    assert "accounts.toml" in capsys.readouterr().err


def test_the_session_begins_with_the_account_used_last() -> None:
    assert load_session().account is None
    accounts = save("one")
    assert load_session().account == accounts.get("one")
    save("two")
    assert load_session().account is None
    accounts.use("one")
    assert load_session().account == accounts.get("one")
    assert load_session("two").account == Accounts.load().get("two")


def test_an_address_chooses_the_account_on_its_server() -> None:
    save("one", "two").use("one")
    session = load_session(goal="https://two.example.org/#/forms/aBcDeFgHiJkLmNoPqRsTuV2/data")
    assert session.account
    assert session.account.name == "two"


def test_read_only_holds_for_every_account_of_the_run() -> None:
    accounts = save("one", "two")
    accounts.use("one")
    session = load_session(read_only=True)
    assert session.account
    assert session.account.read_only
    session.use(accounts.get("two"))
    assert session.account.read_only
    assert not accounts.get("one").read_only


def test_the_language_of_the_settings_is_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    from kobotui import locale

    paths.write_private(paths.settings_file(), b'language = "fr"\n')
    main(["accounts"])
    assert locale.language() == "fr"
    main(["accounts", "--lang", "en"])
    assert locale.language() == "en"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever a test chose, the next one hears English."""
    from kobotui import locale

    yield
    locale.choose("en")


# The log file


def test_the_log_is_made_with_the_first_line_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "state" / "kobotui.log"
    with log_to(path):
        assert not path.exists()
        logging.getLogger("kobotui").error("no answer\nGET /me/")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "GET /me/" in path.read_text()


def test_what_looks_like_a_key_is_not_logged(tmp_path: Path) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    with log_to(tmp_path / "log"):
        try:
            raise ValueError(f"Token {key}")
        except ValueError:
            logging.getLogger("kobotui").exception("failed with %s", key)
    text = (tmp_path / "log").read_text()
    assert key not in text
    assert "(hidden)" in text


# The demo


def test_the_demo_keeps_its_files_and_keys_apart_and_leaves_nothing(tmp_path: Path) -> None:
    before = dict(os.environ)
    threads = set(threading.enumerate())
    with demo_session(DemoOptions(projects=3)) as session:
        place = session.state.parent
        assert session.is_demo
        assert session.accounts.path.is_relative_to(place)
        assert not place.is_relative_to(tmp_path)
        assert session.account
        assert session.about[session.account.name]
        token = session.token_of(session.account).reveal()
        request = Request(f"{session.account.server}/me/", headers={"Authorization": f"Token {token}"})
        with urlopen(request) as reply:
            assert json.load(reply)["username"] == session.account.username
        logging.getLogger("kobotui").error("noted")
    assert not place.exists()
    assert dict(os.environ) == before
    assert set(threading.enumerate()) <= threads  # servers of earlier tests may have ended meanwhile
    assert not paths.accounts_file().exists()


@pytest.mark.parametrize(
    ("end", "code"), [("q", 0), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP)]
)
def test_the_demo_in_a_terminal_leaves_it_as_it_was(tmp_path: Path, end: str | signal.Signals, code: int) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    with Console(["demo", "--projects", "2"], TMPDIR=str(place)) as console:
        console.read_to(b"filter")
        assert list(place.iterdir())
        if isinstance(end, str):
            console.type(end)
        else:
            console.process.send_signal(end)
        written = console.read_to(b"\x1b[?1049l")
        assert console.process.wait(20) == code
    assert b"Traceback" not in written
    assert list(place.iterdir()) == []


class Console:
    """kobotui in a terminal of 80 columns and 24 lines."""

    def __init__(self, words: list[str], **environment: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [*KOBOTUI, *words], stdin=slave, stdout=slave, stderr=slave, env=os.environ | environment, close_fds=True
        )
        os.close(slave)

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_to(self, mark: bytes, seconds: float = 30.0) -> bytes:
        read, end = b"", time.monotonic() + seconds
        while mark not in read:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"nothing more after {read[-400:]!r}"
            read += os.read(self.master, 65536)
        return read


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_the_server_alone_writes_credentials_and_ends_when_interrupted(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    users, port = tmp_path / "users.json", free_port()
    words = ["demo", "--serve", f"127.0.0.1:{port}", "--projects", "3", "--seed", "1", "--credentials", str(users)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which the background may ignore
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with subprocess.Popen([*KOBOTUI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert server.stdout.readline() == f"http://127.0.0.1:{port}\n"
        while "superuser" not in server.stdout.readline():
            pass
        credentials = json.loads(users.read_text())
        assert users.stat().st_mode & 0o777 == 0o600
        assert set(credentials) == {"owner", "alice", "bob", "carol", "root"}
        server.send_signal(signal.SIGINT)
        _out, err = server.communicate(timeout=20)
    assert server.returncode == 0
    assert "Traceback" not in err


def test_an_address_that_is_taken_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        assert main(["demo", "--serve", f"127.0.0.1:{one.getsockname()[1]}", "--projects", "1"]) == 1
    assert "cannot start" in capsys.readouterr().err


def test_faults_that_cannot_be_read_are_used_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--serve", "127.0.0.1:0", "--faults", "earthquake"]) == 2
    assert capsys.readouterr().err.startswith("kobotui: ")
