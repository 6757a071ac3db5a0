"""How much an action or a change can hurt."""

from enum import IntEnum


class Tier(IntEnum):
    """The danger tiers: what review they take before they are done."""

    READ = 0
    REVERSIBLE = 1
    """One is reviewed in a line at the foot of the screen, several on the review screen."""
    DESTRUCTIVE = 2
    """Small but not to be taken back: reviewed on the review screen."""
    BULK = 3
    """Many things, data or ownership: a number has to be typed."""
