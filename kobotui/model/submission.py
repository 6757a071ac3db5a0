"""Submissions: one record of a project, the server's keys and text untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ValidationUid = Literal["validation_status_approved", "validation_status_not_approved", "validation_status_on_hold"]
VALIDATION_UIDS: tuple[ValidationUid, ...] = (
    "validation_status_approved",
    "validation_status_not_approved",
    "validation_status_on_hold",
)

NAMED_AT_ONCE = 100
"""Records named by ``_id`` in one request: more make its address too long for some web servers."""

SYSTEM_KEYS = frozenset(
    {
        "_id", "_uuid", "_status", "_attachments", "_geolocation", "_submission_time", "_submitted_by",
        "_validation_status", "_xform_id_string", "_supplementalDetails", "_tags", "_notes",
        "__version__", "formhub/uuid", "meta/instanceID", "meta/rootUuid", "meta/deprecatedID", "meta/instanceName",
    }
)  # fmt: skip
"""Keys of a record that no question of the form owns."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent along with a record."""

    uid: str
    filename: str
    mimetype: str
    question_xpath: str
    download_url: str
    is_deleted: bool
    small_url: str = ""
    """Of a photo: the same one with 240 pixels on its longer side."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One record. ``raw`` is the whole JSON object as the server sent it."""

    id: int
    raw: dict[str, Any]

    @property
    def uuid(self) -> str:
        """``_uuid``: changes with every edit of an answer; the conflict key for answers."""
        return str(self.raw.get("_uuid", ""))

    @property
    def root_uuid(self) -> str:
        """The first instance's uuid without ``uuid:``; stays through edits."""
        return str(self.raw.get("meta/rootUuid", "")).removeprefix("uuid:")

    @property
    def replaced(self) -> str:
        """``_uuid`` of the revision before this one, empty for a record that was never edited."""
        return str(self.raw.get("meta/deprecatedID", "")).removeprefix("uuid:")

    @property
    def version(self) -> str:
        """Uid of the form version the device used."""
        return str(self.raw.get("__version__", ""))

    @property
    def submitted(self) -> str:
        """``_submission_time`` as sent: UTC, without a zone marker."""
        return str(self.raw.get("_submission_time", ""))

    @property
    def submitted_by(self) -> str | None:
        """Username, None for an anonymous submission."""
        value = self.raw.get("_submitted_by")
        return value if isinstance(value, str) and value else None

    @property
    def validation(self) -> str | None:
        """Uid of the validation status, None when there is none."""
        status = self.raw.get("_validation_status")
        value = status.get("uid") if isinstance(status, dict) else None
        return value if isinstance(value, str) and value else None

    @property
    def validation_stamp(self) -> tuple[str | None, int | None]:
        """Uid and timestamp of the status: the conflict key for validation."""
        status = self.raw.get("_validation_status")
        if not isinstance(status, dict) or not status.get("uid"):
            return (None, None)
        moment = status.get("timestamp")
        return (self.validation, moment if isinstance(moment, int) else None)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files, those deleted included (``is_deleted``)."""
        raw = self.raw.get("_attachments")
        return tuple(_attachment(a) for a in raw if isinstance(a, dict)) if isinstance(raw, list) else ()

    @property
    def geolocation(self) -> tuple[float, float] | None:
        """Latitude and longitude, None when the record has no point."""
        match self.raw.get("_geolocation"):
            case [int() | float() as lat, int() | float() as lon]:
                return float(lat), float(lon)
        return None

    def answer(self, path: str) -> Any:
        """The answer under a question's path (``group/question``), None when unanswered."""
        return self.raw.get(path)


def _attachment(raw: dict[str, Any]) -> Attachment:
    def text(key: str) -> str:
        value = raw.get(key)
        return value if isinstance(value, str) else ""

    return Attachment(
        uid=text("uid"),
        filename=text("media_file_basename") or text("filename"),
        mimetype=text("mimetype"),
        question_xpath=text("question_xpath"),
        download_url=text("download_url"),
        is_deleted=bool(raw.get("is_deleted")),
        small_url=text("download_small_url"),
    )


def with_validation(record: Submission, uid: str | None, stamp: int | None = None) -> Submission:
    """The record with another validation status, None for none; ``stamp``: epoch seconds, None when not known."""
    status: dict[str, Any] = {"uid": uid} if uid else {}
    if uid and stamp is not None:
        status["timestamp"] = stamp
    return Submission(record.id, {**record.raw, "_validation_status": status})


def answer_at(raw: dict[str, Any], path: str) -> Any:
    """The answer under a path that may hold positions: ``g/kid[2]/v[3]/d``; None when unanswered.

    Inside a repeat the server's keys are full paths without positions, one list of instances per repeat.
    """
    where: Any = raw
    plain = ""
    for segment in path.split("/"):
        name, bracket, position = segment.partition("[")
        plain = f"{plain}/{name}" if plain else name
        if not bracket:
            continue
        instances = where.get(plain) if isinstance(where, dict) else None
        index = int(position.rstrip("]")) - 1 if position.rstrip("]").isdigit() else -1
        if not isinstance(instances, list) or not 0 <= index < len(instances):
            return None
        where = instances[index]
    return where.get(plain) if isinstance(where, dict) else None
