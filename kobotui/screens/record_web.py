"""Links to a record in the web form (Enketo), to look at it or to edit it in a browser."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.binding import Binding, BindingType

from kobotui.action import why_not
from kobotui.locale import _
from kobotui.screens.copy import CopyScreen
from kobotui.screens.record_copies import web_link
from kobotui.screens.record_flows import RecordFlows
from kobotui.widgets.picker import Choice, Picker


class LinkScreen(CopyScreen):
    """A link on its way to the clipboard; ``b`` opens it where this machine has a browser to show."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("b", "open", show=False)]

    def __init__(self, name: str, link: str) -> None:
        from kobotui.terminal import browser_command

        self._browser = browser_command()
        super().__init__(name, link)

    @property
    def hint(self) -> str:
        return _("b open in the browser  {others}").format(others=super().hint) if self._browser else super().hint

    async def action_open(self) -> None:
        """Hand the link to the desktop's browser."""
        from kobotui.terminal import child_environment

        if self._browser:
            quiet = asyncio.subprocess.DEVNULL
            await asyncio.create_subprocess_exec(
                *self._browser, self.text, stdin=quiet, stdout=quiet, stderr=quiet,
                start_new_session=True, env=child_environment(),
            )  # fmt: skip
            self.dismiss(None)


class RecordWeb(RecordFlows):
    """The part of a record's screen that knows where it is in the browser."""

    def do_web(self) -> None:
        """Choose what to do in the browser; the link is shown."""
        self.run_flow(self._web)

    async def _web(self) -> None:
        (record_id,) = self.chosen_ids()
        uses = [Choice("view", _("look at it")), Choice("edit", _("edit it"), self._why_no_edit() or "")]
        title = _("Record {id} in the browser").format(id=record_id)
        use = await self.app.push_screen_wait(Picker(title, uses))
        if use == "edit" and (reason := self._why_no_edit()):
            self.flash(reason, "warning")
        elif use is not None:
            link = await web_link(self.records, record_id, "edit" if use == "edit" else "view")
            await self.app.push_screen_wait(LinkScreen(title, link))

    def _why_no_edit(self) -> str | None:
        """Why the server would not let this account edit the record."""
        return why_not(self.find_action("edit"), self.context())
