"""Names of users asked for at the foot: typed or pasted, groups expanded, each checked on the server."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kobotui.locale import _
from kobotui.model.access import PUBLIC
from kobotui.model.names import expanded, not_found, split
from kobotui.screens.base import KoboScreen


async def ask_users(
    screen: KoboScreen, label: str, known: Collection[str], *, offered: Sequence[str] | None = None
) -> list[str]:
    """The users that were named; none when the question was left, or a name is wrong, which is said.

    ``known``: users of whom it is known that they exist; they, or ``offered``, complete what is typed. Raises
    ``KoboError``.
    """
    groups = screen.app.session.settings.groups
    complete = [*(known if offered is None else offered), *(f"@{group}" for group in groups)]
    typed = await screen.ask(
        label, complete=complete, check=lambda text: None if split(text) else _("Type a user name.")
    )
    if typed is None:
        return []
    names = expanded(split(typed), groups, known)
    wrong = await (await screen.kobo()).users.unknown(names, known)
    if wrong:
        screen.flash(" ".join(not_found(name, [*known, *names]) for name in wrong), "warning")
        return []
    return [name for name in names if name != PUBLIC]
