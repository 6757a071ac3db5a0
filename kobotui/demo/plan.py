"""Which projects the demo has: the first ones written by hand, the rest from places and rounds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

CREATED_DAYS = 700  # the oldest project, in days before the start
COUNTRIES = {
    "KEN": "Kenya",
    "SEN": "Senegal",
    "JOR": "Jordan",
    "COD": "Congo, Democratic Republic of the",
    "HND": "Honduras",
    "SYR": "Syrian Arab Republic",
    "CHN": "China",
    "BGD": "Bangladesh",
    "TCD": "Chad",
    "UKR": "Ukraine",
}


@dataclass(frozen=True)
class Plan:
    """One project to be."""

    form: str  # key of a form
    name: str
    country: str
    owner: str = "admin"
    status: str = "deployed"  # or draft, archived
    share: float = 1.0  # of the submissions, in parts
    team: int = 6  # enumerators on it
    changed: str = ""  # since the deployment: "content", "name" or nothing
    rule: str = ""  # a row rule: "person" or "answer"
    public: str = ""  # what everybody may: "add", "view"
    admin: str = "view_submissions"  # admin's right on the projects of others
    description: str = ""
    days: int = 300  # since its creation


BY_HAND = (
    Plan(
        "household",
        "Household survey 2026 – Enquête ménage / استبيان الأسرة",
        "SEN",
        share=9,
        team=24,
        rule="person",
        description="Baseline of all districts, three languages",
        days=240,
    ),
    Plan("clinic", "Clinic visits (patients, visits and photos)", "KEN", share=2, team=8, rule="answer", days=150),
    Plan("distribution", "Distribution of relief items, Port Sud", "COD", share=4, team=40, changed="content", days=90),
    Plan("water_points", "Water points inventory", "TCD", share=3, team=12, changed="name", public="view", days=400),
    Plan("market", "Market prices, weekly / Prix du marché", "COD", share=3, team=5, days=500),
    Plan("shelter", "تقييم أضرار المساكن – حلب", "SYR", share=2, team=9, days=120),
    Plan("needs_zh", "灾后需求评估（第一轮）", "CHN", share=1, team=3, days=60),
    Plan("baseline", "Baseline questionnaire (150 questions)", "BGD", share=1, team=20, days=330),
    Plan("school", "School visits, second term", "JOR", owner="ben", share=1, team=4, admin="change_asset", days=80),
    Plan("feedback", "", "KEN", share=0.3, team=1, days=30, description="A project somebody forgot to name"),
    Plan(
        "feedback",
        "Box \x1b[31mred\x1b[0m \x1b]0;owned\x07 [/]bold [bold]x \u202edesrever\u202c \u2066iso\u2069 \ttab\u200b end",
        "KEN",
        share=0.2,
        team=2,
        days=20,
        description="[link=x]A name made to break terminals[/link] \x1b[2J",
    ),
    Plan("protection", "Protection monitoring", "UKR", share=1, team=6, rule="person", days=200),
    Plan("nutrition", "Dépistage nutritionnel, campagne de mars", "TCD", owner="carol", share=2, admin="manage_asset"),
    Plan("pdm", "Post-distribution monitoring, round 1", "COD", status="archived", share=2, team=10, days=420),
    Plan("latrines", "Letrinas e higiene, comunidades", "HND", share=1, team=7, changed="content", days=170),
    Plan("registration", "Registration of new arrivals", "BGD", share=3, team=30, changed="name", days=45),
    Plan("cold_chain", "Cold chain check", "KEN", status="draft", team=0, days=4),
    Plan("feedback", "Complaints box (open to everybody)", "KEN", share=0.5, team=1, public="add", days=100),
    Plan("household", "Household survey, pilot", "SEN", status="archived", share=0.5, team=5, days=380),
    Plan("pdm", "Post-distribution monitoring, round 2", "COD", owner="ben", share=1, team=6, admin="partial"),
)
LAST = (Plan("kits", "Household kits: what is used, what is liked", "KEN", share=0.3, team=3, days=600),)
TITLES = {
    "household": "Household survey",
    "clinic": "Clinic visits",
    "nutrition": "Nutrition screening",
    "cold_chain": "Cold chain check",
    "distribution": "Distribution",
    "pdm": "Post-distribution monitoring",
    "market": "Market prices",
    "shelter": "Shelter damage",
    "water_points": "Water points",
    "latrines": "Latrines and hygiene",
    "school": "School visits",
    "protection": "Protection monitoring",
    "registration": "Registration",
    "feedback": "Feedback",
}
PLACES = (
    ("Turkana", "KEN"),
    ("Garissa", "KEN"),
    ("Kisumu", "KEN"),
    ("Matam", "SEN"),
    ("Ziguinchor", "SEN"),
    ("Zaatari", "JOR"),
    ("Irbid", "JOR"),
    ("Goma", "COD"),
    ("Bukavu", "COD"),
    ("Bunia", "COD"),
    ("Copán", "HND"),
    ("حلب", "SYR"),
    ("إدلب", "SYR"),
    ("Cox's Bazar", "BGD"),
    ("Bhasan Char", "BGD"),
    ("Abéché", "TCD"),
    ("Lac", "TCD"),
    ("Дніпро", "UKR"),
    ("Харків", "UKR"),
)
TEAM_SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 15, 25)


def plans(count: int, rng: random.Random) -> Iterator[Plan]:
    """The first ``count`` projects."""
    yield from BY_HAND[:count]
    forms = list(TITLES)
    for number in range(len(BY_HAND), count - len(LAST)):
        form = forms[number % len(forms)]
        place, country = PLACES[(number * 7) % len(PLACES)]
        turn = 1 + number // (len(forms) * 2)
        status = rng.choices(("deployed", "draft", "archived"), (6, 2, 2))[0]
        owner = "ben" if number % 8 == 5 else "carol" if number % 13 == 7 else "admin"
        yield Plan(
            form,
            f"{TITLES[form]} – {place}, round {turn}",
            country,
            owner=owner,
            status=status,
            share=rng.choice((0.1, 0.3, 0.5, 1.0, 2.0)),
            team=rng.choice(TEAM_SIZES) if status != "draft" else rng.choice((0, 0, 1)),
            changed=rng.choice(("content", "name", "", "", "", "")) if status != "draft" else "",
            rule=rng.choice(("person", "answer", "", "", "", "")),
            public="view" if number % 29 == 0 else "",
            admin=rng.choice(
                ("view_asset", "view_submissions", "change_asset", "validate_submissions", "manage_asset")
            ),
            description=rng.choice(("", "", f"Second line office, {place}", "Agreed with the cluster")),
            days=rng.randrange(3, CREATED_DAYS),
        )
    yield from LAST[: max(0, count - len(BY_HAND))]
