"""From a key to the last byte it causes, with ten thousand projects loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.figures import Figure, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.world import Screen, World

PROJECTS = 10_000
MOVES = 40
"""Keys in a round."""
QUIET = 0.1
"""Seconds without a byte after which a key has had its effect; what the side panel says of the row comes later."""


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """Cursor moves and pages over a list as the last session left it, the panel closed, and the first letters of a
    filter, which looks at every project."""
    with world.account("--projects", "100", "--submissions", "60"):
        world.python("texts", "keep", str(PROJECTS))
    with world.kobotui() as screen:  # the server is gone: nothing comes between
        screen.until("Status")
        screen.rest(5.0)
        screen.cost("p")
        moves = [seconds for _round in range(rounds) for seconds in _moves(screen)]
        pages = [screen.cost("page", quiet=QUIET)[1] for _round in range(2 * rounds)]
        screen.cost("/")
        letters = [screen.cost(letter, quiet=QUIET)[1] for _round in range(rounds) for letter in ("w", "a", "\x15")]
    yield Figure(
        f"key to last byte, {PROJECTS:,} projects loaded: cursor, p99",
        percentile(moves, 0.99) * 1000,
        "ms",
        30,
        f"p50 {percentile(moves, 0.5) * 1000:.1f} ms of {len(moves)} keys",
    )
    for what, taken in (("page", pages), ("letter of a filter", letters)):
        details = f"slowest {max(taken) * 1000:.0f} ms"
        yield Figure(f"the same for a {what}, p50", percentile(taken, 0.5) * 1000, "ms", None, details)


def _moves(screen: Screen) -> Iterator[float]:
    for key in ("down", "\x1b[A"):
        for _turn in range(MOVES // 2):
            yield screen.cost(key, quiet=QUIET)[1]
