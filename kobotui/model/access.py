"""Who may do what on a project: rights, what they bring along, and the calls that change them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from kobotui.model.promised import too_deep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PUBLIC = "AnonymousUser"
"""The user whose rights everybody has, logged in or not."""

CODENAMES = (
    "view_asset",
    "change_asset",
    "discover_asset",
    "add_submissions",
    "view_submissions",
    "partial_submissions",
    "change_submissions",
    "validate_submissions",
    "delete_submissions",
    "manage_asset",
)
"""Every assignable right, in the order of the sharing screen."""

PUBLIC_CODENAMES = frozenset({"view_asset", "discover_asset", "add_submissions", "view_submissions"})
"""What the server lets :data:`PUBLIC` hold."""

PARTIAL = "partial_submissions"
RULE_CODENAMES = ("view_submissions", "change_submissions", "validate_submissions", "delete_submissions")
"""The rights that a row rule can limit to some records."""

_LIBRARY = frozenset({"view_asset", "change_asset", "manage_asset"})
ASSIGNABLE: dict[str, frozenset[str]] = {
    "survey": frozenset(CODENAMES) - {"discover_asset"},
    **dict.fromkeys(("template", "block", "question", "empty"), _LIBRARY),
    "collection": _LIBRARY | {"discover_asset"},
    "text": frozenset(),
}
"""What can be granted, by asset type."""

IMPLIED: dict[str, frozenset[str]] = {
    "view_asset": frozenset(),
    "change_asset": frozenset({"view_asset"}),
    "discover_asset": frozenset({"view_asset"}),
    "manage_asset": frozenset(CODENAMES) - {"manage_asset", PARTIAL},
    "add_submissions": frozenset(),
    "view_submissions": frozenset({"view_asset"}),
    PARTIAL: frozenset({"view_asset"}),
    "change_submissions": frozenset({"view_asset", "view_submissions", "add_submissions"}),
    "validate_submissions": frozenset({"view_asset", "view_submissions"}),
    "delete_submissions": frozenset({"view_asset", "view_submissions"}),
}
"""What a grant brings along (closed: the implied of the implied are here too)."""

REVOKES: dict[str, frozenset[str]] = {
    codename: frozenset(other for other, implied in IMPLIED.items() if codename in implied) for codename in CODENAMES
}
"""What a revocation takes along: everything that needs the right."""

_WHOLE = frozenset(RULE_CODENAMES) | {"manage_asset"}
CONTRADICTS: dict[str, frozenset[str]] = {PARTIAL: _WHOLE} | dict.fromkeys(_WHOLE, frozenset({PARTIAL}))
"""What a grant removes: some records and all records exclude each other; the later grant wins."""


def last_segment(url: str) -> str:
    """The last part of a link's path, percent-decoded: the user name, codename or uid it stands for."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


named = lru_cache(8192)(last_segment)
"""``last_segment`` for users and rights, whose links come again and again."""


class PartialPermission(Struct, frozen=True):
    """What a row rule allows: an OR of filters, each an AND of conditions."""

    url: str
    filters: list[dict[str, Any]] = []

    def __post_init__(self) -> None:
        if too_deep(self.filters):  # they are compared, sorted and written everywhere
            raise ValueError("a row rule nested too deeply")

    @property
    def codename(self) -> str:
        """``view_submissions``, ``change_submissions``, ..."""
        return named(self.url)

    def values(self) -> list[dict[str, Any]]:
        """The filters as they were read."""
        return self.filters


class Assignment(Struct, frozen=True, gc=False):
    """One right held by one user on one project, as the server lists it.

    There are hundreds of thousands of them in a long list; the collector does not look through them.
    """

    url: str
    user: str
    permission: str
    label: Any = ""
    partial_permissions: tuple[PartialPermission, ...] = ()

    @property
    def uid(self) -> str:
        """The assignment's own uid, for revoking it."""
        return last_segment(self.url)

    @property
    def username(self) -> str:
        """The user's name; :data:`PUBLIC` for everybody."""
        return named(self.user)

    @property
    def codename(self) -> str:
        """The right."""
        return named(self.permission)


class Rule(Struct, frozen=True, order=True):
    """For which records somebody holds one right: the OR of ``filters``, each a Mongo filter as canonical JSON."""

    codename: str
    filters: tuple[str, ...]

    def values(self) -> list[dict[str, Any]]:
        """The filters as the server takes them."""
        return [json.loads(text) for text in self.filters]


class Rights(Struct, frozen=True):
    """What one user holds on one project by rows of their own."""

    full: frozenset[str] = frozenset()
    """Rights on the project and on all of its records, never :data:`PARTIAL`."""
    rules: tuple[Rule, ...] = ()
    """Rights on some records, expanded and sorted as :func:`rules_of` does."""

    def __bool__(self) -> bool:
        return bool(self.full or self.rules)

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> Rights:
        """The rights that one user's rows add up to."""
        full: set[str] = set()
        partial: dict[str, list[dict[str, Any]]] = {}
        for row in assignments:
            if row.codename != PARTIAL:
                full.add(row.codename)
            for entry in row.partial_permissions:
                partial.setdefault(entry.codename, []).extend(entry.filters)
        return cls(frozenset(full), rules_of(partial))

    @property
    def held(self) -> frozenset[str]:
        """The codenames of the rows: ``full``, and :data:`PARTIAL` where there are row rules."""
        return self.full | {PARTIAL} if self.rules else self.full

    def rule(self, codename: str) -> Rule | None:
        """The row rule that limits the right, None when there is none."""
        return next((rule for rule in self.rules if rule.codename == codename), None)

    def implied(self, codename: str) -> bool:
        """Whether the right is held because another one that is held brings it along."""
        others = (IMPLIED.get(other, frozenset()) for other in self.held - {codename})
        return codename in self.full and (
            any(codename in implied for implied in others)
            or (codename == "add_submissions" and self.rule("change_submissions") is not None)
        )


NOTHING = Rights()


def rules_of(partial: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[Rule, ...]:
    """Row rules by codename in the server's expanded form.

    Who may change, validate or delete some records may also view them; who may change some may add any.
    Two sets of rules that let somebody do the same are equal.
    """
    if not partial:
        return ()
    texts = {codename: {_canonical(f) for f in filters} for codename, filters in partial.items() if filters}
    for codename in RULE_CODENAMES[1:]:
        if codename in texts:
            texts.setdefault("view_submissions", set()).update(texts[codename])
    if "change_submissions" in texts:
        texts.setdefault("add_submissions", set()).update(texts["change_submissions"])
    return tuple(sorted(Rule(codename, tuple(sorted(filters))) for codename, filters in texts.items()))


def _canonical(condition: Mapping[str, Any]) -> str:
    return json.dumps(condition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def implied(codename: str, asset_type: str = "survey") -> frozenset[str]:
    """What granting the right on an asset of this type brings along."""
    return IMPLIED.get(codename, frozenset()) & ASSIGNABLE.get(asset_type, ASSIGNABLE["survey"])


@lru_cache(4096)
def grant(held: Rights, codename: str, rules: tuple[Rule, ...] = (), asset_type: str = "survey") -> Rights:
    """What is held after the server granted one right; ``rules`` go with :data:`PARTIAL` and replace others."""
    added = implied(codename, asset_type)
    if codename != PARTIAL:
        added |= {codename}
    elif any(rule.codename == "change_submissions" for rule in rules):
        added |= {"add_submissions"}
    removed = frozenset[str]().union(*(CONTRADICTS.get(name, frozenset()) for name in added | {codename}))
    kept = () if PARTIAL in removed else held.rules
    return Rights((held.full - removed) | added, rules if codename == PARTIAL else kept)


@lru_cache(4096)
def revoke(held: Rights, codename: str) -> Rights:
    """What is held after the server removed the row of one right."""
    removed = REVOKES.get(codename, frozenset()) | {codename}
    return Rights(held.full - removed, () if PARTIAL in removed else held.rules)


@lru_cache(4096)
def settled(wanted: Rights, asset_type: str = "survey") -> Rights:
    """The nearest rights that the server can hold: with everything implied, all records before some records."""
    full = wanted.full.union(*(implied(codename, asset_type) for codename in wanted.held))
    if wanted.rules and not full & _WHOLE:
        return Rights(full, rules_of({rule.codename: rule.values() for rule in wanted.rules}))
    return Rights(full)


class Grant(Struct, frozen=True, tag=True):
    """``POST permission-assignments/`` for one right; ``rules`` with :data:`PARTIAL` only."""

    codename: str
    rules: tuple[Rule, ...] = ()


class Revoke(Struct, frozen=True, tag=True):
    """``DELETE`` of the row that gives one right."""

    codename: str


class RemoveAll(Struct, frozen=True, tag=True):
    """``DELETE permission-assignments/bulk/`` for one user; never for an owner nor for :data:`PUBLIC`."""


Call = Grant | Revoke | RemoveAll


def rights_to_calls(before: Rights, wanted: Rights, asset_type: str = "survey", *, public: bool = False) -> list[Call]:
    """The fewest single calls found that lead one user from ``before`` to exactly ``wanted``, in order.

    Grants come first, so that nobody is locked out in between. ``public``: for :data:`PUBLIC`, whose rows
    only go one by one. Raises ValueError for rights that the server cannot hold (see :func:`settled`) or
    that it does not let the public hold.
    """
    if wanted != settled(wanted, asset_type):
        raise ValueError("these rights contradict each other, or lack what they imply")
    if public and not wanted.held <= PUBLIC_CODENAMES:
        raise ValueError("the public can only view and add")
    if not wanted and not public:
        return [RemoveAll()] if before else []
    calls: list[Call] = []
    state = before
    if wanted.rules and wanted.rules != state.rules:
        calls.append(Grant(PARTIAL, wanted.rules))
        state = grant(state, PARTIAL, wanted.rules, asset_type)
    while missing := wanted.full - state.full:
        codename = max(ordered(missing), key=lambda name: len(missing & implied(name, asset_type)))
        calls.append(Grant(codename))
        state = grant(state, codename, asset_type=asset_type)
    while excess := state.held - wanted.held:
        codename = max(ordered(excess), key=lambda name: len(excess & REVOKES.get(name, frozenset())))
        calls.append(Revoke(codename))
        state = revoke(state, codename)
    return calls


def ordered(codenames: Iterable[str]) -> list[str]:
    """In the order of the sharing screen, rights unknown to us at the end."""
    order = {codename: index for index, codename in enumerate(CODENAMES)}
    return sorted(codenames, key=lambda name: (order.get(name, len(order)), name))


class Team(Struct, frozen=True):
    """Everybody with a right on one project, as far as the caller may see it."""

    owner: str
    rights: dict[str, Rights]
    """By user name, owner and :data:`PUBLIC` included; in the server's order."""
    complete: bool
    """False: only the caller, the owner and the public are seen, because the caller does not manage the project."""
    read: tuple[Assignment, ...] = ()
    """The rows as they were read."""

    @classmethod
    def of(cls, rows: Iterable[Assignment], owner: str, caller: str, *, sees_all: bool = False) -> Team:
        """The team those rows make; ``sees_all`` for a superuser, or who manages without a row."""
        read = tuple(rows)
        by_user: dict[str, list[Assignment]] = {}
        for row in read:
            by_user.setdefault(row.username, []).append(row)
        rights = {user: Rights.of(held) for user, held in by_user.items()}
        manages = "manage_asset" in rights.get(caller, NOTHING).full
        return cls(owner, rights, sees_all or caller == owner or manages, read)

    def get(self, user: str) -> Rights:
        """What the user holds, nothing when not on the team."""
        return self.rights.get(user, NOTHING)

    @property
    def public(self) -> Rights:
        """What everybody holds."""
        return self.get(PUBLIC)

    @property
    def members(self) -> tuple[str, ...]:
        """User names without the owner and the public."""
        return tuple(user for user, held in self.rights.items() if held and user not in (self.owner, PUBLIC))

    def with_rights(self, user: str, rights: Rights) -> Team:
        """The team after the user's rights became these; no rights: the user is off the team."""
        others = {name: held for name, held in self.rights.items() if name != user or rights}
        return replace(self, rights=others | ({user: rights} if rights else {}))


@lru_cache(4096)
def user_path(username: str) -> str:
    """The user as the server wants it named in a row."""
    return f"/api/v2/users/{quote(username, safe='')}/"


@lru_cache(4096)
def permission_path(codename: str) -> str:
    """The right as the server wants it named in a row."""
    return f"/api/v2/permissions/{quote(codename, safe='')}/"


def partial_body(rules: Iterable[Rule | PartialPermission]) -> list[dict[str, Any]]:
    """Row rules as ``partial_permissions`` of a row to send."""
    return [{"url": permission_path(rule.codename), "filters": rule.values()} for rule in rules]


def bulk_rows(after: Team) -> list[dict[str, Any]]:
    """The body of ``POST bulk/``, which replaces the whole team: everybody but the owner.

    Whoever is unchanged, and the public always, goes back exactly as read. Raises ValueError for a team that
    was not seen whole: writing it would remove whoever is hidden.
    """
    if not after.complete:
        raise ValueError("the team was not read completely")
    read: dict[str, list[Assignment]] = {}
    for row in after.read:
        read.setdefault(row.username, []).append(row)
    bodies: list[dict[str, Any]] = []
    for user in dict.fromkeys([*read, *after.rights]):
        if user == after.owner:
            continue
        rows = read.get(user, [])
        if user == PUBLIC or after.get(user) == Rights.of(rows):
            bodies += [_row(user, row.codename, row.partial_permissions) for row in rows]
        else:
            held = after.get(user)
            bodies += [_row(user, codename, held.rules) for codename in ordered(held.held)]
    return bodies


def _row(user: str, codename: str, partial: Iterable[Rule | PartialPermission]) -> dict[str, Any]:
    body = {"user": user_path(user), "permission": permission_path(codename)}
    return body | {"partial_permissions": partial_body(partial)} if codename == PARTIAL else body
