"""The files of one record: what they are, how large, and photos where the terminal can show them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.action import Target
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number, size
from kobotui.locale import _, ngettext
from kobotui.model.record import question_at
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import bindings
from kobotui.screens.copy import Text
from kobotui.screens.record_files import RecordFiles
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.photo import Photo, pixels_of, why_no_photo
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.steady import Steady
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.model.submission import Attachment, Submission
    from kobotui.screens.records import Records

AT_ONCE = 4
MOST = 8 * 2**20
"""Bytes of a photo that is fetched to be shown; the server makes small ones of large ones."""


class FilesScreen(RecordFiles):
    """The files of the record that is open."""

    place: ClassVar[str] = "files"
    BINDINGS = bindings("files")

    def __init__(self, records: Records, record: Submission) -> None:
        super().__init__()
        self.records, self.record = records, record
        self._sizes: dict[str, str] = {}

    def body(self) -> ComposeResult:
        columns = (
            Column("question", _("Question"), 28, priority=7, flexible=True),
            Column("name", _("File"), 28, priority=9, flexible=True),
            Column("type", _("Type"), 12, priority=6),
            Column("size", _("Size"), 8, right=True, priority=8),
        )
        yield Table(columns, empty=_("This record has no files."))

    def on_mount(self) -> None:
        files = self.record.attachments
        self.query_one(Table).replace(ListSource(list(enumerate(files)), self._row, lambda item: str(item[0])))
        self.query_one(Table).focus()
        text = ngettext("{n} file", "{n} files", len(files))
        name = shown(self.records.project.name) or self.records.project.uid
        self.show_where(name, f"> {self.record.id}  {text.format(n=number(len(files)))}")
        self.ask_sizes()

    def _row(self, item: tuple[int, Attachment]) -> Row:
        place, file = item
        form = self.records.form
        question = question_at(form, file.question_xpath)
        label = form.label(question, self.records.shown_language) if question else file.question_xpath
        gone = _("deleted") if file.is_deleted else ""
        cells = (label, file.filename or file.uid, file.mimetype, gone or self._sizes.get(file.uid, "..."))
        return Row(str(place), tuple(Cell(shown(text) or "-") for text in cells), dim=file.is_deleted)

    @work(exclusive=True, group="sizes")
    async def ask_sizes(self) -> None:
        """How large each is: the server's lists do not say."""
        kobo = await self.kobo()
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(place: int, file: Attachment) -> None:
            from kobotui.api.errors import KoboError

            async with gate:
                try:
                    found = await kobo.attachments.size(file.download_url)
                    self._sizes[file.uid] = "-" if found is None else size(found)
                except KoboError:
                    self._sizes[file.uid] = "?"
            self.query_one(Table).refresh_row(str(place))

        files = [(place, file) for place, file in enumerate(self.record.attachments) if not file.is_deleted]
        await asyncio.gather(*(ask(place, file) for place, file in files))

    # What is chosen

    def chosen_ids(self) -> Sequence[int]:
        return [self.record.id]

    def loaded(self, record_id: int) -> Submission | None:
        return self.record if record_id == self.record.id else None

    def file(self) -> Attachment | None:
        """The one under the cursor."""
        key = self.query_one(Table).cursor_key
        return self.record.attachments[int(key)] if key else None

    def targets(self) -> Sequence[Target]:
        return super().targets() if self.file() else ()

    def do_open(self) -> None:
        """The photo under the cursor."""
        file = self.file()
        assert file is not None
        if file.is_deleted:
            self.flash(_("{name} was deleted on the server.").format(name=file.filename), "warning")
        elif not file.mimetype.startswith("image/"):
            self.flash(_("{name} is no photo. f downloads it.").format(name=file.filename), "warning")
        elif reason := why_no_photo(self.app.console.color_system):
            self.flash(reason, "warning")
        else:
            self.run_flow(self._show, file)

    async def _show(self, file: Attachment) -> None:
        self.flash(_("Fetching {name} ...").format(name=file.filename))
        kobo = await self.kobo()
        data = await kobo.attachments.read(file.small_url or file.download_url, limit=MOST)
        self.flash("")
        await self.app.push_screen_wait(PhotoScreen(file.filename, data))

    def raw(self) -> object | None:
        listed = self.record.raw.get("_attachments")
        return listed[int(key)] if isinstance(listed, list) and (key := self.query_one(Table).cursor_key) else None

    def copies(self) -> dict[str, Text]:
        file = self.file()
        if file is None:
            return {}
        curl = f"curl -H \"Authorization: Token $KOBOTUI_TOKEN\" -o file '{file.download_url}'"
        return {_("file name"): file.filename, _("Link"): file.download_url, _("curl command"): curl}


class PhotoScreen(Steady, ModalScreen[None]):
    """One photo, as large as the terminal."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,q,enter", "dismiss", show=False)]

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__()
        self._name, self._data = name, data

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Photo()
        yield KeyBar((KeyHint("esc", _("back")),), help_key=False)

    def on_mount(self) -> None:
        self.query_one(TopLine).show_where(shown(self._name), size(len(self._data)))

    def on_resize(self) -> None:
        self.call_after_refresh(self.show)

    @work(exclusive=True)
    async def show(self) -> None:
        """The photo as large as there is room for."""
        photo = self.query_one(Photo)
        try:
            photo.show(await asyncio.to_thread(pixels_of, self._data, photo.size.width, photo.size.height))
        except LocalError as error:
            self.query_one(KeyBar).flash(str(error), "error")
