"""What may be written after the commands that take data out: export, backup, attachments, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def matching(parser: argparse.ArgumentParser) -> None:
    """``--query``: which records."""
    examples = """region = North and sent in last 7 days; {"_submitted_by": "amina"}"""
    parser.add_argument(
        "--query",
        metavar=_("FILTER"),
        help=_("only those that match, as in DATA or in the server's own words: {examples}").format(examples=examples),
    )


def commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The commands, each made by ``command`` of its name and what it is for."""
    _export(command("export", _("the submissions of projects into files, made here or by the server")))
    backup = command("backup", _("projects with form, team, media, records and files; again: only what changed"))
    backup.add_argument("project", nargs="+", metavar=_("PROJECT"), help=_("a UID or address"))
    _into_folder(backup)
    attachments = command("attachments", _("the files of submissions, none twice"))
    attachments.add_argument("project", nargs="+", metavar=_("PROJECT"), help=_("a UID or address"))
    matching(attachments)
    _question(attachments)
    _into_folder(attachments)
    _links(command("links", _("links to the data of a project, texts for other programs, links that are dead")))


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", nargs="+", metavar=_("PROJECT"), help=_("a UID or address; several go into a folder")
    )
    parser.add_argument(
        "--format",
        choices=("csv", "jsonl", "json", "xlsx", "geojson", "server-csv", "server-xlsx", "spss", "kml"),
        default="csv",
        help=_("made here: csv, jsonl, json, xlsx, geojson; by the server: server-csv, server-xlsx, spss, kml"),
    )
    matching(parser)
    parser.add_argument(
        "--since", metavar=_("DATE"), help=_("only those sent since; last: add to the file what is new (csv, jsonl)")
    )
    words = parser.add_mutually_exclusive_group()
    words.add_argument(
        "--labels", nargs="?", const="", metavar="LANG", help=_("labels in place of names, in a language")
    )
    words.add_argument("--names", action="store_const", const=None, dest="labels", help=_("names, as without --labels"))
    parser.add_argument(
        "--multiple",
        choices=("one", "several", "both"),
        default="both",
        help=_("columns of a select-multiple question"),
    )
    parser.add_argument("--groups", action="store_true", help=_("headings begin with the groups"))
    _question(parser)
    parser.add_argument("--media", action="store_true", help=_("columns with the addresses of files"))
    parser.add_argument("--separator", choices=(";", ",", "tab"), default=";", help=_("between the cells of CSV"))
    parser.add_argument("-o", "--output", metavar=_("PATH"), help=_("the file; a folder for several projects"))
    parser.add_argument("--resume", action="store_true", help=_("go on with what a cut left beside the file"))
    _result(parser)


def _question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--question", action="append", metavar=_("PATH"), help=_("only this question; may be repeated"))


def _into_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar=_("FOLDER"), help=_("where the projects' folders lie; else here"))
    _result(parser)


def _result(parser: argparse.ArgumentParser) -> None:
    """The result of what writes files: ``--format`` is theirs."""
    parser.add_argument(
        "--json", action="store_const", const="json", dest="output_format", help=_("the result as JSON")
    )


def _links(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", nargs="+", metavar=_("PROJECT"), help=_("a UID or address"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--for",
        dest="program",
        choices=("powerbi", "excel", "sheets", "curl", "python", "r"),
        help=_("the text to paste into this program; where the key goes it has a placeholder"),
    )
    what.add_argument("--test", action="store_true", help=_("read a link as its consumer would: how long, how much"))
    what.add_argument(
        "--check", action="store_true", help=_("links to the removed version 1; exit code 1 when there are any")
    )
    parser.add_argument("--export", metavar=_("NAME"), help=_("the named export"))
    parser.add_argument("--kind", choices=("csv", "xlsx", "json"), default="csv", help=_("of the link (csv)"))
    parser.add_argument("--json", action="store_const", const="json", dest="format", help=_("as JSON"))


def bring_in(parser: argparse.ArgumentParser) -> None:
    """Records from a table; what applying a plan takes is added to it."""
    parser.add_argument("project", metavar=_("PROJECT"), help=_("a UID or address"))
    parser.add_argument("file", nargs="?", metavar=_("FILE"), help=_("CSV or XLSX: new records, or an export edited"))
    parser.add_argument("--template", metavar=_("FILE"), help=_("write an empty table of the form instead: XLSX, CSV"))
    parser.add_argument("--labels", metavar="LANG", help=_("with --template: headings are labels in a language"))
    parser.add_argument("--attachments", metavar=_("FOLDER"), help=_("where the files lie that answers name"))
    parser.add_argument("--skip-unknown", action="store_true", help=_("leave out columns that are no questions"))
    parser.add_argument(
        "--deleted",
        choices=("again", "leave"),
        help=_("rows that were there and were deleted since: bring them in again, or leave them"),
    )
