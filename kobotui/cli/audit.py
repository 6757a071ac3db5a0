"""``kobotui access audit``: the reports of an audit over all projects, and what this account could not see."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.accounts import connect
from kobotui.cli.access import completeness
from kobotui.cli.output import REFUSED, complain, write_csv, write_json
from kobotui.columns.audit import finding_line, report_title
from kobotui.columns.matrix import blind_lines, matrix_line
from kobotui.exports import access_file
from kobotui.locale import _
from kobotui.model.access import PUBLIC
from kobotui.model.access_table import parse
from kobotui.model.audit import HEADING, Report, names_to_check
from kobotui.model.audit import audit as find
from kobotui.model.names import expanded
from kobotui.model.roles import roles
from kobotui.model.text import shown

if TYPE_CHECKING:
    import argparse

    from kobotui.settings import Settings


async def audit(arguments: argparse.Namespace, settings: Settings) -> int:
    """All reports; the exit code tells when something was hidden."""
    named = {f"@{name}": expanded(names, settings.groups) for name, names in settings.groups.items()}
    problems: list[str] = []
    for file in arguments.file:
        table = parse(access_file.read(Path(file)))
        problems += [f"{file}: {problem}" for problem in table.problems]
        users = expanded((line.user for line in table.lines), settings.groups)
        named[Path(file).name] = tuple(user for user in users if user != PUBLIC)
    if problems:
        for problem in problems:
            complain(problem)
        return REFUSED
    async with connect(arguments.account) as kobo:
        matrix = await kobo.matrix(arguments.query)
        gone = await kobo.users.unknown(names_to_check(matrix, named))
    findings = find(matrix, roles(settings.roles), named, gone)
    unseen = blind_lines(matrix)
    if arguments.format == "json":
        reports = {report: [one.values() for one in findings if one.report is report] for report in Report}
        write_json({**reports, "unseen": unseen})
    elif arguments.format == "csv":
        write_csv(HEADING, (tuple(one.values().values()) for one in findings))
    else:
        sys.stdout.write(f"{matrix_line(matrix.view())}\n")
        for report, group in groupby(findings, lambda one: one.report):
            lines = [finding_line(one) for one in group]
            sys.stdout.write(f"\n{report_title(report)}: {len(lines)}\n")
            sys.stdout.writelines(f"  {shown(line)}\n" for line in lines)
        sys.stdout.write("\n" + _("Not seen:") + "\n")
        sys.stdout.writelines(f"  {line}\n" for line in unseen)
    return completeness(matrix)
