"""XLSForms on this machine, on standard input or at an address: what can be one, and reading it."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from typing import BinaryIO

from kobotui.changes.forms import FormSource
from kobotui.locale import _
from kobotui.paths import LocalError, read_limited, typed_path

XLSFORMS = (".xlsx", ".xls")
FORM_LIMIT = 50 * 1024 * 1024
"""Bytes; no form is that long."""
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
"""How an .xls file begins."""
_BOOK = "xl/workbook.xml"
_BOOK_LIMIT = 1024 * 1024


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
    if text == "-":
        return _("Standard input is for the command line: kobotui new - < form.xlsx")
    path = typed_path(text)
    if not path.is_file():
        return _("There is no file {path}.").format(path=text)
    if path.suffix.lower() not in XLSFORMS:
        return _("An XLSForm ends in .xlsx or .xls.")
    return None


def read_form(typed: str) -> FormSource:
    """The form that was asked for; ``LocalError`` when the file cannot be read, or is surely none."""
    text = typed.strip()
    if is_address(text):
        return FormSource(url=text)
    path = typed_path(text)
    name = os.fsencode(path.name).decode(errors="replace")  # a name need not be text, but what is sent must
    return _checked(FormSource(filename=name, content=read_limited(path, FORM_LIMIT)))


def read_stream(stream: BinaryIO) -> FormSource:
    """The form on standard input; ``LocalError`` when there is none."""
    content = stream.read(FORM_LIMIT + 1)
    if not content:
        raise LocalError(_("There is no form on standard input."))
    if len(content) > FORM_LIMIT:
        raise LocalError(_("The form on standard input is larger than {n} MB.").format(n=FORM_LIMIT // 1024**2))
    suffix = ".xls" if content.startswith(_OLD_WORKBOOK) else ".xlsx"
    return _checked(FormSource(filename=f"form{suffix}", content=content))


def form_name(source: FormSource) -> str:
    """What to call a project made from the form: the file's name without its ending."""
    stem, dot, suffix = source.file_name.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in XLSFORMS else source.file_name


def _checked(source: FormSource) -> FormSource:
    """The server takes any workbook, and makes an empty form of one without a survey."""
    if _surveyless(source.content):
        raise LocalError(_("{file} has no sheet “survey”: it is no XLSForm.").format(file=source))
    return source


def _surveyless(content: bytes) -> bool:
    """Whether it is a workbook, and surely not a form's; what cannot be read is left for the server to judge."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if archive.getinfo(_BOOK).file_size > _BOOK_LIMIT:
                return False
            book = fromstring(archive.read(_BOOK))
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException, NotImplementedError, ValueError, OSError):
        return False
    names = {(sheet.get("name") or "").strip().lower() for sheet in book.iterfind("{*}sheets/{*}sheet")}
    return "survey" not in names
