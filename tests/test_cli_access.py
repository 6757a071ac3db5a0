"""Who may do what without a screen: out to files, back as changes on the server, compared and audited."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from kobotui import paths
from kobotui.changes import planfile
from kobotui.model.access import NOTHING, PUBLIC, Rights
from kobotui.model.access_table import HEADING, RIGHTS
from tests.changes.nearby import team_of
from tests.commands import Run, runner
from tests.model.matrices import MANAGER, VIEWER, ruled

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset

    Rows = list[dict[str, str]]


@pytest.fixture
def run(demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(demo, capsys)


def listed(demo: DemoServer, user: str = "admin") -> dict[str, Asset]:
    """The projects that somebody sees by a right of their own."""
    return {
        uid: asset
        for uid, asset in demo.state.assets.items()
        if asset.asset_type == "survey" and any((r.username, r.codename) == (user, "view_asset") for r in asset.rows)
    }


def owned(demo: DemoServer, members: int = 4) -> Asset:
    """A project of the administrator's with a team."""
    return next(a for a in listed(demo).values() if a.owner == "admin" and len({r.username for r in a.rows}) > members)


def member(asset: Asset, *others: str) -> str:
    return next(user for user in team_of(asset) if user not in (PUBLIC, *others))


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if not row["uid"].startswith("#")]


def save(path: Path, lines: Rows, separator: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADING, delimiter=separator, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def line_of(lines: Rows, asset: Asset, user: str) -> dict[str, str]:
    return next(line for line in lines if (line["uid"], line["user"]) == (asset.uid, user))


@pytest.fixture
def exported(run: Run, tmp_path: Path) -> Path:
    """What export wrote."""
    path = tmp_path / "access.csv"
    run("access", "export", path)
    return path


# ------------------------------------------------------------------ export
def test_export_has_a_line_for_everybody_on_every_project_that_is_seen(run: Run, demo: DemoServer) -> None:
    code, out, err = run("access", "export")
    found = list(csv.DictReader(io.StringIO(out)))
    assert tuple(found[0]) == HEADING
    mine = listed(demo)
    whole = {uid for uid, asset in mine.items() if asset.owner == "admin" or "manage_asset" in held(asset, "admin")}
    expected = {
        (uid, row.username)
        for uid, asset in mine.items()
        for row in asset.rows
        if uid in whole or row.username in ("admin", asset.owner, PUBLIC)
    }
    assert {(row["uid"], row["user"]) for row in found} == expected
    assert {row["uid"] for row in found if row["seen"] == "all"} == whole
    assert code == (0 if whole == set(mine) else 5)
    assert ("only a part of" in err) is (whole != set(mine))
    for row in found:
        has = held(mine[row["uid"]], row["user"])
        assert {name for name in RIGHTS if row[name] in ("x", "i")} == has - {"partial_submissions"}
        assert bool(row["row_rules"]) is ("partial_submissions" in has)


def held(asset: Asset, user: str) -> set[str]:
    return {row.codename for row in asset.rows if row.username == user}


def test_export_as_json_tells_the_same(run: Run, demo: DemoServer) -> None:
    asset = owned(demo)
    code, out, _err = run("access", "export", "--json", "--filter", asset.uid)
    found = {item["username"]: item for item in json.loads(out)}
    assert code == 5  # others' projects are seen in part, whatever is shown of them
    assert set(found) == {row.username for row in asset.rows}
    assert found["admin"]["owner"] is True
    assert set(found["admin"]["rights"]) == held(asset, "admin")


@pytest.mark.parametrize("name", ["access.csv", "access.xlsx"])
def test_files_say_where_they_come_from_and_how_complete_they_are(
    run: Run, demo: DemoServer, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    _code, out, err = run("access", "export", path)
    assert (out, "Written: " in err) == ("", True)
    if name.endswith("csv"):
        remarks = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.startswith(("#", '"#'))]
    else:
        remarks = [str(row[0].value) for row in load_workbook(path)["about"].iter_rows()]
    text = "\n".join(remarks)
    assert "seen in part" in text
    assert demo.url in text
    assert "Superusers of the server" in text


def test_a_filter_narrows_and_a_wrong_one_is_used_wrongly(run: Run, demo: DemoServer) -> None:
    _code, out, _err = run("access", "export", "--filter", "role:owner owner:admin")
    found = list(csv.DictReader(io.StringIO(out)))
    assert {row["user"] for row in found} == {"admin"}
    assert len(found) == sum(asset.owner == "admin" for asset in listed(demo).values())
    assert {row["seen"] for row in found} <= {"some", "all"}
    code, out, err = run("access", "export", "--filter", "usr:ana")
    assert (code, out) == (2, "")
    assert "At character 1: there is no filter usr:" in err


# ------------------------------------------------------------------ back again
@pytest.mark.parametrize("name", ["access.csv", "access.xlsx"])
def test_a_file_nobody_edited_changes_nothing(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    run("access", "export", path)
    code, out, err = run("access", "plan", path)
    assert (code, out) == (0, "")
    assert "Nothing to change" in err
    code, out, _err = run("access", "plan", path, "--json", "--remove-missing")
    assert (code, json.loads(out)["changes"]) == (0, [])


def edited(exported: Path, demo: DemoServer, separator: str = ",") -> tuple[Asset, dict[str, Rights]]:
    """The file with some edits, and what they lead to."""
    asset = owned(demo)
    lines = rows(exported)
    first, second = (user for user in list(team_of(asset))[:2])
    for name in RIGHTS:
        line_of(lines, asset, first)[name] = ""
    line_of(lines, asset, first)["row_rules"] = ""
    line_of(lines, asset, second)["role"] = "Manager"
    lines.append({"uid": asset.uid, "user": "root", "row_rules": "region = north"})
    save(exported, lines, separator)
    return asset, {first: NOTHING, second: MANAGER, "root": ruled(view="region = north")}


@pytest.mark.parametrize("separator", [",", ";"])
def test_edits_become_a_plan_that_is_applied_and_taken_back(
    run: Run, demo: DemoServer, exported: Path, tmp_path: Path, separator: str
) -> None:
    asset, wanted = edited(exported, demo, separator)
    before = team_of(asset)
    plan = tmp_path / "plan.toml"
    code, out, err = run("access", "plan", exported, "-o", plan)
    assert (code, "Written: " in err) == (0, True)
    assert "loses all access" in out
    assert {change.username: change.after for change in planfile.read(plan).changes} == wanted
    assert team_of(asset) == before
    assert run("access", "plan", exported, "-o", plan)[0] == 2  # it is there already
    code, _out, err = run("apply", plan, "--yes")
    assert (code, err) == (0, "")
    assert team_of(asset) == {user: rights for user, rights in (before | wanted).items() if rights}
    assert run("undo", 1, "--yes")[0] == 0
    assert team_of(asset) == before


def test_apply_does_it_at_once_and_a_second_time_nothing(run: Run, demo: DemoServer, exported: Path) -> None:
    asset, wanted = edited(exported, demo)
    before = team_of(asset)
    code, _out, err = run("access", "apply", exported)
    assert code == 2
    assert "--yes" in err
    code, out, _err = run("access", "apply", exported, "--dry-run", "--json")
    assert code == 0
    assert {entry["state"] for entry in json.loads(out)} == {"waiting"}
    assert team_of(asset) == before
    code, out, _err = run("access", "apply", exported, "--yes", "--json")
    assert code == 0
    assert {entry["state"] for entry in json.loads(out)} == {"done"}
    assert team_of(asset) == {user: rights for user, rights in (before | wanted).items() if rights}
    code, out, err = run("access", "apply", exported, "--yes")
    assert (code, out) == (0, ""), err
    assert "Nothing to change" in err
    assert run("access", "apply", exported, "--yes", "--read-only")[0] == 0  # nothing to refuse


def test_a_read_only_account_writes_nothing(run: Run, demo: DemoServer, exported: Path) -> None:
    asset, _wanted = edited(exported, demo)
    before = team_of(asset)
    code, _out, err = run("access", "apply", exported, "--yes", "--read-only")
    assert code == 2
    assert "read-only" in err
    assert team_of(asset) == before
    assert not paths.journal_file().exists()


def test_a_line_that_cannot_be_understood_keeps_all_of_it_back(run: Run, demo: DemoServer, exported: Path) -> None:
    asset, _wanted = edited(exported, demo)
    lines = [
        *rows(exported),
        {"uid": asset.uid, "user": "Ben", "role": "Viewer"},
        {"uid": "aX", "user": "ben", "role": "?"},
    ]
    save(exported, lines)
    before = team_of(asset)
    for command in ("plan", "apply"):
        code, _out, err = run("access", command, exported, *(["--yes"] if command == "apply" else []))
        assert code == 2
        assert f"line {len(lines)}: User not found: Ben. Names are case-sensitive. Do you mean ben?" in err
        assert f"line {len(lines) + 1}: this account sees no project aX" in err
    assert team_of(asset) == before
    code, out, _err = run("access", "plan", exported, "--json")
    assert [problem["line"] for problem in json.loads(out)["problems"]] == [len(lines), len(lines) + 1]


def test_what_cannot_be_done_is_said_and_the_rest_is_done(run: Run, demo: DemoServer, exported: Path) -> None:
    asset = owned(demo)
    seen = next(a for a in listed(demo).values() if a.owner != "admin" and "manage_asset" not in held(a, "admin"))
    lines = [
        {"uid": asset.uid, "user": "dana", "role": "Viewer"},
        {"uid": asset.uid, "user": "admin", "role": "Viewer"},
        {"uid": seen.uid, "user": "dana", "role": "Viewer"},
    ]
    code, _out, err = run("access", "apply", save(exported, lines), "--yes")
    assert code == 1
    assert "admin owns this project" in err
    assert "You do not manage this project" in err
    assert team_of(asset)["dana"] == VIEWER
    assert "dana" not in team_of(seen)


def test_what_somebody_else_changed_since_is_a_conflict(run: Run, demo: DemoServer, exported: Path) -> None:
    asset = owned(demo)
    user = member(asset)
    lines = rows(exported)
    line_of(lines, asset, user)["role"] = "Manager"
    save(exported, lines)
    asset.rows = [row for row in asset.rows if row.username != user]
    code, _out, err = run("access", "apply", exported, "--yes")
    assert code == 4
    assert "somebody else has changed this" in err
    assert user not in team_of(asset)
    code, _out, _err = run("access", "apply", exported, "--yes", "--force")
    assert code == 0
    assert team_of(asset)[user] == MANAGER


def test_lines_that_are_gone_remove_nobody_unless_that_is_asked(run: Run, demo: DemoServer, exported: Path) -> None:
    asset = owned(demo)
    user = member(asset)
    lines = [line for line in rows(exported) if (line["uid"], line["user"]) != (asset.uid, user)]
    save(exported, lines)
    before = team_of(asset)
    assert run("access", "apply", exported, "--yes")[0] == 0
    assert team_of(asset) == before
    assert run("access", "apply", exported, "--yes", "--remove-missing")[0] == 0
    assert team_of(asset) == {name: rights for name, rights in before.items() if name != user}


def test_groups_and_roles_of_the_settings_file(run: Run, demo: DemoServer, exported: Path) -> None:
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text('[groups]\nnew = ["dana", "root"]\n[roles]\nhelper = ["add_submissions"]\n')
    asset = owned(demo)
    lines = [{"uid": "", "project": "", "user": ""}, {"uid": asset.uid, "user": "new", "role": "Helper"}]
    assert run("access", "apply", save(exported, lines), "--yes")[0] == 0
    helper = Rights(frozenset({"add_submissions"}))
    assert (team_of(asset)["dana"], team_of(asset)["root"]) == (helper, helper)


@pytest.mark.parametrize("text", ["", "uid;user\na1;ana\n", "not a table"])
def test_files_that_are_no_tables(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text, encoding="utf-8")
    for words in (("plan", path), ("apply", path, "--yes"), ("diff", path, path), ("audit", "--file", path)):
        code, out, err = run("access", *words)
        assert (code, out.startswith("Traceback")) == (2, False), words
        assert "missing" in err or "empty" in err
    assert run("access", "plan", tmp_path / "nowhere.csv")[0] == 2


# ------------------------------------------------------------------ one month against another
def test_differences_between_two_files_and_with_the_server(
    run: Run, demo: DemoServer, exported: Path, tmp_path: Path
) -> None:
    asset, wanted = edited(exported, demo)
    edited_file = exported.rename(tmp_path / "edited.csv")
    run("access", "export", exported)
    code, out, err = run("access", "diff", exported, exported)
    assert (code, out) == (0, "")
    assert "0 differences" in err
    rows = exported.read_text(encoding="utf-8").replace(",Data entry,", ",Viewer,", 1)
    (tmp_path / "roles.csv").write_text(rows, encoding="utf-8")
    assert "1 role was edited" in run("access", "diff", exported, tmp_path / "roles.csv")[2]
    run("access", "apply", edited_file, "--yes")
    code, out, _err = run("access", "diff", exported, "--json")
    assert code == 5  # today is seen in part
    found = {item["username"]: item for item in json.loads(out)}
    assert set(found) == set(wanted)
    assert {item["project"] for item in found.values()} == {asset.uid}
    assert found["root"]["before"] is None
    assert found["root"]["after"]["row_rules"] == "view_submissions where region = north"
    _code, out, _err = run("access", "diff", exported)
    assert "+ root   - -> view_submissions where region = north" in out


# ------------------------------------------------------------------ audit
def test_the_audit_finds_what_there_is_and_says_what_it_could_not_see(run: Run, demo: DemoServer) -> None:
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text('[groups]\nstaff = ["ben", "nobody_here", "root"]\n')
    asset = owned(demo)
    code, out, _err = run("access", "audit", "--json")
    assert code == 5
    found: dict[str, Any] = json.loads(out)
    whole = {uid for uid, a in listed(demo).items() if a.owner == "admin" or "manage_asset" in held(a, "admin")}
    public = {uid for uid, a in listed(demo).items() if held(a, PUBLIC)}
    assert {one["project"] for one in found["public"]} == public
    deleters = {
        (uid, r.username) for uid in whole for r in listed(demo)[uid].rows if r.codename == "delete_submissions"
    }
    assert {(one["project"], one["user"]) for one in found["delete"]} >= deleters
    managers = {(uid, r.username) for uid in whole for r in listed(demo)[uid].rows if r.codename == "manage_asset"}
    assert {(o["project"], o["user"]) for o in found["manage"] if o["project"] in whole} == managers
    alone = {uid for uid in whole if sum(u == uid for u, _user in managers) == 1}
    assert {one["project"] for one in found["alone"]} == alone
    assert [(one["user"], one["where"]) for one in found["gone"]] == [("nobody_here", "@staff")]
    assert [(one["user"], one["where"]) for one in found["idle"]] == [("root", "@staff")]
    assert any("only a part" in sentence for sentence in found["unseen"])
    code, out, _err = run("access", "audit")
    assert code == 5
    assert "Open to everybody: " in out
    assert "Not seen:" in out
    _code, out, _err = run("access", "audit", "--csv")
    assert {row["report"] for row in csv.DictReader(io.StringIO(out))} >= {"public", "delete", "manage", "gone"}
    assert asset.uid in out


def test_users_of_a_file_are_audited_too(run: Run, exported: Path) -> None:
    lines = [{"uid": "a1", "user": user} for user in ("u98", "ben", PUBLIC)]
    _code, out, _err = run("access", "audit", "--json", "--file", save(exported, lines))
    assert [(one["user"], one["where"]) for one in json.loads(out)["gone"]] == [("u98", "access.csv")]
