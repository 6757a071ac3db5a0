"""Plans without a screen: what is asked, what reaches the server, and exit codes that tell how it ended."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from kobotui import paths
from kobotui.__main__ import main
from kobotui.accounts import Accounts
from kobotui.changes import planfile
from kobotui.changes.journal import opened
from kobotui.changes.journal_versions import VERSION
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import DONE
from kobotui.changes.plan import Plan
from kobotui.secrets import forget_token
from tests.commands import Run, runner
from tests.plans import ON_HOLD, deletion, owned, records, rename, validation, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.changes.kinds import AnyChange
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset


ELSEWHERE = "https://kf.example.org"


@pytest.fixture
def run(demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(demo, capsys)


@pytest.fixture
def asset(demo: DemoServer) -> Asset:
    return owned(demo)[0]


@pytest.fixture
def plan(demo: DemoServer, tmp_path: Path) -> Callable[..., str]:
    """``plan(*changes)``: a file on the demo."""
    return lambda *changes, **more: written(tmp_path / "plan.toml", demo.url, *changes, **more)


def jobs() -> int:
    """How many jobs the journal has."""
    if not paths.journal_file().exists():
        return 0
    with opened(paths.journal_file()) as journal:
        return len(journal.jobs())


def cut_off(demo: DemoServer, *changes: AnyChange, done: int = 0, server: str = "") -> int:
    """A job of the journal that an earlier run began."""
    plan = Plan(title="Cut off", account="admin", server=server or demo.url, changes=changes)
    with opened(paths.journal_file()) as journal:
        job = journal.begin(plan, [[place] for place in range(len(changes))])
        journal.settled(job, range(done), [DONE] * done)
    return job


# What is asked


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A terminal at which somebody answers."""

    def give(*answers: str) -> None:
        left = list(answers)

        def ask(prompt: str = "") -> str:
            assert prompt == "", "the question would stand on standard output"
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr("builtins.input", ask)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr(type(__import__("sys").stderr), "isatty", lambda _self: True)

    return give


def test_all_done_is_0_and_only_data_on_standard_output(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    code, out, err = run("apply", plan(rename(asset, "Monday's")), "--yes", "--json")
    assert (code, err) == (0, "")
    assert asset.name == "Monday's"
    (found,) = json.loads(out)
    assert found["state"] == "done"
    assert (found["project"], found["kind"], found["after"]) == (asset.uid, "edit-project", "Monday's")
    assert found["job"] == 1
    assert found["started"] <= found["ended"]


def test_without_a_terminal_somebody_must_have_said_yes(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    name = asset.name
    code, out, err = run("apply", plan(rename(asset, "X")))
    assert (code, out) == (2, "")
    assert "--yes" in err
    assert (asset.name, jobs()) == (name, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--expect 2"),
        (["--yes"], "--expect 2"),
        (["--expect", "2"], "--yes"),
        (["--yes", "--expect", "1"], "This destroys 2 things, and --expect says 1."),
        (["--yes", "--expect", "3"], "This destroys 2 things, and --expect says 3."),
    ],
)
def test_what_destroys_is_expected_in_numbers(
    run: Run, asset: Asset, plan: Callable[..., str], options: list[str], said: str
) -> None:
    gone = [record["_id"] for record in records(asset, 2)]
    file = plan(*(deletion(asset, record) for record in records(asset, 2)), rename(asset, "Less"))
    code, out, err = run("apply", file, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert {record["_id"] for record in records(asset, 2)} == set(gone)
    assert jobs() == 0
    code, _out, _err = run("apply", file, "--yes", "--expect", "2")
    assert code == 0
    assert not {record["_id"] for record in records(asset, 100)} & set(gone)


def test_a_number_for_a_plan_that_destroys_nothing_refuses_it(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    file = plan(rename(asset, "Kept"))
    assert run("apply", file, "--yes", "--expect", "1")[0] == 2
    assert run("apply", file, "--yes", "--expect", "0")[0] == 0


@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("n", 2), ("", 2), (None, 2)])
def test_on_a_terminal_the_plan_is_shown_and_asked_about(
    run: Run, asset: Asset, plan: Callable[..., str], answer: Callable[..., None], typed: str | None, code: int
) -> None:
    before = asset.name
    answer(*[] if typed is None else [typed])
    found, out, err = run("apply", plan(rename(asset, "Agreed")))
    assert found == code
    assert f"{before} -> Agreed" in err
    assert "Undo gives back: 1 exactly" in err
    assert "Apply this? [y/N]" in err
    assert asset.name == (before if code else "Agreed")
    assert bool(out) is not bool(code)


@pytest.mark.parametrize(("typed", "code"), [("1", 0), ("y", 2), ("2", 2)])
@pytest.mark.parametrize("yes", [[], ["--yes"]])
def test_on_a_terminal_what_destroys_must_be_typed_in_numbers(
    run: Run,
    asset: Asset,
    plan: Callable[..., str],
    answer: Callable[..., None],
    typed: str,
    code: int,
    yes: list[str],
) -> None:
    (record,) = records(asset, 1)
    answer(typed)
    found, _out, err = run("apply", plan(deletion(asset, record)), *yes)
    assert found == code
    assert "This destroys 1. Type 1 to go on: " in err
    assert (records(asset, 1) == [record]) is bool(code)


@pytest.mark.parametrize(("typed", "code"), [("1", 0), ("y", 2)])
def test_a_production_account_asks_for_the_number_of_changes(
    run: Run, asset: Asset, plan: Callable[..., str], answer: Callable[..., None], typed: str, code: int
) -> None:
    accounts = Accounts.load()
    accounts.update(structs.replace(accounts.get("admin"), production=True))
    answer(typed)
    found, _out, err = run("apply", plan(rename(asset, "Agreed")))
    assert found == code
    assert "Type 1 for 1 change on" in err
    assert run("apply", plan(rename(asset, "Scripted")), "--yes")[0] == 0


# Who and where


@pytest.mark.parametrize("options", [["--read-only"], []])
def test_a_read_only_account_is_refused_before_anything_is_written(
    run: Run, asset: Asset, plan: Callable[..., str], options: list[str]
) -> None:
    if not options:
        accounts = Accounts.load()
        accounts.update(structs.replace(accounts.get("admin"), read_only=True))
    name = asset.name
    code, out, err = run("apply", plan(rename(asset, "X")), "--yes", *options)
    assert (code, out) == (2, "")
    assert "read-only" in err
    assert (asset.name, jobs()) == (name, 0)
    assert run("apply", plan(rename(asset, "X")), "--dry-run", *options)[0] == 0


def test_another_server_is_refused(run: Run, asset: Asset, tmp_path: Path) -> None:
    file = written(tmp_path / "plan.toml", ELSEWHERE, rename(asset, "X"))
    for options in ([], ["--account", "admin"], ["--dry-run"]):
        code, out, err = run("apply", file, "--yes", *options)
        assert (code, out) == (2, "")
        assert f"meant for {ELSEWHERE}" in err
    assert jobs() == 0


def test_the_servers_address_may_be_written_in_another_way(
    run: Run, demo: DemoServer, asset: Asset, tmp_path: Path
) -> None:
    file = written(tmp_path / "plan.toml", demo.url.replace("http", "HTTP") + "/", rename(asset, "Same"))
    assert run("apply", file, "--yes")[0] == 0
    assert asset.name == "Same"


def test_the_account_is_found_by_name_else_by_server_and_may_be_another_one(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]
) -> None:
    assert run("apply", plan(rename(asset, "By name")), "--yes")[0] == 0
    code, _out, err = run("apply", plan(rename(asset, "Whose?"), account="boss"), "--yes")
    assert code == 1
    assert "Several accounts" in err
    assert run("apply", plan(rename(asset, "Asked for"), account="boss"), "--yes", "--account", "admin")[0] == 0
    for account in list(Accounts.load()):
        if account.name != "admin":
            Accounts.load().remove(account.name)
    code, _out, err = run("apply", plan(rename(asset, "The only one"), account="boss"), "--yes")
    assert code == 0
    assert "account boss is not saved here; admin is used" in err
    assert asset.name == "The only one"


def test_the_environment_is_an_account(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in list(Accounts.load()):
        Accounts.load().remove(account.name)
    file = plan(rename(asset, "From cron"), account="field")
    assert run("apply", file, "--yes")[0] == 2
    monkeypatch.setenv("KOBOTUI_SERVER", demo.url)
    monkeypatch.setenv("KOBOTUI_TOKEN", demo.accounts[0].token)
    assert run("apply", file, "--yes")[0] == 0
    assert asset.name == "From cron"


def test_no_key_and_a_refused_one_are_3(run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]) -> None:
    file = plan(rename(asset, "X"))
    demo.state.users["admin"].token = "another"
    code, out, err = run("apply", file, "--yes", "--json")
    assert code == 3
    assert [change["state"] for change in json.loads(out)] == ["waiting"]
    assert "kobotui resume 1" in err
    assert run("apply", file, "--dry-run")[0] == 3
    forget_token(Accounts.load().get("admin"))
    assert run("apply", file, "--yes")[0] == 3
    assert jobs() == 1, "without a key nothing is begun"


# How it ended


def test_some_failed_is_1_and_what_failed_is_tried_again_alone(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]
) -> None:
    other = owned(demo)[1]
    demo.faults.once(400, f"/assets/{asset.uid}/", method="PATCH")
    code, out, err = run("apply", plan(rename(asset, "Second try"), rename(other, "First try")), "--yes", "--json")
    assert code == 1
    failed, done = json.loads(out)
    assert (failed["state"], done["state"]) == ("failed", "done")
    assert failed["reason"]
    assert "Job 1: 1 done, 1 failed." in err
    assert "kobotui retry 1" in err
    assert run("retry", "1")[0] == 2, "it asks like any other plan"
    code, out, _err = run("retry", "1", "--yes", "--json")
    assert code == 0
    assert [change["project"] for change in json.loads(out)] == [asset.uid]
    assert (asset.name, other.name) == ("Second try", "First try")
    code, out, err = run("retry", "2", "--yes")
    assert (code, out) == (0, "")
    assert "Nothing of this job failed." in err


def test_a_conflict_is_4(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    name = asset.name
    code, out, _err = run("apply", plan(rename(asset, "X", before="Something else")), "--yes", "--json")
    assert code == 4
    (found,) = json.loads(out)
    assert found["state"] == "conflict"
    assert name in found["reason"]
    assert asset.name == name


def test_what_failed_counts_more_than_a_conflict(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    gone = structs.replace(rename(asset, "X"), project="aXXXXXXXXXXXXXXXXXXXXXX")
    assert run("apply", plan(rename(asset, "X", before="Something else"), gone), "--yes")[0] == 1


def test_a_line_that_is_gone_is_5_and_can_be_gone_on_with(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]
) -> None:
    name = asset.name
    demo.faults.once(502, f"/assets/{asset.uid}/", count=1000)
    code, out, err = run("apply", plan(rename(asset, "Later")), "--yes", "--json")
    assert code == 5
    assert [change["state"] for change in json.loads(out)] == ["waiting"]
    assert "Go on with: kobotui resume 1" in err
    assert asset.name == name
    demo.faults.shots.clear()
    assert run("resume")[0] == 0
    assert asset.name == "Later"


def test_what_nobody_can_tell_is_5_and_settled_by_going_on(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]
) -> None:
    demo.faults.once(method="PATCH", path=f"/assets/{asset.uid}/", drop=True, after=True)
    demo.faults.once(502, f"/assets/{asset.uid}/", count=1000, skip=1)
    code, out, err = run("apply", plan(rename(asset, "Perhaps")), "--yes", "--json")
    assert code == 5
    assert [change["state"] for change in json.loads(out)] == ["doubt"]
    assert "1 in doubt" in err
    assert "kobotui resume 1" in err
    demo.faults.shots.clear()
    modified = asset.date_modified
    assert run("resume", "1")[0] == 0
    assert (asset.name, asset.date_modified) == ("Perhaps", modified), "it was done, and is not done twice"


def test_results_are_a_table_for_people(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    _code, out, _err = run("apply", plan(rename(asset, "Table"), title="T\x1b[2J"), "--yes")
    heading, row = out.splitlines()
    assert heading.split() == ["State", "Project", "Change", "Reason"]
    assert row.startswith("done ")
    assert "\x1b" not in out


# Looking ahead


def test_a_dry_run_says_what_would_be_and_sends_nothing(
    run: Run, demo: DemoServer, asset: Asset, plan: Callable[..., str]
) -> None:
    first, second, third = records(asset, 3)
    asset.records.validate([second["_id"]], {"uid": ON_HOLD, "timestamp": 1})  # type: ignore[union-attr]
    asset.records.remove([third["_id"]])  # type: ignore[union-attr]
    other = owned(demo)[1]
    gone = structs.replace(rename(asset, "X"), project="aXXXXXXXXXXXXXXXXXXXXXX")
    file = plan(
        *(validation(asset, record) for record in (first, second, third)),
        rename(asset, "One"),
        rename(asset, "Two", before="One"),
        rename(other, "Three", before="Something else"),
        gone,
    )
    before = [(a.name, a.date_modified) for a in (asset, other)]
    code, out, err = run("apply", file, "--dry-run", "--json")
    assert code == 1
    found = json.loads(out)
    assert [(change["state"], bool(change["reason"])) for change in found] == [
        ("waiting", False),
        ("conflict", True),
        ("conflict", True),
        ("waiting", False),
        ("waiting", True),
        ("conflict", True),
        ("failed", True),
    ]
    assert "nothing is left to do" in found[1]["reason"]
    assert "is gone" in found[2]["reason"]
    assert "earlier change" in found[4]["reason"]
    assert other.name in found[5]["reason"]
    assert "Of 7 changes 3 would be made." in err
    assert [(a.name, a.date_modified) for a in (asset, other)] == before
    assert records(asset, 1)[0]["_validation_status"] == first["_validation_status"]
    assert jobs() == 0


def test_the_exit_code_of_a_dry_run_is_that_of_the_plan(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    assert run("apply", plan(rename(asset, "X")), "--dry-run")[0] == 0
    assert run("apply", plan(rename(asset, "X", before="Something else")), "--dry-run")[0] == 4
    assert run("apply", plan(rename(asset, "X"), rename(asset, "Y", before="X")), "--yes")[0] == 0
    assert asset.name == "Y"


# Undo


def test_undo_gives_back_what_was_there(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    name = asset.name
    run("apply", plan(rename(asset, "X")), "--yes")
    assert run("undo", "1", "--dry-run")[0] == 0
    assert asset.name == "X"
    assert run("undo", "1")[0] == 2
    code, out, _err = run("undo", "1", "--yes", "--json")
    assert code == 0
    assert json.loads(out)[0]["after"] == name
    assert asset.name == name
    _code, out, _err = run("journal", "--json")
    assert [(job["undoes"], job["taken_back"]) for job in json.loads(out)] == [(1, False), (None, True)]


def test_the_inverse_is_written_into_a_file_that_is_not_there_yet(
    run: Run, asset: Asset, plan: Callable[..., str], tmp_path: Path
) -> None:
    name = asset.name
    run("apply", plan(rename(asset, "X")), "--yes")
    file = tmp_path / "undo.toml"
    code, out, err = run("undo", "1", "--write", file)
    assert (code, out) == (0, "")
    assert str(file) in err
    assert asset.name == "X"
    assert planfile.read(file).title == "Undo: Monday"
    code, _out, err = run("undo", "1", "--write", file)
    assert code == 2
    assert "is there already" in err
    assert run("apply", file, "--yes")[0] == 0
    assert asset.name == name


def test_what_cannot_be_taken_back_is_said(run: Run, asset: Asset, plan: Callable[..., str]) -> None:
    run("apply", plan(deletion(asset, records(asset, 1)[0])), "--yes", "--expect", "1")
    code, out, err = run("undo", "1", "--yes")
    assert (code, out) == (1, "")
    assert "Not taken back" in err
    name = asset.name
    run("apply", plan(rename(asset, "X"), deletion(asset, records(asset, 1)[0])), "--yes", "--expect", "1")
    code, _out, err = run("undo", "2", "--yes")
    assert code == 0
    assert "Not taken back" in err
    assert asset.name == name


# Going on


def test_resume_takes_the_only_unfinished_job(run: Run, demo: DemoServer, asset: Asset) -> None:
    code, out, err = run("resume")
    assert (code, out) == (0, "")
    assert "No job is waiting" in err
    job = cut_off(demo, rename(asset, "Done before"), rename(asset, "Gone on"), done=1)
    with opened(paths.journal_file()) as journal:
        journal.ended(job)  # stopped by somebody
        assert "kobotui resume 1 goes on" in run("resume")[2]
        journal.reopened(job)
    code, out, _err = run("resume", "--json")
    assert code == 0
    assert [change["state"] for change in json.loads(out)] == ["done", "done"]
    assert asset.name == "Gone on"
    code, _out, err = run("resume", "1")
    assert code == 0
    assert "Nothing of this job is open." in err


def test_of_several_unfinished_jobs_one_must_be_named(run: Run, demo: DemoServer, asset: Asset) -> None:
    first, second = owned(demo)[:2]
    cut_off(demo, rename(first, "One"))
    cut_off(demo, rename(second, "Two"))
    code, out, err = run("resume")
    assert code == 2
    assert len(out.splitlines()) == 3
    assert "2 jobs" in err
    assert run("resume", "2")[0] == 0
    assert (first.name == "One", second.name == "Two") == (False, True)
    assert run("resume")[0] == 0
    assert first.name == "One"


def test_a_job_that_runs_elsewhere_is_never_gone_on_with(run: Run, demo: DemoServer, asset: Asset) -> None:
    job = cut_off(demo, rename(asset, "Not twice"))
    with opened(paths.journal_file()) as journal:
        lock = JobLock(journal.path, journal.job(job).mark)
    with lock:
        assert lock.take()
        for words in (["resume"], ["resume", "1"], ["undo", "1", "--yes"], ["retry", "1", "--yes"]):
            code, out, err = run(*words)
            assert code == (0 if words == ["resume"] else 2)
            assert "running elsewhere" in out or "kobotui journal 1 --stop" in err
    assert run("resume")[0] == 0


def test_a_read_only_account_goes_on_with_nothing(run: Run, demo: DemoServer, asset: Asset) -> None:
    cut_off(demo, rename(asset, "X"))
    assert run("resume", "--read-only")[0] == 2
    assert asset.name != "X"


def test_a_job_on_another_server_is_refused(run: Run, demo: DemoServer, asset: Asset) -> None:
    cut_off(demo, rename(asset, "X"), server=ELSEWHERE)
    for words in (["resume"], ["resume", "1", "--account", "admin"]):
        code, _out, err = run(*words)
        assert code == 2
        assert ELSEWHERE in err


@pytest.mark.parametrize("command", ["resume", "undo", "retry", "journal"])
def test_a_job_nobody_knows(run: Run, command: str) -> None:
    code, out, err = run(command, "999999999999999999")
    assert (code, out) == (2, "")
    assert "has no job" in err


@pytest.mark.parametrize("words", [["resume"], ["undo", "1"], ["retry", "1"], ["journal"], ["apply"]])
def test_a_journal_of_a_newer_version_is_left_alone(
    run: Run, asset: Asset, plan: Callable[..., str], words: list[str]
) -> None:
    run("apply", plan(rename(asset, "X")), "--yes")
    db = sqlite3.connect(paths.journal_file())
    db.execute(f"PRAGMA user_version={VERSION + 1}")
    db.close()
    code, out, err = run(*words, *([plan(rename(asset, "Y")), "--yes"] if words == ["apply"] else []))
    assert (code, out) == (1, "")
    assert "newer kobotui" in err
    assert asset.name == "X"


@pytest.mark.parametrize(
    "words",
    [["undo"], ["resume", "x"], ["apply"], ["plan"], ["apply", "f", "--concurrency", "0"], ["journal", "1" * 19]],
)
def test_used_wrongly_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert capsys.readouterr().out == ""


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["apply", "--help"]):
        with pytest.raises(SystemExit):
            main(words)
        said = " ".join(capsys.readouterr().out.split())
        assert "0 all done, 1 failed or some failed, 2 used wrongly or read only, 3 not logged in, 4 conflicts" in said
        assert "5 in doubt or incomplete, 128 + n after signal n" in said
