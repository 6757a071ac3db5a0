"""What ``y`` offers for records: texts with ``$KOBOTUI_TOKEN`` where a key would go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from kobotui.locale import _
from kobotui.model.text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.model.submission import Submission
    from kobotui.screens.copy import Text
    from kobotui.screens.records import Records


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


def asked_copies(records: Records, record_id: int) -> dict[str, Text]:
    """What has to be asked for: links that are made anew each time, and the XML."""

    async def xml() -> str:
        return (await (await records.service()).xml(record_id)).decode("utf-8", "replace")

    return {
        _("Web form: look at the record"): partial(web_link, records, record_id, "view"),
        _("Web form: edit the record"): partial(web_link, records, record_id, "edit"),
        "XML": xml,
    }


async def web_link(records: Records, record_id: int, use: Literal["view", "edit"]) -> str:
    """The link, which a browser follows that is logged in to the server; made anew each time. Raises ``KoboError``."""
    return await (await records.service()).web_link(record_id, use)


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
