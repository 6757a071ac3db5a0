"""What there is to look at: every screen and window of the console, and the way that leads there.

A new screen needs one line in :data:`LOOKS`; ``test_looks.py`` takes its picture at every size.
"""

from __future__ import annotations

from dataclasses import dataclass

from kobotui.api.login import Server
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.screens.copy import CopyScreen
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.screens.files_of_record import PhotoScreen
from kobotui.screens.help import HelpScreen
from kobotui.screens.palette import Palette
from kobotui.screens.raw import RawScreen
from kobotui.screens.rule_editor import RuleEditor
from kobotui.screens.saved_filters import SavedFiltersWindow
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import ChoiceEditor, ChoicesEditor, LineEditor, TextEditor
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Picker
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from tests.screens import (
    access_place,
    activity_place,
    bring_in_place,
    exports_place,
    job_looks,
    links_place,
    log_place,
    same_place,
    scenes,
    table_place,
)
from tests.screens.scenes import Step
from tests.screens.stage import Stage


@dataclass(frozen=True)
class Look:
    """``place`` is the screen's name in the table of actions; empty for a window over another screen."""

    way: Step
    place: str = ""
    account: bool = True
    """Whether there is an account on the demo; else nothing is saved on this machine."""
    project: str = "Household survey"
    """How the name of the project begins that the way leads to."""
    rests: bool = True
    """Whether to wait until nothing is being read."""
    alone: bool = False
    """Whether it needs a server of its own, because it changes something there."""


def keys(there: Step, *pressed: str, then: type | None = None) -> Step:
    """From somewhere on by keys, to a window or a line of a kind."""

    async def way(stage: Stage) -> None:
        await there(stage)
        await stage.settled()
        await stage.pilot.press(*pressed)
        if then:
            await stage.until(lambda: isinstance(stage.app.screen, then) or stage.screen.query(then), then.__name__)

    return way


async def projects(stage: Stage) -> None:
    """Some marked, the cursor below."""
    await stage.open_list("projects")
    stage.table.set_marked([stage.table.source.key(index) or "" for index in (1, 3, 4)])
    stage.table.move_to(2)


async def saved_accounts(stage: Stage) -> None:
    """As they are outside of the demo: on several servers, one of them read only, one for production."""
    await stage.on("start")
    for account in ACCOUNTS:
        stage.app.session.accounts.add(account)
    stage.app.session.accounts.use("field office")
    stage.app.open_place("accounts")
    await stage.on("accounts")


ACCOUNTS = (
    Account(name="field office", server="https://eu.kobotoolbox.org", openrosa="https://kc-eu.kobotoolbox.org",
            username="ana", store="keyring"),
    Account(name="headquarters", server="https://kf.kobotoolbox.org", openrosa="https://kc.kobotoolbox.org",
            username="ana.duarte", store="file", production=True),
    Account(name="partner", server="https://survey.example.org/kobo", openrosa="https://collect.example.org",
            username="visitor", store="command", token_command=("pass", "show", "kobo"), read_only=True),
)  # fmt: skip


async def login(stage: Stage) -> None:
    """Every question has an answer."""
    await scenes.login(stage)
    screen = stage.screen
    screen.server = Server(url="https://eu.kobotoolbox.org", openrosa="https://kc-eu.kobotoolbox.org")
    screen.way, screen.username, screen.token = "key", "ana", Token("0" * 40)
    screen.account_name, screen.read_only, screen.store = "field office", False, "keyring"
    screen.show_answers()


async def sharing(stage: Stage) -> None:
    """One right pending, one user leaving."""
    await scenes.pending(stage)
    stage.table.move_to_key(stage.screen.team.members[2])
    await stage.pilot.press("l", "l", "space")


async def limited(stage: Stage) -> None:
    """On somebody who sees some of the records."""
    await scenes.sharing(stage)
    stage.table.move_to_key("carol")


async def record(stage: Stage) -> None:
    await stage.open_record()


async def statuses(stage: Stage) -> None:
    """Some were set, one was not, and another one is about to be."""
    await scenes.data(stage)
    assert stage.asset.records
    ids = [int(stage.table.source.key(index) or 0) for index in range(4)]
    stage.asset.records.validate(ids[1:2], {"uid": "validation_status_on_hold", "timestamp": 1_700_000_000})
    await stage.pilot.press(*"vavavnvh")
    checking = stage.screen.records.checking
    await stage.until(lambda: [bool(checking.mark(record)) for record in ids] == [False, True, False, False], "the end")
    await stage.pilot.press("v")


async def export_options(stage: Stage) -> None:
    """What a new export shall be like."""
    await exports_place.there(stage)
    await stage.pilot.press("n")
    await stage.pick("csv")
    await stage.window(ExportOptionsWindow)


async def numbers(stage: Stage) -> None:
    """How the answers to a question for numbers are spread."""
    await links_place.report(stage)
    stage.table.move_to_key("resp/age")


def editing(question: str) -> Step:
    """The answer of the newest record being corrected."""

    async def there(stage: Stage) -> None:
        await stage.open_record(question)

    return keys(there, "e")


async def nothing(stage: Stage) -> None:
    """The filter lets nothing through."""
    await stage.open_project("data")
    await stage.pilot.press("slash", *"Age > 900", "enter")
    await stage.until(lambda: stage.screen.records.order.typed, "the filter")


async def failed(stage: Stage) -> None:
    """The server cannot list the records."""
    stage.server.faults.once(path=f"{stage.asset.uid}/data/", status=500)
    await goes_to_data(stage)


async def loading(stage: Stage) -> None:
    """The server takes its time."""
    stage.server.faults.once(path=f"{stage.asset.uid}/data/", delay=20.0)
    await goes_to_data(stage)
    await stage.until(lambda: stage.screen.detail, "the project")


async def goes_to_data(stage: Stage) -> None:
    await scenes.at("summary")(stage)
    await stage.pilot.press("3")
    await stage.on("data")


async def corrections(stage: Stage) -> None:
    """One choice in place of another in some records, under review."""
    await stage.open_project("data")
    stage.table.set_marked([stage.table.source.key(index) or "" for index in range(6)])
    stage.table.move_to(0, [column.key for column in stage.table.columns].index("econ/needs"))
    await stage.pilot.press("R")
    first = (await stage.window(Picker)).table.source.key(0)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.app.screen.query_one(Table).source.key(0) not in (None, first), "what goes there")
    await stage.pilot.press("down", "enter")
    await stage.until(lambda: stage.reviewing, "the review")


LOOKS: dict[str, Look] = {
    "start": Look(lambda stage: stage.on("start"), "start", account=False),
    "accounts": Look(saved_accounts, "accounts", account=False),
    "people": Look(scenes.accounts),
    "login": Look(login, "login", account=False),
    "projects": Look(projects, "projects"),
    "deployments": Look(scenes.listed("deployments"), "deployments"),
    "access": Look(access_place.pending, "access"),
    "audit": Look(access_place.audited, "audit"),
    "history": Look(log_place.history, "history", alone=True),
    "access-log": Look(log_place.access_log, "access-log", alone=True),
    "review": Look(job_looks.review, "review"),
    "jobs": Look(job_looks.jobs, "jobs"),
    "outcomes": Look(job_looks.outcomes, "outcomes"),
    "bring-in": Look(bring_in_place.some_there, "bring_in", alone=True),
    "summary": Look(scenes.at("summary"), "summary"),
    "counts": Look(scenes.counted, "counts"),
    "form": Look(scenes.at("form"), "form"),
    "versions": Look(keys(scenes.at("form"), "v"), project="Distribution"),
    "data": Look(scenes.data, "data"),
    "record": Look(record, "record", project="Clinic"),
    "same": Look(same_place.found, "same", project="Clinic"),
    "compare": Look(same_place.compared, "compare", project="Clinic"),
    "statuses": Look(statuses, alone=True),
    "columns": Look(table_place.columns, "columns"),
    "files": Look(table_place.files, "files", project="Clinic"),
    "photo": Look(keys(table_place.files, "enter", then=PhotoScreen), project="Clinic"),
    "exports": Look(exports_place.exported, "exports", alone=True),
    "options": Look(export_options),
    "links": Look(links_place.there, "links", alone=True),
    "old_links": Look(links_place.dead, "old_links", alone=True),
    "report": Look(links_place.report, "report"),
    "numbers": Look(numbers),
    "general": Look(scenes.at("general"), "general"),
    "activity": Look(activity_place.renamed, "activity", alone=True),
    "sharing": Look(sharing, "sharing"),
    "rule": Look(keys(limited, "w", then=RuleEditor), "rule"),
    "help": Look(keys(projects, "question_mark", then=HelpScreen)),
    "palette": Look(keys(projects, "ctrl+p", then=Palette)),
    "raw": Look(keys(record, "o", then=RawScreen)),
    "copy": Look(keys(scenes.listed("projects"), "y", "enter", then=CopyScreen)),
    "filters": Look(keys(scenes.data, "F", then=SavedFiltersWindow)),
    "picker": Look(keys(record, "L", then=Picker)),
    "choice": Look(keys(editing("loc/region"), then=ChoiceEditor)),
    "choices": Look(keys(editing("econ/needs"), then=ChoicesEditor)),
    "line": Look(keys(editing("resp/age"), then=LineEditor)),
    "text": Look(keys(projects, "M", then=TextEditor)),
    "prompt": Look(keys(projects, "slash", *"water", then=Prompt)),
    "confirm": Look(keys(scenes.at("summary"), "a", then=ConfirmLine)),
    "message": Look(keys(failed, "exclamation_mark", then=MessageBox), alone=True),
}
"""By the name of the picture."""

STATES = {
    "corrections": Look(corrections),
    "nothing": Look(nothing),
    "failed": Look(failed, alone=True),
    "loading": Look(loading, rests=False, alone=True),
}
"""What else a screen can have to say."""

FRENCH = (
    "start", "accounts", "projects", "deployments", "summary", "form", "data", "record", "statuses", "general",
    "sharing", "help", "palette", "access", "review", "jobs", "exports", "columns", "bring-in", "links", "report",
)  # fmt: skip
