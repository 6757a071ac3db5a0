"""Compiling form content to an XForm, with pyxform (imported on first use: it is slow to load)."""

from __future__ import annotations

from typing import Any

from kobotui.demo.content import flat_sheets
from kobotui.demo.kobo_rows import deployable


class FormError(Exception):
    """A form that does not compile; the text is the compiler's."""


def compile_form(content: dict[str, Any], id_string: str, version: str, form_uuid: str, title: str) -> str:
    """The XForm of some content. With a version it carries ``__version__``, with a uuid ``formhub/uuid``.

    Raises: FormError.
    """
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    sheets = flat_sheets(deployable(content), shorthand=True)
    settings = sheets["settings"][0] | {"id_string": id_string, "form_title": title or "Untitled"}
    survey = [dict(row) for row in sheets["survey"]]
    if version:
        settings["version"] = version
        survey.append({"type": "calculate", "name": "__version__", "calculation": f"'{version}'"})
    if form_uuid:
        survey += [
            {"type": "begin group", "name": "formhub"},
            {"type": "calculate", "name": "uuid", "calculation": f"'{form_uuid}'"},
            {"type": "end group"},
        ]
    workbook: dict[str, Any] = {
        "survey": [as_text(row) for row in survey],
        "choices": [as_text(row) for row in sheets["choices"]],
        "settings": [as_text(settings)],
    }
    # Without the headings pyxform takes those of the first hundred rows for all there are.
    headings = {f"{name}_header": [dict.fromkeys(k for row in rows for k in row)] for name, rows in workbook.items()}
    try:
        return str(convert(workbook | headings, form_name=id_string, validate=False).xform)
    except (PyXFormError, KeyError, TypeError, AttributeError) as error:
        raise FormError(str(error)) from error


def as_text(row: dict[str, Any]) -> dict[str, str]:
    """A row of a sheet: text only, empty cells left out."""
    result = {}
    for key, value in row.items():
        if value is None or value == "":
            continue
        result[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return result
