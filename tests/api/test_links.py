"""What people paste to name a project."""

from __future__ import annotations

import pytest

from kobotui.api.errors import BadAddress
from kobotui.api.links import is_on, project_uid

UID = "aBcDeFgHiJkLmNoPqRsTuV2"
SERVER = "https://kobo.example.org/prefix"


@pytest.mark.parametrize(
    "text",
    [
        UID,
        f"  {UID}\n",
        f"{SERVER}/#/forms/{UID}/summary",
        f"{SERVER}/#/forms/{UID}",
        f"{SERVER}/api/v2/assets/{UID}/",
        f"https://KOBO.example.org:443/prefix/#/forms/{UID}/data/table",
    ],
)
def test_a_uid_and_addresses_with_one(text: str) -> None:
    assert project_uid(text, SERVER) == UID


@pytest.mark.parametrize("text", ["Household survey", "", "water/points"])
def test_a_name_is_neither(text: str) -> None:
    assert project_uid(text, SERVER) is None


@pytest.mark.parametrize(
    "text",
    [
        f"https://elsewhere.example/prefix/#/forms/{UID}/summary",
        f"https://kobo.example.org/other/#/forms/{UID}/summary",
        f"https://kobo.example.org.evil.example/prefix/#/forms/{UID}",
        f"{SERVER}/#/projects/home",
        "https://[broken/#/forms/",
    ],
)
def test_addresses_that_lead_elsewhere_are_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        project_uid(text, SERVER)


def test_ports_and_paths_tell_servers_apart() -> None:
    assert is_on("http://127.0.0.1:8000/x", "http://127.0.0.1:8000")
    assert not is_on("http://127.0.0.1:8001/x", "http://127.0.0.1:8000")
    assert not is_on("https://kobo.example.org/prefixed", SERVER)
