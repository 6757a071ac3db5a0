"""New records for a deployed form: what a device would send, made of its XForm and of answers by path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from kobotui.locale import _
from kobotui.model.record_xml import RecordError, RecordXml, instance_id, steps
from kobotui.model.xml_tree import Element, read

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPENROSA = ("xmlns:orx", "http://openrosa.org/xforms")
_FIXED = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)")\s*""")
"""A calculation that is a text."""
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What no XML may hold, and a server writes all the same when it is in a form's name."""
_TEMPLATE = "jr:template"
MOST_INSTANCES = 1000
"""Of one repeat; a position beyond is a slip."""


class _Part(dict[str, dict[int, "_Part | str"]]):
    """Answers below one element: by name, then by position."""


@dataclass(frozen=True, slots=True)
class DeployedForm:
    """The form as devices have it; all its questions are there in their order."""

    blank: Element
    """The record with nothing answered; of a repeat there is one instance, the pattern."""
    repeated: frozenset[str]
    version: str
    """Uid of the form's version, as ``__version__`` of its records."""
    form_uuid: str
    """``formhub/uuid``, by which the server finds the project."""

    @classmethod
    def parse(cls, form_xml: bytes) -> Self:
        """The form of ``OpenRosaService.form_xml``. Raises ``XmlError`` for what is no form."""
        _parts, page = read(_NOT_XML.sub(b"", form_xml))
        model = page.child("head", "model")
        blank = model.child("instance") if model else None
        inside = blank.children if blank else []
        if model is None or len(inside) != 1 or not inside[0].attributes.get("id"):
            raise RecordError(_("The deployed form cannot be read: it has no record to fill in."))
        root = inside[0].copy()
        root.attributes.pop("xmlns", None)
        spaces = {**_spaces(page), **_spaces(model), **_spaces(root), _OPENROSA[0]: _OPENROSA[1]}
        used = {name.partition(":")[0] for node in root.walk() for name in _names(node) if ":" in name}
        declared = {name: value for name, value in spaces.items() if name[6:] in used or name == _OPENROSA[0]}
        others = {name: value for name, value in root.attributes.items() if not name.startswith("xmlns")}
        root.attributes = declared | others
        binds = {
            node.attributes.get("nodeset", ""): node.attributes.get("calculate", "") for node in model.named("bind")
        }
        top = f"/{root.name}/"
        body = page.child("body")
        loops = [node.attributes.get("nodeset", "") for node in (body.walk() if body else ()) if node.local == "repeat"]
        return cls(
            _patterns(root),
            frozenset(path.removeprefix(top) for path in loops),
            _fixed(binds.get(f"{top}__version__", "")) or root.attributes.get("version", ""),
            _fixed(binds.get(f"{top}formhub/uuid", "")),
        )

    @property
    def uid(self) -> str:
        """Uid of the project."""
        return self.blank.attributes["id"]

    def record(self, answers: Mapping[str, str | None], uuid: str) -> RecordXml:
        """A record with these answers by path, positioned inside repeats, under a given instance ID.

        Instances are made as far as a path names them. Raises ``RecordError`` for a path that the form does not have
        and ``XmlError`` for what XML cannot hold.
        """
        root = self._filled(self.blank, "", _nested(answers))
        record = RecordXml(root)
        for node, text in ((root.child("formhub", "uuid"), self.form_uuid), (root.child("__version__"), self.version)):
            if node and text:
                node.text = text
        record.set_meta("instanceID", instance_id(uuid))
        return record

    def _filled(self, pattern: Element, path: str, part: _Part) -> Element:
        made = Element(pattern.name, dict(pattern.attributes))
        left = dict(part)
        for child in pattern.children:
            here = f"{path}/{child.local}" if path else child.local
            given = left.pop(child.local, {})
            many = here in self.repeated
            last = max(given, default=0 if many else 1)
            if last > (MOST_INSTANCES if many else 1):
                raise RecordError(_("{path} has no place {n}.").format(path=here, n=last))
            made.content += [self._one(child, here, given.get(number)) for number in range(1, last + 1)]
        if left:
            name = next(iter(left))
            raise RecordError(_("The deployed form has no {path}.").format(path=f"{path}/{name}" if path else name))
        return made

    def _one(self, pattern: Element, path: str, given: _Part | str | None) -> Element:
        if pattern.children:
            if isinstance(given, str):
                raise RecordError(_("{path} is a group, it has no answer of its own.").format(path=path))
            return self._filled(pattern, path, given or _Part())
        if isinstance(given, _Part):
            raise RecordError(_("The deployed form has no {path}.").format(path=f"{path}/{next(iter(given))}"))
        made = Element(pattern.name, dict(pattern.attributes))
        made.text = given or ""
        return made


def _nested(answers: Mapping[str, str | None]) -> _Part:
    """Answers by path as the tree they belong to."""
    top = _Part()
    for path, answer in answers.items():
        part = top
        *above, last = steps(path)
        for name, position in above:
            inner = part.setdefault(name, {}).setdefault(position or 1, _Part())
            if isinstance(inner, str):
                raise RecordError(_("{path} is a group, it has no answer of its own.").format(path=name))
            part = inner
        place = part.setdefault(last.name, {})
        if isinstance(place.get(last.position or 1), _Part):
            raise RecordError(_("{path} is a group, it has no answer of its own.").format(path=path))
        place[last.position or 1] = answer or ""
    return top


def _patterns(root: Element) -> Element:
    """The form's record with one pattern for each repeat; forms carry an unmarked instance beside it, or not."""
    made = Element(root.name, {name: value for name, value in root.attributes.items() if name != _TEMPLATE})
    seen: set[str] = set()
    for child in root.children:
        if child.local not in seen:
            seen.add(child.local)
            made.content.append(_patterns(child))
    return made


def _spaces(node: Element) -> dict[str, str]:
    return {name: value for name, value in node.attributes.items() if name.startswith("xmlns:")}


def _names(node: Element) -> list[str]:
    return [node.name, *(name for name in node.attributes if name != _TEMPLATE and not name.startswith("xmlns"))]


def _fixed(calculation: str) -> str:
    match = _FIXED.fullmatch(calculation)
    return (match[1] or match[2] or "") if match else ""
