"""Readings of words and signs of danger in which nobody is in danger, bound to the words themselves
(`words/danger_readings.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cases.catalogue.dangers import load_dangers
from cases.catalogue.loading import load_words, read
from cases.catalogue.words import LANGUAGES, Language, PerLanguage
from cases.errors import BrokenTable
from core.models import Strict

TABLE = Path(__file__).parent / "words" / "danger_readings.yaml"
_SET = re.compile(r"\$([a-z_]+)")


class _OneEach(Strict):
    zh: str
    en: str


class _ReadingRow(Strict):
    id: str
    rules: tuple[str, ...]
    urgent: bool = False
    words: PerLanguage = PerLanguage()
    before: PerLanguage = PerLanguage()
    after: PerLanguage = PerLanguage()
    beside: PerLanguage = PerLanguage()
    unless: PerLanguage = PerLanguage()


class _ReadingTable(Strict):
    sets: Mapping[str, _OneEach]
    rows: tuple[_ReadingRow, ...]


@dataclass(frozen=True, slots=True)
class ReadingScope:
    """Where one reading looks, in one language. `before` ends where the words begin, `after` begins where
    they end, `beside` stands anywhere in the sentence; one of the three is enough. `words` are what is read
    so, and `unless` in the sentence keeps the alarm. None where the table gives nothing.
    """

    words: re.Pattern[str] | None
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    beside: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    @property
    def given(self) -> bool:
        """Whether the reading is limited at all."""
        return any((self.words, self.before, self.after, self.beside))


@dataclass(frozen=True, slots=True)
class DangerReading:
    """`rules` are the ids of plain words and signs that it holds for. `urgent`: what is read so is still a
    hazard.
    """

    id: str
    rules: frozenset[str]
    urgent: bool
    places: Mapping[Language, ReadingScope]


def readings_from(path: Path, rules: frozenset[str]) -> tuple[DangerReading, ...]:
    """Raises `BrokenTable` for a set, rule or expression that does not hold."""
    table = read(path, _ReadingTable)
    out = []
    for row in table.rows:
        strange = sorted(set(row.rules) - rules)
        if strange:
            raise BrokenTable(f"danger reading {row.id}: {strange[0]} names neither plain words nor a sign")
        places = {language: _places(table, row, language) for language in LANGUAGES}
        if not any(one.given for one in places.values()):
            raise BrokenTable(f"danger reading {row.id}: it looks for nothing")
        out.append(DangerReading(row.id, frozenset(row.rules), row.urgent, places))
    return tuple(out)


@lru_cache(maxsize=1)
def load_readings() -> tuple[DangerReading, ...]:
    """The shipped table of readings. Raises `BrokenTable`."""
    words = {rule.id for rule in load_words().danger}
    return readings_from(TABLE, frozenset(words | {sign.id for sign in load_dangers().signs}))


def _places(table: _ReadingTable, row: _ReadingRow, language: Language) -> ReadingScope:
    def compiled(of: PerLanguage, form: str) -> re.Pattern[str] | None:
        lines = [_expanded(table, language, line, row.id) for line in of.of(language)]
        if not lines:
            return None
        expression = form.format("|".join(lines))
        try:
            return re.compile(expression)
        except re.error as error:
            raise BrokenTable(f"danger reading {row.id}: {error.pattern!r}: {error}") from error

    edge = "" if language == "zh" else r"\b"
    return ReadingScope(
        words=compiled(row.words, "(?:{})"),
        before=compiled(row.before, edge + r"(?:{})\s*$"),
        after=compiled(row.after, r"^\s*(?:{})" + edge),
        beside=compiled(row.beside, edge + "(?:{})" + edge),
        unless=compiled(row.unless, edge + "(?:{})" + edge),
    )


def _expanded(table: _ReadingTable, language: Language, line: str, row: str) -> str:
    def words(match: re.Match[str]) -> str:
        found = table.sets.get(match[1])
        if found is None:
            raise BrokenTable(f"danger reading {row}: no set ${match[1]}")
        return f"(?:{found.zh if language == 'zh' else found.en})"

    return _SET.sub(words, line)
