"""Text that commands a terminal, breaks markup or misleads the eye, and text that only looks as if it did."""

from __future__ import annotations

CLIPBOARD = "SE9TVElMRQ=="
"""What the corpus would put into the clipboard."""

COMMANDS = {
    "clipboard": f"\x1b]52;c;{CLIPBOARD}\x07a",
    "title": "\x1b]0;owned\x07b",
    "link": "\x1b]8;;http://evil.example\x1b\\c\x1b]8;;\x1b\\",
    "clear": "\x1b[2J\x1b[Hd",
    "mode": "\x1b[?1049le\x1b[?1000h",
    "device control": '\x1bP$q"p\x1b\\f',
    "c1 csi": "\x9b2Jg",
    "c1 osc and dcs": "\x9d0;h\x9c\x90q\x9c",
    "bell": "\x07i",
    "nul": "\x00j",
    "backspace": "kk\x08\x08K",
    "carriage return": "l\rL",
    "feeds": "m\x0bm\x0cm",
    "delete": "\x7fn",
    "shift out": "\x0eo\x0f",
    "file separators": "p\x1cp\x1dp\x1ep\x1f",
    "reset": "\x1bcq",
}
"""What a terminal would obey."""

MARKUP = {
    "close": "[/]x",
    "close bold": "[/bold]x",
    "bold": "[bold]r[/bold]",
    "click": "[@click=app.quit]s[/]",
    "unbalanced": "[[t]]][",
    "colour": "[$error on red]u",
    "link": "[link=file:///etc/passwd]v[/link]",
}
"""What Textual and Rich would take for markup."""

MISLEADING = {
    "override": "\u202egnp.w",
    "embedding": "\u202ax\u202c\u202b",
    "isolates": "\u2066y\u2069\u2067\u2068",
    "separators": "z\u2028z\u2029z",
    "next line": "a\x85a",
}
"""What turns the order of letters, or breaks lines, behind the reader's back."""

LETTERS = {
    "joiners": "👩\u200d👧 می\u200cخواهم",
    "marks": "\u200eA\u200f\u061cB",
    "combining": "e\u0301" + "\u0301" * 40,
    "variation": "❤\ufe0f❤\ufe0e",
    "chinese": "住户调查住户调查住户调查",
    "arabic": "استبيان الأسر المعيشية",
    "hindi": "क्षेत्र सर्वेक्षण",
    "byte order mark": "\ufeffC\u200bD",
    "private use": "\ue000\U000f0000",
    "long": "E" * 1000,
}
"""What people write."""

FORMATS = {
    "braces": "{}{0}{name}{n!r}",
    "lone brace": "}{",
    "percent": "%s %d %(x)s %",
    "formula": "=cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "path": "../../etc/passwd",
    "option": "-rf",
    "quotes": "'\"`$(id)\\",
    "lines": "F\nG\r\nH\ttab",
    "blanks": "  I  ",
}
"""What means something to a program."""

CORPUS = {**COMMANDS, **MARKUP, **MISLEADING, **LETTERS, **FORMATS}
TEXTS = tuple(CORPUS.values())

EVERYTHING = " ".join(text for text in TEXTS if len(text) < 100)
"""All of it in one text, with line breaks."""
ONE_LINE = " ".join(text for text in TEXTS if len(text) < 100 and "\n" not in text)

HALVES = "\ud83dhalf \udc80"
"""Halves of characters, which no encoding has and JSON can write."""
