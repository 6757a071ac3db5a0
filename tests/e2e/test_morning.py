"""An administrator's morning round, from the installed command to the server and back."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from tests.served import Server

pytestmark = pytest.mark.xdist_group("terminal")

RELIEF = "Distribution of relief items, Port Sud"
CLINIC = "Clinic visits (patients, visits and photos)"
CLINIC_COPY = "Clinic visits, northern rounds"
PROTECTION = "Protection monitoring"
PROTECTION_NOW = "Protection monitoring, round 2"
HOUSEHOLD = "Household survey 2026 – Enquête ménage / استبيان الأسرة"


def retype(terminal: Terminal, label: str, text: str) -> None:
    """Another text in the line at the foot."""
    terminal.wait_until(lambda screen: foot(screen).startswith(label), f"the question {label!r}")
    terminal.press("ctrl+u")
    terminal.wait_until(lambda screen: foot(screen) == label, f"{label!r} emptied")
    terminal.press(text)
    terminal.wait_until(lambda screen: foot(screen) == f"{label} {text}", text)
    terminal.press("enter")


def foot(screen: str) -> str:
    """The last line with anything in it."""
    return screen.rstrip().rpartition("\n")[2].rstrip()


def find(terminal: Terminal, words: str) -> None:
    """Filter the list down to one project."""
    terminal.press("/")
    retype(terminal, "/", words)
    terminal.wait_until(lambda screen: f"   /{words} " in screen and not foot(screen).startswith("/"), f"/{words}")


def deploy(terminal: Terminal) -> None:
    find(terminal, "relief")
    assert "deployed*" in terminal.wait("deployed*")
    terminal.press("d")
    review = terminal.wait("Review", "Nothing is sent yet.")
    assert "1 question of the live form disappears: signature" in review
    terminal.agree("a", "Nothing is sent yet.")
    screen = terminal.wait(f"Deploy {RELIEF}: done.", gone="deployed*")
    assert "deployed " in screen


def clone(terminal: Terminal) -> None:
    find(terminal, "clinic")
    terminal.press("c")
    retype(terminal, "Name of the clone", CLINIC_COPY)
    terminal.wait(f"-> {CLINIC_COPY}")
    terminal.agree("enter", "enter does it")
    terminal.wait(f"Clone {CLINIC}: done.")
    terminal.wait_until(lambda screen: "2 of 13" in screen and "draft" in screen, "the clone in the list")


def rename(terminal: Terminal) -> None:
    find(terminal, "protection")
    terminal.press("e")
    terminal.wait("Description", "Tags")
    terminal.press("enter")
    retype(terminal, "Name", PROTECTION_NOW)
    terminal.wait(f"{PROTECTION} -> {PROTECTION_NOW}")
    terminal.agree("enter", "enter does it")
    terminal.wait(f"Edit {PROTECTION}: done.")
    terminal.wait("| Protection monitoring, rou..")


def share(terminal: Terminal) -> None:
    terminal.press("s")
    terminal.wait("5 Sharing", "8 users", "public", "a add user")
    terminal.press("a")
    retype(terminal, "username", "dana")
    terminal.wait("Role of dana", "Validator")
    terminal.press("valid")
    terminal.wait("Role of dana", gone="Manager")
    terminal.press("enter")
    terminal.wait("1 pending", gone="Role of dana")
    terminal.wait_until(lambda _screen: rights(terminal, "dana") == "+..+.+", "pending rights")
    terminal.press("enter")
    terminal.wait("-> Validate submissions")
    terminal.agree("enter", "enter does it")
    terminal.wait("done.", gone="pending")
    terminal.wait_until(lambda _screen: rights(terminal, "dana") == "i..i.x", "rights held")
    terminal.press("escape")
    terminal.wait("Projects")


def rights(terminal: Terminal, user: str) -> str:
    """The first six signs in the line of a user."""
    return "".join(terminal.line(f"| {user} ").split()[2:8])


def correct(terminal: Terminal) -> None:
    find(terminal, "household")
    terminal.press("enter")
    terminal.wait("1 SUMMARY", "Submissions per day")
    terminal.press("3")
    terminal.wait("rows 1-", "of 60", "labels: English")
    terminal.press("enter")
    terminal.wait("1 of 60", "Age")
    for _ in range(30):
        if (here := terminal.line("| ")).split()[1] == "Age":
            break
        terminal.press("down")
        terminal.wait_until(lambda screen, here=here: here not in screen, "the cursor further down")
    terminal.press("e")
    terminal.wait("Age  (", "enter accept")
    terminal.press("ctrl+u", "47")
    terminal.wait(" 47 ")
    terminal.press("enter")
    terminal.wait("-> 47")
    terminal.agree("enter", "enter does it")
    terminal.wait("Correct Age: done.")
    terminal.wait_until(lambda _screen: terminal.line(" Age ").split()[-1] == "47", "the new answer")


def test_the_morning_round(account: Server, environment: dict[str, str]) -> None:
    before = {name: account.project(name) for name in (RELIEF, CLINIC, PROTECTION, HOUSEHOLD)}
    records = f"/api/v2/assets/{before[HOUSEHOLD]['uid']}/data/"
    newest = account.ask(records + '?limit=1&sort={"_id":-1}')["results"][0]
    assert newest["resp/age"] != "47"
    with Terminal(kobotui(), environment) as terminal:
        screen = terminal.wait("Projects  12 of 12", "admin @ 127.0.0.1")
        assert "DEMO" not in screen
        assert RELIEF[:20] in screen
        deploy(terminal)
        clone(terminal)
        rename(terminal)
        share(terminal)
        correct(terminal)
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()

    deployed = account.ask(f"/api/v2/assets/{before[RELIEF]['uid']}/")
    assert deployed["deployed_version_id"] == deployed["version_id"] == before[RELIEF]["version_id"]
    assert before[RELIEF]["deployed_version_id"] != before[RELIEF]["version_id"]
    copy = account.project(CLINIC_COPY)
    assert (copy["deployment_status"], copy["deployment__submission_count"]) == ("draft", 0)
    assert account.project(CLINIC)["deployment__submission_count"] == before[CLINIC]["deployment__submission_count"]
    assert account.project(PROTECTION_NOW)["uid"] == before[PROTECTION]["uid"]
    rows = account.ask(f"/api/v2/assets/{before[PROTECTION]['uid']}/permission-assignments/")
    users = {row["user"].rstrip("/").rpartition("/")[2] for row in rows}
    held = {row["permission"].rstrip("/").rpartition("/")[2] for row in rows if row["user"].endswith("/dana/")}
    assert held == {"view_asset", "view_submissions", "validate_submissions"}
    assert {"ben", "carol", "u10"} <= users
    assert account.ask(f"/api/v2/assets/{before[PROTECTION]['uid']}/", "dana")["name"] == PROTECTION_NOW
    now = account.ask(f"{records}{newest['_id']}/")
    assert now["resp/age"] == "47"
    assert {k: v for k, v in now.items() if k not in CHANGED_BY_EDIT} == {
        k: v for k, v in newest.items() if k not in CHANGED_BY_EDIT
    }
    kept = list(Path(environment["KOBOTUI_STATE_DIR"]).iterdir())
    assert "journal.sqlite" in {file.name for file in kept}
    for file in (file for file in kept if file.is_file()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert account.tokens["admin"].encode() not in file.read_bytes()
    assert account.tokens["admin"].encode() not in terminal.written


CHANGED_BY_EDIT = {"resp/age", "_uuid", "meta/instanceID", "meta/deprecatedID", "_edited", "_attachments"}
