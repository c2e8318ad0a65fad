"""Danger told without the obvious word: signs said close together, and what cuts an alarm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from cases.catalogue.loading import load_words, read
from cases.catalogue.words import LANGUAGES, CatalogueRow, Language, PerLanguage
from cases.errors import BrokenTable

WORDS = Path(__file__).parent / "words"
CutName = Literal[
    "over",
    "past",
    "nearly",
    "warning",
    "fear",
    "question",
    "rules",
    "staged",
    "equipment",
    "idiom",
    "denied",
    "habit",
]
_SET = re.compile(r"\$([a-z_]+)")


class _OneSignEach(CatalogueRow):
    zh: str
    en: str


class _Reach(CatalogueRow):
    zh: int
    en: int


class _SignRow(PerLanguage):
    id: str
    number: str
    keeps: tuple[CutName, ...] = ()
    plain: bool = False


class _SignTable(CatalogueRow):
    reach: _Reach
    sets: Mapping[str, _OneSignEach]
    after: Mapping[str, str] = {}
    signs: tuple[_SignRow, ...]


class _CutRow(PerLanguage):
    id: CutName
    wide: bool = False
    urgent: bool = False
    unless: PerLanguage = PerLanguage()


class _CutTable(CatalogueRow):
    cuts: tuple[_CutRow, ...]


@dataclass(frozen=True, slots=True)
class SignLine:
    """All `terms` must be said within `reach` characters, and none of `cancels` in the same segment.

    The shortest list is looked for first, since it is found least.
    """

    terms: tuple[re.Pattern[str], ...]
    cancels: re.Pattern[str] | None
    reach: int


@dataclass(frozen=True, slots=True)
class Sign:
    """`plain`: hardly ever said of what is no danger, so it alarms as plain words do."""

    id: str
    number: str
    keeps: frozenset[CutName]
    lines: Mapping[Language, tuple[SignLine, ...]]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class DangerExclusion:
    """`wide`: looked for in the whole segment, else in the sentence. `urgent`: a warning of what may come."""

    id: CutName
    wide: bool
    urgent: bool
    searches: Mapping[Language, re.Pattern[str]]
    unless: Mapping[Language, re.Pattern[str] | None]


@dataclass(frozen=True, slots=True)
class DangerTable:
    """`after` names, for each number, the rule of plain words that goes before its signs."""

    signs: tuple[Sign, ...]
    cuts: tuple[DangerExclusion, ...]
    after: Mapping[str, str]


def dangers_from(signs: Path, cuts: Path, numbers: frozenset[str]) -> DangerTable:
    """Raises `BrokenTable` for a set, number or expression that does not hold."""
    table, cutting = read(signs, _SignTable), read(cuts, _CutTable)
    out: list[Sign] = []
    for row in table.signs:
        if row.number not in numbers:
            raise BrokenTable(f"danger sign {row.id}: {row.number} is not among the numbers")
        lines = {
            language: tuple(_line(table, language, line, row.id) for line in row.of(language))
            for language in LANGUAGES
        }
        out.append(Sign(row.id, row.number, frozenset(row.keeps), lines, row.plain))
    return DangerTable(tuple(out), tuple(_cut(row) for row in cutting.cuts), table.after)


@lru_cache(maxsize=1)
def load_dangers() -> DangerTable:
    """The shipped signs of danger. Raises `BrokenTable`."""
    return dangers_from(
        WORDS / "danger_signs.yaml", WORDS / "danger_cuts.yaml", frozenset(load_words().numbers)
    )


def _line(table: _SignTable, language: Language, line: str, rule: str) -> SignLine:
    body, _, cancels = line.partition(" - ")
    terms = [_expanded(table, language, term, rule) for term in body.split(" + ")]
    terms.sort(key=lambda term: len(term.pattern))
    return SignLine(
        terms=tuple(terms),
        cancels=_expanded(table, language, cancels, rule) if cancels else None,
        reach=table.reach.zh if language == "zh" else table.reach.en,
    )


def _expanded(table: _SignTable, language: Language, term: str, rule: str) -> re.Pattern[str]:
    def words(match: re.Match[str]) -> str:
        row = table.sets.get(match[1])
        if row is None:
            raise BrokenTable(f"danger sign {rule}: no set ${match[1]}")
        return row.zh if language == "zh" else row.en

    body = _SET.sub(words, term.strip())
    if not body:
        raise BrokenTable(f"danger sign {rule}: a term is empty")
    return _compiled(rf"\b(?:{body})\b" if language == "en" else body, rule)


def _cut(row: _CutRow) -> DangerExclusion:
    searches = {language: _compiled("|".join(row.of(language)), row.id) for language in LANGUAGES}
    unless = {
        language: _compiled("|".join(row.unless.of(language)), row.id) if row.unless.of(language) else None
        for language in LANGUAGES
    }
    return DangerExclusion(row.id, row.wide, row.urgent, searches, unless)


def _compiled(expression: str, rule: str) -> re.Pattern[str]:
    try:
        return _pattern(expression)
    except re.error as error:
        raise BrokenTable(f"danger {rule}: expression not understood: {error.pattern!r}: {error}") from error


@lru_cache(maxsize=2048)
def _pattern(expression: str) -> re.Pattern[str]:
    """The same list of words is one pattern, wherever it stands."""
    return re.compile(expression)
