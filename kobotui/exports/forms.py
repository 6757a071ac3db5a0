"""The deployed versions of a project's form, as far as they differ."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import structs

from kobotui.api.client import KoboClient
from kobotui.exports.layout import FormVersion
from kobotui.model.export_options import DEFAULT_LANGUAGE, ExportOptions
from kobotui.model.form import Form
from kobotui.model.project import ProjectDetail, Version


async def deployed_forms(kobo: KoboClient, project: ProjectDetail) -> list[FormVersion]:
    """All deployed versions, the newest first; what was deployed again unchanged is read once.

    Raises ``KoboError``, ``Incomplete`` among them.
    """
    service = kobo.versions(project.uid)
    deployed = [version for version in await service.list() if version.deployed]
    reads: dict[str, asyncio.Task[Version]] = {}
    for version in deployed:
        key = version.content_hash or version.uid
        if key not in reads:
            reads[key] = asyncio.create_task(service.get(version.uid))
    try:
        await asyncio.gather(*reads.values())
    finally:
        for read in reads.values():
            read.cancel()
    forms = {key: Form.from_content(read.result().content) for key, read in reads.items()}
    found = [FormVersion(version.uid, forms[version.content_hash or version.uid]) for version in deployed]
    return found or [FormVersion(project.version_id or "", Form.from_content(project.content))]


def first_language(form: Form) -> str:
    """The labels that are meant where no language is named: those without one, else the form's first."""
    languages = [name for name in form.languages if name]
    return languages[0] if languages and None not in form.languages else DEFAULT_LANGUAGE


async def in_first_language(kobo: KoboClient, project: ProjectDetail, options: ExportOptions) -> ExportOptions:
    """Options for many projects as those of one: labels that are asked for in no language. Raises ``KoboError``."""
    if options.lang != DEFAULT_LANGUAGE:
        return options
    return structs.replace(options, lang=first_language((await deployed_forms(kobo, project))[0].form))


def language_of(versions: list[FormVersion], wanted: str) -> str | None:
    """The form's language that somebody means by ``wanted``: its name, its code in brackets, or how it begins.

    None when there is no such language, or several.
    """
    names = list(dict.fromkeys(name for version in versions for name in version.form.languages if name))
    meant = wanted.casefold()
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: name.casefold() == meant,
        lambda name: name.casefold().endswith(f"({meant})"),
        lambda name: name.casefold().startswith(meant),
    )
    for test in tests:
        if len(found := [name for name in names if test(name)]) == 1:
            return found[0]
    return None
