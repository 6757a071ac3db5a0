"""Plan files: what is written comes back, what is no plan is refused with a sentence."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kobotui.changes.access import SetAccess
from kobotui.changes.apply import Application
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import Deploy, SetActive
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.forms import FormSource, GoBack, ReplaceForm
from kobotui.changes.journal import Journal, JournalError
from kobotui.changes.kinds import AnyChange
from kobotui.changes.local_files import LocalFile
from kobotui.changes.named_exports import CreateNamedExport, DeleteNamedExport, EditNamedExport, NamedState
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.plan import Plan
from kobotui.changes.planfile import FORMAT, PlanFileError, dump, load, read, write
from kobotui.changes.projects import DeleteProject, EditProject
from kobotui.changes.public import RepairPublic
from kobotui.changes.resubmissions import ResubmitRecord
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.model.access import Rights, rules_of
from tests.changes.nearby import account_of

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
some = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
where: dict[str, Any] = {"project": some, "project_name": text}
record: dict[str, Any] = {**where, "record": st.integers(1, 2**53), "root_uuid": text}
xml = st.builds("<a><kid><n>{}</n></kid><q>{}</q></a>".format, st.integers(), st.integers())
answers = st.dictionaries(some, st.none() | text, min_size=1, max_size=3)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
).filter(lambda value: value != {"null": True})
fields = st.fixed_dictionaries({"name": text, "sector": json, "country": json})
rights = st.builds(
    Rights,
    st.frozensets(st.sampled_from(["view_asset", "add_submissions", "manage_asset"])),
    st.just(()) | st.dictionaries(some, text, max_size=2).map(lambda query: rules_of({"view_submissions": [query]})),
)
source = st.builds(FormSource, filename=text, content=st.binary(max_size=40), url=text)
named = st.builds(NamedState, text, st.dictionaries(text, json, max_size=3))
file = st.builds(LocalFile, text, text, text, text)
count = st.none() | st.integers(0, 10**6)

changes: st.SearchStrategy[AnyChange] = st.one_of(
    st.builds(EditProject, **where, before=fields, after=fields),
    st.builds(CloneProject, **where, name=text),
    st.builds(CreateProject, project=st.just(""), project_name=text, source=source),
    st.builds(ReplaceForm, **where, source=source, version=text),
    st.builds(GoBack, **where, before=text, version=text, redeploy=st.booleans()),
    st.builds(DeleteProject, **where, submissions=count),
    st.builds(
        Deploy,
        **where,
        version=text,
        live=st.none() | text,
        active=st.booleans(),
        differs=st.booleans(),
        missing=st.lists(text, max_size=2).map(tuple),
        submissions=count,
    ),
    st.builds(SetActive, **where, before=st.booleans(), after=st.booleans()),
    st.builds(SetAccess, **where, username=some, owner=text, before=rights, after=rights),
    st.builds(RepairPublic, **where, before=rights),
    st.builds(EditAnswers, **record, uuid=text, before=answers, after=answers),
    st.builds(
        ResubmitRecord,
        **record,
        uuid=text,
        before=xml,
        after=xml,
        repeats=st.lists(st.sampled_from(["kid", "g/kid"]), max_size=2).map(tuple),
    ),
    st.builds(SetValidation, **record, before=st.none() | text, stamp=count, after=st.none() | text),
    st.builds(DuplicateSubmission, **record),
    st.builds(DeleteSubmission, **record, uuid=text, sent=text, by=text, keep=st.booleans()),
    st.builds(
        SubmitRecord,
        **where,
        root_uuid=text,
        xml=text,
        xml_file=st.none() | file,
        files=st.lists(file, max_size=2).map(tuple),
        validation=st.none() | text,
        label=text,
        restores=st.integers(0, 2**53),
        sent=text,
        by=text,
    ),
    st.builds(CreateNamedExport, **where, after=named),
    st.builds(EditNamedExport, **where, uid=text, before=named, after=named),
    st.builds(DeleteNamedExport, **where, uid=text, before=named),
)
plans = st.builds(
    Plan,
    title=text,
    account=text,
    server=text,
    changes=st.lists(changes, min_size=1, max_size=4).map(tuple),
    warnings=st.lists(text, max_size=2).map(tuple),
)


def as_meant(change: AnyChange) -> AnyChange:
    """A change as a file says it: an unanswered answer is empty there."""
    if isinstance(change, EditAnswers):
        before, after = ({path: value or "" for path, value in d.items()} for d in (change.before, change.after))
        return structs.replace(change, before=before, after=after)
    return change


@settings(max_examples=300, deadline=None, derandomize=True)
@given(plan=plans)
def test_what_is_written_comes_back(plan: Plan) -> None:
    assert load(dump(plan)) == structs.replace(plan, changes=tuple(map(as_meant, plan.changes)))


def test_every_kind_is_among_them() -> None:
    """A new kind without a strategy fails here."""
    from typing import get_args

    assert len(changes.branches) == len(get_args(AnyChange))  # type: ignore[attr-defined]


PLAN = Plan(
    title="Archive",
    account="field office",
    server="https://kf.example.org",
    changes=(SetActive(project="aX", project_name="Wells", before=True, after=False),),
)


def test_the_file_names_everything(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    write(PLAN, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(file) == PLAN
    assert tomllib.loads(file.read_text()) == {
        "kobotui": FORMAT,
        "title": "Archive",
        "account": "field office",
        "server": "https://kf.example.org",
        "warnings": [],
        "change": [{"kind": "set-active", "project": "aX", "project_name": "Wells", "before": True, "after": False}],
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("this is [not TOML", "is not a plan of kobotui: "),
        ("", "is not a plan of kobotui: .*kobotui"),
        ('kobotui = "1"', "is not a plan of kobotui: "),
        (dump(PLAN).replace("set-active", "set-on-fire"), r"is not a plan of kobotui: .*set-on-fire.*change\[0\]"),
        (dump(PLAN).replace("before = true", 'before = "yes"'), r"is not a plan of kobotui: .*change\[0\].before"),
        (dump(PLAN).replace("before = true, ", ""), "is not a plan of kobotui: .*before"),
        (dump(PLAN) + "\nunheard_of = 1\n", "is not a plan of kobotui: "),
        (dump(PLAN).partition("change = [")[0] + "change = []", "holds no change"),
        (dump(PLAN).replace("kobotui = 1", "kobotui = 2") + "\nunheard_of = 1\n", "was written by a newer kobotui"),
        ("x = " + "[" * 5000, "is not a plan of kobotui: "),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with pytest.raises(PlanFileError, match=why) as refused:
        read(file)
    assert str(refused.value).startswith(str(file))


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="cannot be read"):
        read(tmp_path / "none.toml")
    with pytest.raises(PlanFileError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanFileError, match="is not UTF-8 text"):
        read(tmp_path / "binary.toml")


def test_a_plan_for_another_server_is_refused_before_anything_is_written_down(journal: Journal) -> None:
    with pytest.raises(JournalError, match=r"a job on https://kf.example.org; the account near is on http://127.0.0.1"):
        Application.begin(PLAN, account_of("admin"), journal, lambda _at, _outcomes: None)
    assert journal.jobs() == []
