"""The filters of a project that have a name: use one, save the one that is shown, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.saved_filters import BUILT_IN, SavedFilter, name_problem
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.widgets.editors import LineEditor
from kobotui.widgets.modal import Window, brief
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from kobotui.saved_filters import SavedFilters

_OWN = "own:"
"""What the key of a saved filter begins with; a built-in one's is its name."""


class SavedFiltersWindow(Window[str | None]):
    """Its result is the text of the filter that was chosen, None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", show=False),
        Binding("e", "rename", show=False),
        Binding("D", "delete", show=False),
        Binding("z", "put_back", show=False),
    ]

    def __init__(self, filters: SavedFilters, present: str) -> None:
        """``present``: the text of the filter that is shown now, empty for none."""
        super().__init__()
        self._filters = filters
        self._present = present
        self._texts: dict[str, str] = {}
        self._removed: SavedFilter | None = None

    def compose(self) -> ComposeResult:
        columns = (
            Column("name", "", 22, priority=3, flexible=True),
            Column("text", "", 40, priority=2, flexible=True),
        )
        with Vertical(classes="window"):
            yield Static(_("Filters of this project"), markup=False, classes="window--title")
            yield Table(columns, headings=False, lit=True)
            yield Static("", markup=False, classes="window--problem")
            yield Static("", markup=False, classes="window--hint")
            yield Static(
                _("enter use  s save the one that is shown  e rename  D delete  escape leave"),
                markup=False,
                classes="window--hint keys",
            )

    def on_mount(self) -> None:
        self.query_one(Table).focus()
        self._show()

    def _show(self, key: str | None = None) -> None:
        """All of them, the cursor on ``key``."""
        try:
            saved = self._filters.load()
        except LocalError as error:
            saved = []
            self._say(error.sentence)
        rows = [Row(_OWN + one.name, (Cell(shown(one.name), "accent"), Cell(shown(one.text)))) for one in saved]
        rows += [Row(one.name, (Cell(one.label), Cell(one.text, "dim")), dim=True) for one in BUILT_IN]
        self._texts = {_OWN + one.name: one.text for one in saved} | {one.name: one.text for one in BUILT_IN}
        table = self.query_one(Table)
        table.replace(ListSource(rows, lambda row: row, lambda row: row.key))
        if key is not None:
            table.move_to_key(key)
        self._explain()

    def _say(self, text: str) -> None:
        self.query_one(".window--problem", Static).update(brief(text))

    @on(Table.CursorMoved)
    def _explain(self) -> None:
        """What the built-in one under the cursor means."""
        key = self.query_one(Table).cursor_key
        meaning = next((_(one.meaning) for one in BUILT_IN if one.name == key), "")
        self.query_one(".window--hint", Static).update(brief(meaning))

    @on(Table.Chosen)
    def _use(self, event: Table.Chosen) -> None:
        event.stop()
        self.dismiss(self._texts[event.key])

    def _chosen(self) -> str | None:
        """The name of the saved filter under the cursor; said when it is none."""
        key = self.query_one(Table).cursor_key
        if key is not None and key.startswith(_OWN):
            return key.removeprefix(_OWN)
        self._say(_("This one is built in: every project has it."))
        return None

    def action_save(self) -> None:
        """Keep the filter that is shown, under a name."""
        if self._present:
            self._ask(_("Save “{filter}” as").format(filter=brief(self._present, 60)), "", None)
        else:
            self._say(_("No filter is shown that could be saved: / makes one."))

    def action_rename(self) -> None:
        """Another name for the one under the cursor."""
        if (name := self._chosen()) is not None:
            self._ask(_("Another name"), name, name)

    @work(exclusive=True)
    async def _ask(self, title: str, present: str, old: str | None) -> None:
        """A name, and do what it is for."""
        taken = _("There was one of this name: it was replaced.")
        names = {key.removeprefix(_OWN) for key in self._texts if key.startswith(_OWN)}
        hint = _("In other filters it may then stand as [name].")
        name = await self.app.push_screen_wait(LineEditor(title, present, hint=hint, check=name_problem))
        if not name or name.strip() == old:
            return
        name = name.strip()
        self._attempt(lambda: self._filters.rename(old, name) if old else self._filters.save(name, self._present))
        if name in names:
            self._say(taken)
        self._show(_OWN + name)

    def action_delete(self) -> None:
        """Forget the one under the cursor; ``z`` puts it back."""
        if (name := self._chosen()) is not None:
            removed = SavedFilter(name, self._texts[_OWN + name])
            if self._attempt(lambda: self._filters.remove(name)):
                self._removed = removed
                self._show()
                self._say(_("{name} is deleted. z puts it back.").format(name=name))

    def action_put_back(self) -> None:
        """The one that was deleted last."""
        if removed := self._removed:
            self._removed = None
            self._attempt(lambda: self._filters.save(removed.name, removed.text))
            self._show(_OWN + removed.name)

    def _attempt(self, change: Callable[[], None]) -> bool:
        """Change the file; why it cannot be is said."""
        self._say("")
        try:
            change()
        except LocalError as error:
            self._say(error.sentence)
            return False
        return True
