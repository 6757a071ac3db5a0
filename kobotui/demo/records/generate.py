"""Generated submissions: record ``k`` of a project is a pure function of a seed and ``k``.

Nothing is kept per record. Numbers, UUIDs, times and people come from arithmetic that can be turned around
(`mix`), so that a page deep inside a million records costs as much as the first, and a day's count needs no scan.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kobotui.demo.records import words
from kobotui.demo.records.answers import EPOCH, Circumstances, Maker, maker_of
from kobotui.demo.records.expression import NotUnderstoodError, Value, compile_expression, names_in, number, truth
from kobotui.demo.records.form import MEDIA, Question, choices_of, outline
from kobotui.demo.records.mix import MASK, attachment_uid, mix, uuid_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

CLUMP, GAP = 50, 13  # ids come in clumps: the server numbers all its projects together
STATUSES = (
    ("validation_status_approved", "Approved", 30),
    ("validation_status_not_approved", "Not Approved", 36),
    ("validation_status_on_hold", "On Hold", 42),
)  # the last: of 100 records this old, up to how many have it
MIMETYPES = {"png": "image/png", "wav": "audio/x-wav", "txt": "text/plain"}


@dataclass
class Node:
    """One question or repeat, ready to be answered."""

    question: Question
    salt: int
    relevant: list[Value]
    needs: set[str]
    make: Maker | None = None  # None: a repeat
    children: list[Node] = field(default_factory=list)
    rounds: Value | None = None
    skipped: int = 0  # of 100 rounds, how often it stays unanswered


class Form:
    """A form's content, ready to be answered."""

    def __init__(self, content: dict[str, Any], seed: int, centre: tuple[float, float]) -> None:
        self.nodes: list[Node] = []
        self.repeats: set[str] = set()
        self.media: set[str] = set()
        self.geopoint: str | None = None
        self.by_path: dict[str, Node] = {}
        self.by_name: dict[str, Node] = {}
        choices = choices_of(content)
        for place, question in enumerate(outline(content)):
            node = node_of(question, mix(seed + place * 7919), choices, centre)
            if node is None:
                continue
            repeat = question.repeat
            (self.by_path[repeat].children if repeat else self.nodes).append(node)
            self.by_path[question.path] = node
            self.by_name.setdefault(question.name, node)
            if question.type == "repeat":
                self.repeats.add(question.path)
            if question.type in MEDIA:
                self.media.add(question.path)
            if question.type == "geopoint" and self.geopoint is None and not repeat:
                self.geopoint = question.path

    def wanted(self, paths: Collection[str]) -> list[Node]:
        """The top-level nodes needed to answer these paths."""
        todo = [self.top(self.by_path[p]) for p in paths if p in self.by_path]
        found: dict[str, Node] = {}
        while todo:
            node = todo.pop()
            if node.question.path in found:
                continue
            found[node.question.path] = node
            names = set(node.needs)
            for child in node.children:
                names |= deep_needs(child)
            todo += [self.top(self.by_name[n]) for n in names if n in self.by_name]
        return [n for n in self.nodes if n.question.path in found]

    def top(self, node: Node) -> Node:
        """The outermost repeat around a node, or itself."""
        outer = next((g for g in node.question.groups if g.type == "repeat"), None)
        return self.by_path[outer.path] if outer else node


def deep_needs(node: Node) -> set[str]:
    """The names a node and all inside it refer to."""
    return node.needs.union(*(deep_needs(child) for child in node.children))


def node_of(
    question: Question, salt: int, choices: Mapping[str, list[dict[str, Any]]], centre: tuple[float, float]
) -> Node | None:
    """A question made ready, None for groups and what is never answered."""
    if question.type == "group":
        return None
    relevant, needs = [], set()
    within_repeat = question.repeat
    for row in [
        *(g.row for g in question.groups if not within_repeat or g.path.startswith(within_repeat + "/")),
        question.row,
    ]:
        text = str(row.get("relevant") or "")
        if text:
            try:
                relevant.append(compile_expression(text))
                needs |= names_in(text)
            except NotUnderstoodError:
                continue
    for key in ("calculation", "choice_filter", "repeat_count"):
        needs |= names_in(str(question.row.get(key) or ""))
    node = Node(question, salt, relevant, needs)
    if question.type == "repeat":
        try:
            node.rounds = compile_expression(str(question.row["repeat_count"]))
        except (NotUnderstoodError, KeyError):
            node.rounds = None
        return node
    node.make = maker_of(question, choices.get(question.list_name, []), salt, centre)
    if node.make is None:
        return None
    required = str(question.row.get("required") or "").lower() in ("true", "yes", "1", "true()")
    if not required and question.type not in ("calculate", "start", "end", "today", "username", "deviceid"):
        long_text = question.type == "text" and "multiline" in str(question.row.get("appearance") or "")
        node.skipped = 60 if long_text or "remark" in question.name or "comment" in question.name else 3
    return node


def answer(nodes: Sequence[Node], key: int, circumstances: Circumstances, outer: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to some nodes; ``key`` is the noise of this record or round."""
    known = dict(outer)
    found: dict[str, Any] = {}
    for node in nodes:
        if node.relevant and not all(truth(test(known)) for test in node.relevant):
            continue
        x = mix(key ^ node.salt)
        value: Any
        if node.make is not None:
            if node.skipped and (x >> 57) * 100 < node.skipped * 128:
                continue
            value = node.make(x, known, circumstances)
        else:
            count = round_count(node, x, known)
            value = [answer(node.children, mix(x + i), circumstances, known) for i in range(count)]
            value = [round_ for round_ in value if round_]
        if value is None or value == "" or value == []:
            continue
        known[node.question.name] = value
        found[node.question.path] = value
    return found


def round_count(node: Node, x: int, known: Mapping[str, Any]) -> int:
    """How many rounds a repeat has: what the form says, else one to four."""
    if node.rounds is not None:
        said = number(node.rounds(known))
        if math.isfinite(said):
            return max(0, min(int(said), 15))
    return 1 + (x & 0xFF) * ((x >> 8) & 0xFF) * 4 // 65_536


@dataclass
class Generated:
    """``count`` records of one form, first ``_id`` ``first_id``, between two moments (UTC, no zone)."""

    form: Form
    count: int
    seed: int
    first_id: int
    submitters: list[str]
    start: datetime
    end: datetime
    xform_id: str
    form_uuid: str
    version: str
    validator: str
    media_folder: str

    def __post_init__(self) -> None:
        self.start = self.start.replace(tzinfo=None, microsecond=0)
        self.end = max(self.end.replace(tzinfo=None, microsecond=0), self.start + timedelta(minutes=1))
        self.span = (self.end - self.start).total_seconds()
        self.waves = max(1, round(self.span / 86_400 / 23))

    @staticmethod
    def ids_needed(count: int) -> int:
        """How many ids ``count`` records take, gaps included."""
        return count + count // CLUMP * GAP

    def id_of(self, k: int) -> int:
        """The ``_id`` of record ``k``."""
        return self.first_id + k + k // CLUMP * GAP

    def number_of(self, record_id: int) -> int | None:
        """The record with this ``_id``."""
        block, within = divmod(record_id - self.first_id, CLUMP + GAP)
        k = block * CLUMP + within
        return k if within < CLUMP and 0 <= k < self.count else None

    def first_from_id(self, record_id: int) -> int:
        """How many records have a smaller ``_id``."""
        block, within = divmod(max(0, record_id - self.first_id), CLUMP + GAP)
        return min(self.count, block * CLUMP + min(within, CLUMP))

    def first_from_time(self, text: str) -> int:
        """How many records have a smaller ``_submission_time``."""
        return bisect_left(range(self.count), text, key=lambda k: self.time_of(k).isoformat())

    def time_of(self, k: int) -> datetime:
        """When record ``k`` was sent: never before ``k - 1``, in waves of three weeks, between 6 and 17 o'clock."""
        u = (k + 0.5) / self.count
        turns = 2 * math.pi * self.waves
        seconds = self.span * (u - 0.75 * math.sin(turns * u) / turns)
        moment = self.start + timedelta(seconds=int(seconds))
        if moment.date() in (self.start.date(), self.end.date()):
            return moment
        midnight = moment.replace(hour=0, minute=0, second=0)
        return midnight + timedelta(seconds=6 * 3600 + int((moment - midnight).total_seconds()) * 11 // 24)

    def submitter_of(self, k: int) -> str:
        """Who sent record ``k``."""
        x = mix(self.seed ^ (k * 11 + 5))
        return self.submitters[((x & 0xFFFF) * ((x >> 16) & 0x7FFF | 0x8000) * len(self.submitters)) >> 32]

    def status_of(self, k: int, moment: datetime) -> dict[str, Any]:
        """The validation status: some of the records older than a week have one."""
        if (self.end - moment).days < 7:
            return {}
        x = mix(self.seed ^ (k * 13 + 7))
        for uid, label, below in STATUSES:
            if x % 100 < below:
                seconds = (moment - EPOCH).total_seconds() + 86_400 + (x >> 8) % 400_000
                return {"timestamp": int(seconds), "uid": uid, "by_whom": self.validator, "label": label}
        return {}

    def uuid_of(self, k: int) -> str:
        """The UUID record ``k`` was sent with."""
        return uuid_of(self.seed, k)

    def row(self, k: int) -> dict[str, Any]:
        """Record ``k`` as JSON, without URLs."""
        return next(self.rows(range(k, k + 1), None))

    def rows(self, numbers: Sequence[int], wanted: Collection[str] | None) -> Iterator[dict[str, Any]]:
        """Records as JSON, reduced to the wanted keys (and ``_id``) where that saves work."""
        if wanted is None:
            for k in numbers:
                yield self.whole(k)
            return
        paths = set(wanted)
        if "_geolocation" in paths and self.form.geopoint:
            paths.add(self.form.geopoint)
        if "_attachments" in paths:
            paths |= self.form.media
        nodes = self.form.wanted(paths)
        timed = bool(nodes) or not paths.isdisjoint({"_submission_time", "_validation_status"})
        uuids = not paths.isdisjoint({"_uuid", "meta/rootUuid", "meta/instanceID", "_attachments"})
        media, place = "_attachments" in paths, "_geolocation" in paths
        status, person = "_validation_status" in paths, bool(nodes) or "_submitted_by" in paths
        for k in numbers:
            row: dict[str, Any] = {}
            moment = self.time_of(k) if timed else self.start
            submitter = self.submitter_of(k) if person else ""
            if nodes:
                row = answer(nodes, mix((self.seed + k * 0x9E37) & MASK), Circumstances(k, moment, submitter), {})
            if uuids:
                row["_uuid"] = uuid = self.uuid_of(k)
                row["meta/rootUuid"] = row["meta/instanceID"] = "uuid:" + uuid
                if media:
                    row["_attachments"] = self.attachments(k, row)
            if timed:
                row["_submission_time"] = moment.isoformat()
            if person:
                row["_submitted_by"] = submitter
            if place:
                row["_geolocation"] = position(row.get(self.form.geopoint or ""))
            if status:
                row["_validation_status"] = self.status_of(k, moment)
            row["_id"] = self.id_of(k)
            row["formhub/uuid"], row["__version__"] = self.form_uuid, self.version
            row["_xform_id_string"], row["_status"] = self.xform_id, "submitted_via_web"
            yield row

    def whole(self, k: int) -> dict[str, Any]:
        """Record ``k`` with all its keys, in the server's order."""
        moment, submitter, uuid = self.time_of(k), self.submitter_of(k), self.uuid_of(k)
        key = mix((self.seed + k * 0x9E37) & MASK)
        answers = answer(self.form.nodes, key, Circumstances(k, moment, submitter), {})
        row = {"_id": self.id_of(k), "formhub/uuid": self.form_uuid, **answers}
        row |= {"__version__": self.version, "meta/instanceID": "uuid:" + uuid, "_xform_id_string": self.xform_id}
        row |= {"_uuid": uuid, "meta/rootUuid": "uuid:" + uuid, "_attachments": []}
        row["_attachments"] = self.attachments(k, row)
        return row | {
            "_status": "submitted_via_web",
            "_geolocation": position(answers.get(self.form.geopoint or "")),
            "_submission_time": moment.isoformat(),
            "_validation_status": self.status_of(k, moment),
            "_submitted_by": submitter,
        }

    def attachments(self, k: int, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The files record ``k`` refers to."""
        if not self.form.media:
            return []
        from kobotui.demo.records.xml import positions

        found = []
        for place, (path, name) in enumerate(positions(row, self.form.media.__contains__)):
            found.append(
                {
                    "mimetype": MIMETYPES[name.rpartition(".")[2]],
                    "filename": f"{self.media_folder}/{row['_uuid']}/{name}",
                    "media_file_basename": name,
                    "uid": attachment_uid(self.seed, k, min(place, 63)),
                    "is_deleted": False,
                    "question_xpath": path,
                }
            )
        return found


def position(text: Any) -> list[float | None]:
    """``_geolocation`` of a geopoint's answer: latitude, longitude."""
    try:
        latitude, longitude = (float(part) for part in str(text or "").split()[:2])
    except ValueError:
        return [None, None]
    return [latitude, longitude]


def centre_of(settings: Mapping[str, Any], seed: int) -> tuple[float, float]:
    """About where a project's points lie: in its country, else somewhere by the seed."""
    country = settings.get("country")
    for entry in country if isinstance(country, list) else [country]:
        code = entry.get("value") if isinstance(entry, dict) else entry
        if code in words.CENTRES:
            return words.CENTRES[code]
    return list(words.CENTRES.values())[seed % len(words.CENTRES)]
