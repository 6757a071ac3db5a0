"""Translations: every visible string passes through :func:`_` or :func:`ngettext`.

The catalogues are ``<language>/LC_MESSAGES/kobotui.po`` beside this file; the ``.mo`` files made from
them are kept in the repository so that an installed kobotui needs no tool to speak French.
"""

from __future__ import annotations

import gettext
import locale
import os
from pathlib import Path

DOMAIN = "kobotui"
LANGUAGES = ("en", "fr")

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def _(message: str) -> str:
    """The message in the chosen language."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message in the chosen language and the right plural for ``n``."""
    return _catalogue.ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark a message for translation where it is defined; ``_`` translates it where it is shown."""
    return message


def language() -> str:
    """The language in use: ``en`` or ``fr``."""
    return _language


def choose(wanted: str | None = None) -> str:
    """Speak ``wanted``, else the language of the locale, else English; returns the choice."""
    global _catalogue, _language
    code = (wanted or _from_environment()).replace("-", "_").split("_")[0].lower()
    _language = code if code in LANGUAGES else "en"
    _catalogue = gettext.translation(DOMAIN, Path(__file__).parent, languages=[_language], fallback=True)
    return _language


def _from_environment() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value
    return locale.getlocale()[0] or "en"
