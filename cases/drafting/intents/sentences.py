"""The sentences that the classifier of intents is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, IntentName, PerLanguage
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import SENTENCES, Sentence, shipped
from cases.drafting.danger.sentences import sentences as dangers

TABLE = SENTENCES / "told_intents.yaml"
REPORT: IntentName = "report"
NONE = "none"
EVERY = 4
"""One in so many sentences about a problem or a danger is taken as a report: all would drown the rest."""


class _Row(PerLanguage):
    intent: IntentName | Literal["none"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: tuple[_Row, ...]


def sentences(catalogue: Catalogue) -> list[Sentence]:
    """Each with its intent; an empty one for what has none. Raises `BrokenTable`."""
    told = [
        Sentence(text, NOTHING if row.intent == NONE else row.intent, language)
        for row in read(TABLE, _Table).rows
        for language in LANGUAGES
        for text in row.of(language)
    ]
    return [*told, *_reports(shipped(catalogue)), *_reports(dangers())]


def _reports(every: Sequence[Sentence]) -> list[Sentence]:
    problems = [one for one in every if one.code]
    return [Sentence(one.text, REPORT, one.language) for one in problems[::EVERY]]
