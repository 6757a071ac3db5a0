"""The demo's questionnaires, each a table as one would type it into an XLSForm.

A line is ``type | name | label | label … | options`` with one label per language; options are
``required`` or ``column=value``, separated by ``;``. Lines of choices are ``list | name | label …`` and may end
in ``column=value`` too (for cascading selects).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Form:
    """One questionnaire: what it is about, and its tables."""

    key: str
    sector: str
    languages: tuple[str | None, ...]
    survey: str
    choices: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """The form as a client would send it."""
        return {
            "survey": [self.row(line, ("type", "name")) for line in lines(self.survey)],
            "choices": [self.row(line, ("list_name", "name")) for line in lines(self.choices)],
            "settings": dict(self.settings),
            "translations": list(self.languages),
        }

    def row(self, line: str, heads: tuple[str, str]) -> dict[str, Any]:
        """One line of a table."""
        cells = [cell.strip() for cell in line.split("|")]
        row: dict[str, Any] = {heads[0]: cells[0]}
        if len(cells) > 1 and cells[1]:
            row[heads[1]] = cells[1]
        labels: list[str | None] = [cell or None for cell in cells[2 : 2 + len(self.languages)]]
        if any(labels):
            row["label"] = labels + [None] * (len(self.languages) - len(labels))
        options = cells[2 + len(self.languages)] if len(cells) > 2 + len(self.languages) else ""
        for option in filter(None, (o.strip() for o in options.split(";"))):
            key, equals, value = option.partition("=")
            if key in ("hint", "guidance_hint"):
                row[key] = [value] + [None] * (len(self.languages) - 1)
            else:
                row[key] = value if equals else True
        return row


def lines(table: str) -> list[str]:
    """The lines of a table that say something."""
    return [line for line in table.splitlines() if line.strip()]


MODULES = ("household", "health", "relief", "water", "people", "baseline")


@cache
def all_forms() -> dict[str, Form]:
    """Every form by its key."""
    found: dict[str, Form] = {}
    for name in MODULES:
        for form in import_module(f"kobotui.demo.forms.{name}").FORMS:
            found[form.key] = form
    return found
