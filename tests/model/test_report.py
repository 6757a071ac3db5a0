"""Reports: what was answered, counted exactly, in bounded memory."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.form import Form
from kobotui.model.report import BINS, DISTINCT, Distribution, Report, Tally
from tests.model.samples import body, form


def test_a_recorded_project() -> None:
    records = body("data-household-100")["results"]
    report = Report(form("household-trilingual"))
    for record in records:
        report.add(record)
    assert report.records == 100
    assert sum(report.days.values()) == 100
    assert report.users.counts["admin1"] == sum(record["_submitted_by"] == "admin1" for record in records)
    region = report.questions["loc/region"]
    assert (region.kind, region.asked) == ("choice", 100)
    assert region.answered == sum("loc/region" in record for record in records)
    assert sum(region.tally.counts.values()) == region.answered
    needs = report.questions["econ/needs"]
    assert needs.tally.counts["food"] == sum("food" in record.get("econ/needs", "").split() for record in records)
    ages = [float(record["resp/age"]) for record in records if "resp/age" in record]
    age = report.questions["resp/age"].numbers
    assert (age.count, age.least, age.most) == (len(ages), min(ages), max(ages))
    assert age.mean == pytest.approx(statistics.mean(ages))
    assert age.deviation == pytest.approx(statistics.stdev(ages))
    assert sum(bin_.numbers for bin_ in age.bins) == len(ages)
    assert report.questions["resp/arrival"].kind == "date"
    assert "intro" not in report.questions  # a note asks nothing
    assert sum(report.statuses.values()) == 100


def test_repeats_are_asked_once_a_round() -> None:
    report = Report(form("clinic-repeats"))
    records = body("data-clinic-50")["results"]
    for record in records:
        report.add(record)
    patients = [patient for record in records for patient in record.get("patient", [])]
    visits = [visit for patient in patients for visit in patient.get("patient/visit", [])]
    assert report.questions["patient/pname"].asked == len(patients)
    assert report.questions["patient/visit/temp"].asked == len(visits)
    assert report.questions["patient/visit/temp"].numbers.count == sum("patient/visit/temp" in v for v in visits)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60))
def test_any_numbers(values: list[float]) -> None:
    found = Distribution()
    for value in values:
        found.add(value)
    bins = found.bins
    assert len(bins) <= BINS
    assert sum(bin_.numbers for bin_ in bins) == len(values)
    for bin_ in bins:
        assert bin_.numbers == sum(bin_.low <= value < bin_.high for value in values)
    for share in (0.0, 0.5, 1.0):
        quantile = found.quantile(share)
        assert quantile is not None
        assert min(values) <= quantile <= max(values)


def test_a_large_distribution_is_close() -> None:
    found = Distribution()
    for number in range(100_000):
        found.add((number * 7919) % 1000)
    assert len(found.bins) <= BINS
    assert found.mean == pytest.approx(499.5)
    for share in (0.1, 0.25, 0.5, 0.9):
        assert found.quantile(share) == pytest.approx(1000 * share, abs=10)


def test_nothing_answered() -> None:
    found = Distribution()
    assert (found.mean, found.deviation, found.quantile(0.5), found.bins) == (None, None, None, [])
    found.add(5)
    assert (found.mean, found.deviation, found.quantile(0.5)) == (5, None, 5)


def test_different_answers_are_bounded() -> None:
    tally = Tally()
    for number in range(DISTINCT + 500):
        tally.add(f"answer {number}")
    tally.add("answer 3")
    assert (len(tally.counts), tally.others) == (DISTINCT, 500)
    assert tally.most(2) == [("answer 3", 2), ("answer 0", 1)]


@pytest.mark.parametrize("value", [None, "", 5, 1.5, True, [], {}, [1], "nan", "1e400", "x" * 10_000])
def test_odd_answers_do_no_harm(value: Any) -> None:
    kinds = ["text", "integer", "date", "select_one", "select_multiple", "geopoint", "image", "note", "nonsense"]
    rows = [{"type": kind, "name": f"q{n}", "select_from_list_name": "l"} for n, kind in enumerate(kinds)]
    odd = Form.from_content({"survey": [*rows, {"type": "begin_repeat", "name": "r"}, {"type": "end_repeat"}]})
    report = Report(odd)
    report.add(dict.fromkeys([f"q{n}" for n in range(len(kinds))] + ["r", "_submitted_by", "_submission_time"], value))
    assert report.records == 1
    number = report.questions["q1"]
    assert number.numbers.count + number.unreadable == number.answered
    assert not math.isnan(number.numbers.mean or 0)
