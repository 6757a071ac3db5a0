"""What may be written after ``kobotui``. Nothing is imported here that ``--version`` does not need."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kobotui import __version__, locale
from kobotui.cli import data_arguments
from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command and its options, ``command`` None for the console. Help, version and mistakes end the program."""
    locale.choose(_language(argv))  # before the help is written in it
    if not argv:  # the console: making all the parsers takes longer than reading its accounts
        return argparse.Namespace(command=None, account=None, read_only=False, lang=None)
    arguments = _parser().parse_args(argv)
    if arguments.command == "demo" and arguments.credentials and not arguments.serve:
        _parser().error(_("--credentials goes with --serve"))
    return arguments


def _language(argv: Sequence[str]) -> str | None:
    for place, word in enumerate(argv):
        if word == "--lang" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None


def _parser() -> argparse.ArgumentParser:
    common = _common(argparse.SUPPRESS)
    parser = argparse.ArgumentParser(
        prog="kobotui",
        description=_("The console for administrators of KoboToolbox projects."),
        epilog=_exit_codes(),
        parents=[_common(None)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kobotui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"), title=_("commands"))

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text, epilog=_exit_codes(), parents=[common], allow_abbrev=False
        )

    _demo(command("demo", _("the console on an embedded demo server; nothing leaves this machine")))
    command("open", _("the console, opened on a project")).add_argument(
        "project", metavar=_("URL"), help=_("the project's address in the browser, its UID or its name")
    )
    _login(command("login", _("log in to a server and save the account")))
    command("logout", _("forget an account and its key on this machine")).add_argument("name", metavar=_("ACCOUNT"))
    _json(command("accounts", _("the saved accounts, and where each key is kept")))
    _json(command("doctor", _("what would get in the way: terminal, files, keys, servers, clock")))
    projects = command("projects", _("the projects"))
    projects.add_argument("--query", metavar="Q", help=_("KoboToolbox's search: _deployment_status:draft"))
    _formats(projects)
    users = command("users", _("who may do what: one line for each user on each project"))
    users.add_argument("project", nargs="?", metavar=_("PROJECT"), help=_("a UID or address; without it all projects"))
    _formats(users)
    _access(command("access", _("who may do what: out to a file, back as changes, compared, audited")), common)
    submissions = command("submissions", _("the submissions of a project"))
    submissions.add_argument("project", metavar=_("PROJECT"), help=_("a UID or address"))
    data_arguments.matching(submissions)
    _formats(submissions)
    data_arguments.commands(command)
    bring_in = command("import", _("records from a table: new ones, and corrections of an edited export"))
    data_arguments.bring_in(bring_in)
    _apply(bring_in)
    _history(command("history", _("who did what on projects, newest first")))
    log = command("access-log", _("when and from where this account was used"))
    _since(log)
    _formats(log)
    new = command("new", _("a new project from an XLSForm"))
    new.add_argument("form", metavar=_("FORM"), help=_("a path, an address, or - for standard input"))
    new.add_argument("--name", metavar=_("NAME"), help=_("what to call it; else as the file"))
    _apply(new)
    replace = command("replace", _("another form for a project; what is live stays until a redeploy"))
    replace.add_argument("project", metavar=_("PROJECT"), help=_("a UID or address"))
    replace.add_argument("form", metavar=_("FORM"), help=_("a path, an address, or - for standard input"))
    _apply(replace)
    plan = command("plan", _("what is in a plan file"))
    show = plan.add_subparsers(dest="action", metavar="show", required=True).add_parser(
        "show", help=_("show it as the review does"), parents=[common], allow_abbrev=False
    )
    show.add_argument("file", metavar=_("FILE"))
    _json(show)
    apply = command("apply", _("apply the plan in a file"))
    apply.add_argument("file", metavar=_("FILE"), help=_("written by the review screen, or by hand"))
    _apply(apply)
    resume = command("resume", _("go on with a job that was cut off"))
    resume.add_argument(
        "job", nargs="?", type=_count, metavar=_("NUMBER"), help=_("without it the only unfinished one")
    )
    _work(resume)
    undo = command("undo", _("take a job back"))
    undo.add_argument("job", type=_count, metavar=_("NUMBER"), help=_("as the journal lists it"))
    undo.add_argument("--write", metavar=_("FILE"), help=_("write the inverse plan into a file instead"))
    _apply(undo)
    retry = command("retry", _("apply again what failed in a job"))
    retry.add_argument("job", type=_count, metavar=_("NUMBER"), help=_("as the journal lists it"))
    _apply(retry)
    journal = command("journal", _("the jobs, or one of them change by change"))
    journal.add_argument("job", nargs="?", type=_count, metavar=_("NUMBER"))
    journal.add_argument("--stop", action="store_true", help=_("ask the kobotui that works on it to stop"))
    _formats(journal)
    return parser


def _access(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar=_("COMMAND"), required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name, help=text, description=text, epilog=_exit_codes(), parents=[common], allow_abbrev=False
        )

    export = command("export", _("a line for each user on each project, a column for each right"))
    export.add_argument("file", nargs="?", metavar=_("FILE"), help=_("CSV or XLSX; without it standard output"))
    export.add_argument("--query", metavar="Q", help=_("KoboToolbox's search: _deployment_status:draft"))
    _filter(export)
    _json(export)
    for name, text in (("plan", _("what a file asks for")), ("apply", _("do what a file asks for"))):
        changes = command(name, text)
        changes.add_argument("file", metavar=_("FILE"), help=_("CSV or XLSX, as export writes it"))
        changes.add_argument(
            "--remove-missing", action="store_true", help=_("who is not in the file leaves the projects that are")
        )
        changes.add_argument(
            "--force", action="store_true", help=_("also what somebody else changed since the file was written")
        )
        if name == "apply":
            _apply(changes)
        else:
            changes.add_argument("-o", "--output", metavar=_("PLANFILE"), help=_("write it, for kobotui apply"))
            _json(changes)
    diff = command("diff", _("what has changed between two files"))
    diff.add_argument("old", metavar=_("OLD"))
    diff.add_argument("new", nargs="?", metavar=_("NEW"), help=_("without it the server of now"))
    _json(diff)
    audit = command("audit", _("what an auditor asks: public access, who can delete, who is gone, who is alone"))
    audit.add_argument("--query", metavar="Q", help=_("KoboToolbox's search: _deployment_status:draft"))
    audit.add_argument("--file", action="append", default=[], metavar=_("FILE"), help=_("users named in it, too"))
    _formats(audit)


def _filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--filter",
        metavar=_("FILTER"),
        help=_("as in the console: {example}").format(example="outside:@staff can:delete"),
    )


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", nargs="*", metavar=_("PROJECT"), help=_("UIDs or addresses; without them all projects you manage")
    )
    _since(parser)
    parser.add_argument("--until", type=_day, metavar=_("DAY"), help=_("up to the end of this day"))
    parser.add_argument(
        "--action", action="append", default=[], metavar=_("ACTION"), help=_("like deploy; several times")
    )
    parser.add_argument("--user", metavar=_("NAME"), help=_("what one user did"))
    parser.add_argument("--rights", action="store_true", help=_("only who changed whose rights"))
    _formats(parser)


def _since(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=_day, metavar=_("DAY"), help=_("from this day on: 2026-11-01"))


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(_("{text} is not a day like 2026-11-01").format(text=text)) from None


def _exit_codes() -> str:
    return _(
        "Exit codes: 0 all done, 1 failed or some failed, 2 used wrongly or read only, 3 not logged in, 4 conflicts, "
        "5 in doubt or incomplete, 128 + n after signal n."
    )


def _common(default: str | None) -> argparse.ArgumentParser:
    """Options that may stand before or after the command; after it they must not reset what stood before."""
    common = argparse.ArgumentParser(add_help=False, argument_default=default)
    common.add_argument("--account", metavar=_("NAME"), help=_("the account to work with; else the one used last"))
    common.add_argument(
        "--read-only", action="store_true", default=default or False, help=_("refuse every change in this run")
    )
    common.add_argument("--lang", metavar="LANG", choices=locale.LANGUAGES, help=_("en or fr; else that of the locale"))
    return common


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_const", const="json", dest="format", help=_("as JSON"))


def _formats(parser: argparse.ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    _json(formats)  # type: ignore[arg-type]  # a group takes options as a parser does
    formats.add_argument("--csv", action="store_const", const="csv", dest="format", help=_("as CSV"))


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help=_("do not ask; needed where there is no terminal"))
    parser.add_argument(
        "--expect", type=_count, metavar="N", help=_("how many things it destroys; another number refuses it")
    )
    parser.add_argument("--dry-run", action="store_true", help=_("only ask the server what would become of it"))
    _work(parser)


def _work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=_concurrency, metavar="N", help=_("how many steps side by side (4)"))
    _json(parser)


def _concurrency(text: str) -> int:
    if not 1 <= _count(text) <= 16:
        raise argparse.ArgumentTypeError(_("{text} is not a number from 1 to 16").format(text=text))
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError(_("{text} is not a number").format(text=text))
    return int(text)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--projects", type=_count, default=100, metavar="N", help=_("how many projects (100)"))
    parser.add_argument("--submissions", type=_count, metavar="N", help=_("how many on the biggest project (3,000)"))
    parser.add_argument("--seed", type=_count, metavar="N", help=_("the same keys and data each time"))
    parser.add_argument(
        "--faults", default="", metavar="FAULTS", help=_("a bad line: latency=300ms,429=0.1,502=0.05,drop=0.02")
    )
    parser.add_argument("--serve", type=_address, metavar="HOST:PORT", help=_("only the server, for other clients"))
    parser.add_argument("--credentials", metavar=_("FILE"), help=_("with --serve: write users and keys to this file"))


def _address(text: str) -> tuple[str, int]:
    host, _colon, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(_("{text} is not like 127.0.0.1:8000").format(text=text))
    return host.strip("[]") or "127.0.0.1", int(port)


def _login(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help=_("global, eu, or the address of another server"))
    parser.add_argument("--name", metavar=_("NAME"), help=_("what to call the account"))
    parser.add_argument("--username", metavar=_("NAME"), help=_("log in with this user name and a password"))
    parser.add_argument("--token-stdin", action="store_true", help=_("read the API key from standard input"))
    parser.add_argument("--store", choices=("keyring", "file"), help=_("where to keep the key"))
    parser.add_argument("--read-write", action="store_true", help=_("let this account make changes; not asked then"))
    parser.add_argument("--production", action="store_true", help=_("changes ask for a typed number"))
    parser.add_argument("--ca-file", default="", metavar=_("FILE"), help=_("a certificate authority to trust as well"))
    parser.add_argument(
        "--allow-http", action="store_true", help=_("send the key without encryption; a closed network")
    )
    parser.add_argument("--accept-host", metavar="URL", help=_("the host for new records to accept without asking"))
