"""Plans as TOML files: written from a review, read by ``kobotui apply``; the README documents the shape."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kobotui.changes.kinds import AnyChange
from kobotui.changes.plan import Plan
from kobotui.locale import _
from kobotui.paths import LocalError, write_private

FORMAT = 1
NULL = {"null": True}
"""What stands for a missing value in what the server keeps, settings and options: TOML has none."""


class PlanFileError(LocalError):
    """A plan file that cannot be read; the message is a sentence."""


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole file: what the plan is for, then its changes."""

    kobotui: int
    """The format's number."""
    title: str
    account: str
    server: str
    warnings: list[str] = []
    change: list[AnyChange]


def dump(plan: Plan) -> str:
    """The plan as TOML."""
    import tomli_w

    file = _File(
        kobotui=FORMAT,
        title=plan.title,
        account=plan.account,
        server=plan.server,
        warnings=list(plan.warnings),
        change=list(plan.changes),
    )
    return tomli_w.dumps(_without_null(msgspec.to_builtins(file, order="deterministic")), multiline_strings=False)


def load(text: str, *, name: str = "") -> Plan:
    """The plan in a TOML text; raises ``PlanFileError`` with the place of what is wrong."""
    name = name or _("The text")
    try:
        content = tomllib.loads(text)
        number = content.get("kobotui")
        if isinstance(number, int) and number > FORMAT:
            raise PlanFileError(_("{file} was written by a newer kobotui.").format(file=name))
        file = msgspec.convert(_with_null(content), _File, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise PlanFileError(_("{file} is not a plan of kobotui: {why}.").format(file=name, why=error)) from None
    if not file.change:
        raise PlanFileError(_("{file} holds no change.").format(file=name))
    for place, change in enumerate(file.change, 1):
        if not _says_itself(change):
            raise PlanFileError(
                _("{file}: change {n} ({kind}) cannot be understood.").format(
                    file=name, n=place, kind=change.__struct_config__.tag
                )
            )
    return Plan(
        title=file.title,
        account=file.account,
        server=file.server,
        changes=tuple(file.change),
        warnings=tuple(file.warnings),
    )


def _says_itself(change: AnyChange) -> bool:
    """Whether a change written by hand can be reviewed: its fields fit together, its row rules can be read."""
    try:
        change.line(), change.before_text(), change.after_text(), change.warnings(), change.side_effects()
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    return True


def read(path: Path) -> Plan:
    """The plan in a file; raises ``PlanFileError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanFileError(_("{path} cannot be read: {why}.").format(path=path, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise PlanFileError(_("{path} is not UTF-8 text.").format(path=path)) from error
    return load(text, name=str(path))


def write(plan: Plan, path: Path) -> None:
    """Write a plan where only its owner can read it: it may hold answers. Raises ``LocalError``."""
    write_private(path, dump(plan).encode())


def _without_null(value: Any) -> Any:
    """TOML has no null: an unanswered answer is empty text, and in what the server keeps for itself a table says it."""
    match value:
        case {"kind": "edit-answers"}:
            return {key: _each(inner, lambda answer: answer or "") for key, inner in value.items()}
        case {"kind": "edit-project" | "create-named-export" | "edit-named-export" | "delete-named-export"}:
            return {key: _each(inner, _said_null) for key, inner in value.items()}
        case dict():
            return {key: _without_null(inner) for key, inner in value.items() if inner is not None}
        case list():
            return [_without_null(inner) for inner in value]
    return value


def _each(value: Any, said: Callable[[Any], Any]) -> Any:
    return {key: said(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _said_null(value: Any) -> Any:
    match value:
        case None:
            return NULL
        case dict():
            return {key: _said_null(inner) for key, inner in value.items()}
        case list():
            return [_said_null(inner) for inner in value]
    return value


def _with_null(value: Any) -> Any:
    if value == NULL:
        return None
    match value:
        case dict():
            return {key: _with_null(inner) for key, inner in value.items()}
        case list():
            return [_with_null(inner) for inner in value]
    return value
