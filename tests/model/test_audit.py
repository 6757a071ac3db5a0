from __future__ import annotations

from hypothesis import given, settings

from kobotui.columns.audit import finding_line, report_title
from kobotui.model import access
from kobotui.model.access import PUBLIC
from kobotui.model.audit import Finding, Report, audit, names_to_check
from kobotui.model.matrix import Matrix
from kobotui.model.roles import roles
from kobotui.model.text import shown
from tests.model.matrices import ENTRY, MANAGER, VIEWER, matrices, matrix, project, ruled

SEEN = matrix(
    project("a1", {"ana": VIEWER, "ben": MANAGER, PUBLIC: VIEWER}),
    project("a2", {"ana": ruled(delete="_submitted_by in (ben, u99)")}),
    project("a3", {"admin": VIEWER}, "zoe"),
    project(
        "a4", {"ana": access.grant(access.grant(ENTRY, "view_submissions"), "change_asset")}, owner_label="Field Ops"
    ),
)
NAMED = {"@goma": ("ana", "dave", "u98"), "old.csv": ("dave",)}


def found(report: Report) -> list[tuple[str, str]]:
    """Project and user of the findings of one report."""
    return [(one.uid, one.user) for one in audit(SEEN, roles(), NAMED, {"u98", "u99"}) if one.report is report]


def test_reports() -> None:
    assert found(Report.PUBLIC) == [("a1", PUBLIC)]
    assert found(Report.DELETE) == [
        ("a1", "admin"), ("a1", "ben"), ("a2", "admin"), ("a2", "ana"), ("a3", "zoe"), ("a4", "admin"),
    ]  # fmt: skip
    assert found(Report.MANAGE) == [("a1", "admin"), ("a1", "ben"), ("a2", "admin"), ("a3", "zoe"), ("a4", "admin")]
    assert found(Report.GONE) == [("a2", "u99"), ("", "u98")]
    assert found(Report.ALONE) == [("a2", "admin")]  # a3 is seen in part, and a4 is an organization's
    assert found(Report.IDLE) == [("", "dave"), ("", "dave")]
    assert found(Report.ODD) == [("a2", "ana"), ("a4", "ana")]


def test_odd_rights_are_told_by_the_role_they_are_nearest_to() -> None:
    odd = {one.uid: one for one in audit(SEEN, roles(), {}, ()) if one.report is Report.ODD}
    assert (odd["a4"].where, odd["a4"].rights) == ("Viewer", ())
    assert odd["a4"].more == ("change_asset", "add_submissions")
    assert finding_line(odd["a4"]) == "ana, Project a4: Viewer, with Edit form, Add submissions"
    assert odd["a2"].some
    assert audit(matrix(project("a1", {"ana": VIEWER})), {}, {}, ())[-1].where == ""


def test_names_that_only_rules_and_lists_know_have_to_be_asked_for() -> None:
    assert names_to_check(SEEN, NAMED) == ["dave", "u98", "u99"]
    assert names_to_check(SEEN, {}) == ["u99"]


def test_findings_in_words() -> None:
    lines = [finding_line(one) for one in audit(SEEN, roles(), NAMED, {"u98", "u99"})]
    for line in (
        "Project a1: Anyone can view this form; Anyone can view submissions made to this form",
        "admin, Project a1 (owner)",
        "ana, Project a2 (some records)",
        "u99, in a row rule of ana on Project a2",
        "u98, named in @goma",
        "Project a2: only admin",
        "dave, named in old.csv",
    ):
        assert line in lines


@settings(max_examples=200)
@given(matrices())
def test_any_matrix_has_an_audit_in_clean_words(seen: Matrix) -> None:
    findings = audit(seen, roles(), NAMED, {"ana"})
    assert [one.report for one in findings] == sorted((one.report for one in findings), key=list(Report).index)
    for one in findings:
        assert report_title(one.report)
        assert shown(finding_line(one)) == finding_line(one) != ""
    assert {one.uid for one in findings if one.report is Report.PUBLIC} == {
        uid for uid, item in seen.projects.items() if item.team.public
    }


def test_hostile_text_is_cleaned() -> None:
    nasty = "x\x1b]52;c;y\x07\u202e"
    for report in Report:
        line = finding_line(Finding(report, nasty, nasty, nasty, (nasty,), (nasty,), nasty))
        assert shown(line) == line
