"""The patterns of numbers that are texts: they say what arithmetic says."""

from __future__ import annotations

import operator
import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.number_pattern import number_pattern

SIGNS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
WHOLE = st.sampled_from(["0", "1", "2", "9", "10", "19", "99", "100", "101", "909", "12345", ""])
FRACTION = st.sampled_from(["", ".", ".0", ".5", ".25", ".250", ".9", ".99", ".1", ".09", ".2501"])
TEXTS = st.builds(
    "".join, st.tuples(st.sampled_from(["", "+", "-"]), st.sampled_from(["", "0", "00"]), WHOLE, FRACTION)
)
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


@given(
    TEXTS | st.sampled_from(["many", "1e3", "-", "4 5"]), TEXTS.filter(NUMBER.fullmatch), st.sampled_from(list(SIGNS))
)
def test_a_pattern_says_what_arithmetic_says(text: str, bound: str, sign: str) -> None:
    meant = NUMBER.fullmatch(text) is not None and SIGNS[sign](Decimal(text), Decimal(bound))
    assert bool(re.search(number_pattern(sign, Decimal(bound)), text)) == meant
