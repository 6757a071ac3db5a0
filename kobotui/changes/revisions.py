"""Which revision of a record is this job's own: an edit gives a record a new ``_uuid``, the next one expects it."""

from __future__ import annotations

from kobotui.changes.change import Change
from kobotui.changes.outcome import Outcome
from kobotui.changes.resubmissions import ResubmitRecord
from kobotui.changes.submissions import EditAnswers


class Revisions:
    """The ``_uuid`` that records have by the edits of one job."""

    def __init__(self) -> None:
        self._next: dict[str, str] = {}

    def note(self, change: Change, outcome: Outcome) -> None:
        """A change has ended; edits are noted in the order in which they were made."""
        made = outcome.image.get("uuid", "")
        if isinstance(change, EditAnswers | ResubmitRecord) and made and made not in self._next:
            old = self.latest(change.uuid)
            if old != made:
                self._next[old] = made

    def latest(self, uuid: str) -> str:
        """The newest one of the record that had this one; itself where nothing was edited."""
        while uuid in self._next:
            uuid = self._next[uuid]
        return uuid
