"""The server's words in the body of a refusal, whatever shape they come in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

_GENERAL = ("detail", "details", "error", "message", "non_field_errors", "payload")
"""Keys that name no field of ours."""
_NOT_WORDS = ("status", "status_code", "error_type", "warnings")

_LONGEST, _LONGEST_TEXT = 10_000, 1000
"""Characters of a sentence, and of what is no JSON."""
_TAG = re.compile(r"<(message|detail|title)\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)


@dataclass
class Words:
    """What a body says: general messages, messages by field, and whether it is a web page."""

    messages: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    page: bool = False

    def __str__(self) -> str:
        said = [*self.messages, *(f"{name}: {' '.join(texts)}" for name, texts in self.fields.items())]
        return "; ".join(said)[:_LONGEST]


def read_words(body: bytes, content_type: str = "") -> Words:
    """The messages of an error body; never raises."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return Words()
    if text[0] in '{["':
        try:
            return _from_json(msgspec.json.decode(text))
        except (msgspec.DecodeError, RecursionError):  # no JSON, or such that no journal could keep its words
            pass
    return _from_text(text, content_type)


def _from_json(value: Any) -> Words:
    if not isinstance(value, dict):
        return Words(messages=_texts(value))
    words = Words()
    for key, content in value.items():
        if key in _GENERAL:
            words.messages += _texts(content)
        elif key not in _NOT_WORDS and (texts := _texts(content)):
            words.fields[str(key)] = texts
    return words


def _texts(value: Any) -> list[str]:
    """All messages in a value: a text, a list, or what fields and rows below have to say."""
    match value:
        case None | "":
            return []
        case dict():
            return [f"{key}: {text}" for key, content in value.items() for text in _texts(content)]
        case list():
            return [text for content in value for text in _texts(content)]
    return [str(value)]


def _from_text(text: str, content_type: str) -> Words:
    """OpenRosa XML, a web page, or plain text."""
    page = "html" in content_type.lower() and text.startswith("<")
    page = page or text[:100].lower().startswith(("<!doctype html", "<html"))
    found = _TAG.search(text)
    if found:
        text = html.unescape(found[2])
    elif text.startswith("<"):
        text = ""
    text = " ".join(text.split())[:_LONGEST_TEXT]
    return Words(messages=[text] if text else [], page=page)
