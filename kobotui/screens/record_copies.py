"""What ``y`` offers for records: texts with ``$KOBOTUI_TOKEN`` where a key would go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.model.submission import Submission


def record_copies(server: str, project: str, ids: Sequence[int], records: Sequence[Submission]) -> dict[str, str]:
    """Name of a text -> the text, one line for each record. ``records``: those of ``ids`` that are loaded."""
    if not ids:
        return {}
    calls = [f"{server}/api/v2/assets/{project}/data/{record_id}/" for record_id in ids]
    curl = 'curl -H "Authorization: Token $KOBOTUI_TOKEN" -H "Accept: application/json" '
    texts = {_("id"): "\n".join(map(str, ids))}
    if len(records) == len(ids):
        raw = [record.raw for record in records]
        texts |= {
            _("UUID"): "\n".join(record.uuid for record in records),
            _("Root UUID (stays through edits)"): "\n".join(record.root_uuid for record in records),
            _("JSON"): json_text(raw if len(raw) > 1 else raw[0], indent=2),
        }
    return texts | {
        _("Web link of the table"): f"{server}/#/forms/{project}/data/table",
        _("API link"): "\n".join(calls),
        _("curl command"): "\n".join(f"{curl}'{call}'" for call in calls),
    }


def map_link(value: object) -> str:
    """The OpenStreetMap link of a geopoint's text, empty when it is none."""
    try:
        latitude, longitude = (float(part) for part in str(value).split()[:2])
    except ValueError:
        return ""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return ""
    place = f"{latitude:.6f}"
    other = f"{longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={place}&mlon={other}#map=17/{place}/{other}"
