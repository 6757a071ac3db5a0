"""What a table draws: rows, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kobotui.columns.cell import Cell

Item = TypeVar("Item")


class Row(Struct, frozen=True):
    """One row; ``key`` names it for good, whatever its place."""

    key: str
    cells: Sequence[Cell]
    """As many as the table has columns; missing ones are blank."""
    dim: bool = False
    sign: str = ""
    """One ASCII character beside a row that is not marked: ``-`` leaves, ``!`` has a problem."""


class RowSource(Protocol):
    """Rows by position. Positions run from 0; a row that is not loaded yet is None."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> Row | None: ...

    def key(self, index: int) -> str | None:
        """The key of the row, without the cost of making its cells."""

    def index_of(self, key: str) -> int | None:
        """Where the row is, as far as it is loaded."""


class ListSource(Generic[Item]):
    """Rows of a list in memory, each made when it comes into view."""

    def __init__(
        self, items: Sequence[Item], make_row: Callable[[Item], Row], key_of: Callable[[Item], str] | None = None
    ) -> None:
        """Without ``key_of`` the key is taken from the row, which costs making it."""
        self.items = items
        self._make_row = make_row
        self._key_of = key_of or (lambda item: make_row(item).key)
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.items)

    def row(self, index: int) -> Row:
        return self._make_row(self.items[index])

    def key(self, index: int) -> str:
        return self._key_of(self.items[index])

    def index_of(self, key: str) -> int | None:
        if self._places is None:
            self._places = {self._key_of(item): place for place, item in enumerate(self.items)}
        return self._places.get(key)


def rows_source(rows: Sequence[Row]) -> ListSource[Row]:
    """A source of rows that are already made."""
    return ListSource(rows, lambda row: row, lambda row: row.key)
