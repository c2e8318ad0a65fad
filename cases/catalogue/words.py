"""The words in which callers speak, read from the catalogue's word tables and compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, Field

from cases.catalogue.common import CommonWords
from cases.errors import BrokenTable
from core.models import Strict

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
IntentName = Literal["report", "status", "enquiry", "complaint", "other"]


class CatalogueRow(Strict):
    """A row of a table that people write: codes may look like numbers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class PerLanguage(CatalogueRow):
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def of(self, language: Language) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


class ProblemRow(PerLanguage):
    code: str


class ProblemWords(CatalogueRow):
    scheme: str
    version: str
    rows: tuple[ProblemRow, ...]


class NumberName(CatalogueRow):
    zh: str
    en: str


class DangerRow(PerLanguage):
    id: str
    number: str
    sounds: tuple[str, ...] = ()
    unless: PerLanguage = Field(default_factory=PerLanguage)


class DangerWords(CatalogueRow):
    numbers: Mapping[str, NumberName]
    denials: PerLanguage
    unless_everywhere: PerLanguage
    rules: tuple[DangerRow, ...]
    urgent: PerLanguage
    urgent_unless: PerLanguage
    urgent_settled: PerLanguage
    hazards: PerLanguage
    urgent_classes: tuple[str, ...]


class IntentRow(PerLanguage):
    intent: IntentName
    weight: float = Field(gt=0, le=1)


class IntentWords(CatalogueRow):
    rules: tuple[IntentRow, ...]


class Homophones(CatalogueRow):
    homophones: tuple[str, ...]


class HintWords(PerLanguage):
    """What callers speak of most, the most frequent first."""


class StopWords(CatalogueRow):
    chars: str
    soft: str


class SpeechWords(CatalogueRow):
    fillers: PerLanguage
    correction: PerLanguage
    denied_before: PerLanguage
    assent: PerLanguage
    road_suffixes: tuple[str, ...]
    no_road: tuple[str, ...]
    no_road_before: str
    stop_before_name: StopWords
    no_name_en: str
    landmark_suffixes: tuple[str, ...]
    home_suffixes: tuple[str, ...]
    landmark_characters: str
    no_landmark: tuple[str, ...]
    before_place: tuple[str, ...] = ()
    crossing_words: PerLanguage
    joiners: PerLanguage
    orders: PerLanguage
    similes: PerLanguage
    leads: PerLanguage


@dataclass(frozen=True, slots=True)
class ProblemPattern:
    """All `terms` must be said close together; each term is a set of alternatives."""

    code: str
    language: Language
    terms: tuple[tuple[str, ...], ...]
    weight: float


@dataclass(frozen=True, slots=True)
class DangerRule:
    id: str
    number: str
    searches: Mapping[Language, re.Pattern[str] | None]
    unless: Mapping[Language, re.Pattern[str] | None]
    sounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntentRule:
    intent: IntentName
    weight: float
    searches: Mapping[Language, re.Pattern[str] | None]


@dataclass(frozen=True, slots=True)
class DraftingWords:
    """Everything that drafting knows about how people talk."""

    problems: tuple[ProblemPattern, ...]
    danger: tuple[DangerRule, ...]
    numbers: Mapping[str, NumberName]
    denials: PerLanguage
    unless_everywhere: Mapping[Language, re.Pattern[str] | None]
    urgent: Mapping[Language, re.Pattern[str] | None]
    urgent_unless: Mapping[Language, re.Pattern[str] | None]
    urgent_settled: Mapping[Language, re.Pattern[str] | None]
    hazards: Mapping[Language, re.Pattern[str] | None]
    urgent_classes: frozenset[str]
    intents: tuple[IntentRule, ...]
    speech: SpeechWords
    common: CommonWords
    hints: HintWords

    @classmethod
    def compiled(
        cls,
        *,
        problems: ProblemWords,
        danger: DangerWords,
        intents: IntentWords,
        speech: SpeechWords,
        common: CommonWords,
        hints: HintWords,
    ) -> DraftingWords:
        """Raises `BrokenTable` for an expression or number that does not hold."""
        for row in danger.rules:
            if row.number not in danger.numbers:
                raise BrokenTable(f"danger rule {row.id}: {row.number} is not among the numbers")
        return cls(
            problems=tuple(
                problem_pattern(row.code, language, line)
                for row in problems.rows
                for language in LANGUAGES
                for line in row.of(language)
            ),
            danger=tuple(
                DangerRule(row.id, row.number, _each(row), _each(row.unless), row.sounds)
                for row in danger.rules
            ),
            numbers=danger.numbers,
            denials=danger.denials,
            unless_everywhere=_each(danger.unless_everywhere),
            urgent=_each(danger.urgent),
            urgent_unless=_each(danger.urgent_unless),
            urgent_settled=_each(danger.urgent_settled),
            hazards=_each(danger.hazards),
            urgent_classes=frozenset(danger.urgent_classes),
            intents=tuple(IntentRule(row.intent, row.weight, _each(row)) for row in intents.rules),
            speech=speech,
            common=common,
            hints=hints,
        )


def problem_pattern(code: str, language: Language, line: str) -> ProblemPattern:
    """One line of `problems.yaml`: terms joined by ` + `, alternatives by `|`, weight after `@`."""
    body, _, weight = line.partition("@")
    terms = tuple(
        tuple(word.strip().casefold() for word in term.split("|") if word.strip())
        for term in body.split(" + ")
    )
    if not all(terms):
        raise BrokenTable(f"empty term in the words of {code}: {line!r}")
    try:
        value = float(weight) if weight else (0.85 if len(terms) > 1 else 0.7)
    except ValueError as error:
        raise BrokenTable(f"weight not understood in the words of {code}: {line!r}") from error
    return ProblemPattern(code=code, language=language, terms=terms, weight=value)


def _each(row: PerLanguage) -> Mapping[Language, re.Pattern[str] | None]:
    return {language: _joined(row.of(language)) for language in LANGUAGES}


def _joined(expressions: Sequence[str]) -> re.Pattern[str] | None:
    if not expressions:
        return None
    try:
        return re.compile("|".join(f"(?:{one})" for one in expressions), re.IGNORECASE)
    except re.error as error:
        raise BrokenTable(f"expression not understood: {error.pattern!r}: {error}") from error
