"""Plan files for the demo, as the review screen writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kobotui.changes import planfile
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject
from kobotui.changes.submissions import SetValidation

if TYPE_CHECKING:
    from kobotui.changes.kinds import AnyChange
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset

ON_HOLD = "validation_status_on_hold"


def owned(demo: DemoServer) -> list[Asset]:
    """The administrator's projects that have records."""
    return [a for a in demo.state.assets.values() if a.owner == "admin" and a.records]


def rename(asset: Asset, after: str, before: str = "") -> EditProject:
    """A change of a project's name."""
    return EditProject(
        project=asset.uid, project_name=asset.name, before={"name": before or asset.name}, after={"name": after}
    )


def records(asset: Asset, n: int) -> list[dict[str, Any]]:
    """The first records of a project, as the server holds them."""
    assert asset.records is not None
    return asset.records.page(limit=n)


def deletion(asset: Asset, record: dict[str, Any]) -> DeleteSubmission:
    """A record deleted for good."""
    return DeleteSubmission(
        project=asset.uid,
        project_name=asset.name,
        record=record["_id"],
        root_uuid=record["meta/rootUuid"].removeprefix("uuid:"),
        uuid=record["_uuid"],
        keep=False,
    )


def validation(asset: Asset, record: dict[str, Any]) -> SetValidation:
    """A record put on hold."""
    status = record["_validation_status"]
    return SetValidation(
        project=asset.uid,
        project_name=asset.name,
        record=record["_id"],
        root_uuid=record["meta/rootUuid"].removeprefix("uuid:"),
        before=status.get("uid"),
        stamp=status.get("timestamp"),
        after=ON_HOLD,
    )


def written(path: Path, server: str, *changes: AnyChange, account: str = "admin", title: str = "Monday") -> str:
    """A plan in a file; the path as it is typed."""
    planfile.write(Plan(title=title, account=account, server=server, changes=changes), path)
    return str(path)
