"""Sentences for people in their language: the English is in the code, the rest in gettext catalogues.

`_("…")` marks a sentence and translates nothing: who shows it knows the reader's language and asks for it.
Catalogues are `locale/LANGUAGE/LC_MESSAGES/songhua.po`, read as they are; a test checks that none lacks a
sentence.
"""

from __future__ import annotations

import ast
import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

LOCALE: Final = Path(__file__).resolve().parent / "locale"
DOMAIN: Final = "songhua"
FALLBACK: Final = "zh"
"""The language of who asks for one that there is no catalogue of."""
_PARTS: Final = ("msgctxt", "msgid", "msgstr")


class Sayable(Protocol):
    """A text with a form in each language."""

    def in_language(self, language: str) -> str:
        """The text in `zh` or `en`."""
        ...


@dataclass(frozen=True, slots=True)
class Translatable:
    """A sentence; `values` fill its braces, if there are any. A value may be a sentence itself; several
    words are joined as the language does. `context` tells two sentences apart that English has one form for.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    context: str = ""

    def in_language(self, language: str) -> str:
        found = self.text if language.startswith("en") else _translated(self.text, self.context, language)
        if not self.values:
            return found
        return found.format(**{name: _value(one, language) for name, one in self.values.items()})


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A sentence out of a table of data, which brings both its forms."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Verbatim:
    """What is the same in every language, such as a command."""

    text: str

    def in_language(self, language: str) -> str:
        del language
        return self.text


def gettext_lazy(text: str, /, **values: Any) -> Translatable:
    """Import it as `_`. `text` is a literal."""
    return Translatable(text, values)


def pgettext_lazy(context: str, text: str, /, **values: Any) -> Translatable:
    """Mark a sentence that has a context; both arguments are literals."""
    return Translatable(text, values, context)


def by_text(sentences: Iterable[Translatable]) -> dict[str, Translatable]:
    """By the English form, for what arrives as such."""
    return {one.text: one for one in sentences}


class BadCatalogue(ValueError):
    """Names the file and the line."""


class PoFile(gettext.GNUTranslations):
    """A catalogue that is read from its source. Plural forms are not used."""

    def _parse(self, fp: Any) -> None:
        self.plural = lambda _count: 0
        self._catalog: dict[str, str] = {
            f"{context}\x04{text}" if context else text: translation
            for (context, text), translation in entries(fp.read(), str(fp.name)).items()
            if translation
        }


def entries(text: str, name: str = "") -> dict[tuple[str, str], str]:
    """The translations of a .po file by context and sentence; without its head, and without fuzzy ones.

    Raises `BadCatalogue`.
    """
    found: dict[tuple[str, str], str] = {}
    for block in text.split("\n\n"):
        if any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines()):
            continue
        parts = _block(block, name)
        if parts.get("msgid"):
            key = parts.get("msgctxt", ""), parts["msgid"]
            if key in found:
                raise BadCatalogue(f"{name}: {key[1]!r} is there twice")
            found[key] = parts.get("msgstr", "")
    return found


def _block(block: str, name: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    part = ""
    for line in block.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        begin, _, rest = line.partition(" ")
        if begin in _PARTS:
            part, line = begin, rest  # noqa: PLW2901  # the string after the keyword
        try:
            parts[part] = parts.get(part, "") + str(ast.literal_eval(line.strip()))
        except (SyntaxError, ValueError) as error:
            raise BadCatalogue(f"{name}: not a line of a catalogue: {line!r}") from error
    return parts


def catalogue(language: str) -> Path:
    """The gettext catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def _read(language: str) -> gettext.NullTranslations:
    file = catalogue(language)
    if not file.is_file():
        return _read(FALLBACK) if language != FALLBACK else gettext.NullTranslations()
    with file.open(encoding="utf-8") as stream:
        return PoFile(stream)  # type: ignore[arg-type]  # `_parse` reads text


def _translated(text: str, context: str, language: str) -> str:
    known = _read(language.partition("-")[0])
    return known.pgettext(context, text) if context else known.gettext(text)


def _value(value: Any, language: str) -> Any:
    if isinstance(value, Translatable | Bilingual | Verbatim):
        return value.in_language(language)
    if isinstance(value, tuple | list):
        return pgettext_lazy("between words", ", ").in_language(language).join(map(str, value))
    return value
