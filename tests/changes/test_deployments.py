"""Deploy, redeploy, archive, unarchive."""

from __future__ import annotations

from kobotui.api.client import KoboClient
from kobotui.changes.deployments import Deploy, SetActive, prepare_deploy
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import DONE, State
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from tests.changes.conftest import applied
from tests.changes.test_projects import household


def deployed(demo: DemoServer, *, changed: bool = False) -> Asset:
    """A live survey of the owner's; ``changed``: its draft's content differs from what is live."""
    for asset in demo.state.assets.values():
        live = asset.deployed_version
        differs = live is not None and live.content_hash != asset.version.content_hash
        if asset.owner == "admin" and asset.deployment_status == "deployed" and differs == changed:
            return asset
    raise LookupError("deployed")


async def draft(demo: DemoServer, kobo: KoboClient) -> Asset:
    """A survey that was never deployed."""
    return demo.state.assets[(await kobo.projects.clone(deployed(demo).uid, name="A draft")).uid]


async def test_a_draft_is_deployed_and_takes_records(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = await draft(demo, kobo)
    changes = await prepare_deploy(kobo, [asset.uid])
    assert changes[0].live is None
    (outcome,) = await applied(demo, kobo, journal, *changes)
    assert outcome.state is State.DONE, outcome
    assert asset.deployment_status == "deployed"
    assert isinstance(changes[0].inverse(DONE), SetActive)


async def test_a_redeploy_names_the_questions_that_disappear(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = deployed(demo, changed=True)
    (change,) = await prepare_deploy(kobo, [asset.uid])
    live, newest = asset.deployed_version, asset.version
    assert live is not None
    gone = {r.get("$xpath") for r in live.content["survey"]} - {r.get("$xpath") for r in newest.content["survey"]}
    assert set(change.missing) == gone - {None}
    assert change.missing
    assert any(change.missing[0] in warning for warning in change.warnings())
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert asset.deployed_version == newest


async def test_a_redeploy_keeps_an_archived_project_archived(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = deployed(demo, changed=True)
    await kobo.deployment(asset.uid).set_active(False)
    (outcome,) = await applied(demo, kobo, journal, *(await prepare_deploy(kobo, [asset.uid])))
    assert outcome.state is State.DONE
    assert asset.deployment_status == "archived"


async def test_another_form_than_reviewed_is_a_conflict(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = deployed(demo, changed=True)
    (change,) = await prepare_deploy(kobo, [asset.uid])
    await kobo.projects.patch(asset.uid, content=household(demo).content)
    live = asset.deployed_version
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert asset.deployed_version == live


async def test_a_rename_since_the_review_makes_another_version_of_the_same_form(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = deployed(demo, changed=True)
    (change,) = await prepare_deploy(kobo, [asset.uid])
    await kobo.projects.patch(asset.uid, name="renamed meanwhile")
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert asset.deployed_version == asset.version
    assert asset.version.uid != change.version


async def test_archive_and_back(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = deployed(demo)
    archive = SetActive(project=asset.uid, project_name=asset.name, before=True, after=False)
    (outcome,) = await applied(demo, kobo, journal, archive)
    assert outcome.state is State.DONE
    assert asset.deployment_status == "archived"
    inverse = archive.inverse(DONE)
    assert isinstance(inverse, SetActive)
    (outcome,) = await applied(demo, kobo, journal, inverse)
    assert asset.deployment_status == "deployed"


async def test_archiving_a_draft_is_a_conflict_not_a_deployment(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = await draft(demo, kobo)
    change = SetActive(project=asset.uid, project_name=asset.name, before=True, after=False)
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert asset.deployment is None


async def test_a_form_that_does_not_compile_fails_with_the_servers_words(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    made = await kobo.projects.create(
        "Broken", content={"survey": [{"type": "text", "name": "a", "label": "A", "relevant": "${nowhere} = 1"}]}
    )
    (outcome,) = await applied(demo, kobo, journal, *(await prepare_deploy(kobo, [made.uid])))
    assert outcome.state is State.FAILED
    assert "nowhere" in outcome.reason
    assert isinstance((await prepare_deploy(kobo, [made.uid]))[0], Deploy)
