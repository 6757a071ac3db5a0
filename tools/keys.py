"""Write the page of all keys from the table of actions.

python tools/keys.py          write docs/keys.md
python tools/keys.py --check  exit 1 when it is not up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

from kobotui import locale
from kobotui.action import EVERYWHERE, KEY_NAMES, Action
from kobotui.actions import ACTIONS
from kobotui.columns.words import right_label, status_label
from kobotui.model.tier import Tier

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"
SCREENS = {
    EVERYWHERE: "Everywhere",
    "start": "The first screen without an account",
    "accounts": "Accounts",
    "login": "Adding an account",
    "projects": "Projects",
    "summary": "Project: SUMMARY",
    "counts": "Project: how far it is checked",
    "form": "Project: FORM",
    "data": "Project: DATA",
    "columns": "Columns of DATA",
    "record": "One record",
    "same": "Same records",
    "compare": "Same records side by side",
    "bring_in": "Records from a file",
    "files": "Files of a record",
    "general": "Project: SETTINGS",
    "sharing": "Project: Sharing",
    "rule": "Row rule (a window over Sharing and Access)",
    "exports": "Project: Exports",
    "links": "Project: links for other programs",
    "old_links": "Old links",
    "report": "Report on records",
    "activity": "Project: Activity",
    "access": "Access: all projects",
    "audit": "Audit",
    "history": "History: all projects",
    "access-log": "Access log",
    "deployments": "Deployments",
    "review": "Review",
    "jobs": "Jobs",
    "outcomes": "Changes of one job",
}
"""Headings, in the order in which one comes by the screens; others follow under their own name."""
REVIEWS = {
    Tier.READ: "",
    Tier.REVERSIBLE: "yes",
    Tier.DESTRUCTIVE: "yes, on a screen of its own",
    Tier.BULK: "yes, and a number is typed",
}
HEAD = """\
# Keys

Made from `kobotui/actions.py` by `python tools/keys.py`. In kobotui, `?` shows the keys of the screen you are on, and
`ctrl+p` finds every action by its name.

In tables the arrows or `h` `j` `k` `l` move, `g` and `G` go to the first and the last line, page up and page down turn
pages. What asks for a review shows what will change before anything is sent; on accounts marked as production a number
is typed before every change.
"""


def page() -> str:
    """The whole page."""
    screens = list(dict.fromkeys([*SCREENS, *(action.screen for action in ACTIONS)]))
    return "\n".join([HEAD, *(section(s) for s in screens if any(a.screen == s for a in ACTIONS))])


def section(screen: str) -> str:
    """The keys of one screen."""
    lines = [f"## {SCREENS.get(screen, screen.capitalize())}", ""]
    lines += ["| Key | Does | Review | Needs |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {keys(action)} | {action.help} | {REVIEWS[action.tier]} | {needs(action)} |"
        for action in ACTIONS
        if action.screen == screen
    ]
    return "\n".join([*lines, ""])


def keys(action: Action) -> str:
    """All keys of an action as a person would call them."""
    if not action.keys:
        return f"palette, “{action.label}”"
    return " or ".join(f"`{long_name(key)}`" for key in action.keys.split(","))


def long_name(key: str) -> str:
    """``/``, ``escape``, ``ctrl+p``: signs as they are printed, other keys as they are called."""
    name = KEY_NAMES.get(key, key)
    return name if len(name) == 1 else key


def needs(action: Action) -> str:
    """The right it takes, in KoboToolbox's words, and the state of the project."""
    right = [right_label(action.needs)] if action.needs else []
    statuses = [f"a project that is {' or '.join(map(status_label, sorted(action.status)))}"] if action.status else []
    return ", ".join(right + statuses + ["a project that is not archived"] * bool(action.archived))


def main(check: bool) -> int:
    locale.choose("en")
    text = page()
    if check:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
