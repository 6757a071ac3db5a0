"""Same records: the whole project or what the filter shows looked through, and one of each group kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.outcome import State
from kobotui.columns.same_records import group_cells, member_cells, same_columns
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.form import META, Question
from kobotui.model.same_records import Finder, Group, compare, rest_of
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import bindings
from kobotui.screens.record_flows import RecordFlows, record_changes
from kobotui.widgets.picker import Choice, MultiPicker, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.jobs import JobState
    from kobotui.model.submission import Submission
    from kobotui.screens.records import Records

MOST = 2000
"""Records that are read whole and shown."""
AT_ONCE = 1000
"""Records of one page of the walk."""
Item = tuple[Group, int]
"""A group with the place of one of its records; -1: its heading."""


class KeepOne(RecordFlows):
    """A screen on which one of several same records is kept."""

    async def keep(self, kept: Submission, group: Group) -> None:
        """Review the deletion of the others."""
        others = [record for record in group.records if record.id != kept.id]
        title = ngettext("Keep record {id}, delete {n} like it", "Keep record {id}, delete {n} like it", len(others))
        await self.propose_deletion(others, title.format(id=kept.id, n=number(len(others))))


class SameRecords(KeepOne):
    """Groups of same records, each with its records below it, the oldest first."""

    place: ClassVar[str] = "same"
    BINDINGS = bindings("same")

    def __init__(self, records: Records, paths: Sequence[str]) -> None:
        """``paths``: the answers that must be the same; none: the record itself."""
        super().__init__()
        self.records = records
        self.paths = tuple(paths)
        self.groups: list[Group] = []
        self._by_id: dict[int, Submission] = {}
        self._said = ""
        """How the search ended."""

    def body(self) -> ComposeResult:
        yield Table(same_columns(), empty=_("Looking ..."))

    def on_mount(self) -> None:
        self.table.focus()
        self.look()

    # Looking

    def do_refresh(self) -> None:
        self.look()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Look through all the records, and read those whole that are the same."""
        from kobotui.api.errors import KoboError

        finder = Finder(self.paths)
        line = self.query_one(TopLine)
        line.show_busy(True)
        try:
            only = self.records.order.filter  # also for those that came since the list below was read
            fields = [*finder.fields, *only.fields]
            walk = (await self.records.service()).walk(only.query or None, fields, AT_ONCE)
            looked = 0
            async for page in walk:
                for record in page:
                    if only.matches(record.raw):
                        finder.add(record)
                looked += len(page)
                self._tell(_("{n} of {count} looked through ...").format(n=number(looked), count=number(page.count)))
            found = finder.groups()
            await self._read(found)
        except (KoboError, LocalError) as error:
            self._said = _("not complete: r looks again")
            self.failed(error)
        else:
            whole = walk.statement is not None and walk.statement.complete
            why = walk.statement.sentence if walk.statement else ""
            self._said = self._ended(finder, found) if whole else _("not complete: {why}").format(why=why)
        finally:
            if self.is_attached:
                line.show_busy(False)
        self.table.empty = _("No two records are the same.")
        self._show()

    def _ended(self, finder: Finder, found: Sequence[tuple[int, ...]]) -> str:
        text = ngettext("{n} group among {count} records", "{n} groups among {count} records", len(found))
        said = text.format(n=number(len(found)), count=number(finder.seen))
        if len(self.groups) < len(found):
            said += ", " + _("the first {n} shown").format(n=number(len(self.groups)))
        if self.records.order.typed:
            said += ", " + _("filtered")
        me = self.app.session.account
        if me and "view_submissions" in self.records.by_rule(me.username):
            said += ", " + _("of those you may see")
        return said

    async def _read(self, found: Sequence[tuple[int, ...]]) -> None:
        """The records of the first groups, as they are now."""
        wanted: list[tuple[int, ...]] = []
        total = 0
        for ids in found:
            if wanted and total + len(ids) > MOST:
                break
            wanted.append(ids)
            total += len(ids)

        def report(n: int) -> None:
            self._tell(_("reading {n} of {count} records ...").format(n=number(n), count=number(total)))

        there = await self.records.read([record for ids in wanted for record in ids], report)
        self._by_id = {record.id: record for record in there}
        groups = [Group(tuple(self._by_id[i] for i in ids if i in self._by_id)) for ids in wanted]
        self.groups = [group for group in groups if len(group.records) > 1]

    # What is shown

    def _tell(self, facts: str) -> None:
        self.show_where(shown(self.records.project.name) or self.records.project.uid, facts)

    def _show(self) -> None:
        items: list[Item] = [(group, place) for group in self.groups for place in range(-1, len(group.records))]
        keys = {_key(item) for item in items}
        self.table.set_marked({key for key in self.table.marked if key in keys})
        self.table.replace(ListSource(items, self._row, _key))
        self.language_changed()
        self.show_keys()

    def language_changed(self) -> None:
        marked = len(self.table.marked)
        facts = [self._said]
        facts += [ngettext("{n} marked", "{n} marked", marked).format(n=number(marked))] if marked else []
        self._tell(", ".join(facts))

    def _row(self, item: Item) -> Row:
        group, place = item
        form, language = self.records.form, self.records.shown_language
        if place < 0:
            return Row(_key(item), group_cells(group, form, self.paths, language))
        first, record = group.records[0], group.records[place]
        lines = compare(form, [first, record], language)
        return Row(_key(item), member_cells(record, lines, min(place, 1), self.app.session.now()))

    def on_table_marks_changed(self) -> None:
        """The number of marked records stands above."""
        self.language_changed()

    # What is chosen

    def _item(self) -> Item | None:
        source = self.table.source
        assert isinstance(source, ListSource)
        return source.items[self.table.cursor_index] if len(source) else None

    def loaded(self, record_id: int) -> Submission | None:
        return self._by_id.get(record_id)

    def anything_chosen(self) -> bool:
        return bool(self.groups)

    def chosen_ids(self) -> Sequence[int]:
        if self.table.marked:
            return sorted(map(int, self.table.marked))
        item = self._item()
        return [item[0].records[item[1]].id] if item and item[1] >= 0 else []

    def do_mark(self) -> None:
        """Mark or unmark a record, and go on; headings are passed over."""
        if (item := self._item()) and item[1] < 0:
            self.table.action_move(1)
        else:
            self.table.toggle_mark()

    def do_unmark_all(self) -> None:
        """Mark nothing."""
        self.table.unmark_all()

    def do_mark_rest(self) -> None:
        """Mark all but one of every group."""
        self.run_flow(self._mark_rest)

    async def _mark_rest(self) -> None:
        choices = [
            Choice("oldest", _("all but the oldest of each group")),
            Choice("newest", _("all but the newest of each group")),
            Choice("approved", _("all but an approved one of each group, or else the oldest")),
        ]
        if keep := await self.app.push_screen_wait(Picker(_("Mark"), choices)):
            rest = [record for group in self.groups for record in rest_of(group, keep)]
            self.table.set_marked({str(record.id) for record in rest})

    # What is done

    def do_open(self) -> None:
        """The records of the group side by side."""
        from kobotui.screens.compare_records import CompareRecords

        if item := self._item():
            self.app.push_screen(CompareRecords(self.records, item[0], self.paths))

    def do_keep(self) -> None:
        """Keep this record, delete the others of its group."""
        item = self._item()
        if item is None or item[1] < 0:
            self.flash(_("Move to the record that is kept."), "warning")
        else:
            self.run_flow(self.keep, item[0].records[item[1]], item[0])

    async def deletion_warnings(self, records: Sequence[Submission], *, keep: bool) -> list[str]:
        chosen = {record.id for record in records}
        none_left = sum(all(record.id in chosen for record in group.records) for group in self.groups)
        text = ngettext("Of {n} group no record is kept.", "Of {n} groups no record is kept.", none_left)
        warnings = [text.format(n=number(none_left))] if none_left else []
        return warnings + await super().deletion_warnings(records, keep=keep)

    def job_ended(self, job: JobState) -> None:
        """Records that were deleted leave their groups, and groups of one leave the list."""
        changes = record_changes(job, self.records.project.uid)
        done = {c.record for c, state in changes if isinstance(c, DeleteSubmission) and state is State.DONE}
        if done:
            groups = [group.without(frozenset(done)) for group in self.groups]
            self.groups = [group for group in groups if len(group.records) > 1]
            n = len(self.groups)
            self._said = ngettext("{n} group left", "{n} groups left", n).format(n=number(n))
            self._show()

    def raw(self) -> object | None:
        item = self._item()
        return item[0].records[item[1]].raw if item and item[1] >= 0 else None


def _key(item: Item) -> str:
    group, place = item
    return str(group.records[place].id) if place >= 0 else f"group {group.records[0].id}"


class FindSame(RecordFlows):
    """The part of DATA that asks what makes records the same."""

    def do_same(self) -> None:
        """Find records that are there more than once."""
        if self.records.window is None or not self.records.window.count:
            self.flash(_("There are no records here."), "warning")
        else:
            self.run_flow(self._ask_same)

    async def _ask_same(self) -> None:
        ways = [
            Choice("record", _("the record"), _("the same UUID, instance or first instance")),
            Choice("answers", _("answers to questions"), _("you choose which; letter case and spaces aside")),
        ]
        typed = self.records.order.typed
        title = _("Same records among those the filter shows") if typed else _("Same records in the whole project")
        way = await self.app.push_screen_wait(Picker(title, ways))
        paths: Sequence[str] | None = ()
        if way == "answers":
            paths = await self.app.push_screen_wait(MultiPicker(_("The same answers to"), self._questions()))
            if paths == ():
                self.flash(_("Mark questions with space."), "warning")
                return
        if way and paths is not None:
            self.app.push_screen(SameRecords(self.records, paths))

    def _questions(self) -> list[Choice]:
        form, language = self.records.form, self.records.shown_language
        asked = [item for item in form.columns() if isinstance(item, Question)]
        asked.sort(key=lambda question: question.type in META)  # what the device fills in comes last
        choices = [Choice(item.path, shown(form.label(item, language)), item.path) for item in asked]
        return [*choices, Choice("_submitted_by", _("By"), _("who sent it"))]
