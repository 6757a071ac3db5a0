"""Renew the translations: collect strings from the source, merge them into each catalogue, compile.

python tools/catalogue.py          write the catalogues
python tools/catalogue.py --check  exit 1 when they are not up to date or not complete
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "kobotui"
LOCALE = SOURCE / "locale"
LANGUAGES = ("fr",)
PLURALS = {"fr": (2, "(n > 1)")}
"""How many forms, and which for how many: Babel's own differ from version to version."""
TEXTS = {"_": 1, "N_": 1, "ngettext": 2}
"""How many of a call's first arguments are texts."""


def collect() -> Catalog:
    """All strings of the source, in order of file and place."""
    template = Catalog(project="kobotui", charset="utf-8")
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] not in ("demo", "locale"):
            for message in messages(ast.parse(path.read_text(encoding="utf-8"))):
                template.add(message)
    return template


def messages(node: ast.AST) -> Iterator[str | tuple[str, ...]]:
    """The strings below a node, those inside f-strings among them, which Babel's own reader does not see."""
    for child in ast.iter_child_nodes(node):
        yield from messages(child)
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in TEXTS:
            wanted = child.args[: TEXTS[child.func.id]]
            texts = [a.value for a in wanted if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if len(texts) == TEXTS[child.func.id]:
                yield texts[0] if len(texts) == 1 else tuple(texts)


def path_of(language: str) -> Path:
    """The catalogue's source file."""
    return LOCALE / language / "LC_MESSAGES" / "kobotui.po"


class Plain(Catalog):
    """Without names, dates and versions of tools: the files change when the strings do."""

    def __init__(self, language: str) -> None:
        super().__init__(locale=language, charset="utf-8", header_comment=f"# kobotui in {language}", fuzzy=False)
        self._num_plurals, self._plural_expr = PLURALS[language]

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What readers of the file need to know."""
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def merged(language: str, template: Catalog) -> Catalog:
    """The strings of the template as the catalogue of a language has them, old ones dropped."""
    path = path_of(language)
    known = read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=language)
    catalogue = Plain(language)
    for message in template:
        if message.id:
            found = known.get(message.id)
            catalogue.add(message.id, found.string if found and found.id == message.id else None)
    return catalogue


def rendered(catalogue: Catalog) -> tuple[bytes, bytes]:
    """The catalogue as ``.po`` and ``.mo``."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=120, sort_output=False, omit_header=False, no_location=True)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Strings without a translation."""

    def done(text: str | tuple[str, ...] | list[str] | None) -> bool:
        return bool(text) and all(text or ())

    return [str(message.id) for message in catalogue if message.id and not done(message.string)]


def main(check: bool) -> int:
    template = collect()
    ok = True
    for language in LANGUAGES:
        catalogue = merged(language, template)
        po, mo = rendered(catalogue)
        path = path_of(language)
        lacking = missing(catalogue)
        if check:
            fresh = path.exists() and path.read_bytes() == po and path.with_suffix(".mo").read_bytes() == mo
            ok = ok and fresh and not lacking
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(po)
            path.with_suffix(".mo").write_bytes(mo)
        sys.stdout.write(f"{language}: {len(catalogue)} strings, {len(lacking)} not translated\n")
        for text in lacking[:20]:
            sys.stdout.write(f"  {text}\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
