"""Which calculations name what is corrected."""

from __future__ import annotations

from kobotui.model.calculations import made_stale, needed_beside
from tests.model.samples import form


def said(name: str, *positions: str) -> list[tuple[str, tuple[str, ...]]]:
    """Calculated question, and what it is calculated from."""
    return [(stale.calculated.path, stale.names) for stale in made_stale(form(name), positions)]


def test_a_calculation_that_names_a_corrected_answer_is_told() -> None:
    assert said("household-trilingual", "econ/hh_size", "econ/income", "remarks") == [
        ("econ/income_pp", ("hh_size", "income"))
    ]
    assert said("household-trilingual", "remarks") == []
    assert said("household-trilingual", "econ/income", "econ/income_pp") == [], "it is corrected too"


def test_instances_count_and_answers_inside_them_do_not() -> None:
    assert said("clinic-repeats", "patient") == [("n_patients", ("patient",))]
    assert said("clinic-repeats", "patient[2]/page", "patient[1]/visit[2]/temp") == []


def test_what_an_answer_is_judged_beside() -> None:
    household = form("household-trilingual")
    assert needed_beside(household, household.questions["loc/village"]) == ["loc/district"]
    assert needed_beside(household, household.questions["remarks"]) == []
