"""One user is taken off thirty projects in the access matrix, and put back by undo."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from tests.served import Server

pytestmark = pytest.mark.xdist_group("terminal")

AT_LEAST = 30


def teams(server: Server) -> dict[str, list[tuple[str, str, str]]]:
    """The rows of every project that the administrator owns: user, right, row rules."""
    found = {}
    for item in server.ask("/api/v2/assets/?limit=200&q=asset_type:survey")["results"]:
        if item["owner__username"] == "admin":
            rows = server.ask(f"/api/v2/assets/{item['uid']}/permission-assignments/")
            found[item["uid"]] = sorted((name(row["user"]), name(row["permission"]), rules(row)) for row in rows)
    return found


def name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def rules(row: dict[str, Any]) -> str:
    entries = [(name(one["url"]), one["filters"]) for one in row.get("partial_permissions", [])]
    return repr(sorted(entries, key=repr))


@pytest.mark.parametrize("size", [("--seed", "7", "--projects", "75", "--submissions", "20")])
def test_removed_from_thirty_projects_and_put_back(
    account: Server, size: tuple[str, ...], environment: dict[str, str]
) -> None:
    before = teams(account)
    on = Counter(user for rows in before.values() for user in {row[0] for row in rows} - {"admin", "AnonymousUser"})
    user, count = on.most_common(1)[0]
    assert count >= AT_LEAST
    with Terminal(kobotui(), environment, columns=120, lines=36) as terminal:
        terminal.wait("Projects  75 of 75")
        terminal.press("w")
        terminal.wait("Access  by project", "75 projects", gone="loading")
        terminal.press("/")
        terminal.wait_until(lambda screen: screen.rstrip().endswith("\n/"), "the filter")
        terminal.press(f"user:{user} owner:admin status:deployed,draft,archived\r")
        terminal.wait(f"{count} projects x 1 user")
        terminal.press("*")
        terminal.wait(f"{count} marked")
        terminal.press("D")
        terminal.wait(f"{count} pending")
        terminal.press("enter")
        terminal.wait("Nothing is sent yet.", f"on {count} projects, 1 user")
        terminal.agree("a", "Nothing is sent yet.")
        terminal.wait(f"Access on {count} projects: all {count} done.")
        removed = teams(account)
        for uid, rows in before.items():
            assert removed[uid] == [row for row in rows if row[0] != user]
        terminal.press("z")
        terminal.wait("Undo: Access on", f"Undo gives back: {count} exactly")
        terminal.agree("a", "Nothing is sent yet.")
        terminal.wait(f"Undo: Access on {count} projects: all {count} done.")
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()
    assert teams(account) == before
