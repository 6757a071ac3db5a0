"""Every action of the table is done once, by its key or, where it has none, as the palette does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kobotui.action import WINDOWS, Action
from kobotui.actions import ACTIONS
from kobotui.demo.server import DemoServer
from kobotui.screens.help import HelpScreen
from kobotui.screens.palette import Palette
from kobotui.screens.places import PROJECT_PLACES
from kobotui.screens.raw import RawScreen
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Picker
from tests.changes.test_projects import household
from tests.conftest import MakeApp, Until, running
from tests.screens import (
    access_place,
    activity_place,
    bring_in_place,
    endings,
    exports_place,
    links_place,
    log_place,
    rule_place,
    same_place,
    scenes,
    table_place,
)
from tests.screens.stage import Stage, new_project


@dataclass(frozen=True)
class Scenario:
    """``there`` leads to the screen and puts the cursor, then the action is done, ``then`` waits for what it leads to.

    ``own``: the status of a project made for this scenario; empty: it changes nothing of a project, or only its
    records. Without ``account`` nothing is saved on this machine.
    """

    there: scenes.Step
    then: scenes.Step
    own: str = ""
    account: bool = True


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """One server for all: scenarios that write have a project or a record of their own."""
    with running() as server:
        yield server


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
async def test_every_action_is_done(
    server: DemoServer, make_app: MakeApp, until: Until, tmp_path: Path, action: Action
) -> None:
    assert action.id in SCENARIOS, "a new action: say below how it is done"
    scenario = SCENARIOS[action.id]
    asset = new_project(server, scenario.own) if scenario.own else household(server)
    app = make_app(server if scenario.account else None)
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, server if scenario.account else None, asset)
        await scenario.there(stage)
        screen = stage.screen
        assert action.screen in (screen.place, "everywhere", *WINDOWS)
        if action.keys:
            await pilot.press(action.keys.split(",")[0])
        else:
            await screen.action_do(action.verb)
        await scenario.then(stage)
        assert action.id in app.used_actions
        assert app.unexpected == []


def test_no_scenario_is_left_over() -> None:
    assert SCENARIOS.keys() <= {action.id for action in ACTIONS}


# What belongs to what


def list_scenarios(screen: str, there: scenes.Step, filter_: scenes.Step, sort: scenes.Step) -> dict[str, Scenario]:
    """What every list can do."""

    async def below(stage: Stage) -> None:
        await there(stage)
        stage.table.move_to(1)

    async def some_marked(stage: Stage) -> None:
        await there(stage)
        stage.table.set_marked([key for index in range(3) if (key := stage.table.source.key(index))])

    return {
        f"{screen}.filter": Scenario(there, filter_),
        f"{screen}.mark": Scenario(there, endings.marked),
        f"{screen}.mark_range": Scenario(below, endings.range_marked),
        f"{screen}.mark_all": Scenario(there, endings.all_marked),
        f"{screen}.unmark_all": Scenario(some_marked, endings.nothing_marked),
        f"{screen}.sort": Scenario(there, sort),
    }


def project_scenarios(screen: str, there: scenes.Step) -> dict[str, Scenario]:
    """What can be done to a project on the list and on its own screen."""
    return {
        f"{screen}.deploy": Scenario(there, endings.deployed, own="draft"),
        f"{screen}.archive": Scenario(there, endings.status("archived"), own="deployed"),
        f"{screen}.unarchive": Scenario(there, endings.status("deployed"), own="archived"),
        f"{screen}.clone": Scenario(there, endings.cloned),
        f"{screen}.edit": Scenario(there, endings.renamed, own="draft"),
        f"{screen}.replace_form": Scenario(there, endings.form_replaced, own="draft"),
        f"{screen}.download_form": Scenario(there, endings.form_downloaded),
        f"{screen}.delete": Scenario(there, endings.project_deleted, own="draft"),
    }


def place_scenarios(screen: str) -> dict[str, Scenario]:
    """The places of a project, from one of them."""
    here = PROJECT_PLACES.index(screen)
    others = {place: Scenario(scenes.at(screen), endings.on(place)) for place in PROJECT_PLACES}
    others["next_place"] = Scenario(scenes.at(screen), endings.on(PROJECT_PLACES[(here + 1) % len(PROJECT_PLACES)]))
    others["previous_place"] = Scenario(scenes.at(screen), endings.on(PROJECT_PLACES[here - 1]))
    return {f"{screen}.{verb}": scenario for verb, scenario in others.items()}


def job_scenarios(screen: str) -> dict[str, Scenario]:
    """What can be done with a job, in the list and inside of it."""

    def there(scene: scenes.Step) -> scenes.Step:
        return scene if screen == "jobs" else scenes.inside(scene)

    done = there(scenes.archived_by_job)
    return {
        f"{screen}.pause": Scenario(there(scenes.job), endings.paused, own="deployed"),
        f"{screen}.stop": Scenario(there(scenes.job), endings.stopping, own="deployed"),
        f"{screen}.retry": Scenario(there(scenes.failed_job), endings.retried, own="deployed"),
        f"{screen}.undo": Scenario(done, endings.taken_back, own="deployed"),
        f"{screen}.go_on": Scenario(there(scenes.cut_off), endings.gone_on, own="deployed"),
        f"{screen}.rebase": Scenario(there(scenes.conflict), endings.renamed_to("Wanted"), own="draft"),
        f"{screen}.force": Scenario(there(scenes.conflict), endings.renamed_to("Wanted"), own="draft"),
        f"{screen}.save": Scenario(done, endings.result_saved, own="deployed"),
        f"{screen}.give_up": Scenario(there(scenes.cut_off), endings.given_up, own="deployed"),
    }


PROJECTS = scenes.listed("projects")
SCENARIOS: dict[str, Scenario] = {
    "everywhere.back": Scenario(scenes.at("summary"), endings.on("projects")),
    "everywhere.go_to": Scenario(PROJECTS, endings.gone_to),
    "everywhere.help": Scenario(PROJECTS, endings.window(HelpScreen)),
    "everywhere.palette": Scenario(PROJECTS, endings.window(Palette)),
    "everywhere.copy": Scenario(PROJECTS, endings.copied),
    "everywhere.raw": Scenario(PROJECTS, endings.window(RawScreen)),
    "everywhere.refresh": Scenario(scenes.renamed_behind, endings.refreshed, own="draft"),
    "everywhere.undo": Scenario(scenes.archived_before, endings.taken_back, own="deployed"),
    "everywhere.jobs": Scenario(PROJECTS, endings.on("jobs")),
    "everywhere.projects": Scenario(scenes.at("summary"), endings.on("projects")),
    "everywhere.access": Scenario(scenes.at("summary"), endings.on("access")),
    "everywhere.deployments": Scenario(PROJECTS, endings.on("deployments")),
    "everywhere.accounts": Scenario(PROJECTS, endings.on("accounts")),
    "everywhere.details": Scenario(scenes.failed, endings.details),
    "everywhere.repaint": Scenario(scenes.scribbled, endings.repainted),
    "everywhere.quit": Scenario(PROJECTS, endings.left),
    "start.open": Scenario(scenes.about, endings.window(MessageBox), account=False),
    "accounts.open": Scenario(scenes.accounts, endings.switched),
    "accounts.add": Scenario(scenes.no_accounts, endings.window(Picker), account=False),
    "accounts.test": Scenario(scenes.accounts, endings.window(MessageBox)),
    "accounts.read_only": Scenario(scenes.accounts, endings.account_is("read_only")),
    "accounts.production": Scenario(scenes.accounts, endings.account_is("production")),
    "accounts.remove": Scenario(scenes.accounts, endings.forgotten),
    "login.open": Scenario(scenes.login, endings.window(Picker), account=False),
    "login.save": Scenario(scenes.login, endings.window(Picker), account=False),
    "projects.open": Scenario(PROJECTS, endings.on("summary")),
    **project_scenarios("projects", PROJECTS),
    **list_scenarios(
        "projects", PROJECTS, endings.filtered("water", lambda row: "Water" in row), endings.sorted_by("name")
    ),
    "projects.new": Scenario(PROJECTS, endings.project_made),
    "projects.sharing": Scenario(PROJECTS, endings.on("sharing")),
    "projects.exports": Scenario(PROJECTS, endings.on("exports")),
    "projects.old_links": Scenario(PROJECTS, links_place.found),
    "projects.access": Scenario(PROJECTS, endings.on("access")),
    "projects.panel": Scenario(PROJECTS, endings.panel),
    "projects.mark_list": Scenario(PROJECTS, endings.list_marked),
    "projects.search": Scenario(PROJECTS, endings.searched),
    **place_scenarios("summary"),
    **project_scenarios("summary", scenes.at("summary")),
    "summary.report": Scenario(scenes.at("summary"), links_place.reported),
    "summary.counts": Scenario(scenes.at("summary"), endings.on("counts")),
    "counts.open": Scenario(scenes.counted, endings.unchecked),
    "counts.save": Scenario(scenes.counted, endings.counts_saved),
    **place_scenarios("form"),
    "form.open": Scenario(scenes.at("form"), endings.window(MessageBox)),
    "form.language": Scenario(scenes.at("form"), endings.in_french),
    "form.names": Scenario(scenes.at("form"), endings.named),
    "form.versions": Scenario(scenes.at("form"), endings.versions),
    "form.deploy": Scenario(scenes.at("form"), endings.deployed, own="draft"),
    "form.replace_form": Scenario(scenes.at("form"), endings.form_replaced, own="draft"),
    "form.download_form": Scenario(scenes.at("form"), endings.form_downloaded),
    **place_scenarios("general"),
    "general.edit": Scenario(scenes.at("general"), endings.renamed, own="draft"),
    **place_scenarios("data"),
    "data.open": Scenario(scenes.data, endings.on("record")),
    "data.edit": Scenario(scenes.data, endings.corrected),
    "data.replace": Scenario(scenes.data, endings.replaced),
    "data.text": Scenario(scenes.data, endings.no_editor),
    "data.validate": Scenario(scenes.data, endings.validated),
    "data.duplicate": Scenario(scenes.data, endings.counted(1)),
    "data.delete": Scenario(scenes.data, endings.counted(-1, "1")),
    **list_scenarios(
        "data",
        scenes.data,
        endings.filtered("Region = North", lambda row: "North" in row),
        endings.sorted_by(scenes.QUESTION),
    ),
    "data.filters": Scenario(scenes.data, endings.on_hold_only),
    "data.jump": Scenario(scenes.data, endings.jumped),
    "data.download": Scenario(table_place.with_photos, table_place.downloaded),
    "data.columns": Scenario(scenes.data, endings.on("columns")),
    "columns.open": Scenario(table_place.columns, table_place.in_column),
    "columns.mark": Scenario(table_place.columns, table_place.shows(-1)),
    "columns.mark_range": Scenario(table_place.columns, table_place.shows(0)),
    "columns.mark_all": Scenario(table_place.one_hidden, table_place.shows(0)),
    "columns.unmark_all": Scenario(table_place.columns, table_place.only_one),
    "columns.earlier": Scenario(table_place.columns, table_place.moved(-1)),
    "columns.later": Scenario(table_place.columns, table_place.moved(1)),
    "columns.freeze": Scenario(table_place.columns, table_place.frozen),
    "columns.groups": Scenario(table_place.columns, table_place.grouped),
    "columns.filter": Scenario(table_place.columns, table_place.narrowed),
    "columns.reset": Scenario(table_place.one_hidden, table_place.shows(0)),
    "data.language": Scenario(scenes.data, endings.in_french),
    "data.names": Scenario(scenes.data, endings.named),
    "data.export": Scenario(scenes.data, exports_place.made),
    "data.report": Scenario(scenes.data, links_place.reported),
    "record.edit": Scenario(scenes.record, endings.corrected),
    "record.replace": Scenario(scenes.record, endings.replaced),
    "record.text": Scenario(scenes.record, endings.no_editor),
    "record.validate": Scenario(scenes.record, endings.validated),
    "record.next": Scenario(scenes.record, endings.neighbour(1)),
    "record.previous": Scenario(scenes.second_record, endings.neighbour(-1)),
    "record.files": Scenario(scenes.record, endings.on("files")),
    "record.web": Scenario(scenes.record, table_place.link),
    "record.download": Scenario(table_place.record, table_place.downloaded),
    "files.open": Scenario(table_place.files, table_place.photo),
    "files.download": Scenario(table_place.files, table_place.downloaded),
    "record.duplicate": Scenario(scenes.record, endings.counted(1)),
    "record.delete": Scenario(scenes.record, endings.counted(-1, "1")),
    "record.language": Scenario(scenes.record, endings.in_french),
    "record.names": Scenario(scenes.record, endings.named),
    **place_scenarios("sharing"),
    "sharing.toggle": Scenario(scenes.sharing, endings.toggled),
    "sharing.role": Scenario(scenes.sharing, endings.role_given),
    "sharing.rule": Scenario(scenes.sharing, endings.rule_given),
    "sharing.add": Scenario(scenes.sharing, endings.user_added),
    "sharing.remove": Scenario(scenes.sharing, endings.user_removed),
    "sharing.reset": Scenario(scenes.pending, endings.reset),
    "sharing.review": Scenario(scenes.pending, endings.shared),
    **place_scenarios("exports"),
    "data.bring_in": Scenario(scenes.data, bring_in_place.template_written),
    "summary.bring_in": Scenario(scenes.at("summary"), bring_in_place.mistakes_then_records, own="deployed"),
    "bring_in.review": Scenario(bring_in_place.some_there, bring_in_place.reviewed, own="deployed"),
    "exports.open": Scenario(exports_place.exported, exports_place.fetched),
    "exports.new": Scenario(exports_place.there, exports_place.made),
    "exports.remove": Scenario(exports_place.exported, exports_place.deleted),
    "exports.links": Scenario(exports_place.there, endings.on("links")),
    "links.open": Scenario(links_place.there, links_place.text_shown),
    "links.new": Scenario(links_place.there, links_place.created, own="deployed"),
    "links.edit": Scenario(links_place.there, links_place.edited, own="deployed"),
    "links.test": Scenario(links_place.there, links_place.tested),
    "links.old_links": Scenario(links_place.there, links_place.found),
    "links.remove": Scenario(links_place.there, links_place.deleted, own="deployed"),
    "old_links.open": Scenario(links_place.dead, endings.on("summary"), own="deployed"),
    "report.open": Scenario(links_place.report, links_place.all_answers),
    "report.filter": Scenario(links_place.report, links_place.narrowed),
    "report.language": Scenario(links_place.report, links_place.in_french),
    "access.review": Scenario(access_place.pending, access_place.reviewed, own="deployed"),
    "access.role": Scenario(access_place.matrix, access_place.role_given, own="deployed"),
    "access.rule": Scenario(access_place.two_marked, access_place.rule_given),
    "access.grant": Scenario(access_place.matrix, access_place.granted, own="deployed"),
    "access.revoke": Scenario(access_place.pending, access_place.revoked, own="deployed"),
    "access.remove": Scenario(access_place.pending, access_place.removed, own="deployed"),
    "access.add_user": Scenario(access_place.matrix, access_place.user_added, own="deployed"),
    "access.copy_rights": Scenario(access_place.matrix, access_place.rights_copied),
    "access.replace_user": Scenario(access_place.matrix, access_place.replaced),
    "access.remove_user": Scenario(access_place.matrix, access_place.removed_everywhere),
    "access.copy_team": Scenario(access_place.two_marked, access_place.team_copied),
    "access.repair": Scenario(access_place.matrix, access_place.repaired, own="deployed"),
    "access.file": Scenario(access_place.matrix, access_place.written_and_read_back, own="deployed"),
    "access.audit": Scenario(access_place.matrix, endings.on("audit")),
    "audit.open": Scenario(access_place.audited, endings.on("sharing")),
    "audit.save": Scenario(access_place.audited, access_place.findings_saved),
    "everywhere.history": Scenario(scenes.at("summary"), endings.on("history")),
    "everywhere.access_log": Scenario(scenes.at("summary"), endings.on("access-log")),
    "audit.history": Scenario(access_place.audited, log_place.of_the_shown),
    "audit.access_log": Scenario(access_place.audited, endings.on("access-log")),
    "access.next_account": Scenario(access_place.filtered_by_user, access_place.next_account),
    "access.history": Scenario(access_place.matrix, log_place.of_the_shown),
    "access.access_log": Scenario(access_place.matrix, endings.on("access-log")),
    "accounts.access_log": Scenario(scenes.accounts, endings.on("access-log")),
    **{name: Scenario(there, then, own="draft") for name, (there, then) in log_place.LOGS.items()},
    **{name: Scenario(there, then) for name, (there, then) in rule_place.SCENES.items()},
    **{name: Scenario(there, then) for name, (there, then) in same_place.SCENES.items()},
    **place_scenarios("activity"),
    "activity.filter": Scenario(activity_place.renamed, activity_place.filtered, own="deployed"),
    "activity.narrow": Scenario(activity_place.renamed, activity_place.narrowed, own="deployed"),
    "activity.save": Scenario(activity_place.renamed, activity_place.saved, own="deployed"),
    "access.reset": Scenario(access_place.pending, access_place.dropped, own="deployed"),
    "access.pivot": Scenario(access_place.matrix, access_place.pivoted),
    "access.filter": Scenario(access_place.matrix, access_place.filtered),
    "access.mark": Scenario(access_place.matrix, access_place.picked(1)),
    "access.mark_range": Scenario(access_place.matrix, access_place.block_picked),
    "access.mark_all": Scenario(access_place.matrix, access_place.some_picked),
    "access.mark_column": Scenario(access_place.matrix, access_place.some_picked),
    "access.unmark_all": Scenario(access_place.two_marked, access_place.picked(0)),
    "deployments.open": Scenario(scenes.listed("deployments"), endings.on("summary")),
    "deployments.deploy": Scenario(scenes.listed("deployments"), endings.deployed, own="draft"),
    "deployments.archive": Scenario(scenes.listed("deployments"), endings.status("archived"), own="deployed"),
    "deployments.unarchive": Scenario(scenes.listed("deployments"), endings.status("deployed"), own="archived"),
    **list_scenarios(
        "deployments",
        scenes.listed("deployments"),
        endings.filtered("water", lambda row: "Water" in row),
        endings.sorted_by("name"),
    ),
    "review.apply": Scenario(scenes.review, endings.applied, own="deployed"),
    "review.drop": Scenario(scenes.review, endings.dropped, own="deployed"),
    "review.warnings": Scenario(scenes.review, endings.only_warnings, own="deployed"),
    "review.write": Scenario(scenes.review, endings.plan_written, own="deployed"),
    "review.pivot": Scenario(scenes.review, endings.by_user, own="deployed"),
    "jobs.open": Scenario(scenes.job, endings.on("outcomes"), own="deployed"),
    **job_scenarios("jobs"),
    "outcomes.open": Scenario(scenes.inside(scenes.archived_by_job), endings.window(MessageBox), own="deployed"),
    "outcomes.pivot": Scenario(scenes.inside(scenes.archived_by_job), endings.only_open, own="deployed"),
    **job_scenarios("outcomes"),
}
