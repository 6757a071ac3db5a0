"""Form content as KPI keeps it: rows with lists of translations, ``$kuid`` and ``$xpath``.

What clients send (XLSForm shorthand, ``label::Français (fr)`` columns, bare labels) is brought into
that one form; `flat_sheets` goes the other way, back to XLSForm sheets.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import string
from typing import Any

META_TYPES = frozenset(
    (
        "start",
        "end",
        "today",
        "username",
        "deviceid",
        "subscriberid",
        "simserial",
        "phonenumber",
        "audit",
        "start-geopoint",
        "background-audio",
    )
)
GEO_TYPES = frozenset(["geopoint", "geotrace", "geoshape"])
TRANSLATED = ("label", "hint", "guidance_hint", "media::image", "media::audio", "media::video", "media::big-image")
ALSO_TRANSLATED = ("constraint_message", "required_message")
# fmt: off
KNOWN_TYPES = META_TYPES | frozenset((
    "text", "integer", "decimal", "range", "date", "time", "datetime", "dateTime", "geopoint", "geotrace",
    "geoshape", "image", "audio", "video", "file", "note", "calculate", "hidden", "acknowledge", "trigger",
    "barcode", "rank", "select_one", "select_multiple", "select_one_from_file", "select_multiple_from_file",
    "score", "score__row", "rank__level", "xml-external", "csv-external", "email", "begin_group", "end_group",
    "begin_repeat", "end_repeat", "begin_score", "end_score", "begin_rank", "end_rank", "begin_kobomatrix",
    "end_kobomatrix",
))
# fmt: on
SHORTHAND = re.compile(
    r"(select[_ ]one_from_file|select[_ ]multiple_from_file|select[_ ]one(?: external)?|select[_ ]multiple|rank)"
    r"\s+(\S+)(\s+or[_ ]other)?$"
)
BASE62 = string.ascii_letters + string.digits


def kuid(rng: random.Random) -> str:
    """The id of a row within its form."""
    return "".join(rng.choices(BASE62, k=9))


def content_hash(content: dict[str, Any]) -> str:
    """Equal hashes mean equal forms."""
    return hashlib.sha1(json.dumps(content, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def split_type(row: dict[str, Any]) -> None:
    """Bring ``select_one yn or_other`` and ``begin group`` to ``type`` and ``select_from_list_name``."""
    kind = row.get("type")
    if isinstance(kind, dict):  # {"select_one": "yn"}
        kind = " ".join(str(x) for x in next(iter(kind.items())))
    kind = str(kind or "").strip()
    found = SHORTHAND.match(kind)
    if found:
        name = found[1].replace(" ", "_")
        row["type"] = name
        row["file" if name.endswith("_file") else "select_from_list_name"] = found[2]
        if found[3]:
            row["_or_other"] = True
    else:
        row["type"] = re.sub(r"^(begin|end)\s+", r"\1_", kind)


def languages_of(sheets: list[list[dict[str, Any]]], given: list[str | None] | None) -> list[str | None]:
    """The translations, in the order in which the columns name them; None is the unnamed one."""
    if given:
        return list(given)
    found: list[str | None] = []
    for rows in sheets:
        for row in rows:
            for key, value in row.items():
                column, _, language = split_column(key)
                if (
                    column in TRANSLATED
                    and (language or not isinstance(value, list))
                    and (language or None) not in found
                ):
                    found.append(language or None)
    return found or [None]


def split_column(key: str) -> tuple[str, str, str]:
    """``media::image::Français (fr)`` -> (``media::image``, ``::``, ``Français (fr)``)."""
    for column in (*TRANSLATED, *ALSO_TRANSLATED):
        if key == column:
            return column, "", ""
        for separator in ("::", ":"):
            if key.startswith(column + separator):
                return column, separator, key[len(column) + len(separator) :].strip()
    return key, "", ""


def spread(row: dict[str, Any], languages: list[str | None]) -> dict[str, Any]:
    """The row with each translated column as one list, parallel to the translations."""
    result: dict[str, Any] = {}
    for key, value in row.items():
        column, separator, language = split_column(key)
        plain = column in ALSO_TRANSLATED and not separator
        if column not in (*TRANSLATED, *ALSO_TRANSLATED) or plain:
            result[key] = value
        elif isinstance(value, list):
            result[column] = (value + [None] * len(languages))[: max(len(languages), len(value))]
        else:
            texts = result.setdefault(column, [None] * len(languages))
            where = language or None
            if where not in languages:
                languages.append(where)
            texts += [None] * (len(languages) - len(texts))
            texts[languages.index(where)] = value
    return result


def place(survey: list[dict[str, Any]], rng: random.Random) -> None:
    """Give every row its name, ``$kuid``, ``$autoname`` and ``$xpath``."""
    path: list[str] = []
    for row in survey:
        kind = row["type"]
        row.setdefault("$kuid", kuid(rng))
        if kind.startswith("end_"):
            if path:
                path.pop()
            continue
        name = row.get("name") or row.get("$autoname")
        if not name:
            words = next((t for t in row.get("label") or [] if t), kind)
            name = re.sub(r"\W+", "_", str(words)).strip("_")[:40] or row["$kuid"]
        row["name"] = row["$autoname"] = name
        row["$xpath"] = "/".join([*path, name])
        if kind.startswith("begin_"):
            path.append(name)


def standardise(content: dict[str, Any] | None, rng: random.Random) -> dict[str, Any]:
    """Content as KPI stores and returns it. Rows keep the ids and names they came with."""
    content = content or {}
    survey = [dict(row) for row in content.get("survey") or [] if isinstance(row, dict)]
    choices = [dict(row) for row in content.get("choices") or [] if isinstance(row, dict)]
    languages = languages_of([survey, choices], content.get("translations"))
    for row in survey:
        split_type(row)
    survey = [spread(row, languages) for row in survey]
    choices = [spread(row, languages) for row in choices]
    place(survey, rng)
    for row in choices:
        if "list name" in row:
            row["list_name"] = row.pop("list name")
        row.setdefault("$kuid", kuid(rng))
        row["$autovalue"] = row.get("name")
    settings = content.get("settings") or {}
    if isinstance(settings, list):
        settings = settings[0] if settings else {}
    used = {c for row in (*survey, *choices) for c in (*TRANSLATED, *ALSO_TRANSLATED) if isinstance(row.get(c), list)}
    extra = {
        k: v for k, v in content.items() if k not in ("survey", "choices", "settings", "translations", "translated")
    }
    return {
        **extra,
        "schema": "1",
        "survey": survey,
        "choices": choices,
        "settings": dict(settings),
        "translated": sorted(used),
        "translations": languages,
    }


def summary(content: dict[str, Any]) -> dict[str, Any]:
    """What lists show about a form: questions, languages, first labels."""
    rows = []
    labels: list[str] = []
    whole = True
    for row in content.get("survey") or []:
        kind = row["type"]
        if kind.startswith("end_"):
            whole = False
        if kind in META_TYPES or kind in ("begin_group", "note") or kind.startswith("end_"):
            continue
        rows.append(row)
        label = next((t for t in row.get("label") or [] if t), None)
        if label and whole and len(labels) < 5:
            labels.append(label)
    if not content.get("survey"):
        return {}
    translations = content.get("translations") or [None]
    columns = list(dict.fromkeys(key for row in rows for key in row if not key.startswith(("$", "_"))))
    return {
        "geo": any(row["type"] in GEO_TYPES for row in rows),
        "labels": labels,
        "columns": columns,
        "lock_all": False,
        "lock_any": False,
        "languages": [t for t in translations if t],
        "row_count": len(rows),
        "name_quality": {"ok": 0, "bad": 0, "good": len(rows), "total": len(rows), "firsts": {}},
        "default_translation": translations[0],
    }


def flat_row(row: dict[str, Any], languages: list[str | None], *, shorthand: bool) -> dict[str, Any]:
    """A row with its translations as columns of their own."""
    result: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, list) and split_column(key)[0] == key:
            for language, text in zip(languages, value, strict=False):
                if text is not None:
                    result[f"{key}::{language}" if language else key] = text
        elif key == "type" and shorthand and ("select_from_list_name" in row or "file" in row):
            other = " or_other" if row.get("_or_other") else ""
            result["type"] = f"{value} {row.get('select_from_list_name') or row.get('file')}{other}"
        elif not (shorthand and (key in ("select_from_list_name", "_or_other") or key.startswith("$"))):
            result[key] = value
    return result


def flat_sheets(content: dict[str, Any], *, shorthand: bool) -> dict[str, list[dict[str, Any]]]:
    """The content as XLSForm sheets. ``shorthand`` writes what pyxform reads: no ``$`` keys, joined types."""
    languages = content.get("translations") or [None]
    return {
        "survey": [flat_row(row, languages, shorthand=shorthand) for row in content.get("survey") or []],
        "choices": [flat_row(row, languages, shorthand=shorthand) for row in content.get("choices") or []],
        "settings": [dict(content.get("settings") or {})],
    }
