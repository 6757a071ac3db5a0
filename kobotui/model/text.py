"""Text from the server made fit for the eye, for columns of cells, for file names and for spreadsheets.

Models keep what the server sent; this module is the door through which it reaches the screen.
"""

from __future__ import annotations

import json
import re
import unicodedata

# Patterns are compiled when they are first used: compiling takes a millisecond, and the first screen needs none.
_UNSAFE = "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_BREAK = "\r\n|[\n\r\v\f\x85\u2028\u2029]"
_BREAK_SIGN = " / "
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "\u2421"}
_TAB_SIGN = {True: " ", False: "    "}

_NOT_IN_FILENAMES = r'[\\/:*?"<>|]'
_WINDOWS_DEVICES = r"(?i:con|prn|aux|nul|com\d|lpt\d)(\..*)?"
_FILENAME_BYTES = 150

_NUMBERS = r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?([ ;]+[+-]?\d+(\.\d+)?)*"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def shown(value: object, *, one_line: bool = True) -> str:
    """What the eye may see of a server value; never raises, and cleaning twice changes nothing.

    Control characters appear as ``^[`` or ``<U+009B>``, bidi overrides and isolates and lone surrogates as
    ``<U+202E>``; ZWJ, ZWNJ, LRM and RLM stay, because names in Arabic, Persian and Hindi need them. A line break is
    `` / `` on one line and a newline otherwise, a tab is spaces. None is empty, a list or object is compact JSON.
    """
    text = value if isinstance(value, str) else _as_text(value)
    if text.isprintable() or not re.search(_UNSAFE, text):
        return text
    text = re.sub(_BREAK, _BREAK_SIGN if one_line else "\n", text).replace("\t", _TAB_SIGN[one_line])
    return re.sub(_UNSAFE, _sign, text)


def _sign(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n":  # only left where line breaks are wanted
        return char
    return f"^{chr(ord(char) ^ 0x40)}" if char <= "\x1f" or char == "\x7f" else f"<U+{ord(char):04X}>"


def _as_text(value: object) -> str:
    return "" if value is None else json_text(value)


def json_text(value: object, *, indent: int | None = None) -> str:
    """The value as JSON to be read, everything that is no JSON as text; of what cannot be written only the kind."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    except (ValueError, RecursionError, TypeError):  # a number of 5,000 digits, lists nested without end
        return f"({type(value).__name__})"


def typed(text: str) -> str:
    """Text for a line or a field one types in: as many characters as there are, each of one cell where ``shown``
    would need more: ``\u241b`` for an escape, ``\ufffd`` where there is no such sign."""
    return re.sub(_UNSAFE, lambda match: _PICTURES.get(match[0], "\ufffd"), text)


def cell_width(text: str) -> int:
    """Terminal cells the text takes: 2 for wide characters, 0 for combining ones."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int, *, end: str = "..") -> str:
    """The text cut to at most ``width`` cells, ending in ``end`` when something was cut off."""
    if width <= 0:
        return ""
    if len(text) <= width * 8 and cell_width(text) <= width:
        return text
    if width <= len(end):
        return _cut(text, width)
    return _cut(text, width - len(end)) + end


def _cut(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    used = 0
    for index, char in enumerate(text[: width * 8]):  # no script stacks more marks than that on one cell
        used += cell_width(char)
        if used > width:
            text = text[:index]
            break
    else:
        text = text[: width * 8]
    while cell_width(text) > width:  # a variation selector may widen what it follows
        text = text[:-1]
    return text.rstrip("\u200d")


def pad(text: str, width: int, right: bool = False) -> str:
    """The text in exactly ``width`` cells: cut when too long, filled with spaces (before it when ``right``)."""
    text = fit(text, width).rstrip("\u200d")  # a joiner would join the space
    space = " " * (width - cell_width(text))
    return space + text if right else text + space


def safe_filename(name: str, default: str = "file") -> str:
    """A file name made of ``name``: no path, no hidden file, no option, no device, at most 150 bytes."""
    name = unicodedata.normalize("NFC", shown(name).replace("\ufeff", ""))
    name = " ".join(re.sub(_NOT_IN_FILENAMES, "_", name).split()).lstrip(".-~ ").rstrip(". ")
    if re.fullmatch(_WINDOWS_DEVICES, name):
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    if not (dot and stem and len(suffix.encode()) <= 16):
        stem, dot, suffix = name, "", ""
    room = _FILENAME_BYTES - len((dot + suffix).encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + suffix) or default


def guard_formula(cell: str) -> str:
    """The cell with an apostrophe before it when a spreadsheet would run it; numbers and coordinates stay."""
    return f"'{cell}" if _runs(cell) else cell


def unguard_formula(cell: str) -> str:
    """What ``guard_formula`` was given."""
    return cell[1:] if cell.startswith("'") and _runs(cell[1:]) else cell


def _runs(cell: str) -> bool:
    bare = cell.lstrip("'")
    return bare.startswith(_FORMULA_STARTS) and not re.fullmatch(_NUMBERS, bare)
