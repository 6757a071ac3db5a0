"""What a project's history can prove: how many entries of a kind there were before a write, and which came after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kobotui.api.history import HistoryService


async def count_of(history: HistoryService, q: str) -> int | None:
    """How many entries match; None for who may not read the history, which is for managers. Raises ``KoboError``."""
    from kobotui.api.errors import NotAllowed, NotFound

    try:
        return (await history.page(q=q, limit=1)).count
    except (NotAllowed, NotFound):
        return None
