"""Trains the classifier of dangers from the catalogue's sentences: `python -m cases.drafting.danger.make`.

With `--held-out` nothing is written: each fifth of the sentences is judged by weights trained on the others,
and the shares of either kind above each threshold are printed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import load_catalogues, load_words, read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, PerLanguage
from cases.drafting.classify.loading import load_meanings
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import SENTENCES, Sentence, shipped, trained_letters, trained_meaning
from cases.drafting.classify.weights import Weights
from cases.drafting.danger.chances import DATA, LETTERS, MEANING, DangerChances
from cases.drafting.danger.window import Window
from cases.drafting.model import SpokenSegment

VERSION = "1"
TABLE = SENTENCES / "danger.yaml"
NONE = "none"
FOLDS = 5
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.985)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    rows: Mapping[str, PerLanguage]


def sentences() -> list[Sentence]:
    """Each with the number that it is handed over to; an empty one for what is no danger."""
    rows = read(TABLE, _Table).rows
    return [
        Sentence(text, NOTHING if number == NONE else number, language)
        for number, row in rows.items()
        for language in LANGUAGES
        for text in row.of(language)
    ]


def ordinary(catalogue: Catalogue) -> list[Sentence]:
    """Sentences about problems of the street, which the other classifiers are trained on."""
    calm = [one for one in shipped(catalogue) if one.code and one.code not in load_words().urgent_classes]
    return [Sentence(one.text, NOTHING, one.language) for one in calm]


def trained(said: Sequence[Sentence]) -> tuple[Weights, Weights]:
    catalogue = load_catalogues().default
    means = load_meanings(load_words().common)
    return (
        trained_letters(said, catalogue, version=VERSION),
        trained_meaning(said, catalogue, means, version=VERSION),
    )


def held_out() -> None:
    """Prints, for each threshold, which share of the sentences of either kind would alarm."""
    every, more = sentences(), ordinary(load_catalogues().default)
    means = load_meanings(load_words().common)
    judged: list[tuple[Sentence, float, str]] = []
    for fold in range(FOLDS):
        kept = [one for at, one in enumerate(every) if at % FOLDS != fold]
        chances = DangerChances.of(*trained([*kept, *more]), means)
        for one in every[fold::FOLDS]:
            segment = SpokenSegment(segment_id="x", speaker="citizen", text=one.text)
            found = chances.likely(Window.of(segment))
            judged.append(
                (one, 0.0 if found is None else found.chance, "" if found is None else found.number)
            )
    for language in LANGUAGES:
        mine = [row for row in judged if row[0].language == language]
        dangers = [row for row in mine if row[0].code != NOTHING]
        calm = [row for row in mine if row[0].code == NOTHING]
        right = sum(row[0].code == row[2] for row in dangers) / len(dangers)
        sys.stdout.write(f"{language}: number right {right:.2f} of {len(dangers)}\n")
        for least in THRESHOLDS:
            found_share = sum(row[1] >= least for row in dangers) / len(dangers)
            false_share = sum(row[1] >= least for row in calm) / len(calm)
            sys.stdout.write(f"  from {least:.2f}: found {found_share:.3f}, false {false_share:.3f}\n")


def main(folder: Path = DATA) -> None:
    folder.mkdir(exist_ok=True)
    weights = trained([*sentences(), *ordinary(load_catalogues().default)])
    for name, one in zip((LETTERS, MEANING), weights, strict=True):
        sys.stdout.write(f"{one.write(folder / name)}  {folder / name}\n")


if __name__ == "__main__":
    held_out() if "--held-out" in sys.argv else main()
