"""A filter as it is typed, read from left to right into conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from kobotui.locale import _
from kobotui.model.filter_meaning import Value
from kobotui.model.filter_names import DATED, Field, FilterError
from kobotui.model.filter_tree import (
    STATUS,
    Chosen,
    Contains,
    Count,
    HasFile,
    Node,
    Not,
    Present,
    Some,
    all_of,
    any_of,
    negated,
)
from kobotui.model.form import MEDIA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.model.filter_meaning import Meaning

_WORDS = (
    r"is\s+not\s+empty|is\s+empty|is\s+unanswered|is\s+answered|does\s+not\s+contain|not\s+contains|not\s+in|in|has"
    r"|contains"
)
OPERATOR = re.compile(rf"\s*(?P<sign><=|>=|!=|=|<|>)|\s+(?P<word>{_WORDS})(?=[\s()]|$)", re.IGNORECASE)
JOINED = re.compile(r"\s*(and|or)(?=[\s(\[]|$)", re.IGNORECASE)
_NOT = re.compile(r"not(?=[\s(\[]|$)", re.IGNORECASE)
_VALIDATED = re.compile(r"validated(?=[\s)]|$)", re.IGNORECASE)
_FILES = re.compile(r"has\s+(no\s+)?(?:an\s+)?attachments?(?=[\s)]|$)", re.IGNORECASE)
_FILE = re.compile(r"(no\s+)?(?:an\s+)?attachments?", re.IGNORECASE)
_SAVED = re.compile(r"\[([^\[\]]*)\]")
_STOP = re.compile(r"\s+(?:and|or)(?=[\s(\[]|$)", re.IGNORECASE)
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LISTED = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,()]*?))\s*(?P<end>[,)]|$)', re.DOTALL)
_DEEPEST = 40

Wanted = Literal["condition", "operator", "value", "listed", "join"]


class Expected(NamedTuple):
    """What may stand at a place of the text."""

    what: Wanted
    at: int
    field: Field | None = None
    scope: str | None = None


class Parser:
    """One text; ``expected`` says afterwards what was looked for, and where."""

    def __init__(self, text: str, meaning: Meaning, saved: Mapping[str, str], depth: int = 0) -> None:
        self.text, self.meaning, self.saved = text, meaning, saved
        self.names = meaning.names
        self.at = 0
        self.expected: list[Expected] = []
        self._scope: str | None = None
        self._depth = depth

    def whole(self) -> Node:
        """The whole text. Raises FilterError, with a sentence, when it is no filter."""
        node = self._either()
        if rest := self.text[self.at :].strip():
            if rest.startswith(")"):
                raise FilterError(_("There is a ) without a ( before it."))
            raise FilterError(_("Before “{rest}” an “and” or “or” is missing.").format(rest=rest))
        return node

    def _expect(self, what: Wanted, field: Field | None = None) -> None:
        self.expected.append(Expected(what, self.at, field, self._scope))

    def _skip(self) -> None:
        rest = self.text[self.at :]
        self.at += len(rest) - len(rest.lstrip())

    # -- and, or, not, parentheses ---------------------------------------------------------------------

    def _either(self) -> Node:
        parts = [self._all_of()]
        while self._joined("or"):
            parts.append(self._all_of())
        return any_of(parts)

    def _all_of(self) -> Node:
        parts = [self._one()]
        while self._joined("and"):
            parts.append(self._one())
        return all_of(parts)

    def _joined(self, word: str) -> bool:
        self._expect("join")
        match = JOINED.match(self.text, self.at)
        if not match or match[1].lower() != word:
            return False
        self.at = match.end()
        return True

    def _one(self) -> Node:
        """A condition, or the opposite of one, or what stands in parentheses."""
        self._skip()
        self._expect("condition")
        if self._named():  # a question may be called “not sure”, or “(optional) name”
            return self._condition()
        if match := _NOT.match(self.text, self.at):
            self.at = match.end()
            self._deeper()
            node = negated(self._one())
            self._depth -= 1
            return node
        if self.text.startswith("(", self.at):
            return self._parentheses()
        if match := _VALIDATED.match(self.text, self.at):
            self.at = match.end()
            return self._own(Present(STATUS))
        if match := _FILES.match(self.text, self.at):
            self.at = match.end()
            return self._own(Not(HasFile()) if match[1] else HasFile())
        if match := _SAVED.match(self.text, self.at):
            self.at = match.end()
            return self._own(self._saved(match[1]))
        return self._condition()

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError(_("These parentheses are nested too deep."))

    def _parentheses(self) -> Node:
        self._deeper()
        self.at += 1
        node = self._either()
        self._skip()
        if not self.text.startswith(")", self.at):
            if rest := self.text[self.at :]:
                raise FilterError(_("Before “{rest}” an “and” or “or” is missing.").format(rest=rest))
            raise FilterError(_("A ( is not closed."))
        self.at += 1
        self._depth -= 1
        return node

    def _own(self, node: Node) -> Node:
        """A condition on the record as a whole."""
        if self._scope is not None:
            raise FilterError(_("Between these parentheses stand questions of {repeat}.").format(repeat=self._scope))
        return node

    def _saved(self, name: str) -> Node:
        known = {key.lower(): text for key, text in self.saved.items()}
        text = known.get(name.strip().lower())
        if text is None:
            raise FilterError(_("No filter is saved as {name}.").format(name=name.strip()))
        if text.lstrip().startswith("{"):
            raise FilterError(_("{name} is JSON: it stands alone.").format(name=name.strip()))
        self._deeper()
        node = Parser(text, self.meaning, self.saved, self._depth).whole()
        self._depth -= 1
        return node

    # -- conditions ------------------------------------------------------------------------------------

    def _named(self) -> bool:
        """Whether here stands a field with an operator."""
        return any(OPERATOR.match(self.text, end) for _name, end in self.names.at(self.text, self.at))

    def _condition(self) -> Node:
        field = self._field()
        inner = self.names.repeats_around(field)
        if self._scope is not None:
            if self._scope not in inner:
                raise FilterError(
                    _("{name} is not in {repeat}, whose questions stand between these parentheses.").format(
                        name=field.key, repeat=self._scope
                    )
                )
            inner = inner[inner.index(self._scope) + 1 :]
        self._expect("operator", field)
        match = OPERATOR.match(self.text, self.at)
        if not match:
            raise FilterError(
                _("After {name} one of =, !=, <, >, in, is empty, contains is missing.").format(name=field.key)
            )
        self.at = match.end()
        word = match["sign"] or " ".join(match["word"].lower().split())
        word = "is answered" if word == "is not empty" else word
        opposite = _OPPOSITES.get(word)
        node = self._test(field, opposite or word, inner)
        return negated(node) if opposite else node

    def _field(self) -> Field:
        found = [(name, end) for name, end in self.names.at(self.text, self.at)]
        complete = [(name, end) for name, end in found if OPERATOR.match(self.text, end)]
        for name, end in complete or found:
            field = self.names.field(name, self._scope)
            self.at = end
            return field
        word = (self.text[self.at :].split(maxsplit=1) or [""])[0]
        if not word or word == ")":
            raise FilterError(_("Here a question is missing, or id, by, sent, status, validated."))
        raise FilterError(_("There is no question called {name}.").format(name=word))

    def _test(self, field: Field, word: str, inner: list[str]) -> Node:
        if field.repeat:
            return _within(inner, self._of_repeat(field, word))
        if field.question and field.type in MEDIA and word == "has":
            return self._file(field)
        node: Node
        match word:
            case "is answered":
                node = Present(field.key)
            case "in":
                node = self._among(field)
            case "contains":
                node = Contains(field.key, self._value(field).text)
            case "has":
                node = Chosen(field.key, (str(self.meaning.meant(field, self._value(field))),))
            case _:
                node = self.meaning.signed(field, word, self._value(field))
        return _within(inner, node)

    def _file(self, field: Field) -> Node:
        self._skip()
        self._expect("value", field)
        match = _FILE.match(self.text, self.at)
        if not match:
            raise FilterError(_("After “has” stands “attachment”: {name} has attachment.").format(name=field.key))
        self.at = match.end()
        if self._scope is not None:
            raise FilterError(_("Which instance of a repeat has a file cannot be told: ask it of the whole record."))
        return Not(HasFile(field.key)) if match[1] else HasFile(field.key)

    def _of_repeat(self, field: Field, word: str) -> Node:
        """A repeat: whether there are instances, how many, or one of which all between the parentheses is true."""
        if word == "is answered":
            return Present(field.key)
        self._skip()
        if word == "has":
            if not self.text.startswith("(", self.at):
                raise FilterError(_("After “has” stand conditions: {name} has (...).").format(name=field.key))
            before, self._scope = self._scope, field.key
            inside = self._parentheses()
            self._scope = before
            return Some(field.key, inside)
        if word not in ("=", "<", "<=", ">", ">="):
            raise FilterError(
                _("{name} is repeated: ask how many there are, or for one that has (...).").format(name=field.key)
            )
        text = self._value(field).text
        if not re.fullmatch(r"[0-9]{1,6}", text):
            raise FilterError(_("Compare {name} with a whole number: 0, 12, 300.").format(name=field.key))
        return Count(field.key, word, int(text))  # type: ignore[arg-type]  # one of the five

    def _among(self, field: Field) -> Node:
        """One of a list; for a time without parentheses: in it."""
        self._skip()
        if field.type in DATED and not self.text.startswith("(", self.at):
            return self.meaning.signed(field, "=", self._value(field))
        return self.meaning.among(field, self._list(field))

    # -- values ----------------------------------------------------------------------------------------

    def _value(self, field: Field) -> Value:
        self._skip()
        self._expect("value", field)
        if match := _QUOTED.match(self.text, self.at):
            self.at = match.end()
            return Value(_unescaped(match[1]), quoted=True)
        end = self._end_of_value()
        text = self.text[self.at : end].strip()
        if not text:
            raise FilterError(_("After {name} a value is missing.").format(name=field.key))
        self.at = end
        return Value(text)

    def _end_of_value(self) -> int:
        """Where a value without quotes ends: before “and”, “or” and a ) that it did not open."""
        opened = 0
        for at in range(self.at, len(self.text)):
            char = self.text[at]
            if char == "(":
                opened += 1
            elif char == ")":
                if not opened:
                    return at
                opened -= 1
            elif char.isspace() and _STOP.match(self.text, at):
                return at
        return len(self.text)

    def _list(self, field: Field) -> list[Value]:
        self._skip()
        if not self.text.startswith("(", self.at):
            raise FilterError(_("A list stands in parentheses: in (a, b)"))
        self.at += 1
        values: list[Value] = []
        while True:
            self._skip()
            self._expect("listed", field)
            match = _LISTED.match(self.text, self.at)
            if not match:
                raise FilterError(_('In a list, a value with parentheses stands in quotes: in ("a (b)", c)'))
            self.at = match.end()
            if match["quoted"] is not None:
                values.append(Value(_unescaped(match["quoted"]), quoted=True))
            elif match["plain"]:
                values.append(Value(match["plain"].strip()))
            if match["end"] == ")":
                break
            if not match["end"]:
                raise FilterError(_("The list is not closed: in (a, b)"))
        if not values:
            raise FilterError(_("The list is empty."))
        return values


_OPPOSITES = {
    "!=": "=",
    "not in": "in",
    "is empty": "is answered",
    "is unanswered": "is answered",
    "does not contain": "contains",
    "not contains": "contains",
}
"""What is said by the opposite of another word."""


def _within(repeats: list[str], node: Node) -> Node:
    """Something about an instance of the innermost of these repeats, told of the record."""
    for repeat in reversed(repeats):
        node = Some(repeat, node)
    return node


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
