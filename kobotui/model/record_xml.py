"""A record as the XML that the server keeps of it: its answers by positioned path, altered and sent once more.

A *positioned path* names one element: ``g/kid[2]/v[3]/d``, counted from 1 among the elements of a name, as the bulk
edit takes it. A step without a position means the first.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from kobotui.locale import _
from kobotui.model.form import Form
from kobotui.model.xml_tree import Element, Markup, XmlError, is_name, read, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

OWN = frozenset({"formhub", "meta", "__version__"})
"""Elements of a record that are no answers."""
_STEP = re.compile(r"([^\[\]/]+)(?:\[([1-9]\d{0,5})\])?")
_PREFIX = "uuid:"


class RecordError(XmlError):
    """What cannot be done to a record; the message is a sentence."""


class Step(NamedTuple):
    """One step of a positioned path."""

    name: str
    position: int | None = None


def steps(path: str) -> list[Step]:
    """The steps of a positioned path. Raises ``RecordError`` for what is none."""
    found = [_STEP.fullmatch(part) for part in path.split("/")]
    if not all(match and is_name(match[1]) for match in found):
        raise RecordError(_("“{path}” is no place in a record.").format(path=path))
    return [Step(match[1], int(match[2]) if match[2] else None) for match in found if match]


def plain(path: str) -> str:
    """A positioned path without its positions: the key of the question."""
    return re.sub(r"\[\d+\]", "", path)


def instance_id(uuid: str) -> str:
    """A uuid as records write it."""
    return uuid if uuid.startswith(_PREFIX) else _PREFIX + uuid


class RecordXml:
    """One record being read or altered; what is not altered is written as it was read."""

    def __init__(self, root: Element, form: Form | None = None, parts: list[Element | Markup] | None = None) -> None:
        """``form`` tells which elements are repeats even when there is one, and where new ones belong."""
        self.root = root
        self.form = form or Form()
        self._parts = parts or [root]

    @classmethod
    def parse(cls, source: bytes | str, form: Form | None = None) -> Self:
        """The record in ``GET data/{id}.xml``. Raises ``XmlError``."""
        parts, root = read(source)
        return cls(root, form, parts)

    def text(self) -> str:
        """The record as XML, to be sent."""
        return write(self._parts)

    def copy(self) -> Self:
        """Another one that is the same."""
        root = self.root.copy()
        return type(self)(root, self.form, [root if part is self.root else part for part in self._parts])

    # What it is

    @property
    def instance_id(self) -> str:
        """``meta/instanceID``, with ``uuid:``; empty when there is none."""
        return self._meta("instanceID")

    @property
    def deprecated_id(self) -> str:
        """The instance that this one replaced, empty for a record that was never edited."""
        return self._meta("deprecatedID")

    @property
    def root_uuid(self) -> str:
        """The first instance, as far as the XML tells: the server writes it when answers are edited in bulk."""
        return self._meta("rootUuid") or ("" if self.deprecated_id else self.instance_id)

    def _meta(self, name: str) -> str:
        node = self.root.child("meta", name)
        return node.text.strip() if node else ""

    def set_meta(self, name: str, value: str | None) -> None:
        """Set an element of the record's ``meta``, or with None take it away. Raises ``XmlError``."""
        meta = self.root.child("meta")
        if meta is None:
            if value is None:
                return
            meta = Element("meta")
            self.root.content.append(meta)
        node = meta.child(name)
        if value is None:
            meta.content = [item for item in meta.content if item is not node]
            return
        if node is None:
            prefix, colon, _local = meta.name.rpartition(":")
            node = Element(prefix + colon + name)
            meta.content.append(node)
        node.text = value

    # Answers

    def answers(self) -> dict[str, str]:
        """Answers by positioned path, in the record's order; what is unanswered is missing."""
        return {path: node.text for path, node in self._leaves(self.root, "", "") if node.text}

    def answer(self, path: str) -> str:
        """The answer at a positioned path, empty when there is none."""
        node: Element | None = self.root
        for name, position in steps(path):
            same = node.named(name) if node else []
            node = same[(position or 1) - 1] if len(same) >= (position or 1) else None
        return node.text if node and not node.children else ""

    def instances(self, path: str) -> int:
        """How many instances of a repeat there are at a positioned path: ``patient[2]/visit``."""
        *above, last = steps(path)
        parent = self._find(above)
        return len(parent.named(last.name)) if parent else 0

    def repeats(self) -> dict[str, int]:
        """The number of instances of every repeat, by its path with the positions of those around it."""
        return dict(self._counts(self.root, "", ""))

    def set(self, path: str, value: str | None) -> None:
        """Set the answer at a positioned path, or with None or an empty text take it away.

        Elements that the record does not have are made where the form has them; instances of a repeat are not.
        Raises ``RecordError`` for a place that is a group or is not there, ``XmlError`` for what XML cannot hold.
        """
        node, here, way = self.root, "", ""
        for name, position in steps(path):
            here, way = _below(here, name), _below(way, name)
            same = node.named(name)
            if position and (position > 1 or here in self._repeated):
                way += f"[{position}]"
            if len(same) >= (position or 1):
                node = same[(position or 1) - 1]
                continue
            if same or (position or 1) > 1 or here in self._repeated:
                raise RecordError(_("There is no {path} in this record.").format(path=way))
            if not value:
                return
            made = Element(name)
            self._insert(node, here, made)
            node = made
        if node.children:
            raise RecordError(_("{path} is a group, it has no answer of its own.").format(path=path))
        node.text = value or ""

    def add(self, path: str) -> str:
        """Make an instance of a repeat, unanswered: ``patient[2]/visit`` the last one, ``patient[2]`` at that place.

        Groups around it that the record does not have are made, too. Its path is returned. Raises ``RecordError``
        where the place is not there.
        """
        *above, last = steps(path)
        parent = self._found_or_made(above)
        same = parent.named(last.name) if parent else []
        position = last.position or len(same) + 1
        if parent is None or position > len(same) + 1:
            raise RecordError(_("There is no {path} in this record.").format(path=path))
        made = self._blank(last.name, plain(path))
        if position <= len(same):
            parent.content.insert(_place(parent, same[position - 1]), made)
        elif same:
            parent.content.insert(_place(parent, same[-1]) + 1, made)
        else:
            self._insert(parent, plain(path), made)
        return f"{path.removesuffix(f'[{last.position}]')}[{position}]"

    def remove(self, path: str) -> None:
        """Take an instance of a repeat away: ``patient[2]``; those after it move up. Raises ``RecordError``."""
        *above, last = steps(path)
        parent = self._find(above)
        same = parent.named(last.name) if parent else []
        if parent is None or last.position is None or last.position > len(same):
            raise RecordError(_("There is no {path} in this record.").format(path=path))
        del parent.content[_place(parent, same[last.position - 1])]

    # Sent once more

    def resubmission(self, uuid: str) -> Self:
        """The record as an edit of itself, with a new instance ID. The server takes it if nobody edited meanwhile.

        Raises ``RecordError`` for a record without an instance ID.
        """
        if not self.instance_id:
            raise RecordError(_("This record has no instance ID."))
        edit = self.copy()
        edit.set_meta("deprecatedID", self.instance_id)
        edit.set_meta("instanceID", instance_id(uuid))
        return edit

    def restoration(self, submitted: str, root_uuid: str) -> Self:
        """A deleted record, to be made anew under its own instance ID.

        ``submitted`` is its ``_submission_time``: UTC, without a zone. It says no more which revision it replaced:
        the server would look for that one, which is gone, too. Its first instance stays in ``meta/rootUuid``.
        """
        anew = self.copy()
        anew.set_meta("deprecatedID", None)
        if root_uuid and instance_id(root_uuid) != self.root_uuid:
            anew.set_meta("rootUuid", instance_id(root_uuid))
        if submitted:
            anew.root.attributes["submissionDate"] = submitted if _zoned(submitted) else f"{submitted}+00:00"
        return anew

    # The tree

    @cached_property
    def _repeated(self) -> Collection[str]:
        return frozenset(path for path, group in self.form.groups.items() if group.repeats)

    @cached_property
    def _order(self) -> dict[str, dict[str, int]]:
        """Ranks of the names below each plain path."""
        order: dict[str, dict[str, int]] = {}
        for _depth, item in self.form.nodes:
            above = ""
            for name in item.path.split("/"):
                ranks = order.setdefault(above, {})
                ranks.setdefault(name, len(ranks))
                above = _below(above, name)
        return order

    def _find(self, way: list[Step]) -> Element | None:
        node = self.root
        for name, position in way:
            same = node.named(name)
            if len(same) < (position or 1):
                return None
            node = same[(position or 1) - 1]
        return node

    def _found_or_made(self, way: list[Step]) -> Element | None:
        """As :meth:`_find`, but groups that are missing are made; instances of repeats are not."""
        node, here = self.root, ""
        for name, position in way:
            here = _below(here, name)
            same = node.named(name)
            if len(same) < (position or 1):
                if same or position or here in self._repeated:
                    return None
                same = [Element(name)]
                self._insert(node, here, same[0])
            node = same[(position or 1) - 1]
        return node

    def _children(self, node: Element, here: str, way: str) -> Iterator[tuple[Element, str, str]]:
        """The elements in one, each with its plain and its positioned path."""
        children = [child for child in node.children if here or child.local not in OWN]
        names = [child.local for child in children]
        seen: dict[str, int] = {}
        for child in children:
            name = child.local
            seen[name] = seen.get(name, 0) + 1
            path, place = _below(here, name), _below(way, name)
            many = path in self._repeated or names.count(name) > 1
            yield child, path, f"{place}[{seen[name]}]" if many else place

    def _leaves(self, node: Element, here: str, way: str) -> Iterator[tuple[str, Element]]:
        for child, path, place in self._children(node, here, way):
            if child.children:
                yield from self._leaves(child, path, place)
            else:
                yield place, child

    def _counts(self, node: Element, here: str, way: str) -> Iterator[tuple[str, int]]:
        below = [_below(here, name) for name in self._order.get(here, ())]
        yield from ((_below(way, path.rpartition("/")[2]), 0) for path in below if path in self._repeated)
        for child, path, place in self._children(node, here, way):
            if place.endswith("]"):
                stem, _bracket, position = place.rpartition("[")
                yield stem, int(position[:-1])
            if child.children:
                yield from self._counts(child, path, place)

    def _insert(self, parent: Element, path: str, made: Element) -> None:
        """Put a new element where the form has it, else at the end."""
        ranks = self._order.get(path.rpartition("/")[0], {})
        mine = ranks.get(made.local)
        places = [(i, item) for i, item in enumerate(parent.content) if isinstance(item, Element)]
        before = [i for i, item in places if mine is not None and ranks.get(item.local, mine + 1) < mine]
        after = [i for i, item in places if mine is not None and ranks.get(item.local, -1) > mine]
        if parent is self.root:
            after += [i for i, item in places if item.local in OWN - {"formhub"}]
        parent.content.insert(before[-1] + 1 if before else after[0] if after else len(parent.content), made)

    def _blank(self, name: str, path: str) -> Element:
        """An element with all that the form has in it, repeats apart."""
        below = [name for name in self._order.get(path, ()) if _below(path, name) not in self._repeated]
        return Element(name, {}, [self._blank(name, _below(path, name)) for name in below])


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _place(parent: Element, child: Element) -> int:
    """Where an element stands; equal ones are not the same."""
    return next(i for i, item in enumerate(parent.content) if item is child)


def _zoned(moment: str) -> bool:
    return re.search(r"(Z|[+-]\d\d:?\d\d)$", moment) is not None
