"""Trains the shipped classifiers: `python -m lab.training.classifiers [WHAT…]`.

WHAT is `category`, `danger`, `intent` or `urgency`, or all of them. With `--held-out` nothing is written:
each fifth of the sentences is judged by weights that were trained on the others, each sentence alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Literal

import numpy as np

from cases.catalogue.loading import load_catalogues
from cases.catalogue.words import LANGUAGES, Language
from cases.drafting.classify.calls import told as classes_told
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.features import Wording
from cases.drafting.classify.loading import DATA, LETTERS, MEANING, WHOLE, load_encoder
from cases.drafting.classify.meaning import MeaningScores
from cases.drafting.classify.port import masked
from cases.drafting.classify.scores import Floats, Scores, together
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import (
    Reader,
    Sentence,
    TrainingCall,
    shipped,
    trained_meaning,
    trained_wordings,
)
from cases.drafting.classify.weights import Weights
from cases.drafting.classify.wordings import WordingScores
from cases.drafting.danger.chances import DATA as DANGER
from cases.drafting.intents.chances import DATA as INTENTS
from cases.drafting.urgency.chances import DATA as URGENCY
from lab.training import categories, dangers, intents, urgency
from lab.training.calls import LabelledCall, labelled, learned_from

VERSION = "2"
FOLDS = 5
THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99)
BEST = 3


@dataclass(frozen=True, slots=True)
class ClassifierKind:
    """`judged` are the sentences that count when each fifth is held out, `beside` and `told` only make the
    weights; `told` is what was said in calls, and `whole` their segments, for a classifier of its own: of
    what they mean or of wordings (`whole_by`). It learns the sentences of `whole_beside` as well.
    """

    folder: Path
    judged: Sequence[Sentence]
    beside: Sequence[Sentence] = ()
    told: Sequence[TrainingCall] = ()
    whole: Sequence[TrainingCall] = ()
    whole_by: Literal["meaning"] | Wording = "letters"
    whole_beside: Sequence[Sentence] = ()

    @property
    def every(self) -> list[Sentence]:
        return [*self.judged, *self.beside]


def kind(name: str, calls: Sequence[LabelledCall] | None = None) -> ClassifierKind:
    """What is learned from these calls, or from all that may be learned from. Raises `BrokenTable`."""
    catalogue = load_catalogues().default
    every = labelled(learned_from()) if calls is None else calls
    if name == "category":
        told, whole = classes_told(every), categories.whole(every)
        every_class = shipped(catalogue)
        return ClassifierKind(
            DATA, every_class, (), told, whole, whole_by="meaning", whole_beside=every_class
        )
    if name == "danger":
        told, whole = dangers.told(every), dangers.whole(every)
        return ClassifierKind(
            DANGER, dangers.sentences(), dangers.ordinary(catalogue), told, whole, "phrases"
        )
    if name == "urgency":
        return ClassifierKind(URGENCY, urgency.sentences(), (), urgency.told(every))
    told, whole = intents.told(every), intents.whole(every)
    reasons = intents.sentences(catalogue)
    alone = [one for one in reasons if one.code != NOTHING]
    return ClassifierKind(INTENTS, reasons, (), told, whole, whole_beside=alone)


KINDS = ("category", "danger", "intent", "urgency")


def trained(
    said: Sequence[Sentence], told: Sequence[TrainingCall] = (), encoder: Reader | None = None
) -> tuple[Weights, Weights]:
    catalogue = load_catalogues().default
    return (
        trained_wordings(said, catalogue, version=VERSION, told=told),
        trained_meaning(said, catalogue, encoder or load_encoder(), version=VERSION, told=told),
    )


def write(one: ClassifierKind, folder: Path, encoder: Reader | None = None) -> dict[Path, str]:
    """The SHA-256 of each file that was written."""
    folder.mkdir(exist_ok=True, parents=True)
    made = dict(zip((LETTERS, MEANING), trained(one.every, one.told, encoder), strict=True))
    if one.whole:
        made[WHOLE] = _whole_calls(one, encoder)
    return {folder / name: weights.write(folder / name) for name, weights in made.items()}


def _whole_calls(one: ClassifierKind, encoder: Reader | None) -> Weights:
    catalogue, said = load_catalogues().default, one.whole_beside
    if one.whole_by == "meaning":
        return trained_meaning(said, catalogue, encoder or load_encoder(), version=VERSION, told=one.whole)
    return trained_wordings(said, catalogue, version=VERSION, told=one.whole, wording=one.whole_by)


def held_out(one: ClassifierKind) -> None:
    """Prints by language which share is right, and how much of what is said with some chance is wrong."""
    encoder = load_encoder()
    every: dict[tuple[Language, str], list[tuple[bool, bool, bool, float]]] = {}
    for fold in range(FOLDS):
        kept = [s for at, s in enumerate(one.judged) if at % FOLDS != fold]
        letters, meaning = trained([*kept, *one.beside], one.told)
        for language in LANGUAGES:
            mine = [s for s in one.judged[fold::FOLDS] if s.language == language]
            models: dict[str, Scores] = {"letters": WordingScores(letters, language),
                      "meaning": MeaningScores(meaning, encoder, language)}  # fmt: skip
            for name, model in models.items():
                every.setdefault((language, name), []).extend(_looked(model, mine, language))
    for (language, name), rows in every.items():
        told = [row for row in rows if row[0]]
        first, best = (sum(row[at] for row in told) / len(told) for at in (1, 2))
        sys.stdout.write(f"{language} {name}: {len(told)} told, first {first:.3f}, best {BEST} {best:.3f}\n")
        for least in THRESHOLDS:
            sure = [row for row in rows if row[3] >= least]
            wrong = sum(not row[1] for row in sure)
            sys.stdout.write(f"  from {least:.2f}: {len(sure) / len(rows):.3f} said, {wrong} wrong\n")


def _looked(
    model: Scores, said: Sequence[Sentence], language: Language
) -> list[tuple[bool, bool, bool, float]]:
    """Whether the sentence has a code, it is first, among the best; and the chance of the likeliest code."""
    codes = list(model.codes)
    nothing = codes.index(NOTHING) if NOTHING in codes else -1
    out = []
    for one in said:
        chances = _alone(model, one.text, language)
        order = [codes[at] for at in np.argsort(-chances) if at != nothing][:BEST]
        chance = float(np.delete(chances, nothing).max() if nothing >= 0 else chances.max())
        out.append((one.code != NOTHING, order[0] == one.code, one.code in order, chance))
    return out


def _alone(model: Scores, text: str, language: Language) -> Floats:
    text = masked(text, ())
    said = [text[start:end] for start, end in clauses(text, language)] or [text]
    return together(model, said)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=", ".join(KINDS))
    parser.add_argument("--held-out", action="store_true")
    chosen = parser.parse_args(words)
    strange = sorted(set(chosen.what) - set(KINDS))
    if strange:
        parser.error(f"{strange[0]} is none of {', '.join(KINDS)}")
    for name in chosen.what or KINDS:
        began = process_time()
        one = kind(name)
        if chosen.held_out:
            held_out(one)
        else:
            for path, digest in write(one, one.folder).items():
                sys.stdout.write(f"{digest}  {path}\n")
        sys.stdout.write(f"{name}: {process_time() - began:.0f} s\n")


if __name__ == "__main__":
    main()
