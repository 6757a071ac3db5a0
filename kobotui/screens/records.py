"""What DATA and its records share: the form and its language, filter and order, the records that are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kobotui.changes.checking import Checking, Sign
from kobotui.columns.submissions import SubmissionColumns, with_sign
from kobotui.model.access import PARTIAL
from kobotui.model.column_choice import ColumnChoice
from kobotui.model.form import Form
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.record_filter import Filter, FilterError, FilterReader, Query
from kobotui.screens.record_list import RecordList
from kobotui.screens.submission_window import SubmissionWindow
from kobotui.widgets.rows import Row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from kobotui.api.client import KoboClient
    from kobotui.api.submissions import SubmissionService
    from kobotui.model.submission import Submission

IDS_AT_ONCE = 1000
_ABOUT_STATUS = "_validation_status"
KEPT_IN_LIST = 100
"""Records with another status that stay in a list which is about the status: an address has no room for more."""


class Order(Struct, frozen=True):
    """Which records are shown, and in which order; the server's business, but for filters it cannot tell."""

    filter: Filter = Filter()
    key: str = "_id"
    falling: bool = True

    @property
    def typed(self) -> str:
        """The filter as it was typed."""
        return self.filter.text

    @property
    def query(self) -> Query:
        """The filter as the server takes it, which lets through everything that matches."""
        return self.filter.query

    @property
    def sort(self) -> dict[str, int]:
        """As the server takes it."""
        return {self.key: -1 if self.falling else 1}

    @property
    def plain(self) -> bool:
        """Whether it is the usual one: all records, the newest on top."""
        return not self.filter.text and not self.query and self.key == "_id" and self.falling


class Records(RecordList):
    """The records of one project, as two screens look at them. Reads; raises ``KoboError`` when the server refuses."""

    def __init__(
        self,
        project: Project,
        kobo: Callable[[], Awaitable[KoboClient]],
        now: Callable[[], datetime],
        *,
        me: Callable[[], str] = str,
        saved: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """``me``: the caller's name; ``saved``: texts of saved filters by name."""
        super().__init__(Order(), self.row)
        self.project = project
        self._kobo = kobo
        self._now = now
        self._me = me
        self._saved = saved
        self.form = Form()
        self.language: int | None = None
        """The labels' language; None before the form is known."""
        self.names = False
        """Whether names are shown in place of labels."""
        self.choice = ColumnChoice()
        """Which columns the table shows, in which order."""
        self.columns = SubmissionColumns(self.form)
        self.checking = Checking()
        """The statuses that are set one by one here."""
        self.single = False
        """Whether this is one record by itself, with no table of records behind it."""
        self.at: int | None = None
        """Position of the record that is open, for the table to go to when it is closed."""
        self.listeners: list[Callable[[], None]] = []
        self._filter: FilterReader | None = None

    def apart(self) -> Records:
        """The same form, language and filter, to be changed without changing these."""
        twin = Records(self.project, self._kobo, self._now, me=self._me, saved=self._saved)
        twin.use_form(self.form)
        twin.use_language(self.language, names=self.names)
        twin.order = self.order
        return twin

    # The form

    def use_form(self, form: Form) -> None:
        """The form whose questions the records answer."""
        self.form = form
        self._filter = None
        if self.language is None or self.language >= len(form.languages):
            self.language = form.default_language
        self.use_language(self.language, names=self.names)

    def use_language(self, language: int | None, *, names: bool) -> None:
        """Show labels in a language, or names."""
        self.language, self.names = language, names
        self.columns = SubmissionColumns(self.form, self.shown_language, self.choice)

    def use_choice(self, choice: ColumnChoice) -> None:
        """Show these columns."""
        self.choice = choice
        self.use_language(self.language, names=self.names)

    @property
    def shown_language(self) -> int | None:
        """The language for labels, None for names."""
        return None if self.names else self.language

    @property
    def filter(self) -> FilterReader:
        """What reads filters over this form."""
        if self._filter is None:
            self._filter = FilterReader(self.form, self._now, self._me(), self._saved)
        return self._filter

    def rights(self, username: str) -> frozenset[str] | None:
        """The caller's rights, those on some records among them; None when only the server knows."""
        if self.detail is None or not self.detail.rights:
            return None
        return self.detail.rights | self.by_rule(username)

    def by_rule(self, username: str) -> frozenset[str]:
        """The caller's rights that a row rule limits to some records."""
        some = {
            entry.codename
            for row in self.project.permissions
            if row.username == username and row.codename == PARTIAL
            for entry in row.partial_permissions
        }
        return frozenset(some - (self.detail.rights if self.detail else frozenset()))

    @property
    def edits_only_some(self) -> bool:
        """Whether a row rule limits which records the caller may edit."""
        rights = self.detail.rights if self.detail else frozenset()
        return PARTIAL in rights and "change_submissions" not in rights

    @property
    def detail(self) -> ProjectDetail | None:
        """The project's detail once it has been read."""
        return self.project if isinstance(self.project, ProjectDetail) else None

    def alone(self, record: Submission) -> Records:
        """One record by itself that this list does not have, or not where one could tell; in the same words."""
        from kobotui.api.paging import Page

        other = Records(self.project, self._kobo, self._now, me=self._me, saved=self._saved)
        other.use_form(self.form)
        other.use_language(self.language, names=self.names)
        other.order = Order(Filter(query={"_id": record.id}))
        other.window = SubmissionWindow(other.row)
        other.window.put(Page((record,), 1))
        other.single = True
        return other

    def order_now(self) -> Order:
        """The order that is shown; another one when "today" has become another day."""
        try:
            order = replace(self.order, filter=self.filter.read(self.order.typed))
        except FilterError:  # another form came meanwhile
            return self.order
        return self.order if order == self.order else order

    # Reading

    async def service(self) -> SubmissionService:
        """The server's records of this project."""
        return (await self._kobo()).submissions(self.project.uid)

    def row(self, record: Submission) -> Row:
        """A record as a row of the table."""
        mark = self.checking.mark(record.id)
        cells = self.columns.cells(self.checking.seen(record), self._now())
        if mark is None:
            return Row(str(record.id), cells)
        failed = mark.sign is Sign.FAILED
        return Row(str(record.id), with_sign(self.columns, cells, failed=failed), sign="!" if failed else "~")

    def stays(self, record: Submission) -> bool:
        return record.id in self.checking.kept

    def query(self, order: Order | None = None) -> Query:
        """As the list's; who has just been given a status stays in a list that is about the status."""
        query = super().query(order)
        kept = list(self.checking.kept[-KEPT_IN_LIST:])
        if kept and (order is None or order is self.order) and _ABOUT_STATUS in repr(query):
            return {"$or": [query, {"_id": {"$in": kept}}]}
        return query

    async def read(
        self,
        ids: Sequence[int],
        report: Callable[[int], None] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Submission]:
        """These records as they are now, in the order of ``ids``; those that are gone are missing.

        ``report`` is told how many have come so far; ``fields`` are the answers that are wanted, None for all.
        """
        found: dict[int, Submission] = {}
        async for page in (await self.service()).named(ids, fields):
            found.update((record.id, record) for record in page)
            if report:
                report(len(found))
        return [found[record_id] for record_id in ids if record_id in found]

    async def all_ids(self, report: Callable[[int, int], None]) -> set[str]:
        """The keys of all records that the filter lets through; ``report`` is told how many of how many.

        Raises ``Incomplete`` when they could not be read whole.
        """
        from kobotui.api.errors import Incomplete
        from kobotui.api.paging import Statement

        if (found := self.found(self.order)) is not None:
            return set(map(str, found))
        walk = (await self.service()).walk(self.query() or None, ["_id"], IDS_AT_ONCE)
        keys: set[str] = set()
        async for page in walk:
            keys.update(str(record.id) for record in page)
            report(len(keys), page.count)
        if walk.statement is None or not walk.statement.complete:
            raise Incomplete(walk.statement or Statement(len(keys), moved=True))
        return keys

    async def ids_between(self, first: int, last: int, report: Callable[[int, int], None]) -> set[str]:
        """The keys of the rows at ``first`` to ``last`` in the order that is shown.

        Raises ``Incomplete`` when the list changed meanwhile: rows then are not where they were.
        """
        from kobotui.api.errors import Incomplete
        from kobotui.api.paging import Statement

        if (found := self.found(self.order)) is not None:
            return set(map(str, found[first : last + 1]))
        service, wanted = await self.service(), last - first + 1
        keys: set[str] = set()
        for start in range(first, last + 1, IDS_AT_ONCE):
            page = await service.page(start, min(IDS_AT_ONCE, last + 1 - start), self.order.sort, self.query(), ["_id"])
            keys.update(str(record.id) for record in page)
            if self.window is None or page.count != self.window.count:
                raise Incomplete(Statement(len(keys), moved=True))
            report(len(keys), wanted)
        if len(keys) < wanted:
            raise Incomplete(Statement(len(keys), wanted - len(keys)))
        return keys

    # News

    def renewed(self, records: Iterable[Submission]) -> None:
        """Records were read again: put them in their places and tell the screens."""
        if self.window:
            for record in records:
                self.window.renew(record)
        self.tell()

    def tell(self) -> None:
        """Tell the screens that the records have changed."""
        for listener in list(self.listeners):
            listener()
