"""Every visible string passes through gettext: no bare sentence in the code that speaks to the user."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kobotui

SOURCE = Path(kobotui.__file__).parent
SPEAKING = sorted(
    path
    for path in SOURCE.rglob("*.py")
    if path.relative_to(SOURCE).parts[0] not in ("demo", "locale") and path.name != "__init__.py"
)
TRANSLATED = {"_", "N_", "ngettext"}
TALK = re.compile(r"^[A-Z][a-z]+ [a-z]|^[a-z]+ [a-z]+ [a-z]+ ")
"""What reads like a sentence: a capital and a second word, or four words in a row."""
NOT_SHOWN = {
    "Binding",
    "execute",
    "executescript",
    "executemany",
    "compile",
    "query",
    "query_one",
    "strptime",
    "pragma",
}
"""Calls whose texts nobody reads: keys and actions, SQL, patterns, selectors."""
FOR_PROGRAMMERS = {
    "RuntimeError",
    "ValueError",
    "TypeError",
    "AssertionError",
    "KeyError",
    "LookupError",
    "debug",
    "error",
    "info",
    "warning",
    "exception",
}
"""Errors that never reach a user, and the log."""
NOT_TEXT = {"DEFAULT_CSS", "CSS", "_SCHEMA", "_ALIASES"}
"""Names of values that are no text: styles, SQL, the spellings of XLSForm types."""


def called(node: ast.Call) -> str:
    """The name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def bare_sentences(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts that read like sentences and are neither translated nor documentation."""
    documentation = {
        id(statement.value)
        for node in ast.walk(tree)
        if hasattr(node, "body") and isinstance(node.body, list)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in TRANSLATED | NOT_SHOWN | FOR_PROGRAMMERS:
            passed |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id in NOT_TEXT for target in targets) and node.value:
                passed |= {id(inner) for inner in ast.walk(node.value)}
    for node in ast.walk(tree):
        if id(node) in documentation | passed or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str) and TALK.search(node.value):
            yield node


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_bare_sentence(path: Path) -> None:
    found = [f"{node.lineno}: {node.value!r}" for node in bare_sentences(ast.parse(path.read_text(encoding="utf-8")))]
    assert found == []


def test_no_formatting_before_translation() -> None:
    """``_(f"…")`` and ``_("…".format())`` never find their translation."""
    for path in SPEAKING:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node) in TRANSLATED:
                bad = [a for a in node.args if isinstance(a, ast.JoinedStr | ast.Call) and called_name(a) != "N_"]
                assert not bad or called(node) == "ngettext", f"{path}:{node.lineno}"


def called_name(node: ast.expr) -> str:
    return called(node) if isinstance(node, ast.Call) else ""


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('say("Nothing is here")', 1),
        ('say(_("Nothing is here"))', 0),
        ('"""Nothing is here."""', 0),
        ('raise ValueError("must not be empty at all")', 0),
        ('x = "project-name"', 0),
        ('def f():\n    return "this reads like text"', 1),
    ],
)
def test_the_finder_finds(code: str, found: int) -> None:
    assert len(list(bare_sentences(ast.parse(code)))) == found
