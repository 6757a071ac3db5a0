"""Making one planned project: form, versions, team, records, and what happened to it since."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kobotui.demo.editing import deploy, new_asset, save
from kobotui.demo.forms import all_forms
from kobotui.demo.grants import follow_public_access, grant
from kobotui.demo.plan import COUNTRIES
from kobotui.demo.state import ANONYMOUS, Asset, Event, State, now, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.demo.plan import Plan

SUPERVISORS = 2  # of a team of more than three
NAMED_EXPORTS: tuple[dict[str, Any], ...] = (
    {
        "fields_from_all_versions": True,
        "group_sep": "/",
        "hierarchy_in_labels": True,
        "lang": "English (en)",
        "multiple_select": "both",
        "type": "csv",
        "flatten": True,
        "fields": [],
    },
    {
        "fields_from_all_versions": True,
        "group_sep": "/",
        "hierarchy_in_labels": False,
        "lang": "_xml",
        "multiple_select": "summary",
        "type": "xls",
        "flatten": True,
        "fields": [],
    },
)


def add_project(state: State, plan: Plan, size: int, enumerators: Sequence[str]) -> Asset:
    """One project with ``size`` submissions."""
    created = now() - timedelta(days=plan.days, minutes=state.rng.randrange(1440))
    form = all_forms()[plan.form]
    settings = {
        "description": plan.description,
        "sector": {"label": form.sector, "value": form.sector},
        "country": [{"label": COUNTRIES[plan.country], "value": plan.country}],
        "organization": state.users[plan.owner].organization_name,
    }
    asset = new_asset(state, plan.owner, plan.name, "survey", form.content(), settings, created)
    asset.tags = [plan.form.replace("_", "-")] if state.rng.random() < 0.4 else []
    submitters = share(state, asset, plan, enumerators)
    if plan.status != "draft":
        run(state, asset, plan, size, submitters, created)
    if plan.form == "household" and plan.share > 1:
        asset.export_settings = [
            {
                "uid": state.uid("es"),
                "name": name,
                "date_modified": stamp(created + timedelta(days=2)),
                "export_settings": dict(settings_),
            }
            for name, settings_ in zip(("English labels", "Plain values"), NAMED_EXPORTS, strict=True)
        ]
    return asset


def share(state: State, asset: Asset, plan: Plan, enumerators: Sequence[str]) -> list[str]:
    """Grant the team its rights; those who will send records."""
    offset = state.rng.randrange(len(enumerators))
    team = [enumerators[(offset + n) % len(enumerators)] for n in range(plan.team)]
    for number, username in enumerate(team):
        grant(state, asset, username, "view_asset")
        grant(state, asset, username, "add_submissions")
        if len(team) > 3 and number < SUPERVISORS:
            grant(state, asset, username, "validate_submissions")
    if plan.owner != "admin":
        if plan.admin == "partial":
            rule = {"view_submissions": [{"_submitted_by": {"$in": team[:3]}}]}
            grant(state, asset, "admin", "partial_submissions", rule)
        else:
            grant(state, asset, "admin", plan.admin)
    elif plan.team > 4:
        grant(state, asset, "ben", "change_submissions")
    if plan.rule:
        grant(state, asset, "carol", "partial_submissions", row_rule(asset, plan, team))
    if plan.public:
        for codename in ("view_asset", "view_submissions" if plan.public == "view" else "add_submissions"):
            grant(state, asset, ANONYMOUS, codename)
    return team or [plan.owner]


def row_rule(asset: Asset, plan: Plan, team: list[str]) -> dict[str, list[dict[str, Any]]]:
    """A rule by who sent a record, or by the answer to the first select question."""
    choice = next((r for r in asset.content["survey"] if r["type"] == "select_one"), None)
    if plan.rule == "person" or choice is None:
        return {"view_submissions": [{"_submitted_by": {"$in": team[:2] or [plan.owner]}}]}
    options = [c["name"] for c in asset.content["choices"] if c["list_name"] == choice["select_from_list_name"]]
    rule = {choice["$xpath"]: options[0]}
    return {"view_submissions": [rule], "validate_submissions": [rule]}


def run(state: State, asset: Asset, plan: Plan, size: int, submitters: list[str], created: datetime) -> None:
    """Deploy the project, let the records come in, and change it since as planned."""
    life = now() - created
    deployed = created + life * 0.03
    deploy(state, asset, plan.owner, active=True, when=deployed)
    follow_public_access(asset)
    note(asset, deployed, "deploy", {"latest_version_uid": asset.version.uid})
    ended = now() - timedelta(minutes=state.rng.randrange(5, 3000))
    if plan.status == "archived":
        ended = created + life * 0.6
    assert asset.records is not None
    assert asset.deployment is not None
    if size:
        asset.records.generate(size, state.rng.getrandbits(32), submitters, deployed + life * 0.01, ended)
    if plan.status == "archived":
        asset.deployment.active = False
        asset.date_modified = created + life * 0.7
        note(asset, asset.date_modified, "archive", {"latest_version_uid": asset.version.uid})
    touched = created + life * 0.9
    if plan.changed == "name":
        old = asset.name
        save(state, asset, plan.owner, name=f"{old} (revised)", when=touched)
        note(asset, touched, "update-name", {"name": {"old": old, "new": asset.name}})
    elif plan.changed == "content":
        save(state, asset, plan.owner, content=revised(asset.content), when=touched)
        note(asset, touched, "update-content", {"latest_version_uid": asset.version.uid})


def revised(content: dict[str, Any]) -> dict[str, Any]:
    """The form with its last plain question removed and a new one at the end."""
    content = copy.deepcopy(content)
    survey = content["survey"]
    plain = [i for i, row in enumerate(survey) if row["type"] in ("text", "integer", "decimal", "image")]
    del survey[plain[-1]]
    label = ["May we call back?"] + [None] * (len(content["translations"]) - 1)
    survey.append({"type": "text", "name": "call_back", "label": label})
    return content


def note(asset: Asset, moment: datetime, action: str, metadata: dict[str, Any]) -> None:
    """A line of the activity log from before the server started."""
    asset.history.append(Event(moment, asset.owner, action, "project", metadata))


def add_library(state: State) -> None:
    """A collection of questions and a template, shared as colleagues do."""
    when = now() - timedelta(days=200)
    collection = new_asset(state, "admin", "Standard questions", "collection", when=when)
    grant(state, collection, "ben", "view_asset")
    languages = ["English (en)", "Français (fr)"]
    for name, kind, labels in (
        ("age", "integer", ["Age of the respondent", "Âge de la personne interrogée"]),
        ("phone", "text", ["Telephone number", "Numéro de téléphone"]),
        ("gps", "geopoint", ["Position", "Position"]),
    ):
        content = {"survey": [{"type": kind, "name": name, "label": labels}], "translations": languages}
        item = new_asset(state, "admin", labels[0], "question", content, when=when)
        item.parent = collection.uid
        grant(state, item, "ben", "view_asset")
    new_asset(state, "admin", "Template: household survey", "template", all_forms()["household"].content(), when=when)
