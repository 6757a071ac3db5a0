"""XML as an ordered tree that keeps what was read: names, attributes and namespaces, comments, order, exact text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = '<?xml version="1.0" ?>'
"""As the server writes it."""
_DEEPEST = 100
"""Elements inside elements; no form goes a tenth as deep."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_ATTRIBUTES = _IN_TEXT | {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"}


class XmlError(ValueError):
    """Text that is no XML, or cannot be made part of one; the message is a sentence."""


class Markup(NamedTuple):
    """A comment or an instruction to some program, as it was written."""

    text: str


@dataclass(slots=True)
class Element:
    """One element; ``content`` has elements, pieces of text and markup in their order."""

    name: str
    """As written, with its prefix."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Declarations of namespaces included."""
    content: list[Element | str | Markup] = field(default_factory=list)

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    @property
    def children(self) -> list[Element]:
        """The elements in it."""
        return [item for item in self.content if isinstance(item, Element)]

    def named(self, local: str) -> list[Element]:
        """The elements in it of this name, whatever their prefix."""
        return [item for item in self.content if isinstance(item, Element) and item.local == local]

    def child(self, *path: str) -> Element | None:
        """The first element along these names."""
        found: Element | None = self
        for local in path:
            found = next(iter(found.named(local)), None) if found else None
        return found

    @property
    def text(self) -> str:
        """Its own text, exactly."""
        return "".join(item for item in self.content if isinstance(item, str))

    @text.setter
    def text(self, text: str) -> None:
        """Raises ``XmlError`` for characters that XML cannot hold."""
        if found := _NOT_IN_XML.search(text):
            sentence = _("The character U+{code} cannot be kept in a record.")
            raise XmlError(sentence.format(code=f"{ord(found[0]):04X}"))
        self.content = [text] if text else []

    def walk(self) -> Iterator[Element]:
        """This element and all in it, in the order in which they are written."""
        yield self
        for child in self.children:
            yield from child.walk()

    def copy(self) -> Element:
        """Another one that is the same."""
        inside = [item.copy() if isinstance(item, Element) else item for item in self.content]
        return Element(self.name, dict(self.attributes), inside)

    def write(self) -> str:
        """As XML, without a declaration before it."""
        parts: list[str] = []
        _write(self, parts)
        return "".join(parts)


def is_name(text: str) -> bool:
    """Whether an element can be called so."""
    return _NAME.fullmatch(text) is not None


def read(source: bytes | str) -> tuple[list[Element | Markup], Element]:
    """What a document consists of, and its element. Raises ``XmlError``, also for entities and their kind."""
    from xml.parsers.expat import ExpatError

    from defusedxml.common import DefusedXmlException
    from defusedxml.minidom import parseString

    try:
        document = parseString(source, forbid_dtd=True)
    except (ExpatError, DefusedXmlException, ValueError, LookupError) as error:
        raise XmlError(_("This is not readable XML: {why}.").format(why=error)) from None
    parts = [part for part in (_read(node, 0) for node in document.childNodes) if not isinstance(part, str)]
    return parts, next(part for part in parts if isinstance(part, Element))


def write(parts: list[Element | Markup]) -> str:
    """A whole document."""
    return _HEAD + "".join(part.write() if isinstance(part, Element) else part.text for part in parts)


def indented(source: bytes) -> str:
    """A document for reading: each element on a line of its own. What is no XML stays as it is."""
    try:
        parts, _element = read(source)
    except XmlError:
        return source.decode("utf-8", "replace")
    lines: list[str] = []
    for part in parts:
        _indent(part, "", lines)
    return "\n".join(lines)


def _indent(part: Element | Markup, margin: str, lines: list[str]) -> None:
    inside = [item for item in part.content if not isinstance(item, str)] if isinstance(part, Element) else []
    if isinstance(part, Markup) or not inside:
        lines.append(margin + (part.text if isinstance(part, Markup) else part.write()))
        return
    head = Element(part.name, part.attributes, [""]).write()
    lines.append(margin + head.removesuffix(f"</{part.name}>"))
    for item in part.content:
        if not isinstance(item, str):
            _indent(item, f"{margin}  ", lines)
        elif item.strip():
            lines.append(f"{margin}  {_escaped(item.strip(), _IN_TEXT)}")
    lines.append(f"{margin}</{part.name}>")


def _read(node: Any, depth: int) -> Element | str | Markup:
    if depth > _DEEPEST:
        raise XmlError(_("This XML has more than {n} elements inside each other.").format(n=_DEEPEST))
    match node.nodeType:
        case node.ELEMENT_NODE:
            inside = [_read(child, depth + 1) for child in node.childNodes]
            return Element(node.tagName, dict(node.attributes.items()), inside)
        case node.COMMENT_NODE:
            return Markup(f"<!--{node.data}-->")
        case node.PROCESSING_INSTRUCTION_NODE:
            return Markup(f"<?{node.target} {node.data}?>")
    return str(node.data)


def _write(element: Element, parts: list[str]) -> None:
    parts.append(f"<{element.name}")
    parts += [f' {name}="{_escaped(value, _IN_ATTRIBUTES)}"' for name, value in element.attributes.items()]
    if not element.content:
        parts.append("/>")
        return
    parts.append(">")
    for item in element.content:
        if isinstance(item, Element):
            _write(item, parts)
        else:
            parts.append(item.text if isinstance(item, Markup) else _escaped(item, _IN_TEXT))
    parts.append(f"</{element.name}>")


def _escaped(text: str, signs: dict[str, str]) -> str:
    for sign, written in signs.items():  # "&" is the first
        text = text.replace(sign, written)
    return text
