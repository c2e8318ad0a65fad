"""Learns from the calls that may be read what a call is about, and writes the weights of both rankings.

    python -m tests.cases.quality.learn [--held-out]

An alarm is one of the numbers, so the finder of dangers must not know these calls when this is run. The one
that is shipped does (decision 0168): the shipped rankings were learned before it, and running this now gives
others that trust an alarm too much (decision 0167).

Calls of each writer are one set. `--held-out` leaves one writer out at a time and prints what others teach
about his calls; without it the weights are written. Halves are looked at and never learned from.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases.catalogue import load_catalogues
from cases.drafting.categories import known_of
from cases.drafting.classify.loading import DATA
from cases.drafting.classify.ranking import CLASS_NUMBERS, KIND, RANKING, load_ranking
from cases.drafting.classify.regression import Dense, fit
from cases.drafting.classify.verdict import SHOWN_FROM, SURE_FROM
from cases.drafting.classify.weights import FORM, Origin, Weights, lines
from cases.drafting.intents import ranking as intents
from cases.drafting.intents.call import INTENTS, NUMBERS
from cases.drafting.intents.chances import DATA as INTENTS_DATA
from cases.errors import BrokenTable
from tests.cases.measure import reports
from tests.cases.quality.answer import Answer, code_of
from tests.cases.quality.conversation import draft_of
from tests.cases.quality.halves import FOLDER, Report
from tests.cases.quality.read import sets

Numbers = NDArray[np.float64]
LEARNED_FROM = ("dev_fresh", "calls_1", "calls_2", "calls_3", "calls_4", "calls_5", "calls_6")
"""`dev.yaml` is not among them: its writer wrote much of the training, so its chances flatter."""
PENALTY = 3.0
INTENT_PENALTY = 15.0
SHORT = ("open", "held", "fresh", "later", "unseen", "dangers", "dangers-further")
SHORT_WEIGHT = 0.6
STEPS = 60
VARIED = 0.05
"""Numbers that vary less over calls teach nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One call: numbers of its classes, of itself, and which of them (last: none) is right; `right` is None
    where the class is not judged, and `intent` where why he called is not.
    """

    classes: Numbers
    call: Numbers
    right: NDArray[np.bool_] | None
    said: NDArray[np.bool_]
    intent: str | None
    weight: float = 1.0

    @property
    def has_class(self) -> bool:
        return self.right is not None and not self.right[-1]


def case_of(report: Report) -> Case:
    return _case(report, Answer.of(report).category, report["expect"]["intent"])


def short_cases() -> list[Case]:
    """Reports in one breath, of the author of the rules: what is told plainly is to fill its class, too."""
    every = [report for half in SHORT for report in reports(half)]
    return [
        _case(
            report,
            frozenset(report["expect"]["category"] or ()) if "category" in report["expect"] else None,
            report["expect"].get("intent"),
            SHORT_WEIGHT,
        )
        for report in every
    ]


def _case(report: Report, wanted: frozenset[str] | None, intent: str | None, weight: float = 1.0) -> Case:
    known = known_of(draft_of(report).heard)
    return Case(
        np.array([one.numbers() for one in known.about], dtype=np.float64).reshape(-1, len(CLASS_NUMBERS)),
        np.array(known.call, dtype=np.float64),
        None
        if wanted is None
        else np.array([*(code_of(one.code) in wanted for one in known.about), not wanted]),
        np.array([one.words > 0 for one in known.about], dtype=bool),
        intent,
        weight,
    )


def chances(case: Case, of_class: Numbers, of_call: Numbers) -> Numbers:
    scores = np.array([*(case.classes @ of_class), case.call @ of_call])
    each = np.exp(scores - scores.max())
    return np.asarray(each / each.sum())


def learned(cases: Sequence[Case]) -> tuple[Numbers, Numbers]:
    """The weights with the least cross-entropy of the right classes plus L2, by Newton's steps."""
    cases = [one for one in cases if one.right is not None and one.right.any()]
    width = len(CLASS_NUMBERS) + len(NUMBERS)
    spread = _spread(cases)
    rows = [_rows(one) / spread for one in cases]
    point = np.zeros(width)
    value, slope, curve = _loss(point, rows, cases)
    for _ in range(STEPS):
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while size > 1e-4:
            reached, *rest = _loss(point - size * step, rows, cases)
            if reached < value:
                break
            size /= 2
        else:
            break
        point = point - size * step
        gained, value, (slope, curve) = value - reached, reached, rest
        if gained < 1e-7 * abs(value):
            break
    point = point / spread
    return point[: len(CLASS_NUMBERS)], point[len(CLASS_NUMBERS) :]


def learned_intents(cases: Sequence[Case]) -> Numbers:
    """One row for each number of a call, one column for each intent."""
    cases = [one for one in cases if one.intent is not None]
    rows = np.array([one.call for one in cases])
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    varied = spread > VARIED
    spread = np.where(varied, spread, 1.0)
    scaled = np.where(varied, (rows - centre) / spread, 0.0)
    labels = np.array([INTENTS.index(one.intent or INTENTS[0]) for one in cases])
    each = np.array([one.weight for one in cases], dtype=np.float32)
    fitted, biases = fit(
        Dense(scaled.astype(np.float32)),
        labels,
        each,
        classes=len(INTENTS),
        strength=1 / INTENT_PENALTY,
        steps=300,
    )
    weights = np.where(varied[:, None], fitted / spread[:, None], 0.0)
    weights[NUMBERS.index("always")] = biases - centre @ weights
    return weights


def _rows(case: Case) -> Numbers:
    """One row for each class and a last one for none of them."""
    out = np.zeros((len(case.classes) + 1, len(CLASS_NUMBERS) + len(NUMBERS)))
    out[:-1, : len(CLASS_NUMBERS)] = case.classes
    out[-1, len(CLASS_NUMBERS) :] = case.call
    return out


def _spread(cases: Sequence[Case]) -> Numbers:
    of_class = np.vstack([one.classes for one in cases]).std(axis=0)
    of_call = np.vstack([one.call for one in cases]).std(axis=0)
    every = np.concatenate([of_class, of_call])
    return np.where(every > 1e-6, every, 1.0)


def _loss(point: Numbers, rows: Sequence[Numbers], cases: Sequence[Case]) -> tuple[float, Numbers, Numbers]:
    """Value, slope and (of the part that is convex) curvature."""
    value = PENALTY / 2 * float(point @ point)
    slope = PENALTY * point
    curve = PENALTY * np.eye(len(point))
    for row, case in zip(rows, cases, strict=True):
        scores = row @ point
        each = np.exp(scores - scores.max())
        each /= each.sum()
        right = each * np.asarray(case.right)
        share = max(float(right.sum()), 1e-12)
        value -= case.weight * float(np.log(share))
        mean = each @ row
        slope = slope + case.weight * (mean - (right / share) @ row)
        curve += case.weight * ((row * each[:, None]).T @ row - np.outer(mean, mean))
    return value, slope, curve


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true")
    chosen = parser.parse_args()
    _at_hand()
    known = sets()
    wanted = known if chosen.held_out else LEARNED_FROM
    cases = {name: [case_of(report) for report in known[name].reports] for name in wanted}
    if chosen.held_out:
        _held_out(cases)
        return 0
    every = [*short_cases(), *(one for name in LEARNED_FROM for one in cases[name])]
    print(_written(*learned(every)), DATA / RANKING)
    print(_written_intents(learned_intents(every)), INTENTS_DATA / intents.RANKING)
    return 0


def _at_hand() -> None:
    """Drafting asks for weights; what is learned from does not depend on them."""
    try:
        load_ranking(DATA)
        intents.load_intent_ranking(INTENTS_DATA)
    except BrokenTable:
        _written(np.zeros(len(CLASS_NUMBERS)), np.zeros(len(NUMBERS)))
        _written_intents(np.zeros((len(NUMBERS), len(INTENTS))))


def _written(of_class: Numbers, of_call: Numbers) -> str:
    arrays: dict[str, NDArray[Any]] = {
        "names": lines([*CLASS_NUMBERS, *NUMBERS]),
        "of_class": of_class.astype(np.float32), "of_call": of_call.astype(np.float32),
    }  # fmt: skip
    how = f"softmax regression over the classes of a call, L2 {PENALTY:g}"
    return Weights(_origin(KIND, how), arrays).write(DATA / RANKING)


def _written_intents(weights: Numbers) -> str:
    arrays: dict[str, NDArray[Any]] = {"names": lines(list(NUMBERS)), "weights": weights.astype(np.float32)}
    how = f"softmax regression over the intents, L2 {INTENT_PENALTY:g}"
    return Weights(_origin(intents.KIND, how), arrays).write(INTENTS_DATA / intents.RANKING)


def _origin(kind: str, how: str) -> Origin:
    catalogue = load_catalogues().default
    calls = {
        name: hashlib.sha256((FOLDER / f"{name}.yaml").read_bytes()).hexdigest() for name in LEARNED_FROM
    }
    return Origin(
        form=FORM, kind=kind, version="1", scheme=catalogue.scheme, scheme_version=catalogue.version,
        trained_on=calls, how=how,
    )  # fmt: skip


def _held_out(cases: dict[str, list[Case]]) -> None:
    print(f"{'':12}{'first':>9}{'three':>9}{'shown':>9}{'empty':>9}{'sure':>7}{'wrong':>7}")
    short = short_cases()
    for name, mine in cases.items():
        others = [one for other in LEARNED_FROM if other != name for one in cases[other]]
        weights = learned([*short, *others])
        print(f"{name:12}{_judged(mine, *weights)}")


def _judged(cases: Sequence[Case], of_class: Numbers, of_call: Numbers) -> str:
    first = three = shown = empty = sure = wrong = 0
    for case in cases:
        if case.right is None:
            continue
        each = chances(case, of_class, of_call)
        order = np.argsort(-each[:-1], kind="stable")
        if not len(order):
            empty += not case.has_class
            continue
        best = order[0]
        fills = each[best] > SHOWN_FROM * each[-1]
        right = bool(case.right[best])
        first += right
        three += bool(case.right[order[:3]].any())
        shown += right and fills
        empty += not case.has_class and not fills
        if fills and each[best] >= SURE_FROM and case.said[best]:
            sure += 1
            wrong += not right
    n = sum(case.has_class for case in cases)
    cells = (f"{first}/{n}", f"{three}/{n}", f"{shown}/{n}", f"{empty}/{len(cases) - n}")
    return "".join(f"{cell:>9}" for cell in cells) + f"{sure:>7}{wrong:>7}"


if __name__ == "__main__":
    raise SystemExit(main())
