"""The ``q`` language of the lists.

Terms joined by ``AND`` (or a space) and ``OR``, ``NOT`` and parentheses; a term is a bare word, looked
for in several fields, or ``field__lookup:value``. What cannot be parsed finds nothing, with 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from kobotui.demo.http import bad
from kobotui.demo.state import Asset, State

Test = Callable[[Any], bool]
MIN_LENGTH = 3
MAX_RELATIONAL = 10
TOKEN = re.compile(
    r"""\s*(?:(?P<field>[\w\-\[\]]+):)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s():"']+))|\s*(?P<paren>[()])"""
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda a, b: bool(a == b),
    "iexact": lambda a, b: str(a).lower() == str(b).lower(),
    "contains": lambda a, b: str(b) in str(a),
    "icontains": lambda a, b: str(b).lower() in str(a).lower(),
    "startswith": lambda a, b: str(a).startswith(str(b)),
    "istartswith": lambda a, b: str(a).lower().startswith(str(b).lower()),
    "endswith": lambda a, b: str(a).endswith(str(b)),
    "iendswith": lambda a, b: str(a).lower().endswith(str(b).lower()),
    "gt": lambda a, b: bool(a > b),
    "gte": lambda a, b: bool(a >= b),
    "lt": lambda a, b: bool(a < b),
    "lte": lambda a, b: bool(a <= b),
    "regex": lambda a, b: re.search(str(b), str(a)) is not None,
    "iregex": lambda a, b: re.search(str(b), str(a), re.IGNORECASE) is not None,
}
DATES = ("date_created", "date_modified", "date_deployed")
PLAIN = ("asset_type", "name", "uid", "last_modified_by", *DATES)
JSON_FIELDS = ("settings", "summary", "data_sharing", "search_field", "_deployment_data")
FORBIDDEN = ("content", "permissions", "asset_versions", "asset_files", "hooks", "owner", "report_styles", "map_styles")
OWNER_FIELDS = ("username", "extra_details__data", "organizations_organization")


class Unparsable(Exception):
    """The query finds nothing."""


def compile_query(text: str, state: State, *, superuser: bool) -> Test:
    """A test for assets.

    Raises: Unparsable where KPI answers 200 with nothing; Refusal 400 for a short query or a field
    that may not be searched.
    """
    return AssetParser(text, state, superuser).parse()


class Parser:
    """Recursive descent over the tokens of one query; what a term means is left to the subclasses."""

    def __init__(self, text: str) -> None:
        self.tokens = tokenise(text)
        self.at = 0
        self.bare: list[str] = []
        self.fields = 0
        self.relational = 0  # terms about tags

    def free_text(self, word: str) -> Test:
        """The test a bare word stands for."""
        raise Unparsable

    def field_test(self, field: str, value: Any) -> Test:
        """The test of ``field:value``."""
        raise Unparsable

    def parse(self) -> Test:
        if not self.tokens:
            raise bad("Your query is too short")
        test = self.either()
        if self.at != len(self.tokens):
            raise Unparsable
        if len(self.bare) + self.relational > MAX_RELATIONAL:
            raise bad("Too many relational filters in the search query")
        if not self.fields and max((len(word) for word in self.bare), default=0) < MIN_LENGTH:
            raise bad("Your query is too short")
        return test

    def peek(self) -> str | None:
        """The operator or parenthesis at hand; ``""`` for a term, None at the end."""
        if self.at >= len(self.tokens):
            return None
        field, value, quoted = self.tokens[self.at]
        return value if field is None and not quoted and value in ("(", ")", "AND", "OR", "NOT") else ""

    def either(self) -> Test:
        tests = [self.both()]
        while self.peek() == "OR":
            self.at += 1
            tests.append(self.both())
        return lambda asset: any(test(asset) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.peek() in ("", "(", "NOT", "AND"):
            if self.peek() == "AND":
                self.at += 1
            tests.append(self.one())
        return lambda asset: all(test(asset) for test in tests)

    def one(self) -> Test:
        kind = self.peek()
        if kind == "NOT":
            self.at += 1
            inner = self.one()
            return lambda asset: not inner(asset)
        if kind == "(":
            self.at += 1
            inner = self.either()
            if self.peek() != ")":
                raise Unparsable
            self.at += 1
            return inner
        if kind != "":
            raise Unparsable
        field, value, quoted = self.tokens[self.at]
        if field is None and not quoted and self.at and value.startswith("OR"):
            raise Unparsable  # the server's grammar takes the first two letters for the operator
        self.at += 1
        if field is None:
            self.bare.append(value)
            return self.free_text(value)
        self.fields += 1
        return self.field_test(field, convert(value))


class AssetParser(Parser):
    """Queries on assets."""

    def __init__(self, text: str, state: State, superuser: bool) -> None:
        super().__init__(text)
        self.state = state
        self.superuser = superuser

    def free_text(self, word: str) -> Test:
        low = word.lower()

        def test(asset: Asset) -> bool:
            settings = asset.settings
            places = [asset.name, asset.owner, settings.get("description"), settings.get("extra_metadata")]
            return any(low in str(p).lower() for p in (*places, asset.summary, *asset.tags, asset.uid) if p)

        return test

    def field_test(self, field: str, value: Any) -> Test:
        if field == "status":
            return lambda _asset: True
        parts = field.split("__")
        root = parts[0].removesuffix("[]")
        self.relational += root == "tags"
        if root == "owner":
            rest = "__".join(parts[1:])
            if len(parts) > 1 and not rest.startswith(OWNER_FIELDS) and not self.superuser:
                raise bad("Not supported field lookup")
        elif root in FORBIDDEN and not self.superuser:
            raise bad("Not supported field lookup")
        elif root not in (*PLAIN, *JSON_FIELDS, "_deployment_status", "parent", "tags"):
            raise Unparsable
        path, lookup, day = split_lookup(parts)
        if path[-1].endswith("[]") or any(p.endswith("[]") for p in path):
            return lambda asset: list_test(
                self.value(asset, [p.removesuffix("[]") for p in path[: list_at(path) + 1]]),
                path[list_at(path) + 1 :],
                lookup,
                value,
            )
        if lookup not in COMPARISONS and lookup not in ("in", "isnull"):
            raise Unparsable
        if root in PLAIN and len(path) > 1:
            raise Unparsable
        if root in DATES and lookup != "isnull" and value is not None:
            value = moment(value, day)
        self.check_value(root, lookup, value)
        return lambda asset: compare(self.value(asset, path), lookup, value, day)

    def check_value(self, root: str, lookup: str, value: Any) -> None:
        if lookup == "isnull" and not isinstance(value, bool):
            raise Unparsable
        if (
            lookup in ("gt", "gte", "lt", "lte")
            and root in ("name", "uid", "asset_type")
            and not isinstance(value, str)
        ):
            raise Unparsable

    def value(self, asset: Asset, path: list[str]) -> Any:
        """What a field path leads to."""
        root, rest = path[0], path[1:]
        if root == "tags":
            return list(asset.tags)
        if root == "parent":
            parent = self.state.assets.get(asset.parent or "")
            return getattr(parent, (rest or ["uid"])[0], None) if parent else None
        if root == "owner":
            user = self.state.users[asset.owner]
            match rest:
                case ["username"] | []:
                    return user.username
                case ["extra_details", "data", *keys]:
                    return dig(user.extra_details, keys)
                case ["organizations_organization", "name"]:
                    return user.organization_name
            return None
        if root == "_deployment_status":
            return asset.deployment_status if asset.asset_type == "survey" else None
        if root == "search_field":
            return dig({"owner_username": asset.owner, "organization_name": None}, rest)
        if root == "_deployment_data":
            return dig({"active": asset.deployment.active} if asset.deployment else {}, rest)
        return dig(getattr(asset, root), rest)


class MappingParser(Parser):
    """Queries on what is shown as JSON: logs, exports."""

    def __init__(self, text: str, allowed: tuple[str, ...] | None) -> None:
        super().__init__(text)
        self.allowed = allowed

    def free_text(self, word: str) -> Test:
        low = word.lower()
        return lambda item: low in str(item.get("action", "")).lower()

    def field_test(self, field: str, value: Any) -> Test:
        path, lookup, day = split_lookup(field.split("__"))
        if self.allowed is not None and not field.startswith(self.allowed):
            raise bad("Not supported field lookup")
        if lookup not in COMPARISONS and lookup not in ("in", "isnull"):
            raise Unparsable
        if path[0] == "date_created":
            value = moment(value, day)
        if path[:2] == ["user", "username"]:
            path = ["username"]

        def test(item: Any) -> bool:
            actual = dig(item, path)
            if path[0] == "date_created":
                actual = datetime.fromisoformat(actual)
            return compare(actual, lookup, value, day)

        return test


def compile_mapping_query(text: str, allowed: tuple[str, ...] | None) -> Test:
    """A test for JSON objects; ``allowed`` names the first parts of the fields one may ask for.

    Raises: Unparsable; Refusal 400.
    """
    return MappingParser(text, allowed).parse()


def tokenise(text: str) -> list[tuple[str | None, str, bool]]:
    """``(field, value, quoted)`` of each term; operators and parentheses are bare values.

    Raises: Unparsable on anything else.
    """
    tokens: list[tuple[str | None, str, bool]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise Unparsable
        at = found.end()
        if at < len(text) and not (text[at].isspace() or text[at] in "()" or found["paren"]):
            raise Unparsable
        if found["paren"]:
            tokens.append((None, found["paren"], False))
            continue
        quoted = found["double"] if found["double"] is not None else found["single"]
        tokens.append((found["field"], found["word"] if quoted is None else quoted, quoted is not None))
    return tokens


def convert(text: str) -> Any:
    """The value a text stands for, quoted or not."""
    low = text.lower()
    if low in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[low]
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def split_lookup(parts: list[str]) -> tuple[list[str], str, bool]:
    """``(path, lookup, whether the date alone counts)`` of a field's parts."""
    lookup = "exact"
    if len(parts) > 1 and (parts[-1] in COMPARISONS or parts[-1] in ("in", "isnull")):
        parts, lookup = parts[:-1], parts[-1]
    day = len(parts) > 1 and parts[-1] == "date"
    return (parts[:-1] if day else parts), lookup, day


def list_at(path: list[str]) -> int:
    """Where in a path the list is."""
    return next(i for i, p in enumerate(path) if p.endswith("[]"))


def dig(value: Any, keys: list[str]) -> Any:
    """A value inside JSON; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def moment(value: Any, day: bool) -> Any:
    """A point in time, or a date.

    Raises: Unparsable for what is neither.
    """
    try:
        if day:
            return date.fromisoformat(str(value))
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Unparsable from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def compare(actual: Any, lookup: str, value: Any, day: bool = False) -> bool:
    """One comparison as the database makes it: nothing compares to an absent value."""
    if isinstance(actual, list):
        return any(compare(item, lookup, value) for item in actual)
    if lookup == "isnull":
        return (actual is None) is value
    if value is None:
        return actual is None
    if actual is None:
        return False
    if lookup == "in":
        return str(actual) in list(str(value))  # the text is taken letter by letter
    if day and isinstance(actual, datetime):
        actual = actual.date()
    if isinstance(actual, str) and not isinstance(value, str):
        value = str(value)
    try:
        return COMPARISONS[lookup](actual, value)
    except (TypeError, re.error):
        return False


def list_test(actual: Any, keys: list[str], lookup: str, value: Any) -> bool:
    """``field[]:v`` and its kin over a list inside JSON."""
    items = actual if isinstance(actual, list) else []
    if value == "" or value is None:
        return items == []
    if not keys:
        return items == [value] if lookup == "exact" else any(compare(item, lookup, value) for item in items)
    return any(compare(dig(item, keys), lookup, value) for item in items)
