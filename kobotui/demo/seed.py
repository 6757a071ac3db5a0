"""The demo's people and projects, the same ones for the same seed; dates count back from the start."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from kobotui.demo.plan import CREATED_DAYS, Plan, plans
from kobotui.demo.seed_project import add_library, add_project
from kobotui.demo.state import ANONYMOUS, State, User, now

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT_SEED = 2026
TOTAL = 30_000  # submissions, roughly, over all projects
PEOPLE = (
    ("admin", "Ana Duarte", "administrator, owns most projects", False),
    ("ben", "Ben Otieno", "field coordinator, owns some projects and shares them with admin", False),
    ("carol", "Carol Nguyen", "information manager of a partner", False),
    ("dana", "Dana Haddad", "new colleague, sees little", False),
    ("root", "System operator", "superuser: opens every project by its address", True),
)
# fmt: off
FIRST_NAMES = (
    "amina", "joseph", "fatou", "ibrahim", "grace", "samuel", "leila", "moussa", "esther", "daniel",
    "mariam", "kofi", "aisha", "pierre", "salma", "victor", "halima", "jean", "rania", "peter",
)
# fmt: on
ENUMERATORS = (*FIRST_NAMES, *(f"u{n:02}" for n in range(1, 25)))


def seed_state(seed: int | None, projects: int, submissions: int | None) -> State:
    """A server full of believable projects.

    Without a seed the projects are those of `LAYOUT_SEED` and only keys and passwords are new.
    ``submissions`` is the number on the biggest project, which no other exceeds.
    """
    rng = random.Random(LAYOUT_SEED if seed is None else seed)
    secret = random.SystemRandom() if seed is None else rng
    state = State(rng)
    for user in people(rng, secret):
        state.users[user.username] = user
    chosen = list(plans(projects, random.Random(rng.random())))
    for plan, size in zip(chosen, sizes(chosen, submissions), strict=True):
        add_project(state, plan, size, ENUMERATORS)
    if projects >= 10:
        add_library(state)
    return state


def people(rng: random.Random, secret: random.Random) -> Iterator[User]:
    """All accounts, `AnonymousUser` included (nobody can log in as that one)."""
    joined = now() - timedelta(days=CREATED_DAYS + 200)
    everybody = [*PEOPLE, *((name, name.title(), "enumerator", False) for name in ENUMERATORS)]
    for number, (username, full_name, about, superuser) in enumerate(everybody):
        organization = "Field Ops" if username != "carol" else "Partner Aid"
        yield User(
            username=username,
            password="".join(secret.choices("abcdefghjkmnpqrstuvwxyz23456789", k=14)),
            token=f"{secret.getrandbits(160):040x}",
            uid="u" + "".join(rng.choices("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", k=22)),
            email=f"{username}@example.org",
            about=about,
            is_superuser=superuser,
            date_joined=joined + timedelta(days=number),
            extra_details={
                "name": full_name,
                "sector": "Humanitarian - Multiple Clusters",
                "country": "KEN",
                "organization": organization,
            },
            organization_uid="org" + "".join(rng.choices("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=22)),
            organization_name=organization,
        )
    yield User(ANONYMOUS, secret.random().hex(), None, "u" + "2" * 22, date_joined=joined, about="everybody")


def sizes(chosen: list[Plan], submissions: int | None) -> list[int]:
    """How many submissions each project has: the first deployed one the most."""
    biggest = 3000 if submissions is None else submissions
    shares = [p.share if p.status != "draft" else 0.0 for p in chosen]
    rest = sum(shares[1:]) or 1.0
    unit = (TOTAL - 3000) * min(len(chosen) / 100, 1.0) / rest
    uneven = [share * unit * (0.8 + (place * 7 % 10) / 25) for place, share in enumerate(shares[1:])]
    return [biggest, *(min(round(size), biggest) for size in uneven)][: len(chosen)]
