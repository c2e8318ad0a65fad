"""Softmax regression over sparse or dense rows, or sums of them, fitted by L-BFGS.

The loss is convex, so its only minimum is the one that any other solver finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
OnStep = Callable[[int, int], None]
MEMORY = 8
"""Earlier steps that the direction is made of."""


class FeatureRows(Protocol):
    """What is looked at: a row for each thing, a column for each number that is known of it."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    def times(self, weights: Floats) -> Floats:
        """One row of products for each row."""
        ...

    def turned_times(self, each: Floats) -> Floats:
        """One row of products for each column."""
        ...


@dataclass(frozen=True, slots=True)
class DenseRows:
    matrix: csr_array | Floats

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.matrix.shape
        return rows, columns

    def times(self, weights: Floats) -> Floats:
        return np.asarray(self.matrix @ weights, dtype=np.float32)

    def turned_times(self, each: Floats) -> Floats:
        return np.asarray(self.matrix.T @ each, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Each row is a weighted sum (`shares`) of rows of `parts`, which are multiplied once however many rows
    hold them.
    """

    shares: DenseRows
    parts: DenseRows

    @property
    def shape(self) -> tuple[int, int]:
        return self.shares.shape[0], self.parts.shape[1]

    def times(self, weights: Floats) -> Floats:
        return self.shares.times(self.parts.times(weights))

    def turned_times(self, each: Floats) -> Floats:
        return self.parts.turned_times(self.shares.turned_times(each))


def sparse(columns: Sequence[Ints], values: Sequence[Floats], width: int) -> csr_array:
    """One row for each list of columns, with the values beside them."""
    starts = np.concatenate([[0], np.cumsum([len(one) for one in columns])]).astype(np.int64)
    return csr_array((np.concatenate(values), np.concatenate(columns), starts), shape=(len(columns), width))


def fit(
    rows: FeatureRows,
    labels: Ints,
    weights_of_rows: Floats,
    *,
    classes: int,
    strength: float,
    steps: int,
    on_step: OnStep | None = None,
) -> tuple[Floats, Floats]:
    """Weights (width x classes) and biases (classes) with the least cross-entropy plus L2.

    `strength` is the inverse of the penalty, as scikit-learn's C. `on_step` is told each step that is done,
    of how many at most.
    """
    count, width = rows.shape
    at = np.arange(count)
    penalty = np.float32(1 / strength)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, biases = point[:-1], point[-1]
        scores = rows.times(weights) + biases
        scores -= scores.max(axis=1, keepdims=True)
        picked = scores[at, labels]
        chances = np.exp(scores, out=scores)
        sums = chances.sum(axis=1, keepdims=True)
        picked -= np.log(sums[:, 0])
        value = -float(weights_of_rows @ picked) + float(penalty) / 2 * float(np.vdot(weights, weights))
        chances *= weights_of_rows[:, None] / sums
        chances[at, labels] -= weights_of_rows
        slope = np.empty_like(point)
        slope[:-1] = rows.turned_times(chances)
        slope[:-1] += penalty * weights
        slope[-1] = chances.sum(axis=0)
        return value, slope

    point = np.zeros((width + 1, classes), dtype=np.float32)
    value, slope = loss(point)
    known = _Steps(point.size)
    for step in range(steps):
        if on_step is not None:
            on_step(step, steps)
        direction = known.direction(slope)
        along = float(np.vdot(slope, direction))
        size = 1.0 if known.count else 1.0 / max(1.0, float(np.abs(slope).sum()) / classes)
        for _halving in range(20):
            after = point + np.float32(size) * direction
            reached, next_slope = loss(after)
            if reached <= value + 1e-4 * size * along:
                break
            size /= 2
        else:
            break
        moved, turned = after - point, next_slope - slope
        if float(np.vdot(moved, turned)) > 1e-10:
            known.add(moved, turned)
        small = value - reached < 1e-6 * max(1.0, abs(value))
        point, value, slope = after, reached, next_slope
        if small:
            break
    return point[:-1], point[-1]


class _Steps:
    """The last steps and what the slope changed by in each. What they have in common is kept as numbers, so
    that a direction takes two passes over them.
    """

    def __init__(self, size: int) -> None:
        self.count = 0
        self._every = np.zeros((2 * MEMORY, size), dtype=np.float32)
        self._products = np.zeros((2 * MEMORY, 2 * MEMORY))

    def add(self, moved: Floats, turned: Floats) -> None:
        """A step and the change of the slope with it; the oldest ones are forgotten."""
        slot = self.count % MEMORY
        for row, one in ((slot, moved), (MEMORY + slot, turned)):
            self._every[row] = one.ravel()
            products = self._every @ self._every[row]
            self._products[row], self._products[:, row] = products, products
        self.count += 1

    def direction(self, slope: Floats) -> Floats:
        """Against the slope, by what the last steps say of its curvature."""
        if not self.count:
            return -slope
        latest = [at % MEMORY for at in range(self.count - 1, max(-1, self.count - 1 - MEMORY), -1)]
        along = self._every @ slope.ravel()
        shares = np.zeros(2 * MEMORY)
        scale, taken = -1.0, {}
        for slot in latest:
            curve = self._products[slot, MEMORY + slot]
            taken[slot] = (scale * along[slot] + shares @ self._products[slot]) / curve
            shares[MEMORY + slot] -= taken[slot]
        newest = MEMORY + latest[0]
        length = self._products[latest[0], newest] / self._products[newest, newest]
        scale, shares = scale * length, shares * length
        for slot in reversed(latest):
            row = MEMORY + slot
            back = (scale * along[row] + shares @ self._products[row]) / self._products[slot, row]
            shares[slot] += taken[slot] - back
        out = shares.astype(np.float32) @ self._every
        out += np.float32(scale) * slope.ravel()
        return np.asarray(out.reshape(slope.shape), dtype=np.float32)
