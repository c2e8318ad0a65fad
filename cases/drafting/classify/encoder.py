"""What a clause means, as a sum of numbers over its pieces: the lower part of a sentence encoder, in numpy.

The network is the convolutional one of the multilingual Universal Sentence Encoder, version 3 (Apache-2.0);
its weights were pruned to the two languages once by `python -m lab.training.encoder`. The sum before the
encoder's last layers is kept, because sums of clauses add up to that of a run of clauses, and because a class
is better told from it. Pure: the same text gives the same numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import Unigram

from cases.drafting.classify.scores import Floats
from cases.drafting.classify.weights import Weights, unlined

SIZE = 512
"""Numbers of a sum."""
KEPT = 4096
"""Clauses that are remembered: a segment is looked at by three classifiers, and again with the next one."""
LONGEST = 400
"""Characters of one clause that are looked at."""
AT_ONCE = 256
"""Pieces that go through the network together."""
_ORDERS = ((2, 0), (3, 1), (5, 2))
"""The three convolutions: how many neighbouring pieces each looks at, and how many of them stand before."""
_BRANCH = 256
_LEFT, _RIGHT = 2, 2
_LEAST_SPREAD = 1e-12
_NO_WORD = re.compile(r"[^\w'’-]+|_+")
"""Markup and marks are no part of what is meant."""
_SPACE = "\u2581"
_UNKNOWN, _FIRST, _LAST = 0, 1, 2
"""The rows of what is no known piece, of the beginning and of the end of a text."""
_SPECIAL = ("<unk>", "<s>", "</s>")
"""Their names in the vocabulary. No text has them: marks are taken out before."""


class Pieces:
    """Splits a text into the likeliest pieces of the encoder's vocabulary (a unigram model)."""

    def __init__(self, names: Sequence[str], scores: NDArray[np.float32]) -> None:
        vocabulary = [(name, 0.0) for name in _SPECIAL]
        vocabulary += [(name, float(score)) for name, score in zip(names, scores, strict=True)]
        self._tokenizer = Tokenizer(Unigram(vocabulary, unk_id=_UNKNOWN, byte_fallback=False))

    def of(self, text: str) -> list[int]:
        """Rows of the pieces, the beginning's first and the end's last. Each unknown character is one row."""
        said = _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]))
        found = self._tokenizer.encode(_SPACE + _SPACE.join(said.split()), add_special_tokens=False)
        rows = [_FIRST]
        for row, (start, end) in zip(found.ids, found.offsets, strict=True):
            # The library joins unknown characters that stand side by side; the network was trained with each.
            rows += [row] if row != _UNKNOWN else [_UNKNOWN] * (end - start)
        rows.append(_LAST)
        return rows


class Encoder:
    """One for both languages. What clauses mean are rows of `SIZE` numbers, which add up."""

    def __init__(self, weights: Weights) -> None:
        arrays = weights.arrays
        self._pieces = Pieces(unlined(arrays["pieces"]), arrays["piece_scores"])
        self._table: NDArray[np.uint8] = arrays["table"]
        self._scale, self._low = _floats(arrays["table_scales"]), _floats(arrays["table_lows"])
        self._into = _matrix(arrays, "into")
        self._into_bias = _floats(arrays["into_bias"])
        self._first_norm = (_floats(arrays["first_gain"]), _floats(arrays["first_shift"]))
        self._last_norm = (_floats(arrays["last_gain"]), _floats(arrays["last_shift"]))
        self._layers = [
            tuple(
                (_matrix(arrays, f"layer{layer}_{n}"), _floats(arrays[f"layer{layer}_{n}_bias"]))
                for layer in (1, 2)
            )
            for n, _ in _ORDERS
        ]
        self._out, self._out_bias = _matrix(arrays, "out"), _floats(arrays["out_bias"])
        self._one = lru_cache(maxsize=KEPT)(self._alone)

    def of(self, clauses: Sequence[str]) -> Floats:
        """One row of `SIZE` numbers for each clause."""
        if not clauses:
            return np.zeros((0, SIZE), dtype=np.float32)
        return np.vstack([self._one(clause.strip()) for clause in clauses])

    def _alone(self, clause: str) -> Floats:
        return self._sums([self._pieces.of(clause)])

    def many(self, clauses: Sequence[str]) -> Floats:
        """The same for many at once, for training: nothing is remembered."""
        out: list[Floats] = []
        group: list[list[int]] = []
        for clause in clauses:
            group.append(self._pieces.of(clause.strip()))
            if sum(map(len, group)) >= AT_ONCE:
                out.append(self._sums(group))
                group = []
        if group:
            out.append(self._sums(group))
        return np.vstack(out) if out else np.zeros((0, SIZE), dtype=np.float32)

    def _sums(self, group: Sequence[Sequence[int]]) -> Floats:
        lengths = np.array([len(one) for one in group], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        rows = np.concatenate([np.asarray(one, dtype=np.int64) for one in group])
        count = len(rows)
        known = self._table[rows].astype(np.float32) * self._scale[rows, None] + self._low[rows, None]
        inner = _normal(known @ self._into + self._into_bias, *self._first_norm)
        window = _window(starts, lengths, count)
        told = [known]
        for branch, ((width, left), ((one, one_bias), (two, two_bias))) in enumerate(
            zip(_ORDERS, self._layers, strict=True)
        ):
            own = inner[:, branch * _BRANCH : (branch + 1) * _BRANCH]
            near = window[:, _LEFT - left : _LEFT - left + width]
            first = np.maximum(_beside(own, near) @ one + one_bias, 0) + own
            told.append(np.maximum(_beside(first, near) @ two + two_bias, 0) + first)
        every = _normal(np.concatenate(told, axis=1), *self._last_norm)
        sums = np.add.reduceat(every, starts, axis=0) @ self._out
        return np.asarray(sums + lengths[:, None].astype(np.float32) * self._out_bias, dtype=np.float32)


def _beside(rows: Floats, near: NDArray[np.int64]) -> Floats:
    """Each row with its neighbours in one line; what stands outside its text is zero."""
    padded = np.concatenate([rows, np.zeros((1, rows.shape[1]), dtype=np.float32)])
    return padded[near].reshape(len(rows), -1)


def _window(starts: NDArray[np.int64], lengths: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    places = np.arange(count, dtype=np.int64)[:, None] + np.arange(-_LEFT, _RIGHT + 1, dtype=np.int64)
    first = np.repeat(starts, lengths)[:, None]
    last = first + np.repeat(lengths, lengths)[:, None]
    return np.where((places >= first) & (places < last), places, count)


def _normal(rows: Floats, gain: Floats, shift: Floats) -> Floats:
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(rows).mean(axis=1, keepdims=True) + _LEAST_SPREAD)
    return np.asarray(rows / spread * gain + shift, dtype=np.float32)


def _floats(array: NDArray[Any]) -> Floats:
    return array.astype(np.float32)


def _matrix(arrays: Any, name: str) -> Floats:
    return np.ascontiguousarray(arrays[name].astype(np.float32) * arrays[f"{name}_scales"].astype(np.float32))
