"""The access matrix: how its actions begin, and what they lead to."""

from __future__ import annotations

import csv

from kobotui.model.access import NOTHING, PUBLIC
from kobotui.widgets.picker import MultiPicker, Picker
from tests.screens.endings import write_rule
from tests.screens.scenes import Step
from tests.screens.stage import Stage


async def matrix(stage: Stage) -> None:
    """On the cell of somebody who is not the owner of the project."""
    stage.app.open_place("access")
    await stage.on("access")
    await stage.until(lambda: stage.screen.matrix.whole, "the matrix")
    stage.noted = next(user for user in stage.screen.matrix.users if user != stage.asset.owner)
    move(stage, stage.asset.uid, stage.noted)


def move(stage: Stage, uid: str, user: str) -> None:
    """Put the cursor on a cell."""
    line = stage.table.source.index_of(uid)
    assert line is not None
    stage.table.move_to(line, [column.key for column in stage.table.columns].index(user))


async def two_marked(stage: Stage) -> None:
    """With two cells of one user marked."""
    await matrix(stage)
    uids = [uid for uid, project in stage.screen.matrix.projects.items() if project.owner == stage.asset.owner]
    stage.screen._pick({(uid, stage.noted) for uid in uids[:2]})


async def pending(stage: Stage) -> None:
    """With one change that was not sent."""
    await matrix(stage)
    await stage.pilot.press("a")
    await stage.pick("manage_asset")
    await stage.until(lambda: stage.screen.edits.wanted, "the pending change")


def wanted(stage: Stage) -> frozenset[str]:
    """The rights that shall be held in the noted cell."""
    found: frozenset[str] = stage.screen.edits.held(stage.asset.uid, stage.noted).full
    return found


async def role_given(stage: Stage) -> None:
    await stage.pick("Validator")
    await stage.until(lambda: "validate_submissions" in wanted(stage), "the role")


async def rule_given(stage: Stage) -> None:
    cells = stage.screen.picked
    await write_rule(stage, "validate_submissions, view_submissions where loc/region = north")
    await stage.until(lambda: stage.screen.edits.wanted.keys() == cells, "both cells")
    for rights in stage.screen.edits.wanted.values():
        assert [rule.filters for rule in rights.rules] == [('{"loc/region":"north"}',)] * 2


async def granted(stage: Stage) -> None:
    await stage.pick("delete_submissions")
    await stage.until(lambda: "delete_submissions" in wanted(stage), "the right")


async def revoked(stage: Stage) -> None:
    await stage.pick("manage_asset")
    await stage.until(lambda: "manage_asset" not in wanted(stage), "the loss")


async def removed(stage: Stage) -> None:
    await stage.until(lambda: stage.screen.edits.held(stage.asset.uid, stage.noted) == NOTHING, "nothing")


async def user_added(stage: Stage) -> None:
    known = set(stage.screen.matrix.users)
    name = next(name for name in stage.server.state.users if name not in known and name != PUBLIC)
    await stage.answer(name)
    await stage.window(Picker)
    await stage.pick("Viewer")
    await stage.until(lambda: (stage.asset.uid, name) in stage.screen.edits.wanted, "the pending cell")


async def rights_copied(stage: Stage) -> None:
    held = stage.screen.matrix.get(stage.asset.uid, stage.noted)
    other = next(user for user in stage.screen.matrix.users if user not in (stage.noted, stage.asset.owner))
    await stage.answer(other)
    await stage.until(lambda: not stage.screen.query("Prompt"), "the end of the question")
    await stage.settled()
    assert stage.screen.edits.held(stage.asset.uid, other).full >= held.full


async def replaced(stage: Stage) -> None:
    known = set(stage.screen.matrix.users)
    name = next(name for name in stage.server.state.users if name not in known and name != PUBLIC)
    await stage.answer(name)
    await stage.until(lambda: stage.screen.edits.wanted or isinstance(stage.app.screen, Picker), "an answer")
    if isinstance(stage.app.screen, Picker):
        await stage.pick("beside")
    await stage.until(lambda: any(user == name for _uid, user in stage.screen.edits.wanted), "the new user")
    assert stage.screen.edits.held(stage.asset.uid, stage.noted) == NOTHING


async def removed_everywhere(stage: Stage) -> None:
    edits = stage.screen.edits
    owned = {uid for uid, project in edits.matrix.projects.items() if project.owner == stage.asset.owner}
    await stage.until(lambda: edits.wanted, "pending changes")
    assert all(edits.held(uid, stage.noted) == NOTHING for uid in owned)


async def team_copied(stage: Stage) -> None:
    project = stage.screen.cursor_project()
    await stage.pick("merge")
    window = await stage.window(MultiPicker)
    assert window.table.marked == set(project.team.members), "all of the team, unless somebody is left out"
    window.table.set_marked(window.table.marked - {stage.noted})
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.screen.edits.wanted, "pending changes")
    assert stage.noted not in {user for _uid, user in stage.screen.edits.wanted}


async def repaired(stage: Stage) -> None:
    await stage.accept()


async def reviewed(stage: Stage) -> None:
    await stage.accept()
    held = {row.codename for row in stage.asset.rows if row.username == stage.noted}
    assert "manage_asset" in held
    await stage.until(lambda: not stage.screen.edits.wanted, "nothing pending")


async def dropped(stage: Stage) -> None:
    assert stage.screen.edits.wanted == {}


async def pivoted(stage: Stage) -> None:
    assert stage.screen.view.by == "user"
    assert stage.screen.cursor_user() == stage.noted
    assert stage.screen.cursor_project().uid == stage.asset.uid


async def filtered(stage: Stage) -> None:
    await stage.answer("user:ben")
    await stage.until(lambda: list(stage.screen.view.users) == ["ben"], "ben alone")


async def filtered_by_user(stage: Stage) -> None:
    """Lines are users, with a filter."""
    await matrix(stage)
    await stage.pilot.press("t", "slash")
    await stage.answer("can:manage")


async def next_account(stage: Stage) -> None:
    """The other account's projects, filter and pivot as they were."""
    accounts = [account.name for account in stage.app.session.accounts]
    following = accounts[(accounts.index("admin") + 1) % len(accounts)]
    await stage.until(lambda: stage.app.session.account.name == following, "the account")
    await stage.on("access")
    await stage.until(lambda: stage.screen.matrix.whole, "the matrix")
    assert stage.screen.matrix.caller == following
    assert (stage.screen.view.by, stage.screen._typed) == ("user", "can:manage")


def picked(count: int) -> Step:
    async def then(stage: Stage) -> None:
        await stage.until(lambda: len(stage.screen.picked) == count, f"{count} marks")

    return then


async def block_picked(stage: Stage) -> None:
    await stage.pilot.press("j", "l", "V")
    assert len(stage.screen.picked) == 4


async def some_picked(stage: Stage) -> None:
    await stage.until(lambda: len(stage.screen.picked) > 1, "marks")


async def written_and_read_back(stage: Stage) -> None:
    """Out to CSV, one right more in it, and back."""
    path = stage.directory / "access.csv"
    await stage.pick("write")
    await stage.pick(".csv")
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    rows.append(dict.fromkeys(rows[0], "") | {"uid": stage.asset.uid, "user": stage.noted, "delete_submissions": "x"})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    await stage.settled()
    await stage.pilot.press("F")
    await stage.pick("read")
    await stage.answer(str(path))
    await stage.until(lambda: stage.screen.edits.wanted, "the pending change")
    assert list(stage.screen.edits.wanted) == [(stage.asset.uid, stage.noted)]
    assert "delete_submissions" in wanted(stage)


async def audited(stage: Stage) -> None:
    """On the first finding that names a project."""
    await matrix(stage)
    await stage.pilot.press("A")
    await stage.on("audit")
    await stage.until(lambda: stage.screen.findings, "findings")
    source = stage.table.source
    stage.table.move_to(next(i for i, item in enumerate(source.items) if getattr(item[1], "uid", "")))


async def findings_saved(stage: Stage) -> None:
    path = stage.directory / "audit.csv"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == len(stage.screen.findings)
    assert {row["report"] for row in rows} >= {"manage", "delete"}
