"""XLSForms on this machine or at an address: what can be one, and reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.screens.files import read_limited, target_path

if TYPE_CHECKING:
    from kobotui.changes.forms import FormSource

XLSFORMS = (".xlsx", ".xls")
FORM_LIMIT = 50 * 1024 * 1024
"""Bytes; no form is that long."""


def is_address(text: str) -> bool:
    """Whether it is something the server fetches itself."""
    return text.strip().lower().startswith(("http://", "https://"))


def form_problem(typed: str) -> str | None:
    """Why no form can come from there, None when one can."""
    text = typed.strip()
    if not text:
        return _("A path or an address is needed.")
    if is_address(text):
        return None
    path = target_path(text)
    if not path.is_file():
        return _("There is no file {path}.").format(path=text)
    if path.suffix.lower() not in XLSFORMS:
        return _("An XLSForm ends in .xlsx or .xls.")
    return None


def read_form(typed: str) -> FormSource:
    """The form that was asked for; :class:`LocalError` when the file cannot be read."""
    from kobotui.changes.forms import FormSource

    text = typed.strip()
    if is_address(text):
        return FormSource(url=text)
    path = target_path(text)
    return FormSource(filename=path.name, content=read_limited(path, FORM_LIMIT))


def form_name(source: FormSource) -> str:
    """What to call a project made from the form: the file's name without its ending."""
    stem, dot, suffix = source.file_name.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in XLSFORMS else source.file_name
