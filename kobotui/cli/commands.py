"""The commands that need no screen, and what their failures are worth as exit codes."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from typing import TYPE_CHECKING

from kobotui.cli.output import FAILED, INCOMPLETE, NOT_LOGGED_IN, REFUSED, complain

if TYPE_CHECKING:
    import argparse

    from kobotui.api.errors import KoboError


def run(arguments: argparse.Namespace) -> int:
    """Do the command; the exit code. Errors are a sentence on standard error."""
    from kobotui.api.errors import KoboError
    from kobotui.paths import LocalError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _do(arguments)
        sys.stdout.flush()
    except KoboError as error:
        complain(f"{error.sentence} {error.hint}".strip())
        return _worth(error)
    except LocalError as error:
        complain(error.sentence)
        return NOT_LOGGED_IN if type(error).__name__ == "SecretError" else FAILED
    except BrokenPipeError:  # `kobotui projects | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _do(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "projects" | "users" | "submissions" as name:
            from kobotui.cli import lists

            return asyncio.run(
                {"projects": lists.projects, "users": lists.users}.get(name, lists.submissions)(arguments)
            )
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
