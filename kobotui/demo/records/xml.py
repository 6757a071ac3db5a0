"""Records as XML: read what a device sent, write what was generated, change single answers.

In a record's XML a question is an element, a group or one round of a repeat an element with elements.
In its JSON the keys are whole paths (``group/question``) and a repeat is a list. A *position path* names one
element: ``g/kid[2]/v[3]/d``, counted from 1; without a position the first is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

HEAD = '<?xml version="1.0" ?>'
NAMESPACES = 'xmlns:orx="http://openrosa.org/xforms"'
STEP = re.compile(r"^([^\[\]]+)(?:\[(\d+)\])?$")
NAME = re.compile(r"^[^\W\d][\w.\-]*$")
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SYSTEM = {
    "_id", "_uuid", "_xform_id_string", "_attachments", "_status", "_geolocation", "_submission_time",
    "_validation_status", "_submitted_by", "_tags", "_notes", "_supplementalDetails",
}  # fmt: skip


class XMLError(ValueError):
    """Text that is no record: the reply is 400 with this message."""


class PositionError(ValueError):
    """A position beyond the last round of a repeat."""


def read(text: str | bytes) -> Element:
    """The root element of a record, namespaces dropped.

    Raises: XMLError for what is not well formed (or hides entities).
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise XMLError("Improperly formatted XML.") from error
    for node in root.iter():
        if isinstance(node.tag, str):
            node.tag = node.tag.rpartition("}")[2]
    return root


def write(root: Element) -> str:
    """A record's XML text as KPI keeps it: one line, the usual namespace."""
    body = tostring(root, encoding="unicode", short_empty_elements=True)
    body = body.replace("\r", "&#13;")  # as KPI's own writer does; read back bare, it would be a line feed
    return HEAD + body.replace(f"<{root.tag}", f"<{root.tag} {NAMESPACES}", 1)


def children(node: Element) -> list[Element]:
    """The element children, without comments and processing instructions."""
    return [child for child in node if isinstance(child.tag, str)]


def text_at(root: Element, path: str) -> str | None:
    """The text of the first element at a plain path, None when absent or empty."""
    node = root.find(path)
    return (node.text or "").strip() or None if node is not None else None


def answers(root: Element, repeats: Collection[str]) -> dict[str, Any]:
    """A record's answers by whole path, unanswered ones left out; ``repeats`` are the paths that are lists."""
    return gather(root, "", repeats)


def gather(node: Element, prefix: str, repeats: Collection[str]) -> dict[str, Any]:
    """The answers below one element."""
    found: dict[str, Any] = {}
    kids = children(node)
    tags = [kid.tag for kid in kids]
    for kid in kids:
        path = f"{prefix}/{kid.tag}" if prefix else kid.tag
        inner = children(kid)
        if path in repeats or (inner and tags.count(kid.tag) > 1):
            round_ = gather(kid, path, repeats)
            if round_ or path in repeats:
                found.setdefault(path, []).append(round_)
        elif inner:
            found.update(gather(kid, path, repeats))
        elif kid.text is not None and kid.text != "":
            found[path] = kid.text
    return {path: value for path, value in found.items() if value != [{}]}


def from_row(row: Mapping[str, Any], attributes: Mapping[str, str]) -> Element:
    """The XML of a record given as JSON; ``attributes`` are the root's, its ``id`` also the root's name."""
    root = Element(attributes["id"], dict(attributes))
    fill(root, {k: v for k, v in row.items() if k not in SYSTEM and k != "meta/rootUuid"}, "")
    return root


def fill(node: Element, answers_: Mapping[str, Any], prefix: str) -> None:
    """Add answers below an element, opening groups as their paths need them."""
    groups: dict[str, Element] = {}
    for path, value in answers_.items():
        *steps, name = path[len(prefix) :].split("/")
        parent = node
        for i, step in enumerate(steps):
            at = "/".join(steps[: i + 1])
            if at not in groups:
                groups[at] = SubElement(parent, step)
            parent = groups[at]
        if isinstance(value, list):
            for round_ in value:
                fill(SubElement(parent, name), round_, path + "/")
        else:
            SubElement(parent, name).text = value


def from_json(content: Mapping[str, Any], name: str, root: Element | None = None) -> Element:
    """The XML of a record posted as nested JSON: lists of text are joined, lists of objects are repeats."""
    node = Element(name) if root is None else SubElement(root, name)
    for key, value in content.items():
        if not NAME.match(key):
            raise XMLError("Improperly formatted XML.")
        if isinstance(value, Mapping):
            from_json(value, key, node)
        elif isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
            for round_ in value:
                from_json(round_ if isinstance(round_, Mapping) else {}, key, node)
        elif isinstance(value, list):
            SubElement(node, key).text = " ".join(str(v) for v in value)
        elif value is not None:
            SubElement(node, key).text = str(value)
        else:
            SubElement(node, key)
    return node


def set_answer(root: Element, path: str, value: str | None) -> None:
    """Put a value at a position path; missing elements are added, as KPI does for any name.

    Raises: PositionError beyond the last round; XMLError for a text XML cannot hold; TypeError for a value
    that is no text and ValueError for a path that is none (KPI crashes on both).
    """
    if value is not None and not isinstance(value, str):
        raise TypeError("a value must be text")
    if value is not None and ILLEGAL.search(value):
        raise XMLError("All strings must be XML compatible: Unicode or ASCII, no NULL bytes or control characters")
    node = root
    for step in path.split("/"):
        match = STEP.match(step)
        if match is None or not NAME.match(match[1]):
            raise ValueError(f"Invalid tag name {step!r}")
        same = [kid for kid in children(node) if kid.tag == match[1]]
        position = int(match[2] or 1)
        if match[2] and not 1 <= position <= len(same):
            raise PositionError(path)
        node = same[position - 1] if same else SubElement(node, match[1])
    for kid in children(node):
        node.remove(kid)
    node.text = value or None


def locate(root: Element, path: str) -> Element | None:
    """The element at a position path, None when there is none."""
    node: Element | None = root
    for step in path.split("/"):
        match = STEP.match(step)
        same = [kid for kid in children(node) if match and kid.tag == match[1]] if node is not None else []
        position = int(match[2] or 1) if match else 0
        node = same[position - 1] if 1 <= position <= len(same) else None
    return node


def set_meta(root: Element, name: str, value: str | None) -> None:
    """Set, or with None remove, an element of the record's ``meta`` group."""
    meta = root.find("meta")
    if meta is None:
        meta = SubElement(root, "meta")
    node = meta.find(name)
    if value is None:
        if node is not None:
            meta.remove(node)
        return
    (SubElement(meta, name) if node is None else node).text = value


def positions(row: Mapping[str, Any], wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Position path (``grp/rep[2]/photo``) and text of every answer whose plain path is wanted."""

    def walk(part: Mapping[str, Any], plain: str, placed: str) -> Iterator[tuple[str, str]]:
        for path, value in part.items():
            here = placed + path[len(plain) :]
            if isinstance(value, list) and path not in SYSTEM:
                for number, round_ in enumerate(value, 1):
                    yield from walk(round_, path, f"{here}[{number}]")
            elif isinstance(value, str) and wanted(path):
                yield here, value

    yield from walk(row, "", "")
