"""Softmax regression over sparse or dense rows, fitted by L-BFGS in numpy.

The loss is convex, so its only minimum is the one that any other solver finds: no library is needed for it on
the machine where an operator trains anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
OnStep = Callable[[int, int], None]
MEMORY = 8
"""Earlier steps that the direction is made of."""
ENTRIES_AT_ONCE = 32_768
"""Entries whose products are in memory at one time."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse matrix by rows: row r has `values[starts[r]:starts[r + 1]]` in the columns beside them."""

    starts: Ints
    columns: Ints
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, weights: Floats) -> Floats:
        """One row of products for each row. No row may be empty."""
        out = np.empty((len(self), weights.shape[1]), dtype=np.float32)
        first = 0
        while first < len(self):
            low = self.starts[first]
            last = int(np.searchsorted(self.starts, low + ENTRIES_AT_ONCE, side="right")) - 1
            last = min(max(last, first + 1), len(self))
            high = self.starts[last]
            products = weights[self.columns[low:high]] * self.values[low:high, None]
            out[first:last] = np.add.reduceat(products, self.starts[first:last] - low, axis=0)
            first = last
        return out

    def turned(self) -> Rows:
        """The same matrix by columns."""
        order = np.argsort(self.columns, kind="stable")
        row_of = np.repeat(np.arange(len(self)), np.diff(self.starts))
        counts = np.bincount(self.columns, minlength=self.width)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Rows(starts, row_of[order], self.values[order], len(self))


@dataclass(frozen=True, slots=True)
class Dense:
    """A matrix with every value there."""

    values: Floats

    @property
    def width(self) -> int:
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)

    def times(self, weights: Floats) -> Floats:
        return np.asarray(self.values @ weights, dtype=np.float32)

    def turned(self) -> Dense:
        return Dense(np.ascontiguousarray(self.values.T))


def fit(
    rows: Rows | Dense,
    labels: Ints,
    weights_of_rows: Floats,
    *,
    classes: int,
    strength: float,
    steps: int,
    on_step: OnStep | None = None,
) -> tuple[Floats, Floats]:
    """Weights (width x classes) and biases (classes) with the least cross-entropy plus L2.

    `strength` is the inverse of the penalty, as scikit-learn's C. Every column must be in some row. `on_step`
    is told each step that is done, of how many at most.
    """
    columns = rows.turned()
    wanted = np.zeros((len(rows), classes), dtype=np.float32)
    wanted[np.arange(len(rows)), labels] = 1
    penalty = np.float32(1 / strength)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, biases = point[:-1], point[-1]
        scores = rows.times(weights) + biases
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        sums = chances.sum(axis=1, keepdims=True)
        picked = scores[np.arange(len(rows)), labels] - np.log(sums[:, 0])
        value = -float(weights_of_rows @ picked) + float(penalty) / 2 * float(np.vdot(weights, weights))
        chances /= sums
        off = (chances - wanted) * weights_of_rows[:, None]
        slope = np.empty_like(point)
        slope[:-1] = columns.times(off) + penalty * weights
        slope[-1] = off.sum(axis=0)
        return value, slope

    point = np.zeros((rows.width + 1, classes), dtype=np.float32)
    value, slope = loss(point)
    known: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)
    for step in range(steps):
        if on_step is not None:
            on_step(step, steps)
        direction = _direction(slope, known)
        along = float(np.vdot(slope, direction))
        size = 1.0 if known else 1.0 / max(1.0, float(np.abs(slope).sum()) / classes)
        for _halving in range(20):
            after = point + np.float32(size) * direction
            reached, next_slope = loss(after)
            if reached <= value + 1e-4 * size * along:
                break
            size /= 2
        else:
            break
        moved, turned = after - point, next_slope - slope
        curve = float(np.vdot(moved, turned))
        if curve > 1e-10:
            known.append((moved, turned, 1 / curve))
        small = value - reached < 1e-6 * max(1.0, abs(value))
        point, value, slope = after, reached, next_slope
        if small:
            break
    return point[:-1], point[-1]


def _direction(slope: Floats, known: deque[tuple[Floats, Floats, float]]) -> Floats:
    out = -slope
    shares: list[float] = []
    for moved, turned, inverse in reversed(known):
        share = inverse * float(np.vdot(moved, out))
        out = out - np.float32(share) * turned
        shares.append(share)
    if known:
        moved, turned, inverse = known[-1]
        out = out * np.float32(1 / (inverse * float(np.vdot(turned, turned))))
    for (moved, turned, inverse), share in zip(known, reversed(shares), strict=True):
        out = out + np.float32(share - inverse * float(np.vdot(turned, out))) * moved
    return out
