"""How texts for an editor are written and read: TOML, or JSON where that is wanted."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal

from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["toml", "json"]
Tree = dict[str, Any]
"""Tables by name, and answers."""
NOTE = "//"
"""How a key begins that says something and is no answer: JSON has no comments."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LINE_END = re.compile(r"[ \t](?=\n|$)")
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


class TextError(ValueError):
    """A text that cannot be read back; the message is a sentence that begins with the place."""

    def __init__(self, why: str, line: int = 0, column: int = 0) -> None:
        place = _("Line {line}, column {column}").format(line=line, column=column or 1) if line else ""
        super().__init__(f"{place}: {why}" if place else why)
        self.line, self.column = line, column


def toml_key(name: str) -> str:
    """A key, in quotes where it needs some."""
    return name if _BARE.fullmatch(name) else _line(name)


def _line(text: str) -> str:
    """A text in quotes, on one line."""
    signs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + _UNSEEN.sub(_escape, "".join(signs.get(char, char) for char in text)) + '"'


def toml_text(text: str) -> str:
    """A text, over several lines where it has some; what no eye sees is written as ``\\u202E``."""
    if "\n" not in text:
        return _line(text)
    body = text.replace("\\", "\\\\").replace("\t", "\\t")
    if '""' in text or text.endswith('"'):
        body = body.replace('"', '\\"')
    body = _LINE_END.sub(lambda space: f"\\u{ord(space[0]):04X}", _UNSEEN.sub(_escape, body))  # editors drop them
    return f'"""\n{body}"""'


def json_written(tree: Tree) -> str:
    """The tree as JSON, for people to read."""
    return _UNSEEN.sub(_escape, json.dumps(tree, ensure_ascii=False, indent=2)) + "\n"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"


def read_tree(kind: Kind, text: str) -> Tree:
    """What a text says, without its notes. Raises ``TextError``."""
    try:
        return tomllib.loads(text) if kind == "toml" else _json(text)
    except tomllib.TOMLDecodeError as error:
        line, column = _place(str(error), text)
        why = _AT.sub("", str(error))
    except json.JSONDecodeError as error:
        line, column, why = error.lineno, error.colno, error.msg
    except RecursionError:
        line, column, why = 1, 1, _("too many things inside each other")
    raise TextError(_("this is no {format}: {why}.").format(format=kind.upper(), why=why), line, column)


def _place(message: str, text: str) -> tuple[int, int]:
    found = _AT.search(message)
    if found and found[1]:
        return int(found[1]), int(found[2])
    return text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1


def _json(text: str) -> Tree:
    tree = json.loads(text, object_pairs_hook=_once)
    if not isinstance(tree, dict):
        raise TextError(_("the text must be one object, in { and }."), 1, 1)
    return tree


def _once(pairs: Sequence[tuple[str, Any]]) -> Tree:
    found: Tree = {}
    for key, value in pairs:
        if key.startswith(NOTE):
            continue
        if key in found:
            raise TextError(_("“{name}” stands there twice.").format(name=key))
        found[key] = value
    return found


def place_of(kind: Kind, text: str, tables: Sequence[str], key: str) -> tuple[int, int]:
    """Line and column of a key in a table, 0 where they cannot be told."""
    if kind == "json":
        found = list(re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text))
        at = found[0].start() if len(found) == 1 else -1
        return (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) if at >= 0 else (0, 0)
    here: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if bare.startswith("["):
            here = _keys(bare)
        elif here == list(tables) and bare and _keys(bare.partition("=")[0] + "= 0") == [key]:
            return number, len(line) - len(line.lstrip()) + 1
    return 0, 0


def _keys(line: str) -> list[str]:
    """The keys of a heading or of the left side of an answer."""
    try:
        tree: Any = tomllib.loads(line)
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    found = []
    while isinstance(tree, dict) and tree:
        name, tree = next(iter(tree.items()))
        found.append(name)
    return found


def commented(lines: Iterable[str]) -> list[str]:
    """Lines as comments of TOML; no control character is in them."""
    return [f"# {line}".rstrip() for text in lines for line in text.split("\n")]
