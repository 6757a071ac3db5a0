"""People who come, go and stand in for each other, and teams that are copied: wishes over many projects at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from kobotui.changes.teams import Refused, TeamEdits, merged
from kobotui.columns.words import user_label
from kobotui.locale import _
from kobotui.model.access import NOTHING, PUBLIC
from kobotui.model.rule_users import patterns_of, users_of, with_user

if TYPE_CHECKING:
    from kobotui.model.matrix import MatrixProject


def copy_rights(
    edits: TeamEdits, source: str, target: str, uids: Iterable[str] | None = None, *, replace: bool = False
) -> list[Refused]:
    """Give ``target`` what ``source`` holds, on these projects or on all: besides what they hold, or in its place.

    A row rule that names ``source`` names both afterwards. What an owner may do is not copied.
    """
    refused: list[Refused] = []
    for project in _projects(edits, uids):
        if source == project.owner:
            text = _("{name} owns this project; ownership is not copied.").format(name=user_label(source))
            refused.append(_refused(project, target, text))
        elif not project.knows(source):
            refused.append(_hidden(project, source, target))
        elif held := edits.held(project.uid, source):
            held = with_user(held, source, target)
            both = held if replace else merged(edits.held(project.uid, target), held, project.asset_type)
            refused += edits.want(project.uid, target, both)
    return refused


def replace_user(
    edits: TeamEdits, old: str, new: str, uids: Iterable[str] | None = None, *, drop: bool = False
) -> list[Refused]:
    """Put ``new`` in the place of ``old``: their rights, and their name in the row rules of everybody.

    Past records keep their submitter, so row rules name both afterwards, or with ``drop`` the new one alone.
    """
    refused: list[Refused] = []
    for project in _projects(edits, uids):
        if old == project.owner:
            text = _("{name} owns this project: transfer it to somebody else.").format(name=user_label(old))
            refused.append(_refused(project, old, text))
        elif not project.knows(old):
            refused.append(_hidden(project, old, old))
        elif held := edits.held(project.uid, old):
            theirs = edits.held(project.uid, new)
            given = (
                edits.want(project.uid, new, merged(theirs, held, project.asset_type)) if new != project.owner else []
            )
            refused += given or edits.want(project.uid, old, NOTHING)  # nobody goes whose place could not be taken
        for user in {*project.team.rights, new} - {project.owner}:
            refused += _in_rules(edits, project, user, old, new, drop)
    return refused


def _in_rules(edits: TeamEdits, project: MatrixProject, user: str, old: str, new: str, drop: bool) -> list[Refused]:
    """One user's row rules."""
    held = edits.held(project.uid, user)
    refused = []
    if any(old in pattern for pattern in patterns_of(held.rules)):
        text = _("A pattern in the row rule may mean {name}: change it by hand.").format(name=user_label(old))
        refused.append(_refused(project, user, text))
    if old in users_of(held.rules):
        refused += edits.want(project.uid, user, with_user(held, old, new, drop=drop))
    return refused


def remove_user(edits: TeamEdits, user: str, uids: Iterable[str] | None = None) -> list[Refused]:
    """Take everything away from a user; row rules that name them stay, for the records that they sent."""
    refused: list[Refused] = []
    for project in _projects(edits, uids):
        refused += edits.want(project.uid, user, NOTHING)
    return refused


def copy_team(
    edits: TeamEdits,
    source: str,
    targets: Iterable[str],
    users: Collection[str] | None = None,
    *,
    replace: bool = False,
    public: bool = False,
) -> list[Refused]:
    """Give the team of one project, or these users of it, the same rights on others: besides those there, or instead.

    ``replace``: whoever is not among them leaves. The source's owner never comes along, and what everybody may do
    only with ``public``.
    """
    origin = edits.matrix.projects[source]
    if not origin.team.complete:
        return [_refused(origin, "", _("Only a part of this team is visible to you: it cannot be copied."))]
    team = {user: edits.held(source, user) for user in members_of(edits, origin) if users is None or user in users}
    if public:
        team[PUBLIC] = edits.held(source, PUBLIC)
    refused: list[Refused] = []
    for target in _projects(edits, targets):
        if target.uid == source:
            continue
        for user, held in team.items():
            both = held if replace else merged(edits.held(target.uid, user), held, target.asset_type)
            refused += edits.want(target.uid, user, both)
        if replace:
            for user in members_of(edits, target):
                if user not in team:
                    refused += edits.want(target.uid, user, NOTHING)
    return refused


def members_of(edits: TeamEdits, project: MatrixProject) -> list[str]:
    """Who is, or shall be, on the team, without owner and public."""
    named = [*project.team.rights, *(user for uid, user in edits.wanted if uid == project.uid)]
    others = (user for user in dict.fromkeys(named) if user not in (project.owner, PUBLIC))
    return [user for user in others if edits.held(project.uid, user)]


def _projects(edits: TeamEdits, uids: Iterable[str] | None) -> list[MatrixProject]:
    projects = edits.matrix.projects
    return list(projects.values()) if uids is None else [projects[uid] for uid in uids]


def _hidden(project: MatrixProject, user: str, whose: str) -> Refused:
    """Nothing can be made for ``whose`` of what ``user`` holds, which is not seen."""
    text = _("Whether {user} is on the team is hidden: you do not manage this project.")
    return _refused(project, whose, text.format(user=user_label(user)))


def _refused(project: MatrixProject, user: str, reason: str) -> Refused:
    return Refused(project.uid, project.name, user, reason)
