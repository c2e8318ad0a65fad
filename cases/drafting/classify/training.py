"""Trains the classifiers from sentences with their class. Pure: the same sentences make the same weights.

Sentences come from `cases/catalogue/training`; an operator's confirmed cases are more of them.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, Language, PerLanguage
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.features import features
from cases.drafting.classify.letters import Floats
from cases.drafting.classify.meaning import Meanings, unit
from cases.drafting.classify.port import masked
from cases.drafting.classify.regression import Dense, Rows, fit
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.weights import FORM, Origin, Weights, lines
from cases.errors import BrokenTable

SENTENCES = Path(__file__).parent.parent.parent / "catalogue" / "training"
CLASSES = ("parts.yaml", "events.yaml", "calls.yaml")
NO_CLASS = "nothing.yaml"
LETTERS_STRENGTH = 10.0
MEANING_STRENGTH = 30.0
STEPS = 120
BALANCE = 0.5
"""0: every sentence counts alike, 1: every class."""
MOST_SENTENCES = 60_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """`code` is empty for what names no class."""

    text: str
    code: str
    language: Language


class _Row(PerLanguage):
    code: str


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    scheme: str
    version: str
    rows: tuple[_Row, ...]


def shipped(catalogue: Catalogue) -> list[Sentence]:
    """The sentences that come with the program. Raises `BrokenTable`."""
    out: list[Sentence] = []
    for path in (SENTENCES / name for name in (*CLASSES, NO_CLASS)):
        if path.name == NO_CLASS:
            rows = [("", read(path, PerLanguage))]
        else:
            table = read(path, _Table)
            if (table.scheme, table.version) != (catalogue.scheme, catalogue.version):
                raise BrokenTable(f"{path.name} is for another generation than {catalogue.standard}")
            rows = [(row.code, row) for row in table.rows]
        for code, row in rows:
            if code and catalogue.get(code) is None:
                raise BrokenTable(f"{path.name}: no class {code}")
            out.extend(Sentence(text, code, language) for language in LANGUAGES for text in row.of(language))
    return out


def digest(sentences: Sequence[Sentence]) -> str:
    """SHA-256 of the sentences with their classes, in their order."""
    every = "\n".join(f"{one.language}\t{one.code}\t{one.text}" for one in sentences)
    return hashlib.sha256(every.encode()).hexdigest()


def trained_letters(sentences: Sequence[Sentence], catalogue: Catalogue, *, version: str) -> Weights:
    arrays: dict[str, np.ndarray] = {}
    for language in LANGUAGES:
        said, labels, codes = _prepared(sentences, language)
        pieces = [[f for clause in one for f in features(clause, language)] for one in said]
        counts = Counter(f for one in pieces for f in set(one))
        names = sorted(counts)
        at = {name: index for index, name in enumerate(names)}
        rare = np.array([log((1 + len(said)) / (1 + counts[n])) + 1 for n in names], dtype=np.float32)
        columns = [[at[f] for f in one if f in at] or [0] for one in pieces]
        values = [rare[one] / np.sqrt(np.square(rare[one]).sum()) for one in columns]
        rows = Rows(
            np.concatenate([[0], np.cumsum([len(one) for one in columns])]).astype(np.int64),
            np.concatenate(columns).astype(np.int64),
            np.concatenate(values).astype(np.float32),
            len(names),
        )
        weights, biases = _fitted(rows, labels, len(codes), LETTERS_STRENGTH)
        arrays |= {
            f"{language}_codes": lines(codes), f"{language}_pieces": lines(names), f"{language}_rare": rare,
            f"{language}_weights": weights.astype(np.float16), f"{language}_biases": biases,
        }  # fmt: skip
    return Weights(_origin("letters", sentences, catalogue, version, LETTERS_STRENGTH), arrays)


def trained_meaning(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    meanings: Mapping[Language, Meanings],
    *,
    version: str,
) -> Weights:
    arrays: dict[str, np.ndarray] = {}
    for language in LANGUAGES:
        said, labels, codes = _prepared(sentences, language)
        means = meanings[language]
        dense = unit(np.array([sum(means.of(clause) for clause in one) for one in said], dtype=np.float32))
        weights, biases = _fitted(Dense(dense), labels, len(codes), MEANING_STRENGTH)
        arrays |= {
            f"{language}_codes": lines(codes), f"{language}_weights": weights.astype(np.float16),
            f"{language}_biases": biases,
        }  # fmt: skip
    return Weights(_origin("meaning", sentences, catalogue, version, MEANING_STRENGTH), arrays)


def _prepared(
    sentences: Sequence[Sentence], language: Language
) -> tuple[list[list[str]], list[str], list[str]]:
    """Clauses of each sentence, its class, and all classes. Raises `BrokenTable` without any sentence."""
    mine = [one for one in sentences if one.language == language][:MOST_SENTENCES]
    codes = sorted({one.code for one in mine} | {NOTHING})
    if len(codes) < 2:
        raise BrokenTable(f"no sentences to train on in {language}")
    more = [*mine, *_within_calls(mine, language)]
    said = []
    for one in more:
        text = masked(one.text, ())
        said.append([text[start:end] for start, end in clauses(text, language)] or [text])
    return said, [one.code for one in more], codes


def _within_calls(sentences: Sequence[Sentence], language: Language) -> list[Sentence]:
    """Each sentence again with something before or after it that names nothing, as in a call."""
    chance = random.Random(20260101)  # noqa: S311  # the same sentences, the same weights
    idle = [one.text for one in sentences if one.code == NOTHING] or [""]
    joint = "，" if language == "zh" else ", "
    out: list[Sentence] = []
    for one in sentences:
        out.append(Sentence(chance.choice(idle) + joint + one.text, one.code, language))
        if one.code:
            out.append(Sentence(one.text + joint + chance.choice(idle), one.code, language))
    return out


def _fitted(
    rows: Rows | Dense, labels: Sequence[str], classes: int, strength: float
) -> tuple[Floats, Floats]:
    names = sorted({*labels, NOTHING})
    numbers = np.array([names.index(label) for label in labels], dtype=np.int64)
    counts = np.bincount(numbers, minlength=classes)
    share = (len(labels) / classes / np.maximum(counts, 1)) ** BALANCE
    return fit(
        rows, numbers, share[numbers].astype(np.float32), classes=classes, strength=strength, steps=STEPS
    )


def _origin(
    kind: str, sentences: Sequence[Sentence], catalogue: Catalogue, version: str, strength: float
) -> Origin:
    return Origin(
        form=FORM,
        kind=kind,
        version=version,
        scheme=catalogue.scheme,
        scheme_version=catalogue.version,
        trained_on={"sentences": str(len(sentences)), "sha256": digest(sentences)},
        how=f"softmax regression, C={strength:g}, {STEPS} steps of L-BFGS at most, balance {BALANCE:g}",
    )
