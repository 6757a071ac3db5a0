"""The submissions of one project: a declared number of generated ones, and what was done since.

Generated records are never kept (`generate`). Records that were edited or sent in are kept whole, removals
and validation statuses as small tables beside; nothing here grows with the number declared.
"""

from __future__ import annotations

import uuid as uuids
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kobotui.demo.records import mongo, search, xml
from kobotui.demo.records.generate import Form, Generated, centre_of, position
from kobotui.demo.records.kept import Shape, Stored, Upload, attachment_entry, shape_of, within
from kobotui.demo.records.media import content_of
from kobotui.demo.records.mix import noise, number_of_uuid, place_of_attachment
from kobotui.demo.state import now

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from kobotui.demo.state import Asset, State


class RecordStore:
    """The submissions of one asset."""

    def __init__(self, state: State, asset: Asset) -> None:
        self.state = state
        self.asset = asset
        self.base: Generated | None = None
        self.changed: dict[int, Stored] = {}  # generated records that were edited, by _id
        self.added: dict[int, Stored] = {}  # by _id, ascending
        self.removed: list[int] = []  # numbers of generated records, ascending
        self.statuses: dict[int, dict[str, Any]] = {}  # by _id: set or cleared since
        self.files: dict[str, bytes] = {}  # by attachment uid: what was uploaded
        self.deleted_files: set[str] = set()
        self.current: dict[str, int] = {}  # UUID and root UUID of kept records -> _id
        self.past: dict[str, int] = {}  # UUIDs they had before edits -> _id
        self.counted: dict[str, int] = {}  # counts of queries since the last change
        self.orders: dict[str, array[int]] = {}  # what the last long search found since then
        self._shape: tuple[str, Shape] = ("", Shape())

    def generate(self, count: int, seed: int, submitters: list[str], start: datetime, end: datetime) -> None:
        """Declare ``count`` generated submissions of the deployed version, sent between two moments.

        To be called once, before any record is added: generated records have the smaller ids.
        """
        deployment, version = self.asset.deployment, self.asset.deployed_version
        if count < 1 or deployment is None or version is None:
            return
        self.base = Generated(
            form=Form(version.content, seed, centre_of(self.asset.settings, seed)),
            count=count,
            seed=seed,
            first_id=self.state.next_record_id(Generated.ids_needed(count)),
            submitters=submitters or [self.asset.owner],
            start=start.astimezone(UTC) if start.tzinfo else start,
            end=end.astimezone(UTC) if end.tzinfo else end,
            xform_id=self.asset.uid,
            form_uuid=deployment.form_uuid,
            version=version.uid,
            validator=self.asset.owner,
            media_folder=f"{self.asset.owner}/attachments/{deployment.form_uuid}",
        )
        self.touch()

    # -- reading ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.generated_left() + len(self.added)

    def generated_left(self) -> int:
        """How many generated records were not removed."""
        return (self.base.count if self.base else 0) - len(self.removed)

    def get(self, record_id: int) -> dict[str, Any] | None:
        """The record with this ``_id``, as JSON without URLs."""
        kept = self.added.get(record_id) or self.changed.get(record_id)
        if kept:
            return self.dressed(dict(kept.row))
        k = self.live_number(record_id)
        return None if k is None or self.base is None else self.dressed(self.base.row(k))

    def live_number(self, record_id: int) -> int | None:
        """The number of a generated record that was not removed."""
        k = self.base.number_of(record_id) if self.base else None
        return None if k is None or self.is_removed(k) else k

    def is_removed(self, k: int) -> bool:
        """Whether generated record ``k`` was removed."""
        at = bisect_left(self.removed, k)
        return at < len(self.removed) and self.removed[at] == k

    def id_of_uuid(self, uuid: str) -> int | None:
        """The ``_id`` of the record with this current or first UUID (``uuid:`` allowed)."""
        uuid = uuid.removeprefix("uuid:")
        found = self.current.get(uuid)
        if found is None and self.base:
            k = number_of_uuid(self.base.seed, uuid)
            if k is not None and 0 <= k < self.base.count and not self.is_removed(k):
                found = self.base.id_of(k)
        return found

    def by_uuid(self, uuid: str) -> dict[str, Any] | None:
        """The record with this current or first UUID (``uuid:`` allowed)."""
        found = self.id_of_uuid(uuid)
        return None if found is None else self.get(found)

    def find(self, key: str) -> dict[str, Any] | None:
        """The record of a path's ``{id}``: an ``_id``, a root UUID or a current UUID."""
        return self.get(int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else self.by_uuid(key)

    def xml_of(self, record_id: int) -> str | None:
        """The record's stored XML."""
        kept = self.added.get(record_id) or self.changed.get(record_id)
        if kept:
            return kept.xml
        k = self.live_number(record_id)
        if k is None or self.base is None:
            return None
        row = self.base.row(k)
        return xml.write(xml.from_row(row, {"id": self.base.xform_id, "version": self.base.version}))

    def dressed(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with what was done beside it: validation, deleted files."""
        status = self.statuses.get(row["_id"])
        if status is not None:
            row["_validation_status"] = dict(status)
        if self.deleted_files and row.get("_attachments"):
            row["_attachments"] = [
                a | {"is_deleted": True} if a["uid"] in self.deleted_files else a for a in row["_attachments"]
            ]
        return row

    def rows(self, segment: range, wanted: set[str] | None) -> Iterator[dict[str, Any]]:
        """The live records among some generated numbers, reduced to the wanted keys."""
        if self.base is None:
            return
        plain = not (self.removed or self.changed or self.statuses or self.deleted_files)
        for k, row in zip(segment, self.base.rows(segment, wanted), strict=True):
            if plain:
                yield row
            elif not self.is_removed(k):
                kept = self.changed.get(row["_id"])
                yield self.dressed(dict(kept.row) if kept else row)

    def segments(self, bounds: mongo.Bounds, by_time: bool, descending: bool = False) -> list[range | Stored]:
        """Everything within bounds, by ``_id`` or by ``_submission_time``, equal times by ascending ``_id``.

        ``descending``: the whole in reverse, runs of generated numbers, too.
        """
        found = self.ascending(bounds, by_time, descending)
        return [s[::-1] if isinstance(s, range) else s for s in reversed(found)] if descending else found

    def ascending(self, bounds: mongo.Bounds, by_time: bool, descending: bool) -> list[range | Stored]:
        """`segments` before they are turned around."""
        low, high = 0, 0
        if self.base:
            low, high = 0, self.base.count
            if bounds.id_from is not None:
                low = max(low, self.base.first_from_id(bounds.id_from))
            if bounds.id_to is not None:
                high = min(high, self.base.first_from_id(bounds.id_to + 1))
            if bounds.time_from is not None:
                low = max(low, self.base.first_from_time(bounds.time_from))
            if bounds.time_to is not None:
                high = min(high, self.base.first_from_time(bounds.time_to + "\0"))
        added = [s for s in self.added.values() if within(s, bounds)]
        if not by_time:
            return [range(low, max(low, high)), *added]
        found: list[range | Stored] = []
        for kept in sorted(added, key=lambda s: (s.time, -s.id if descending else s.id)):
            at = self.base.first_from_time(kept.time + "\0") if self.base else 0
            at = min(max(at, low), max(low, high))
            found += [range(low, at), kept]
            low = at
        return [*found, range(low, max(low, high))]

    def live(self, segment: range) -> int:
        """How many records of a run of generated numbers are left."""
        return len(segment) - bisect_left(self.removed, segment.stop) + bisect_left(self.removed, segment.start)

    def nth_live(self, segment: range, place: int) -> int:
        """The number of the live record at a place (from 0) of a run."""
        before = segment.start - bisect_left(self.removed, segment.start) + place
        skipped = bisect_right(range(len(self.removed)), before, key=lambda i: self.removed[i] - i)
        return before + skipped

    def count(self, query: Mapping[str, Any] | None = None) -> int:
        """How many records a query lets through.

        Raises: mongo.UnsupportedQueryError.
        """
        return search.run(search.steps(self, query or {}, None, 0, 0))[0]

    def page(
        self,
        query: Mapping[str, Any] | None = None,
        sort: tuple[str, int] | None = None,
        start: int = 0,
        limit: int | None = 100,
        fields: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """A page of records: Mongo query, one sort key with 1 or -1, place, number, keys to keep (none: all).

        Raises: mongo.UnsupportedQueryError.
        """
        return search.project(search.run(search.steps(self, query or {}, sort, start, limit))[1], fields)

    async def search(
        self, query: Mapping[str, Any], sort: tuple[str, int] | None = None, start: int = 0, limit: int | None = None
    ) -> tuple[int, list[dict[str, Any]]]:
        """Count and page at once, letting the server answer others meanwhile.

        Raises: mongo.UnsupportedQueryError.
        """
        return await search.run_kindly(search.steps(self, query, sort, start, limit))

    def last_submission_time(self) -> datetime | None:
        """When the newest record was sent; aware, UTC."""
        times = [s.time for s in self.added.values()]
        if self.base and self.generated_left():
            last = self.nth_live(range(self.base.count), self.generated_left() - 1)
            times.append(self.base.time_of(last).isoformat())
        return datetime.fromisoformat(max(times)).replace(tzinfo=UTC) if times else None

    def daily_counts(self, days: int, filters: list[dict[str, Any]] | None = None) -> dict[str, int]:
        """Records per day (UTC) over the last ``days`` days, empty days left out; ``filters`` are joined by OR."""
        today = now().date()
        counts: dict[str, int] = {}
        for back in range(days, -1, -1):
            day = (today - timedelta(days=back)).isoformat()
            query: dict[str, Any] = {"_submission_time": {"$gte": day, "$lte": day + "T23:59:59"}}
            if filters is not None:
                query = {"$and": [query, {"$or": filters}]}
            number = self.count(query)
            if number:
                counts[day] = number
        return counts

    # -- changing --------------------------------------------------------------------------------

    def touch(self) -> None:
        """Forget what was counted: something changed."""
        self.counted.clear()
        self.orders.clear()

    def shape(self) -> Shape:
        """What the project's forms say about repeats, files and places."""
        key = "".join(v.uid for v in self.asset.versions[-1:]) + str(len(self.asset.versions))
        if self._shape[0] != key:
            self._shape = (key, shape_of(self.asset))
        return self._shape[1]

    def row_of(self, kept: Stored, root: Element) -> dict[str, Any]:
        """A kept record as JSON, without URLs, from its XML."""
        shape = self.shape()
        answers = xml.answers(root, shape.repeats)
        row: dict[str, Any] = {"_id": kept.id, **answers}
        row |= {"_xform_id_string": self.asset.uid, "_uuid": kept.uuid, "meta/rootUuid": "uuid:" + kept.root}
        row |= {"_attachments": kept.attachments, "_status": "submitted_via_web"}
        row["_geolocation"] = position(next((answers[p] for p in shape.geopoints if p in answers), ""))
        return row | {"_submission_time": kept.time, "_validation_status": {}, "_submitted_by": kept.submitted_by}

    def attach(self, kept: Stored, root: Element, files: Iterable[Upload]) -> None:
        """Take over uploaded files; those no answer names any more are marked deleted."""
        named = {
            text: path for path, text in xml.positions(xml.answers(root, self.shape().repeats), lambda _path: True)
        }
        form_uuid = self.asset.deployment.form_uuid if self.asset.deployment else ""
        for upload in files:
            uid = self.state.uid("att")
            self.files[uid] = upload.data
            folder = f"{self.asset.owner}/attachments/{form_uuid}/{kept.uuid}"
            kept.attachments.append(attachment_entry(upload, uid, folder, named.get(upload.name, "")))
        kept.attachments = [
            a if a["media_file_basename"] in named else a | {"is_deleted": True} for a in kept.attachments
        ]

    def add(
        self, root: Element, text: str, submitted_by: str | None, moment: datetime, files: Iterable[Upload] = ()
    ) -> Stored:
        """Keep a new record. ``moment`` is aware; ``meta/rootUuid`` of its XML is kept."""
        uuid = (xml.text_at(root, "meta/instanceID") or str(uuids.uuid4())).removeprefix("uuid:")
        first = (xml.text_at(root, "meta/rootUuid") or uuid).removeprefix("uuid:")
        time = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
        kept = Stored(self.state.next_record_id(), uuid, first, text, {}, time, submitted_by)
        self.attach(kept, root, files)
        kept.row = self.row_of(kept, root)
        self.added[kept.id] = kept
        self.current[uuid] = self.current[first] = kept.id
        self.past.pop(uuid, None)
        self.touch()
        return kept

    def keep(self, record_id: int) -> Stored:
        """The kept form of a record, taking over a generated one.

        Raises: KeyError when there is no such record.
        """
        kept = self.added.get(record_id) or self.changed.get(record_id)
        if kept:
            return kept
        k = self.live_number(record_id)
        text = self.xml_of(record_id)
        if k is None or text is None or self.base is None:
            raise KeyError(record_id)
        row = self.base.row(k)
        kept = Stored(record_id, row["_uuid"], row["_uuid"], text, row, row["_submission_time"], row["_submitted_by"])
        kept.attachments = row["_attachments"]
        if record_id not in self.statuses and row["_validation_status"]:
            self.statuses[record_id] = row["_validation_status"]
        self.changed[record_id] = kept
        self.current[kept.uuid] = record_id
        return kept

    def revise(self, record_id: int, root: Element, text: str, files: Iterable[Upload] = ()) -> Stored:
        """Replace a record's XML, which carries its new ``meta/instanceID``.

        Raises: KeyError when there is no such record.
        """
        kept = self.keep(record_id)
        old, kept.uuid = kept.uuid, (xml.text_at(root, "meta/instanceID") or "").removeprefix("uuid:")
        if old != kept.root:
            self.current.pop(old, None)
        self.past[old] = record_id
        self.current[kept.uuid] = self.current[kept.root] = record_id
        kept.xml = text
        self.attach(kept, root, files)
        kept.row = self.row_of(kept, root)
        self.touch()
        return kept

    def complete(self, record_id: int, files: Iterable[Upload]) -> None:
        """Add files to a record that was sent before without them."""
        kept = self.keep(record_id)
        root = xml.read(kept.xml)
        self.attach(kept, root, files)
        kept.row = self.row_of(kept, root)
        self.touch()

    def remove(self, record_ids: Iterable[int]) -> None:
        """Remove records; unknown ids are passed over."""
        numbers = []
        for record_id in record_ids:
            kept = self.added.pop(record_id, None) or self.changed.pop(record_id, None)
            if kept:
                for uuid in (kept.uuid, kept.root):
                    self.current.pop(uuid, None)
                for uuid in [u for u, i in self.past.items() if i == record_id]:
                    del self.past[uuid]
                for attachment in kept.attachments:
                    self.files.pop(attachment["uid"], None)
            k = self.live_number(record_id)
            if k is not None:
                numbers.append(k)
            self.statuses.pop(record_id, None)
        if numbers:
            self.removed = sorted({*self.removed, *numbers})
        self.touch()

    def validate(self, record_ids: Iterable[int], status: Mapping[str, Any]) -> None:
        """Set, or with ``{}`` clear, the validation status of records."""
        shared = dict(status)
        for record_id in record_ids:
            self.statuses[record_id] = shared
        self.touch()

    # -- files -----------------------------------------------------------------------------------

    def attachment(self, uid: str) -> tuple[int, dict[str, Any]] | None:
        """An attachment by its uid: the ``_id`` of its record, and its entry there."""
        for kept in [*self.added.values(), *self.changed.values()]:
            for entry in self.dressed(dict(kept.row))["_attachments"]:
                if entry["uid"] == uid:
                    return kept.id, entry
        place = place_of_attachment(self.base.seed, uid) if self.base else None
        if place is None or self.base is None or not 0 <= place[0] < self.base.count:
            return None
        row = self.get(self.base.id_of(place[0]))
        entry = next((a for a in (row or {}).get("_attachments", []) if a["uid"] == uid), None)
        return (row["_id"], entry) if row and entry else None

    def delete_files(self, uids: Iterable[str]) -> None:
        """Mark attachments deleted; they stay listed."""
        self.deleted_files.update(uids)
        self.touch()

    def content(self, entry: Mapping[str, Any]) -> bytes:
        """The bytes of an attachment."""
        stored = self.files.get(entry["uid"])
        return stored if stored is not None else content_of(entry["media_file_basename"], noise(entry["uid"]))
