"""The line drops in the middle of a job; the next start offers to go on, and undo takes all of it back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from tests.served import Server

pytestmark = pytest.mark.xdist_group("terminal")

MARKED = 7


def statuses(server: Server) -> list[str]:
    """How many projects are in which status, the archived ones last."""
    return [item["deployment_status"] for item in server.ask("/api/v2/assets/?limit=100")["results"]]


def unfinished(environment: dict[str, str]) -> list[tuple[int, int]]:
    """Jobs of the journal that have not ended: changes done, changes in all."""
    with sqlite3.connect(Path(environment["KOBOTUI_STATE_DIR"]) / "journal.sqlite") as journal:
        return journal.execute(
            "SELECT (SELECT count(*) FROM change WHERE job = job.id AND state = 'done'),"
            " (SELECT count(*) FROM change WHERE job = job.id) FROM job WHERE ended IS NULL"
        ).fetchall()


@pytest.mark.parametrize("faults", ["latency=150ms"])
def test_a_hang_up_in_the_middle(account: Server, faults: str, environment: dict[str, str]) -> None:
    before = statuses(account)
    Path(environment["KOBOTUI_CONFIG_DIR"], "settings.toml").write_text("concurrency = 1\n")
    with Terminal(kobotui(), environment, columns=100, lines=30) as terminal:
        terminal.wait("Projects  12 of 12", "admin @ 127.0.0.1")
        for number in range(1, MARKED + 1):
            terminal.press(" ")
            terminal.wait(f"{number} marked")
        terminal.press("a")
        terminal.wait("Nothing is sent yet.", f"{MARKED} changes on {MARKED} projects")
        terminal.agree("a", "Nothing is sent yet.")
        terminal.wait_until(lambda _screen: statuses(account).count("archived") > before.count("archived"), "a change")
        terminal.close()
        terminal.wait_end()
    (done, total) = unfinished(environment)[0]
    assert 0 < done < total == MARKED
    assert statuses(account).count("archived") - before.count("archived") == done

    with Terminal(kobotui(), environment, columns=100, lines=30) as terminal:
        terminal.wait(f"was not finished: {MARKED - done} of {MARKED} changes are open. Go on with it?")
        terminal.agree("enter", "enter does it")
        terminal.wait(f"Archive {MARKED} projects: all {MARKED} done.")
        assert statuses(account).count("archived") - before.count("archived") == MARKED
        assert unfinished(environment) == []
        terminal.press("z")
        terminal.wait("Nothing is sent yet.", "Undo: Archive", "Undo gives back: 7 exactly")
        terminal.agree("a", "Nothing is sent yet.")
        terminal.wait("Undo: Archive 7 projects: all 7 done.")
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()
    assert sorted(statuses(account)) == sorted(before)
