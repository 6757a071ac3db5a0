"""The audit in words: what each report is about, and its findings a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.words import public_label, right_label, user_label
from kobotui.locale import N_, _
from kobotui.model.audit import Finding, Report
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_TITLES = {
    Report.PUBLIC: N_("Open to everybody"),
    Report.DELETE: N_("Can delete submissions"),
    Report.MANAGE: N_("Can manage"),
    Report.GONE: N_("Named, but not on the server"),
    Report.ALONE: N_("Managed by one person alone"),
    Report.IDLE: N_("On no project"),
    Report.ODD: N_("Rights that are no role"),
}


def report_title(report: Report) -> str:
    """What a report is about."""
    return _(_TITLES[report])


def finding_line(finding: Finding) -> str:
    """A finding on one line, in clean text."""
    names = {"user": user_label(finding.user), "project": shown(finding.project) or finding.uid}
    where = shown(finding.where)
    match finding.report:
        case Report.PUBLIC:
            return f"{names['project']}: {'; '.join(map(public_label, finding.rights))}"
        case Report.GONE if finding.uid:
            return _("{user}, in a row rule of {other} on {project}").format(other=where, **names)
        case Report.GONE | Report.IDLE:
            return _("{user}, named in {where}").format(where=where, **names)
        case Report.ALONE:
            return _("{project}: only {user}").format(**names)
        case Report.ODD:
            return f"{names['user']}, {names['project']}: {_difference(finding)}"
        case _:
            how = _("owner") if finding.owner else _("some records") if finding.some else ""
            return f"{names['user']}, {names['project']}" + f" ({how})" * bool(how)


def _difference(finding: Finding) -> str:
    """``Viewer without View submissions, and Add submissions; row rule``."""
    parts = [shown(finding.where) or _("no role")]
    if finding.rights:
        parts.append(_("without {rights}").format(rights=_names(finding.rights)))
    if finding.more:
        parts.append(_("with {rights}").format(rights=_names(finding.more)))
    if finding.some:
        parts.append(_("with a row rule"))
    return ", ".join(parts)


def _names(codenames: Iterable[str]) -> str:
    return ", ".join(map(right_label, codenames))
