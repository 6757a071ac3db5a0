"""Texts for other programs: complete, without a key, and addresses that are dead are found and no others."""

from __future__ import annotations

import ast
import copy
import re
from typing import Any

import msgspec
import pytest

from kobotui.model.links import KINDS, Kind, Link, consumers, is_public, json_link, named_link, ready_text, warnings
from kobotui.model.old_links import is_old, old_links
from kobotui.model.project import ProjectDetail
from tests.model.samples import body

SERVER = "https://kf.example.org/kobo"
HOSTS = ["kf.example.org", "kc.example.org"]


def link(kind: Kind) -> Link:
    return json_link(SERVER, "aX") if kind == "json" else named_link(SERVER, "aX", "esY", kind)


def clinic() -> dict[str, Any]:
    """A recorded project, to be changed."""
    raw: dict[str, Any] = copy.deepcopy(body("asset-detail-clinic-repeats"))
    return raw


CASES = [(consumer, kind) for kind in KINDS for consumer in consumers(kind)]


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(("consumer", "kind"), CASES)
def test_texts_are_complete(consumer: str, kind: Kind, public: bool) -> None:
    text = ready_text(consumer, link(kind), public=public)  # type: ignore[arg-type]
    assert link(kind).url in text
    assert "@" not in text
    keyed = re.search("YOUR_API_KEY|KOBOTUI_TOKEN", text) is not None
    assert keyed is not public
    for opening, closing in ("()", "[]", "{}"):
        assert text.count(opening) == text.count(closing)
    assert text.count('"') % 2 == 0
    if consumer == "python":
        ast.parse(text)


def test_links_lead_to_the_accounts_server() -> None:
    assert link("csv").url == f"{SERVER}/api/v2/assets/aX/export-settings/esY/data.csv"
    assert link("json").url == f"{SERVER}/api/v2/assets/aX/data/"


@pytest.mark.parametrize(
    "server", ['https://x"; evil', "https://x'y", "https://x\ny", "javascript:alert(1)", "https://x y"]
)
def test_what_could_end_a_string_is_in_no_text(server: str) -> None:
    with pytest.raises(ValueError, match="address"):
        json_link(server, "aX")
    assert '"' not in json_link(SERVER, 'a"b').url


def test_google_sheets_reads_csv() -> None:
    assert "sheets" not in consumers("xlsx")
    with pytest.raises(ValueError, match="CSV"):
        ready_text("sheets", link("json"), public=True)
    assert ready_text("sheets", link("csv"), public=True).startswith("=IMPORTDATA(")
    assert "IMPORTDATA" not in ready_text("sheets", link("csv"), public=False)


def test_who_cannot_log_in_is_warned() -> None:
    assert any("cannot log in" in text for text in warnings("sheets", link("csv"), public=False))
    assert not any("cannot log in" in text for text in warnings("sheets", link("csv"), public=True))
    assert any("Anonymous" in text for text in warnings("powerbi", link("xlsx"), public=False))
    assert warnings("python", link("json"), public=False) == []


def test_who_may_read_without_a_key() -> None:
    raw = clinic()
    assert not is_public(project_of(raw))
    row = {
        "url": "https://kf/api/v2/assets/a/permission-assignments/p/",
        "user": "https://kf/api/v2/users/AnonymousUser/",
        "permission": "https://kf/api/v2/permissions/view_submissions/",
        "label": "",
    }
    assert is_public(project_of(raw | {"permissions": [row]}))


def project_of(raw: dict[str, Any]) -> ProjectDetail:
    """A project of its JSON."""
    return msgspec.convert(raw, ProjectDetail)


@pytest.mark.parametrize(
    ("url", "old"),
    [
        ("https://kf.example.org/api/v1/data/474?format=json", True),
        ("https://kc.example.org/api/v1/forms", True),
        ("https://kc.example.org/api/v1/", True),
        ("https://kf.example.org/assets/aX/submissions/?format=json", True),
        ("https://kf.example.org/exports/", True),
        ("https://kf.kobotoolbox.org/assets/aX/", True),
        ("https://kc-eu.kobotoolbox.org/ana/reports/aX/export.csv", True),
        ("https://kc.example.org/media/original?media_file=ana/attachments/x.jpg", True),
        ("https://kf.example.org/api/v2/assets/aX/data/", False),
        ("https://kf.example.org/#/forms/aX/summary", False),
        ("https://kf.example.org/assetsy/", False),
        ("https://other.example.org/api/v1/data", False),
        ("https://kobotoolbox.org.evil.example/api/v1/data", False),
        ("https://support.kobotoolbox.org/migrating_api.html", False),
        ("https://[bad/api/v1", False),
    ],
)
def test_dead_addresses(url: str, old: bool) -> None:
    assert is_old(url, HOSTS) is old


def test_where_dead_addresses_are() -> None:
    raw = clinic()
    raw["settings"] = {"description": "See https://kf.example.org/exports/, please. And https://example.com/api/v1/x"}
    survey = raw["content"]["survey"]
    survey[2]["hint"] = ["(https://kc.example.org/api/v1/data/5)", None]
    survey[3]["calculation"] = "pulldata('https://kf.example.org/api/v2/assets/')"
    found = old_links(project_of(raw), HOSTS, [("REST service Push", "https://kf.example.org/api/v1/submissions {}")])
    assert [(link.where, link.url, link.instead) for link in found] == [
        ("REST service Push", "https://kf.example.org/api/v1/submissions", "the OpenRosa host's /submission"),
        ("description", "https://kf.example.org/exports/", "/api/v2/assets/UID/exports/"),
        ("form, facility", "https://kc.example.org/api/v1/data/5", "/api/v2/assets/UID/data/"),
    ]


@pytest.mark.parametrize("content", [{}, {"survey": "x"}, {"survey": [None, 5, {"label": {"en": [1, None]}}]}])
def test_odd_forms_do_no_harm(content: dict[str, object]) -> None:
    raw = clinic() | {"content": content, "settings": {}}
    assert old_links(project_of(raw), HOSTS) == []
