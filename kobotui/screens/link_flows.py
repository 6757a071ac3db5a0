"""What is asked about links: which program, and the name and options of a named export; its changes as plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from kobotui.changes.named_exports import CreateNamedExport, DeleteNamedExport, EditNamedExport, NamedState
from kobotui.locale import _
from kobotui.model.check import unstorable
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form
from kobotui.model.links import (
    CONSUMERS,
    KINDS,
    Consumer,
    Kind,
    Link,
    consumers,
    is_public,
    json_link,
    named_link,
    ready_text,
    warnings,
)
from kobotui.model.text import shown
from kobotui.screens.copy import CopyScreen
from kobotui.screens.export_flows import filter_reader
from kobotui.screens.export_options import ExportOptionsWindow, offered_languages
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.api.named_exports import NamedExport
    from kobotui.model.project import ProjectDetail
    from kobotui.screens.base import KoboScreen

NAME_LIMIT = 255
"""Characters of a named export's name that the server takes."""


async def show_text(screen: KoboScreen, project: ProjectDetail, named: NamedExport | None) -> None:
    """Choose a program, and show what to paste there; ``named``: None for the JSON endpoint."""
    account = screen.app.session.account
    if account is None:
        return
    kinds: Sequence[Kind] = ("json",) if named is None else [kind for kind in KINDS if kind != "json"]
    choices = [
        Choice(f"{consumer} {kind}", f"{_(CONSUMERS[consumer])}: {kind.upper()}")
        for consumer in CONSUMERS
        for kind in kinds
        if consumer in consumers(kind)
    ]
    key = await screen.app.push_screen_wait(Picker(_("Text for which program?"), choices))
    if key is None:
        return
    program, _space, kind = key.partition(" ")
    consumer, public = cast("Consumer", program), is_public(project)
    link = _link(account.server, project.uid, named, cast("Kind", kind))
    notes = warnings(consumer, link, public=public)
    title = next(choice.label for choice in choices if choice.key == key)
    await screen.app.push_screen_wait(CopyScreen(title, ready_text(consumer, link, public=public), notes))


def _link(server: str, project: str, named: NamedExport | None, kind: Kind) -> Link:
    if named is None or kind == "json":
        return json_link(server, project)
    return named_link(server, project, named.uid, kind)


# -- named exports ---------------------------------------------------------------------------------


async def create(screen: KoboScreen, project: ProjectDetail, there: Sequence[NamedExport]) -> None:
    """A new one, with the options that are chosen; reviewed."""
    form = Form.from_content(project.content)
    name = await screen.ask(_("Name of the named export"), check=_name_problem(there))
    if name is None:
        return
    options = ExportOptions(lang=next(iter(offered_languages(form))))
    chosen = await _ask(screen, name.strip(), options, form)
    if chosen is not None:
        after = NamedState(name.strip(), chosen.body())
        change = CreateNamedExport(project=project.uid, project_name=project.name, after=after)
        await screen.propose(_("New named export {name}").format(name=after.name), [change])


async def edit(screen: KoboScreen, project: ProjectDetail, there: Sequence[NamedExport], named: NamedExport) -> None:
    """Another name or other options; what this program does not know among them stays."""
    before = NamedState.of(named)
    name = await screen.ask(_("Name of the named export"), named.name, check=_name_problem(there, but=named.uid))
    if name is None:
        return
    form, options = Form.from_content(project.content), named.options
    chosen = await _ask(screen, name.strip(), options, form)
    if chosen is None:
        return
    after = NamedState(name.strip(), _edited(before.options, options, chosen))
    if after == before:
        screen.flash(_("There is nothing to change."))
        return
    change = EditNamedExport(project=project.uid, project_name=project.name, uid=named.uid, before=before, after=after)
    await screen.propose(_("Edit named export {name}").format(name=before.name), [change])


async def delete(screen: KoboScreen, project: ProjectDetail, named: NamedExport) -> None:
    """Delete it, after a review."""
    change = DeleteNamedExport(
        project=project.uid, project_name=project.name, uid=named.uid, before=NamedState.of(named)
    )
    await screen.propose(_("Delete named export {name}").format(name=named.name), [change])


async def _ask(screen: KoboScreen, name: str, options: ExportOptions, form: Form) -> ExportOptions | None:
    return await screen.app.push_screen_wait(
        ExportOptionsWindow(shown(name), "named", options, form, reader=filter_reader(screen, form))
    )


def _edited(kept: dict[str, Any], before: ExportOptions, after: ExportOptions) -> dict[str, Any]:
    """The server's options with those that were changed: nothing else of them is written anew."""
    was, wanted = before.body(), after.body()
    found = dict(kept)
    for key in was.keys() | wanted.keys():
        if was.get(key) != wanted.get(key):
            if key in wanted:
                found[key] = wanted[key]
            else:
                found.pop(key, None)
    return found


def _name_problem(there: Sequence[NamedExport], but: str = "") -> Callable[[str], str | None]:
    """What tells why a name will not do: the server fails on one that is taken."""
    taken = {one.name for one in there if one.uid != but}

    def problem(typed: str) -> str | None:
        name = typed.strip()
        if not name:
            return _("A name is needed.")
        if name in taken:
            return _("There is another named export {name}.").format(name=name)
        if len(name) > NAME_LIMIT:
            return _("A name has at most {n} characters.").format(n=NAME_LIMIT)
        return unstorable(name)

    return problem
