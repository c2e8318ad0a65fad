"""The sentences that the classifier of dangers is trained on, each with the number it is handed over to."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import load_words, read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, PerLanguage
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import SENTENCES, Sentence, shipped

TABLES = ("danger.yaml", "told_danger.yaml", "plain_danger.yaml", "seen_danger.yaml")
NONE = "none"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    rows: Mapping[str, PerLanguage]


def sentences() -> list[Sentence]:
    """Each with its number; an empty one for what is no danger. Raises `BrokenTable`."""
    return [
        Sentence(text, NOTHING if number == NONE else number, language)
        for name in TABLES
        for number, row in read(SENTENCES / name, _Table).rows.items()
        for language in LANGUAGES
        for text in row.of(language)
    ]


def ordinary(catalogue: Catalogue) -> list[Sentence]:
    """What is told of the street's problems and of nothing: no danger, unless the class is an urgent one."""
    urgent = load_words().urgent_classes
    calm = [one for one in shipped(catalogue) if one.code not in urgent]
    return [Sentence(one.text, NOTHING, one.language) for one in calm]
