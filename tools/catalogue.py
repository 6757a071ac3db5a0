"""Renew the translations: collect strings from the source, merge them into each catalogue, compile.

python tools/catalogue.py          write the catalogues
python tools/catalogue.py --check  exit 1 when they are not up to date or not complete
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "kobotui"
LOCALE = SOURCE / "locale"
LANGUAGES = ("fr",)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def collect() -> Catalog:
    """All strings of the source, in order of file and line."""
    template = Catalog(project="kobotui", charset="utf-8")
    found = extract_from_dir(SOURCE, method_map=[("demo/**", "ignore"), ("**.py", "python")], keywords=KEYWORDS)
    for _name, _line, message, comments, _context in sorted(found, key=lambda item: (item[0], item[1])):
        template.add(message, auto_comments=comments)
    return template


def path_of(language: str) -> Path:
    """The catalogue's source file."""
    return LOCALE / language / "LC_MESSAGES" / "kobotui.po"


def merged(language: str, template: Catalog) -> Catalog:
    """The catalogue of a language with the strings of the template, old ones dropped."""
    path = path_of(language)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    else:
        catalogue = Catalog(locale=language, project="kobotui", charset="utf-8")
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    # No dates and no tool's name: the files change when the strings do.
    catalogue.revision_date = catalogue.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalogue


def rendered(catalogue: Catalog) -> tuple[bytes, bytes]:
    """The catalogue as ``.po`` and ``.mo``."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=120, sort_output=False, omit_header=False, no_location=True)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Strings without a translation."""

    def done(text: str | tuple[str, ...] | None) -> bool:
        return all(text) if isinstance(text, tuple) else bool(text)

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
