"""Trains the classifiers from sentences with their class. Pure: the same sentences make the same weights.

Sentences come from `cases/catalogue/training`; runs of clauses of invented calls, and what citizens told of
confirmed cases, are more of them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cases.catalogue.lines import read_rows
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, Language, PerLanguage
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.features import Wording, features
from cases.drafting.classify.pieces import vocabulary
from cases.drafting.classify.port import masked
from cases.drafting.classify.regression import (
    DenseRows,
    FeatureRows,
    Floats,
    Ints,
    OnStep,
    SharedRows,
    fit,
    sparse,
)
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.weights import FORM, Weights, WeightsOrigin, lines, shrunk
from cases.errors import BrokenTable

SENTENCES = Path(__file__).parent.parent.parent / "catalogue" / "training"
FILES = (
    "parts", "events", "calls", "told_parts_1", "told_parts_2", "told_events_1", "told_events_2",
    "seen_parts", "seen_events", "nothing", "told_nothing", "seen_nothing",
)  # fmt: skip
"""In this order: another one makes other weights."""
LETTERS_STRENGTH = 10.0
MEANING_STRENGTH = 30.0
STEPS = 120
BALANCE = 0.5
"""0: every sentence counts alike, 1: every class."""
LEAST_LENGTH = 1e-6
MOST_SENTENCES = 60_000
"""Of one language: sentences and what confirmed cases told; what invented calls told stands beside them."""
ROWS_OF_A_SENTENCE = 3
"""A shipped sentence is trained alone, with something idle before it and after it; what was told stands in a
call already and is one row that weighs as much.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`code` is empty for what names no class."""

    text: str
    code: str
    language: Language


class Reader(Protocol):
    """What says what clauses mean: the encoder, or one that remembers what it said."""

    def many(self, clauses: Sequence[str]) -> Floats:
        """A row of numbers for each clause, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingCall:
    """Neighbouring clauses of a confirmed case: masked, in lower case. `weight` is in sentences; two with the
    same `teller` (a number that says nothing by itself) may be the same person's words. None: they are
    invented, and come with the program.
    """

    clauses: tuple[str, ...]
    code: str
    language: Language
    teller: int | None
    weight: float = 1.0


@dataclass(slots=True)
class _ClauseRows:
    """Rows of clauses, each different clause once; a row holds their places."""

    rows: list[Ints] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    @property
    def clauses(self) -> list[str]:
        return list(self.known)

    def add(self, clauses: Sequence[str]) -> None:
        places = [self.known.setdefault(one, len(self.known)) for one in clauses]
        self.rows.append(np.array(places, dtype=np.int64))

    def over(self, lengths: Floats) -> DenseRows:
        """Each row's clauses, divided by its length."""
        shares = np.where(lengths > 0, 1 / np.maximum(lengths, LEAST_LENGTH), 0).astype(np.float32)
        each = [np.full(len(row), share) for row, share in zip(self.rows, shares, strict=True)]
        return DenseRows(sparse(self.rows, each, len(self.known)))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Clauses of each row with its class, weight and teller, and all classes."""

    said: _ClauseRows
    labels: Sequence[str]
    weights: Floats
    tellers: Sequence[int | None]
    codes: Sequence[str]

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Which rows are of confirmed cases."""
        return np.array([teller is not None for teller in self.tellers], dtype=bool)


class _SentenceRow(PerLanguage):
    code: str


def shipped(catalogue: Catalogue) -> list[Sentence]:
    """The sentences that come with the program. Raises `BrokenTable`."""
    out: list[Sentence] = []
    for path in (SENTENCES / f"{name}.jsonl" for name in FILES):
        for row in read_rows(path, _SentenceRow, catalogue):
            if row.code and catalogue.get(row.code) is None:
                raise BrokenTable(f"{path.name}: no class {row.code}")
            out.extend(
                Sentence(text, row.code, language) for language in LANGUAGES for text in row.of(language)
            )
    return out


def digest(sentences: Sequence[Sentence]) -> str:
    """SHA-256 of the sentences with their classes, in their order."""
    every = "\n".join(f"{one.language}\t{one.code}\t{one.text}" for one in sentences)
    return hashlib.sha256(every.encode()).hexdigest()


def digest_told(told: Sequence[TrainingCall]) -> str:
    """SHA-256 of what was told with its classes, in its order."""
    every = "\n".join(f"{one.language}\t{one.code}\t{'|'.join(one.clauses)}" for one in told)
    return hashlib.sha256(every.encode()).hexdigest()


def trained_wordings(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    *,
    version: str,
    told: Sequence[TrainingCall] = (),
    on_step: OnStep | None = None,
    wording: Wording = "letters",
) -> Weights:
    arrays: dict[str, np.ndarray] = {}
    left_out = 0
    for language in LANGUAGES:
        ready = _prepared(sentences, told, language)
        clauses_in = ready.said.clauses
        pieces = [features(one, language, wording) for one in clauses_in]
        known = vocabulary(
            ([piece for at in row for piece in pieces[at]] for row in ready.said.rows), ready.tellers, wording
        )
        left_out += known.left_out
        rare = np.log((1 + len(ready.labels)) / (1 + known.rows)).astype(np.float32) + np.float32(1)
        columns = [known.columns(one) for one in pieces]
        parts = sparse(columns, [rare[one] for one in columns], len(known.place))
        squares = np.array([np.square(rare[one]).sum() for one in columns], dtype=np.float32)
        lengths = np.sqrt(np.array([squares[row].sum() for row in ready.said.rows], dtype=np.float32))
        # What has no piece left says nothing of its class.
        ready = replace(ready, weights=np.where((lengths == 0) & ready.heard, np.float32(0), ready.weights))
        rows = SharedRows(ready.said.over(lengths), DenseRows(parts))
        weights, biases = _fitted(rows, ready, LETTERS_STRENGTH, on_step)
        small, scales = shrunk(weights)
        arrays |= {
            f"{language}_codes": lines(list(ready.codes)), f"{language}_pieces": lines(list(known.names)),
            f"{language}_rare": rare, f"{language}_weights": small, f"{language}_scales": scales,
            f"{language}_biases": biases,
        }  # fmt: skip
    origin = _origin(wording, sentences, told, catalogue, version, LETTERS_STRENGTH)
    if told:
        more = {**origin.trained_on, "pieces_left_out": str(left_out)}
        origin = origin.model_copy(update={"trained_on": more})
    return Weights(origin, arrays)


def trained_meaning(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    encoder: Reader,
    *,
    version: str,
    told: Sequence[TrainingCall] = (),
    on_step: OnStep | None = None,
) -> Weights:
    arrays: dict[str, np.ndarray] = {}
    for language in LANGUAGES:
        ready = _prepared(sentences, told, language)
        each = encoder.many(ready.said.clauses)
        lengths = np.array([np.linalg.norm(each[row].sum(axis=0)) for row in ready.said.rows])
        rows = SharedRows(ready.said.over(lengths), DenseRows(each))
        weights, biases = _fitted(rows, ready, MEANING_STRENGTH, on_step)
        arrays |= {
            f"{language}_codes": lines(list(ready.codes)), f"{language}_weights": weights.astype(np.float16),
            f"{language}_biases": biases,
        }  # fmt: skip
    return Weights(_origin("meaning", sentences, told, catalogue, version, MEANING_STRENGTH), arrays)


def _prepared(sentences: Sequence[Sentence], told: Iterable[TrainingCall], language: Language) -> _Prepared:
    """Raises `BrokenTable` without anything that names a class."""
    mine = [one for one in sentences if one.language == language][:MOST_SENTENCES]
    heard = [one for one in told if one.language == language]
    confirmed = [one for one in heard if one.teller is not None][: MOST_SENTENCES - len(mine)]
    heard = [*(one for one in heard if one.teller is None), *confirmed]
    codes = sorted({one.code for one in mine} | {one.code for one in heard} | {NOTHING})
    if len(codes) < 2:
        raise BrokenTable(f"no sentences to train on in {language}")
    more = [*mine, *_within_calls(mine, language)]
    said = _ClauseRows()
    for one in more:
        text = masked(one.text, ())
        said.add([text[start:end] for start, end in clauses(text, language)] or [text])
    for row in heard:
        said.add(row.clauses)
    weights = [1.0] * len(more) + [one.weight * ROWS_OF_A_SENTENCE for one in heard]
    return _Prepared(
        said,
        [*(one.code for one in more), *(one.code for one in heard)],
        np.array(weights, dtype=np.float32),
        [*(None for _ in more), *(one.teller for one in heard)],
        codes,
    )


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
    rows: FeatureRows, ready: _Prepared, strength: float, on_step: OnStep | None
) -> tuple[Floats, Floats]:
    classes = len(ready.codes)
    place = {code: at for at, code in enumerate(ready.codes)}
    numbers = np.array([place[label] for label in ready.labels], dtype=np.int64)
    counts = np.bincount(numbers, weights=ready.weights, minlength=classes)
    share = (ready.weights.sum(dtype=np.float64) / classes / np.maximum(counts, 1)) ** BALANCE
    each = (share[numbers] * ready.weights).astype(np.float32)
    return fit(rows, numbers, each, classes=classes, strength=strength, steps=STEPS, on_step=on_step)


def _origin(
    kind: str,
    sentences: Sequence[Sentence],
    told: Sequence[TrainingCall],
    catalogue: Catalogue,
    version: str,
    strength: float,
) -> WeightsOrigin:
    trained_on = {"sentences": str(len(sentences)), "sha256": digest(sentences)}
    if told:
        trained_on |= {"cases": str(len(told)), "cases_sha256": digest_told(told)}
    return WeightsOrigin(
        form=FORM,
        kind=kind,
        version=version,
        scheme=catalogue.scheme,
        scheme_version=catalogue.version,
        trained_on=trained_on,
        how=f"softmax regression, C={strength:g}, {STEPS} steps of L-BFGS at most, balance {BALANCE:g}",
    )
