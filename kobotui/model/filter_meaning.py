"""What a field, a sign and a value mean together, which is a question of the field's type."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kobotui.locale import _
from kobotui.model.filter_dates import period
from kobotui.model.filter_names import DATED, NUMBERS, SENT, Field, FilterError, Names
from kobotui.model.filter_query import SUBMITTER
from kobotui.model.filter_tree import STATUS, Beside, Chosen, Compared, Node, Not, Ordered, Present, Same, any_of
from kobotui.model.form import SELECT_MANY, SELECT_ONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kobotui.model.filter_tree import Sign

STATUSES = {
    "approved": "validation_status_approved",
    "not approved": "validation_status_not_approved",
    "on hold": "validation_status_on_hold",
    "none": None,
}
ME = "me"
"""Who asks, after ``by``."""
_ANSWER = re.compile(r"\$\{\s*([^{}]+?)\s*\}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


class Value(NamedTuple):
    """What stands after an operator."""

    text: str
    quoted: bool = False


class Meaning:
    """Conditions on the fields of one form; ``now`` says what "today" is, ``me`` who asks (empty: not known)."""

    def __init__(self, names: Names, now: datetime, me: str = "") -> None:
        self.names, self.now, self.me = names, now, me

    def among(self, field: Field, values: Sequence[Value]) -> Node:
        """One of a list."""
        if any(_special(field, value) for value in values):
            return any_of([self.signed(field, "=", value) for value in values])
        meant = tuple(self.meant(field, value) for value in values)
        if field.type in SELECT_MANY:
            return Chosen(field.key, tuple(map(str, meant)))
        return Same(field.key, meant)

    def signed(self, field: Field, sign: str, value: Value) -> Node:
        """One of ``= < <= > >=`` and a value."""
        if (match := _ANSWER.fullmatch(value.text)) and not value.quoted:
            return self._beside(field, sign, match[1])
        if not value.text:
            if sign != "=":
                raise FilterError(_("After {name} a value is missing.").format(name=field.key))
            return Not(Present(field.key))
        if field.type in DATED and not value.quoted:
            return self._dated(field, sign, value.text)
        number = None if value.quoted else _NUMBER.fullmatch(value.text)
        if field.type in NUMBERS and number:
            return Compared(field.key, _sign(sign), Decimal(value.text), field.type == "integer")
        meant = self.meant(field, value)
        if sign == "=":
            if field.type in SELECT_MANY:
                return Chosen(field.key, (str(meant),))
            return Same(field.key, (meant,))
        if field.type in NUMBERS:
            raise FilterError(_("Compare {name} with a number: 0, 12, -2.5.").format(name=field.key))
        if field.type in SELECT_ONE | SELECT_MANY or field.key == STATUS:
            raise FilterError(_("{name} is one of a list: only =, != and in make sense.").format(name=field.key))
        if number and field.question and field.type != "time":
            return Compared(field.key, _sign(sign), Decimal(value.text))
        assert meant is not None
        return Ordered(field.key, ((_sign(sign), meant),))

    def _dated(self, field: Field, sign: str, text: str) -> Node:
        try:
            when = period(text, self.now)
            start, end = when.utc(self.now.tzinfo) if field.key == SENT else when.days()
        except (ValueError, OverflowError) as error:
            raise FilterError(str(error)) from None
        bounds: dict[str, tuple[tuple[Sign, str], ...]] = {
            "=": ((">=", start), ("<", end)),
            "<": (("<", start),),
            "<=": (("<", end),),
            ">": ((">=", end),),
            ">=": ((">=", start),),
        }
        return Ordered(field.key, bounds[sign])

    def _beside(self, field: Field, sign: str, name: str) -> Node:
        other = self.names.field(name)
        if other.repeat or self.names.repeats_around(other) != self.names.repeats_around(field):
            raise FilterError(
                _("{one} and {other} do not stand in the same repeat: they cannot be compared.").format(
                    one=field.key, other=other.key
                )
            )
        if {"_id", STATUS} & {field.key, other.key}:
            raise FilterError(_("Only answers and times can be compared with each other."))
        kinds = [
            "number" if item.type in NUMBERS else "moment" if item.type in DATED else "text" for item in (field, other)
        ]
        kind = kinds[0] if kinds[0] == kinds[1] else "number" if "number" in kinds else "text"
        return Beside(field.key, _sign(sign), other.key, kind)  # type: ignore[arg-type]  # one of the three

    def meant(self, field: Field, value: Value) -> str | int | None:
        """The value as the server keeps it."""
        text = value.text
        if field.key == STATUS:
            words = text.lower().removeprefix("validation_status_").replace("_", " ")
            if words not in STATUSES:
                raise FilterError(_("A status is approved, not approved, on hold or none."))
            return STATUSES[words]
        if field.key == "_id":
            if not re.fullmatch(r"[0-9]{1,18}", text):
                raise FilterError(_("An id is a whole number."))
            return int(text)
        if field.key == SUBMITTER and not value.quoted and text.lower() == ME and self.me:
            return self.me
        if field.question and field.type in SELECT_ONE | SELECT_MANY:
            return self.names.choice(field.question, text)
        return text


def _sign(text: str) -> Sign:
    return text  # type: ignore[return-value]  # the parser lets nothing else through


def _special(field: Field, value: Value) -> bool:
    """Whether a value of a list is more than a text to be the same."""
    if value.quoted:
        return not value.text
    return field.type in DATED or (field.type in NUMBERS and _NUMBER.fullmatch(value.text) is not None)
