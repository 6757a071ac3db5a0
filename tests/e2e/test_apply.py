"""Plans from the command line in a process of their own: at a terminal, from a script, and ended in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kobotui import paths
from kobotui.accounts import Accounts
from kobotui.changes.journal import opened
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.secrets import store_token
from tests.e2e.terminal import PATIENCE, Terminal
from tests.plans import owned, rename, written
from tests.served import kobotui

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset

pytestmark = pytest.mark.xdist_group("terminal")

CHANGES = 12


@pytest.fixture
def latency() -> float:
    """Seconds by which the server is slow."""
    return 0.06


@pytest.fixture
def asset(demo: DemoServer, environment: dict[str, str], latency: float) -> Asset:
    """A project on a slow server, on which an account is saved in files."""
    person = demo.accounts[0]
    account = Account(name="field", server=demo.url, openrosa=demo.url, username=person.username)
    Accounts.load().add(account)
    store_token(account, Token(person.token), "file")
    demo.faults.latency = latency
    return owned(demo)[0]


@pytest.fixture
def plan(demo: DemoServer, asset: Asset, tmp_path: Path) -> str:
    """One name after another for the same project: as many steps, in order."""
    names = [asset.name, *(f"name {n}" for n in range(1, CHANGES + 1))]
    changes = [rename(asset, b, before=a) for a, b in zip(names, names[1:], strict=False)]
    return written(tmp_path / "plan.toml", demo.url, *changes, account="field")


def at_last(condition: Callable[[], object], what: str) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture
def begun(plan: str, asset: Asset, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The plan being applied, a step of it done."""
    command = [*kobotui(), "apply", plan, "--yes", "--json", "--concurrency", "1"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            at_last(lambda: asset.name.startswith("name "), "a step")
            yield process
        finally:
            process.kill()


def sending() -> bool:
    """Whether the job has begun a step, by the journal."""
    if not paths.journal_file().exists():
        return False
    with opened(paths.journal_file()) as journal:
        return any(entry.started for entry in journal.entries(1))


def run(environment: dict[str, str], *words: str) -> tuple[int, str, str]:
    """A command from a script: exit code, output, errors."""
    done = subprocess.run(
        [*kobotui(), *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def states(text: str) -> list[Any]:
    return [change["state"] for change in json.loads(text)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_after_the_current_step_and_resume_goes_on(
    begun: subprocess.Popen[str], asset: Asset, environment: dict[str, str], number: signal.Signals
) -> None:
    begun.send_signal(number)
    out, err = begun.communicate(timeout=PATIENCE)
    assert begun.returncode == 128 + number
    found = states(out)
    done = found.count("done")
    assert 0 < done < CHANGES
    assert found == ["done"] * done + ["waiting"] * (CHANGES - done)
    assert asset.name == f"name {done}"
    assert "Ending after the current steps" in err
    assert "kobotui resume 1" in err
    assert "Traceback" not in err
    assert not list(Path(environment["KOBOTUI_STATE_DIR"], "jobs").iterdir())

    code, out, err = run(environment, "resume", "--json")
    assert (code, err) == (0, "")
    assert states(out) == ["done"] * CHANGES
    assert asset.name == f"name {CHANGES}"


def test_a_hang_up_that_comes_with_another_signal_is_no_second_wish(begun: subprocess.Popen[str]) -> None:
    """As a service manager sends both, and a shell besides the system."""
    begun.send_signal(signal.SIGTERM)
    begun.send_signal(signal.SIGHUP)
    out, _err = begun.communicate(timeout=PATIENCE)
    assert begun.returncode in (128 + signal.SIGTERM, 128 + signal.SIGHUP)  # they may arrive in either order
    assert set(states(out)) == {"done", "waiting"}


@pytest.mark.parametrize("latency", [2.0])
def test_a_second_signal_ends_it_at_once(plan: str, asset: Asset, environment: dict[str, str]) -> None:
    command = [*kobotui(), "apply", plan, "--yes", "--json"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        at_last(sending, "the first step")  # from here on it waits for answers that take two seconds
        process.send_signal(signal.SIGTERM)
        assert "Ending after the current steps" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        out, err = process.communicate(timeout=PATIENCE)
        assert time.monotonic() - started < 1.8, "it waited for the answer"
    assert process.returncode == 128 + signal.SIGTERM
    assert states(out) == ["running"] + ["waiting"] * (CHANGES - 1)
    assert "kobotui resume 1" in err
    assert "Traceback" not in err
    code, out, _err = run(environment, "journal", "--json")
    assert code == 0
    assert json.loads(out)[0]["ended"] is None


@pytest.mark.parametrize("latency", [0.3])
def test_another_process_sees_it_stops_it_and_does_not_go_on_with_it(
    begun: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    code, _out, err = run(environment, "resume", "1")
    assert code == 2
    assert "kobotui journal 1 --stop" in err
    assert run(environment, "journal", "1", "--stop")[0] == 0
    out, _err = begun.communicate(timeout=PATIENCE)
    assert begun.returncode == 5
    assert {"done", "waiting"} == set(states(out))
    assert run(environment, "resume", "1")[0] == 0


def test_at_a_terminal_it_asks_and_shows_how_far_it_is(plan: str, asset: Asset, environment: dict[str, str]) -> None:
    with Terminal([*kobotui(), "apply", plan], environment, columns=100, lines=50) as terminal:
        terminal.wait("As field on http://127.0.0.1", "name 11 -> name 12", "Apply this? [y/N]")
        assert not asset.name.startswith("name")
        terminal.press("y", "enter")
        terminal.wait(f" of {CHANGES}, ", "per s", " left")
        terminal.wait("State", "done", f"Job 1: {CHANGES} done.", "Take it back: kobotui undo 1")
        assert terminal.wait_end() == 0
        assert terminal.written.count(b"\x1b") == 0
    assert asset.name == f"name {CHANGES}"


def test_ctrl_c_at_a_terminal(plan: str, environment: dict[str, str]) -> None:
    with Terminal([*kobotui(), "apply", plan, "--yes"], environment, columns=100, lines=50) as terminal:
        terminal.wait(f" of {CHANGES}, ")
        terminal.press("\x03")
        terminal.wait("Ending after the current steps", "Go on with: kobotui resume 1")
        assert terminal.wait_end() == 128 + signal.SIGINT
    with Terminal([*kobotui(), "resume"], environment, columns=100, lines=50) as terminal:
        terminal.wait(f"Job 1: {CHANGES} done.")
        assert terminal.wait_end() == 0


def test_ctrl_c_at_the_question_begins_nothing(plan: str, environment: dict[str, str]) -> None:
    with Terminal([*kobotui(), "apply", plan], environment, columns=100, lines=50) as terminal:
        terminal.wait("Apply this? [y/N]")
        terminal.press("\x03")
        assert terminal.wait_end() == 128 + signal.SIGINT
    assert json.loads(run(environment, "journal", "--json")[1]) == []


def test_a_hang_up_in_the_middle(plan: str, asset: Asset, environment: dict[str, str]) -> None:
    with Terminal([*kobotui(), "apply", plan, "--yes"], environment) as terminal:
        terminal.wait(f" of {CHANGES}, ")
        terminal.close()
        assert terminal.wait_end() == 128 + signal.SIGHUP
    found = states(run(environment, "journal", "1", "--json")[1])
    assert 0 < found.count("done") < CHANGES
    assert set(found) == {"done", "waiting"}
    assert run(environment, "resume")[0] == 0
    assert asset.name == f"name {CHANGES}"


def test_under_nohup_a_hang_up_is_nothing(plan: str, asset: Asset, environment: dict[str, str]) -> None:
    command = ["nohup", *kobotui(), "apply", plan, "--yes"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        at_last(lambda: asset.name.startswith("name "), "a step")
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == 0
    assert asset.name == f"name {CHANGES}"


def test_a_reader_that_leaves_changes_no_exit_code(plan: str, asset: Asset, environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [*kobotui(), "apply", plan, "--yes"], env=environment, stdout=writing, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writing)
        _out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert asset.name == f"name {CHANGES}"
