"""``v`` and one more key: a validation status is set at once, behind the cursor, and the next record is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work

from kobotui.changes.checking import Mark, Sign
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import SetValidation
from kobotui.columns.words import number, validation_label
from kobotui.locale import _, ngettext
from kobotui.model.record_filter import STATUS
from kobotui.model.submission import Submission, with_validation
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.record_flows import RecordFlows
from kobotui.screens.record_marks import RecordMarks
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.jobs import JobState

STATUS_KEYS: dict[str, str | None] = {
    "a": "validation_status_approved",
    "n": "validation_status_not_approved",
    "h": "validation_status_on_hold",
    "minus": None,
}
_LEAVES = frozenset({"escape", "backspace"})
AHEAD = 20
"""How near to the end of what is loaded the next records are fetched."""
_SOON = 1.0
"""Seconds within which two keys are one wish."""


class NotSet(LocalError):
    """A status that was not set; the message is a sentence."""

    def __init__(self, mark: Mark) -> None:
        text = _("Record {id}: {status} was not set. {why}")
        status = validation_label(mark.change.after) if mark.change.after else _("no status")
        super().__init__(text.format(id=mark.change.record, status=status, why=mark.outcome.reason))
        self._details = mark.outcome.details

    def details(self) -> str:
        """What the server said."""
        return self._details or str(self)


class StatusKeys(RecordFlows):
    """A screen mixes this in before its other bases and says in :meth:`to_next_record` how to go on.

    The two keys are the review: each status is exactly taken back by ``z``. Where several records are marked, and
    where the list is sorted by status, there is a review as for everything else.
    """

    next_key: Callable[[str], bool] | None = None
    """What takes the next key, whatever that is bound to, when it answers true; see ``KoboApp.on_event``."""

    def looked_at(self) -> Submission | None:
        """The record whose status is set, None while it is still being read."""
        raise NotImplementedError

    def to_next_record(self) -> None:
        """A status has been set: the next record, or a word at the last one."""
        raise NotImplementedError

    def to_record(self, record_id: int) -> None:
        """A status was taken back: its record, when it is loaded."""
        raise NotImplementedError

    def several_chosen(self) -> bool:
        """Whether marks say which records are meant."""
        return False

    # The two keys

    async def action_do(self, verb: str) -> None:
        self.next_key = None  # what is done by the palette takes no key
        await super().action_do(verb)
        if verb == "validate" and self.next_key is None:
            self.next_key = partial(self._swallow, monotonic())

    def _swallow(self, since: float, key: str) -> bool:
        """What was meant for a status that cannot be set must not do something else."""
        return key in STATUS_KEYS and monotonic() - since < _SOON

    def do_validate(self) -> None:
        """Set the validation status: the next key says which."""
        account = self.app.session.account
        if account and account.production and not self.records.checking.agreed and not self._reviewed():
            self.run_flow(self._agree, account.name, account.host)
        else:
            self._await_status()

    async def _agree(self, name: str, host: str) -> None:
        """On a production account it is asked once for each list, and the name is typed."""

        def check(text: str) -> str | None:
            return None if text.strip() == name else _("Type {name}, or leave with escape.").format(name=name)

        text = _("PRODUCTION: type {name} to set statuses on {server} by v and a key, without a review of each")
        if await self.ask(text.format(name=name, server=host), check=check) is not None:
            self.records.checking.agreed = True
            self._await_status()

    def _await_status(self) -> None:
        self.next_key = self._status_chosen
        self.flash("")
        self.show_keys()

    def show_keys(self) -> None:
        if self.next_key != self._status_chosen:
            super().show_keys()
            return
        hints = [KeyHint(_shown(key), _label(uid)) for key, uid in STATUS_KEYS.items()]
        self.query_one(KeyBar).set_keys([*hints, KeyHint("esc", _("leave it"))])

    def _status_chosen(self, key: str) -> bool:
        self.show_keys()
        if key in STATUS_KEYS and self._reviewed():
            self.begin(lambda ids: self._propose_status(ids, STATUS_KEYS[key]))
        elif key in STATUS_KEYS:
            self._set_status(STATUS_KEYS[key])
        elif key == "question_mark":
            return False  # what can be done here at all
        elif key not in _LEAVES:
            keys = ", ".join(map(_shown, STATUS_KEYS))
            self.flash(_("Nothing was set: one of {keys} belongs behind v.").format(keys=keys), "warning")
        return True

    def _reviewed(self) -> bool:
        return self.several_chosen() or self.records.order.key == STATUS

    async def _propose_status(self, ids: Sequence[int], uid: str | None) -> None:
        changes = [
            SetValidation(**self.named(record), before=record.validation, stamp=record.validation_stamp[1], after=uid)
            for record in await self.chosen_records(ids)
            if record.validation != uid
        ]
        await self.propose(_title([change.record for change in changes]), changes)

    def _set_status(self, uid: str | None) -> None:
        record = self.looked_at()
        if record is None:
            self.flash(_("This record is still being read."), "warning")
            return
        checking, window = self.records.checking, self.records.window
        if change := checking.change(self.records.project, record, uid):
            if not checking.checked and window:
                checking.of = window.count
            self._send(change)
        self.to_next_record()

    def do_undo(self) -> None:
        """Take back the last status that was set here, then the one before; else what was done last."""
        checking = self.records.checking
        self._take_news()
        if found := checking.back():
            back, place = found
            self._send(back, place)
            self.to_record(back.record)
            self.flash(_("Record {id}: {status} again.").format(id=back.record, status=_label(back.after)))
        elif checking.job is not None:
            self.flash(_("Every status that was set here is taken back. J shows older jobs."), "warning")
        else:
            super().do_undo()

    # The job

    def _send(self, change: SetValidation, takes_back: int | None = None) -> None:
        """Let it go out behind the cursor, in the job that is open or in a new one."""
        records, account = self.records, self.app.session.account
        assert account is not None
        self._take_news()
        if records.checking.job is not None:
            self.app.jobs.append(records.checking.job, [change])
        else:
            title = _("Statuses one by one: {project}").format(project=records.project.name or records.project.uid)
            plan = Plan(title=title, account=account.name, server=account.server, changes=(change,))
            records.checking.job = self.app.jobs.open(plan, account)
        records.checking.add(change, records.checking.job, takes_back)
        records.tell()

    def end_checking(self) -> None:
        """Nothing more is set here: the job ends when all of it is done."""
        if self.records.checking.job is not None:
            self.app.jobs.finish(self.records.checking.job)
            self.records.checking.job = None

    def on_unmount(self) -> None:
        """The last screen with these records ends it."""
        others = (screen for screen in self.app.screen_stack if screen is not self)
        if not any(getattr(screen, "records", None) is self.records for screen in others):
            self.end_checking()

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        mine = self.records.checking.job
        if mine is not None and job.number > mine:  # what was done last is taken back first
            self.records.checking.seal()
            self.end_checking()
        self._take(job)

    def _take_news(self) -> None:
        """What is known of the jobs by now, also what nobody has told so far."""
        for job in self.app.job_states:
            self._take(job)

    def _take(self, job: JobState) -> None:
        records, checking = self.records, self.records.checking
        if job.number not in checking.jobs:
            return
        away = checking.away
        news = checking.report(job.number, job.outcomes)
        if checking.away and not away and job.running:
            text = _("{why} What was set waits (~), and goes out when the server is back.")
            self.app.kobo_screen().flash(text.format(why=shown(checking.away)), "warning")
        window = records.window
        for change, outcome in news:
            record = window.find(change.record) if window else None
            if window and record and outcome.state is State.DONE:
                window.renew(with_validation(record, change.after, outcome.image.get("stamp")))
        failed = [change.record for change, outcome in news if outcome.state is not State.DONE]
        if not job.running:
            text = _("{why} It waits in Jobs: J, then c, goes on with it.").format(why=job.error).strip()
            failed += [change.record for change in checking.ended(job.number, text)]
        if news or failed:
            records.tell()
        if failed:
            self._say_failed(failed)

    def _say_failed(self, ids: Sequence[int]) -> None:
        marks = [mark for mark in map(self.records.checking.mark, ids) if mark and mark.sign is Sign.FAILED]
        if not marks:
            return
        error = NotSet(marks[-1])
        self.app.note_error(error)
        text = ngettext("{n} status was not set.", "{n} statuses were not set.", len(marks)).format(n=len(marks))
        said = str(error) if len(marks) == 1 else f"{text} {error}"
        self.app.kobo_screen().flash(_("{sentence}  (! details)").format(sentence=shown(said)), "error")
        self.read_changed(ids)

    @work(group="records")
    async def read_changed(self, ids: Sequence[int]) -> None:
        """Records that somebody else has changed, as they are now."""
        from kobotui.api.errors import KoboError

        with suppress(KoboError):  # what could not be done is said already
            self.records.renewed(await self.records.read(ids))

    # What is said

    def failed_here(self) -> NotSet | None:
        """Why the status of the record looked at was not set, None when there is nothing to say."""
        ids = self.chosen_ids()[:1]
        mark = self.records.checking.mark(ids[0]) if ids else None
        return NotSet(mark) if mark and mark.sign is Sign.FAILED else None

    def do_details(self) -> None:
        """Details of the last error; of a record whose status was not set, why."""
        if error := self.failed_here():
            self.app.note_error(error)
        super().do_details()

    def progress_text(self) -> str:
        """``37 of 212 checked``; empty before the first one."""
        checked = self.records.checking.checked
        if not checked:
            return ""
        return _("{n} of {count} checked").format(n=number(checked), count=number(self.records.checking.of))


class StatusesInTable(StatusKeys, RecordMarks):
    """The same in the table: the cursor goes down."""

    def looked_at(self) -> Submission | None:
        key = self.table.cursor_key
        return self.loaded(int(key)) if key else None

    def several_chosen(self) -> bool:
        return bool(self.table.marked)

    def to_next_record(self) -> None:
        here = self.table.cursor_index + 1
        if here >= self.count:
            self.flash(_("This is the last record."))
            return
        self.table.move_to(here)
        if self.records.window and self.records.window.record(last := min(here + AHEAD, self.count - 1)) is None:
            self.table.post_message(Table.Wanted(self.table, here, last))

    def to_record(self, record_id: int) -> None:
        self.table.move_to_key(str(record_id))

    @on(Table.CursorRested)
    def _say_what_failed(self) -> None:
        if error := self.failed_here():
            self.flash(_("{sentence}  (! details)").format(sentence=shown(str(error))), "warning")


def _shown(key: str) -> str:
    return "-" if key == "minus" else key


def _label(uid: str | None) -> str:
    return validation_label(uid) if uid else _("no status")


def _title(ids: Sequence[int]) -> str:
    if len(ids) == 1:
        return _("Validation status of record {id}").format(id=ids[0])
    return ngettext("Validation status of {n} record", "Validation status of {n} records", len(ids)).format(
        n=number(len(ids))
    )
