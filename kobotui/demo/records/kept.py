"""Records that are kept whole, and what reading their XML needs to know of the forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kobotui.demo.records.form import outline

if TYPE_CHECKING:
    from kobotui.demo.records.mongo import Bounds
    from kobotui.demo.state import Asset


@dataclass
class Upload:
    """A file that came with a record."""

    name: str
    mimetype: str
    data: bytes


@dataclass
class Stored:
    """A record that is kept: sent in, or generated and then edited."""

    id: int
    uuid: str
    root: str  # the first UUID, stable through edits
    xml: str
    row: dict[str, Any]
    time: str  # _submission_time
    submitted_by: str | None
    attachments: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Shape:
    """What reading a record's XML needs to know of the project's forms, of all versions."""

    repeats: set[str] = field(default_factory=set)
    geopoints: list[str] = field(default_factory=list)


def shape_of(asset: Asset) -> Shape:
    """The shape of a project's forms."""
    shape = Shape()
    for version in reversed(asset.versions):
        for question in outline(version.content):
            if question.type == "repeat":
                shape.repeats.add(question.path)
            elif question.type == "geopoint" and question.repeat is None:
                shape.geopoints.append(question.path)
    return shape


def attachment_entry(upload: Upload, uid: str, folder: str, path: str) -> dict[str, Any]:
    """An uploaded file as a record lists it, without URLs."""
    return {
        "mimetype": upload.mimetype,
        "filename": f"{folder}/{upload.name}",
        "media_file_basename": upload.name,
        "uid": uid,
        "is_deleted": False,
        "question_xpath": path,
    }


def within(kept: Stored, bounds: Bounds) -> bool:
    """Whether a kept record lies within bounds."""
    return (
        (bounds.id_from is None or kept.id >= bounds.id_from)
        and (bounds.id_to is None or kept.id <= bounds.id_to)
        and (bounds.time_from is None or kept.time >= bounds.time_from)
        and (bounds.time_to is None or kept.time <= bounds.time_to)
    )
