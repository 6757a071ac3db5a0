"""Going to a row by its number, or to a record by its id, however many there are."""

from __future__ import annotations

from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.jump import Jump, read_jump
from kobotui.screens.record_marks import RecordMarks


class RecordJump(RecordMarks):
    """The part of DATA that goes to a row or a record."""

    def do_jump(self) -> None:
        """Ask for a row or a record, and go there."""
        self.run_flow(self._ask_jump)

    async def _ask_jump(self) -> None:
        def check(text: str) -> str | None:
            return None if self._read(text) else self._help()

        typed = await self.ask("#", check=check)
        if typed and (jump := self._read(typed)):
            await self._jump(jump)

    def _read(self, text: str) -> Jump | None:
        return read_jump(text, self.count)

    def _help(self) -> str:
        return _("A row is a number from 1 to {count}; a record is # and its id, or its uuid.").format(
            count=number(self.count)
        )

    def goes_here(self, wanted: str) -> bool:
        """A number typed behind ``:`` is a row or a record."""
        jump = self._read(wanted)
        if jump is not None:
            self.run_flow(self._jump, jump)
        return jump is not None

    async def _jump(self, jump: Jump) -> None:
        if jump.to == "row":
            self.table.move_to(int(jump.value) - 1)
        elif self.records.window is not None:
            await self._jump_to_record(jump.value)

    async def _jump_to_record(self, wanted: int | str) -> None:
        """To its row when the order tells it, else to the record alone."""
        from kobotui.api.errors import NotFound
        from kobotui.screens.record import RecordScreen

        records = self.records
        place = await records.place_of(wanted) if isinstance(wanted, int) else None
        if place is None:
            try:
                record = await (await records.service()).get(wanted)
            except NotFound:
                text = _("There is no record {id} in this project, or you may not see it.")
                self.flash(text.format(id=wanted), "warning")
                return
            if isinstance(wanted, str):
                place = await records.place_of(record.id)
            if place is None:
                self.app.push_screen(RecordScreen(records.alone(record), 0))
                return
        self.table.move_to(place)
