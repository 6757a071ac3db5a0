"""The difference between two states of a record: answers, and instances that came or went."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple

from kobotui.locale import _
from kobotui.model.record_xml import OWN, RecordXml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kobotui.model.xml_tree import Element


class Difference(NamedTuple):
    """One difference; ``path`` is where it is, of what came in the later record, else in the earlier one."""

    kind: Literal["answer", "added", "removed"]
    path: str
    before: str = ""
    after: str = ""

    def line(self) -> str:
        """It in a line; the texts are as they came."""
        if self.kind == "added":
            return _("{place} added: {answers}").format(place=self.path, answers=self.after or "-")
        if self.kind == "removed":
            return _("{place} taken away: {answers}").format(place=self.path, answers=self.before or "-")
        return f"{self.path}: {self.before or '-'} -> {self.after or '-'}"


def differences(before: RecordXml, after: RecordXml, repeats: frozenset[str]) -> list[Difference]:
    """All differences in the record's order; ``repeats`` are the plain paths of repeats."""
    return list(_Differ(repeats).between(before.root, after.root, "", ""))


def _name(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


class _Differ:
    def __init__(self, repeats: frozenset[str]) -> None:
        self.repeats = repeats

    def between(self, old: Element | None, new: Element | None, here: str, way: str) -> Iterator[Difference]:
        names = dict.fromkeys(
            child.local
            for element in (old, new)
            for child in (element.children if element else ())
            if here or child.local not in OWN
        )
        for name in names:
            olds, news = (element.named(name) if element else [] for element in (old, new))
            path, place = _name(here, name), _name(way, name)
            if path in self.repeats or len(olds) > 1 or len(news) > 1:
                yield from self._aligned(olds, news, path, place)
            else:
                yield from self._pair(next(iter(olds), None), next(iter(news), None), path, place)

    def _pair(self, old: Element | None, new: Element | None, path: str, place: str) -> Iterator[Difference]:
        if (old and old.children) or (new and new.children):
            yield from self.between(old, new, path, place)
            return
        before, after = (element.text if element else "" for element in (old, new))
        if before != after:
            yield Difference("answer", place, before, after)

    def _aligned(self, olds: Sequence[Element], news: Sequence[Element], path: str, place: str) -> Iterator[Difference]:
        """Instances of a repeat: equal ones belong together, and those between them in their order."""
        before, after = ([element.write() for element in elements] for elements in (olds, news))
        for kind, a, a_end, b, b_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            both = min(a_end - a, b_end - b)
            for n in range(both):
                yield from self._pair(olds[a + n], news[b + n], path, f"{place}[{a + n + 1}]")
            for n in range(a + both, a_end):
                yield Difference("removed", f"{place}[{n + 1}]", before=_said(olds[n]))
            for n in range(b + both, b_end):
                yield Difference("added", f"{place}[{n + 1}]", after=_said(news[n]))


def _said(element: Element) -> str:
    return ", ".join(inner.text for inner in element.walk() if inner.text and not inner.children)


def merged(before: RecordXml, ours: RecordXml, now: RecordXml) -> RecordXml | None:
    """Our difference made to what is there now; None where both changed the instances of one repeat.

    An answer that both changed is ours.
    """
    made = now.copy()
    return made if _merge(before.root, ours.root, made.root, own=OWN) else None


def _merge(before: Element, ours: Element, now: Element, own: frozenset[str] = frozenset()) -> bool:
    for name in dict.fromkeys(child.local for element in (before, ours) for child in element.children):
        was, wanted, there = (element.named(name) for element in (before, ours, now))
        if name in own or _same(was, wanted):
            continue
        if _same(was, there):
            at = next((i for i, item in enumerate(now.content) if any(item is one for one in there)), len(now.content))
            now.content = [item for item in now.content if not any(item is one for one in there)]
            now.content[at:at] = [element.copy() for element in wanted]
        elif len(was) == len(wanted) == len(there) == 1 and (was[0].children or wanted[0].children):
            if not _merge(was[0], wanted[0], there[0]):
                return False
        elif len(wanted) == len(there) == 1 and not wanted[0].children:
            there[0].content = list(wanted[0].content)
        else:
            return False
    return True


def _same(some: Sequence[Element], others: Sequence[Element]) -> bool:
    return [element.write() for element in some] == [element.write() for element in others]
