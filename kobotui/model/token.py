"""An API key, kept from being shown."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Token:
    """An API key that no log, traceback or screen shows by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header it is meant for."""
        return self._value

    def __repr__(self) -> str:
        return "Token(hidden)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Token is not written anywhere")
