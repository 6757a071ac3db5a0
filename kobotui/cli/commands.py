"""The commands that need no screen, and what their failures are worth as exit codes."""

from __future__ import annotations

import asyncio
import io
import sys
from typing import TYPE_CHECKING

from kobotui.cli.output import FAILED, INCOMPLETE, NOT_LOGGED_IN, REFUSED, complain, silence
from kobotui.locale import _

if TYPE_CHECKING:
    import argparse

    from kobotui.api.errors import KoboError
    from kobotui.settings import Settings

_LOCAL = {
    "SecretError": NOT_LOGGED_IN,
    "Refused": REFUSED,
    "PlanFileError": REFUSED,
    "TableFileError": REFUSED,
    "WrongServer": REFUSED,
    "UnknownJob": REFUSED,
    "NotTaken": REFUSED,
    "Busy": REFUSED,
}
"""Exit codes of what is wrong on this machine, by the name of the error: not all of them are loaded."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the command; the exit code. Errors are a sentence on standard error."""
    from kobotui.api.errors import KoboError
    from kobotui.paths import LocalError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _do(arguments, settings)
        sys.stdout.flush()
    except KoboError as error:
        complain(f"{error.sentence} {error.hint}".strip())
        return _worth(error)
    except LocalError as error:
        complain(error.sentence)
        return _LOCAL.get(type(error).__name__, FAILED)
    except RecursionError:
        complain(_("The server's answer has lists in lists without end: it cannot be written."))
        return FAILED
    except BrokenPipeError:  # `kobotui projects | head`
        silence(sys.stdout)
        return FAILED
    return code


def _do(arguments: argparse.Namespace, settings: Settings) -> int:
    match arguments.command:
        case "projects" | "submissions" as name:
            from kobotui.cli import lists

            return asyncio.run({"projects": lists.projects}.get(name, lists.submissions)(arguments))
        case "users":
            from kobotui.cli.users import users

            return asyncio.run(users(arguments))
        case "access":
            from kobotui.cli import access

            return access.run(arguments, settings)
        case "history" | "access-log" as name:
            from kobotui.cli import history

            return asyncio.run({"history": history.history}.get(name, history.access_log)(arguments))
        case "export":
            from kobotui.cli import exports

            return exports.export(arguments)
        case "backup" | "attachments" as name:
            from kobotui.cli import copies

            return {"backup": copies.backup}.get(name, copies.attachments)(arguments)
        case "links":
            from kobotui.cli.links import links

            return links(arguments)
        case "new" | "replace" as name:
            from kobotui.cli import forms

            return (forms.new if name == "new" else forms.replace)(arguments, settings)
        case "import":
            from kobotui.cli import bring_in

            return bring_in.run(arguments, settings)
        case "plan":
            from kobotui.cli import plan

            return plan.show(arguments)
        case "apply" | "resume" | "undo" | "retry" as name:
            from kobotui.cli import apply

            return {"apply": apply.apply, "resume": apply.resume, "undo": apply.undo}.get(name, apply.retry)(
                arguments, settings
            )
        case "journal":
            from kobotui.cli import journal

            return journal.journal(arguments)
        case "doctor":
            from kobotui import doctor

            return doctor.run(as_json=arguments.format == "json")
        case "login":
            from kobotui.cli.login import login

            return login(arguments)
        case _:
            from kobotui.cli import accounts

            return accounts.show(arguments) if arguments.command == "accounts" else accounts.logout(arguments)


def _worth(error: KoboError) -> int:
    from kobotui.api import errors

    worth = {errors.NotLoggedIn: NOT_LOGGED_IN, errors.ReadOnlyAccount: REFUSED, errors.Incomplete: INCOMPLETE}
    return next((code for kind, code in worth.items() if isinstance(error, kind)), FAILED)
