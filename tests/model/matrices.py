"""List items with teams, for tests of what is made of a matrix."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from kobotui.model.access import (
    ASSIGNABLE,
    PARTIAL,
    PUBLIC,
    PUBLIC_CODENAMES,
    Assignment,
    PartialPermission,
    Rights,
    ordered,
    permission_path,
    rules_of,
    settled,
    user_path,
)
from kobotui.model.matrix import Matrix
from kobotui.model.project import Project
from kobotui.model.rowrule import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "https://kf.example.org"
DAY = datetime(2026, 1, 1, tzinfo=UTC)
USERS = ("ana", "mariana", "ana2", "ben", "carol", "u01")
VIEWER = settled(Rights(frozenset({"view_submissions"})))
ENTRY = settled(Rights(frozenset({"view_asset", "add_submissions"})))
MANAGER = settled(Rights(frozenset({"manage_asset"})))


def ruled(**texts: str) -> Rights:
    """Rights by row rules alone: ``ruled(view="region = north")``."""
    return settled(Rights(rules=rules_of({f"{verb}_submissions": parse(text) for verb, text in texts.items()})))


def rows(team: Mapping[str, Rights], uid: str = "a1") -> list[Assignment]:
    """The rows that give users these rights, in the server's order."""
    return [
        Assignment(
            f"{HOST}/api/v2/assets/{uid}/permission-assignments/p{user}{codename}/",
            HOST + user_path(user),
            HOST + permission_path(codename),
            partial_permissions=[
                PartialPermission(HOST + permission_path(rule.codename), rule.values()) for rule in held.rules
            ]
            if codename == PARTIAL
            else [],
        )
        for user, held in sorted(team.items())
        for codename in sorted(held.held)
    ]


def project(uid: str, team: Mapping[str, Rights], owner: str = "admin", name: str = "", **more: Any) -> Project:
    """A list item with this team; the owner's rows are added."""
    owns = Rights(ASSIGNABLE[more.get("asset_type", "survey")] - {PARTIAL})
    fields = {"asset_type": "survey", "deployment_status": "deployed", "owner_label": owner} | more
    return Project(
        uid=uid,
        name=name or f"Project {uid}",
        owner=owner,
        date_created=DAY,
        date_modified=DAY,
        has_deployment=fields["deployment_status"] != "draft",
        permissions=rows({owner: owns, **team}, uid),
        **fields,
    )


def matrix(*projects: Project, caller: str = "admin", **more: Any) -> Matrix:
    """What ``caller`` sees of them."""
    return Matrix.of(projects, caller, **more)


FILTERS = st.sampled_from(
    [
        {"region": "north"},
        {"_submitted_by": "ana"},
        {"_submitted_by": {"$in": ["ana", "mariana"]}},
        {"a/b": "1", "c": {"$gt": "2"}},
        {"$or": [{"x; y": "é,\n\u202e"}, {"z": None}]},
    ]
)
RULES = st.dictionaries(
    st.sampled_from(["view_submissions", "change_submissions", "validate_submissions", "delete_submissions"]),
    st.lists(FILTERS, min_size=1, max_size=3),
    max_size=3,
)


@st.composite
def rights(draw: st.DrawFn, asset_type: str = "survey") -> Rights:
    """Rights that a server can hold, nothing included."""
    allowed = ordered(ASSIGNABLE[asset_type] - {PARTIAL})
    full = frozenset(draw(st.lists(st.sampled_from(allowed), unique=True))) if allowed else frozenset()
    rules = rules_of(draw(RULES)) if asset_type == "survey" else ()
    return settled(Rights(full, rules), asset_type)


def public_rights() -> st.SearchStrategy[Rights]:
    """What a server lets everybody hold on a project."""
    allowed = sorted(PUBLIC_CODENAMES - {"discover_asset"})
    return st.frozensets(st.sampled_from(allowed)).map(lambda full: settled(Rights(full)))


@st.composite
def matrices(draw: st.DrawFn, caller: str = "admin") -> Matrix:
    """A few projects with teams, some of others and seen in part."""
    projects = []
    for number in range(draw(st.integers(0, 4))):
        owner = draw(st.sampled_from([caller, caller, "ben", "zoe"]))
        team = draw(st.dictionaries(st.sampled_from(USERS), rights(), max_size=4))
        team = {user: held for user, held in team.items() if held and user != owner}
        if draw(st.booleans()):
            team[PUBLIC] = draw(public_rights())
        projects.append(project(f"a{number}", {user: held for user, held in team.items() if held}, owner))
    return Matrix.of(projects, caller)
