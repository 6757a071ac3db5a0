"""Patterns of the texts that are numbers below, above or equal to a bound: the server has numbers as texts only.

A number here is what people write: digits, perhaps a sign, a fraction, zeros in front. ``1e3`` is none.
"""

from __future__ import annotations

from decimal import Decimal

_ANY = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_NEVER = "(?!)"


def number_pattern(sign: str, bound: Decimal) -> str:
    """``sign`` is one of ``= < <= > >=``; the bound has no exponent."""
    size = abs(bound)
    if sign == "=":
        return _whole([("[+-]?" if not size else "-" if bound < 0 else r"\+?", _equal(size))])
    if sign in (">", ">="):
        return _whole(_beyond(sign, bound, size, same=r"\+?", other="-"))
    return _whole(_beyond(sign, -bound, size, same="-", other=r"\+?"))


def _beyond(sign: str, bound: Decimal, size: Decimal, *, same: str, other: str) -> list[tuple[str, str]]:
    """On the side of the sign ``same``: larger ones when the bound is there; else all, and small ones of ``other``."""
    equal = "=" in sign
    if bound > 0:
        return [(same, _above(size, equal=equal))]
    if not bound:
        zero = [(other, _equal(size))] if equal else []
        return [(same, _above(size, equal=equal)), *zero]
    return [(same, _ANY), (other, _below(size, equal=equal))]


def _whole(parts: list[tuple[str, str]]) -> str:
    return f"^({'|'.join(f'{sign}({digits})' for sign, digits in parts)})$"


def _split(size: Decimal) -> tuple[int, str]:
    """The whole part, and the digits of the fraction without zeros at the end."""
    whole, _point, fraction = f"{size:f}".partition(".")
    return int(whole), fraction.rstrip("0")


def _equal(size: Decimal) -> str:
    whole, fraction = _split(size)
    return _at(whole, f"{fraction}0*")


def _above(size: Decimal, *, equal: bool) -> str:
    whole, fraction = _split(size)
    digits = [f"{fraction[:i]}[{int(d) + 1}-9][0-9]*" for i, d in enumerate(fraction) if d != "9"]
    digits.append(f"{fraction}[0-9]*" if equal else f"{fraction}[0-9]*[1-9][0-9]*")
    return f"0*({_at_least(whole + 1)})" + r"(\.[0-9]*)?" + f"|{_at(whole, '|'.join(digits))}"


def _below(size: Decimal, *, equal: bool) -> str:
    whole, fraction = _split(size)
    digits = [f"{fraction[:i]}[0-{int(d) - 1}][0-9]*" for i, d in enumerate(fraction) if d != "0"]
    digits += [fraction[:i] for i in range(len(fraction))]
    digits += [f"{fraction}0*"] if equal else []
    parts = [f"0*({_less(whole)})" + r"(\.[0-9]*)?", r"\.[0-9]+"] if whole else []
    return "|".join([*parts, *([_at(whole, "|".join(digits))] if digits else [])]) or _NEVER


def _at(whole: int, fraction: str) -> str:
    """This whole part with a fraction of this pattern; a fraction that may be empty may be left out."""
    empty = any(not part.replace("0*", "").replace("[0-9]*", "") for part in fraction.split("|"))
    point = rf"(\.({fraction}))?" if empty else rf"\.({fraction})"
    alone = rf"|\.(?=[0-9])({fraction})(?![0-9])" if not whole else ""
    return f"0*{whole}{point}" + alone if whole else f"0+{point}{alone}"


def _at_least(bound: int) -> str:
    """Digits without leading zeros, from a bound of at least 1 on."""
    digits = str(bound)
    length = len(digits)
    parts = [rf"[1-9][0-9]{{{length},}}", digits]
    for place, digit in enumerate(digits):
        if digit != "9":
            parts.append(rf"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{length - place - 1}}}")
    return "|".join(parts)


def _less(bound: int) -> str:
    """Digits below a bound of at least 1, with or without leading zeros."""
    digits = str(bound)
    length = len(digits)
    parts = [rf"[0-9]{{1,{length - 1}}}"] if length > 1 else []
    for place, digit in enumerate(digits):
        if digit != "0":
            parts.append(rf"{digits[:place]}[0-{int(digit) - 1}][0-9]{{{length - place - 1}}}")
    return "|".join(parts)
