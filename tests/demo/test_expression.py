"""The XPath of forms, as far as generated answers follow it."""

from __future__ import annotations

from typing import Any

import pytest

from kobotui.demo.records.expression import NotUnderstoodError, compile_expression, names_in, text_of, truth

KNOWN: dict[str, Any] = {"age": "30", "a": "x y", "none": "", "kid": [{}, {}], ":region": "north", "region": "north"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${age} >= 18", True),
        ("${age} < 18", False),
        ("${a} = 'x y'", True),
        ('${a} != "x y"', False),
        ("selected(${a}, 'y') and not(${age} > 40)", True),
        ("${none} = '' or ${age} = 1", True),
        ("region=${region}", True),
        ("(${age} + 2) * 2 = 64", True),
        ("${age} mod 7 = 2", True),
        ("string-length(${a}) = 3", True),
    ],
)
def test_truth(expression: str, expected: bool) -> None:
    assert truth(compile_expression(expression)(KNOWN)) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("count(${kid})", "2"),
        ("round(${age} div 7, 2)", "4.29"),
        ("round(2.5)", "3"),
        ("concat(${a}, '-', ${age})", "x y-30"),
        ("if(${age} > 18, 'adult', 'child')", "adult"),
        ("coalesce(${none}, 'other')", "other"),
        ("${age} div 0", ""),
        ("-${age} + 1", "-29"),
        ("int(7.9)", "7"),
    ],
)
def test_calculations(expression: str, expected: str) -> None:
    assert text_of(compile_expression(expression)(KNOWN)) == expected


@pytest.mark.parametrize("expression", ["", "pulldata('x', 'y')", "${a", "1 +", "(1", "//x"])
def test_what_is_not_understood_is_said(expression: str) -> None:
    with pytest.raises(NotUnderstoodError):
        compile_expression(expression)


def test_names() -> None:
    assert names_in("${a} + ${b_c} = d") == {"a", "b_c"}
