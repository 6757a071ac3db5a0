"""The filter of a table of records, as it is typed, and what becomes of it.

    region = North and members > 4 and not validated      (status = on hold or by in (ben, ana)) and sent in last 7 days
    Household head contains amina      photo has attachment      kid has (age < 5 and weight is unanswered)

Questions go by name, path or label, choices by name or label. What the server can tell it is asked; the rest is
compared here, and said to be. A text that begins with ``{`` is the server's own query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kobotui.locale import _
from kobotui.model.filter_completion import Completion, completions
from kobotui.model.filter_match import matches
from kobotui.model.filter_meaning import Meaning
from kobotui.model.filter_names import NUMBERS, FilterError, Names
from kobotui.model.filter_parser import Parser
from kobotui.model.filter_query import Query, here, server_query
from kobotui.model.filter_tree import STATUS, Node, fields_of
from kobotui.model.json_query import read_json

if TYPE_CHECKING:
    from kobotui.model.form import Form

__all__ = ["NUMBERS", "STATUS", "Completion", "Filter", "FilterError", "FilterReader", "Query"]


class Filter(Struct, frozen=True):
    """Which records: what the server is asked, and what has to be compared here."""

    text: str = ""
    """As it was typed."""
    query: Query = {}
    """For the server; lets through everything that matches."""
    node: Node | None = None
    """The conditions; None when the server's query is all there is."""
    exact: bool = True
    """Whether the server lets through nothing else; otherwise :meth:`matches` decides."""

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether a record, as the server sends it, matches; for what the server has let through."""
        return self.exact or self.node is None or matches(self.node, record)

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys of a record that :meth:`matches` looks at."""
        return tuple(sorted(fields_of(self.node))) if self.node is not None else ()

    @property
    def here(self) -> str:
        """What is compared here, in a sentence; empty when the server does it all."""
        if self.exact or self.node is None:
            return ""
        return _("The server cannot tell: {what}. What may match is read and compared here.").format(
            what=", ".join(here(self.node))
        )


class FilterReader:
    """Reads filters over the records of one form."""

    def __init__(
        self,
        form: Form,
        now: Callable[[], datetime] | None = None,
        me: str = "",
        saved: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """``now``: the user's clock, in their zone; ``me``: who asks; ``saved``: texts by name, for ``[name]``."""
        self._names = Names(form)
        self._now = now or (lambda: datetime.now(UTC))
        self._me = me
        self._saved = saved

    def _parser(self, text: str) -> Parser:
        return Parser(text, Meaning(self._names, self._now(), self._me), self._saved())

    def read(self, text: str) -> Filter:
        """What a text means; an empty one lets everything through.

        Raises FilterError, with a sentence for the user, when the text cannot be read.
        """
        text = text.strip()
        if not text:
            return Filter()
        if text.startswith("["):  # the whole of a saved one, which may be JSON
            saved = {f"[{name.lower()}]": kept for name, kept in self._saved().items()}
            if (kept := saved.get(text.lower(), "").strip()).startswith("{"):
                return Filter(text, read_json(kept, self._names))
        if text.startswith("{"):
            return Filter(text, read_json(text, self._names))
        node = self._parser(text).whole()
        query, exact = server_query(node)
        return Filter(text, query, node, exact)

    def query(self, text: str) -> Query:
        """The server's query, for what is done by the server alone.

        Raises FilterError also for a filter that the server cannot tell.
        """
        found = self.read(text)
        if found.exact:
            return found.query
        assert found.node is not None
        raise FilterError(_("The server cannot tell: {what}.").format(what=", ".join(here(found.node))))

    def problem(self, text: str, *, server: bool = False) -> str:
        """Why the text is no filter, empty when it is one; ``server``: one that the server can tell alone."""
        try:
            self.query(text) if server else self.read(text)
        except FilterError as error:
            return str(error)
        return ""

    def completions(self, text: str, language: int | None = None) -> list[Completion]:
        """How the text may go on: names of questions, operators, choices, times, “and”; the likeliest first."""
        if text.lstrip().startswith("{"):
            return []
        return completions(self._parser(text), language)
