"""Learns from the calls that may be read what a call is about, and writes the weights of both rankings.

    python -m lab.training.rankings [--held-out]

It reads the drafts of classifiers that do not know the calls: `python -m lab.training.out_of_fold` makes
them first. Calls of each writer are one set. `--held-out` leaves one writer out at a time and prints what
others teach about his calls; without it the weights are written. Holdouts are never learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cases.drafting.categories import known_of
from cases.drafting.classify.ranking import CLASS_NUMBERS
from cases.drafting.classify.regression import DenseRows, fit
from cases.drafting.classify.verdict import SHOWN_FROM, SURE_FROM
from cases.drafting.intents.call import INTENTS, NUMBERS
from cases.drafting.model import SegmentFindings
from lab.corpora.calls import open_sets
from lab.judging.answer import Answer, code_of
from lab.training.out_of_fold import asked, drafts, short
from lab.training.ranking_weights import written, written_intents

Numbers = NDArray[np.float64]
PENALTY = 3.0
INTENT_PENALTY = 15.0
SHORT_WEIGHT, BEGUN_WEIGHT = 0.6, 0.3
"""Of a short report, and of a call before its end."""
STEPS = 60
VARIED = 0.05
"""Numbers that vary less over calls teach nothing."""


@dataclass(frozen=True, slots=True)
class RankedCall:
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


def cases_of(name: str, *, pauses: bool = False) -> list[RankedCall]:
    """Each call as it stands at its end, told in turns or cut at pauses."""
    every, made = open_sets()[name].reports, drafts(name, pauses=pauses)
    return [
        _case(draft.heard, Answer.of(report).category, report["expect"]["intent"])
        for report, draft in zip(every, made, strict=True)
    ]


def begun_of(name: str) -> list[RankedCall]:
    """Each call as it stands after each of the caller's segments but the last: about nothing until the words
    that tell of its class were said.
    """
    out = []
    for report, draft in zip(open_sets()[name].reports, drafts(name), strict=True):
        wanted = Answer.of(report).category
        proofs = [proof["turn"] for proof in (report.get("proof") or {}).get("category") or ()]
        if wanted and not proofs:
            continue
        told = min(proofs, default=0)
        spoken = [at for at, item in enumerate(draft.heard) if item.segment.speaker == "citizen"]
        out += [
            _case(draft.heard[: at + 1], wanted if at >= told else frozenset(), None, BEGUN_WEIGHT)
            for at in spoken[:-1]
        ]
    return out


def short_cases() -> list[RankedCall]:
    return [
        _case(
            draft.heard,
            frozenset(report["expect"]["category"] or ()) if "category" in report["expect"] else None,
            report["expect"].get("intent"),
            SHORT_WEIGHT,
        )
        for report, draft in zip(short(), drafts("short"), strict=True)
    ]


def _case(
    heard: Sequence[SegmentFindings], wanted: frozenset[str] | None, intent: str | None, weight: float = 1.0
) -> RankedCall:
    known = known_of(heard)
    return RankedCall(
        np.array([one.numbers() for one in known.about], dtype=np.float64).reshape(-1, len(CLASS_NUMBERS)),
        np.array(known.call, dtype=np.float64),
        None
        if wanted is None
        else np.array([*(code_of(one.code) in wanted for one in known.about), not wanted]),
        np.array([one.words > 0 for one in known.about], dtype=bool),
        intent,
        weight,
    )


def chances(case: RankedCall, of_class: Numbers, of_call: Numbers) -> Numbers:
    scores = np.array([*(case.classes @ of_class), case.call @ of_call])
    each = np.exp(scores - scores.max())
    return np.asarray(each / each.sum())


def learned(cases: Sequence[RankedCall]) -> tuple[Numbers, Numbers]:
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


def learned_intents(cases: Sequence[RankedCall]) -> Numbers:
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
        DenseRows(scaled.astype(np.float32)),
        labels,
        each,
        classes=len(INTENTS),
        strength=1 / INTENT_PENALTY,
        steps=300,
    )
    weights = np.where(varied[:, None], fitted / spread[:, None], 0.0)
    weights[NUMBERS.index("always")] = biases - centre @ weights
    return weights


def _rows(case: RankedCall) -> Numbers:
    """One row for each class and a last one for none of them."""
    out = np.zeros((len(case.classes) + 1, len(CLASS_NUMBERS) + len(NUMBERS)))
    out[:-1, : len(CLASS_NUMBERS)] = case.classes
    out[-1, len(CLASS_NUMBERS) :] = case.call
    return out


def _spread(cases: Sequence[RankedCall]) -> Numbers:
    of_class = np.vstack([one.classes for one in cases]).std(axis=0)
    of_call = np.vstack([one.call for one in cases]).std(axis=0)
    every = np.concatenate([of_class, of_call])
    return np.where(every > 1e-6, every, 1.0)


def _loss(
    point: Numbers, rows: Sequence[Numbers], cases: Sequence[RankedCall]
) -> tuple[float, Numbers, Numbers]:
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
    cases = {name: cases_of(name) for name in asked()}
    brief = short_cases()
    beside = {name: [*cases_of(name, pauses=True), *begun_of(name)] for name in asked()}
    if chosen.held_out:
        _held_out(cases, brief, beside)
        return 0
    every = [*brief, *(one for of in (beside, cases) for mine in of.values() for one in mine)]
    how = f"softmax regression over the classes of a call, L2 {PENALTY:g}"
    print(*written(*learned(every), asked(), how))
    how = f"softmax regression over the intents, L2 {INTENT_PENALTY:g}"
    print(*written_intents(learned_intents(every), asked(), how))
    return 0


def _held_out(
    cases: Mapping[str, Sequence[RankedCall]],
    brief: Sequence[RankedCall],
    beside: Mapping[str, Sequence[RankedCall]],
) -> None:
    print(f"{'':12}{'first':>9}{'three':>9}{'shown':>9}{'empty':>9}{'sure':>7}{'wrong':>7}")
    for name, mine in cases.items():
        others = [one for other in cases if other != name for one in (*cases[other], *beside[other])]
        weights = learned([*brief, *others])
        print(f"{name:12}{_judged(mine, *weights)}")


def _judged(cases: Sequence[RankedCall], of_class: Numbers, of_call: Numbers) -> str:
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
