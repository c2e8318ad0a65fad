"""How long after it was said something is on a desk: words, sentences, drafts. Pure.

All times are of one clock, in seconds. What a citizen said is known by its sound, when he said it by the
moment at which its first sample left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from speech.model import SAMPLE_RATE

LIKE: Final = 0.6
"""Correlation from which on it is the same sound: it has been through two coders."""
TOUCH_S: Final = 0.3

Samples = NDArray[np.float64]


def place(piece: bytes, said: bytes) -> float | None:
    """Where in `said` (both s16le) this piece of it begins, in seconds; None when it is not in it."""
    wanted, whole = _samples(piece), _samples(said)
    if len(wanted) < SAMPLE_RATE // 4 or not np.any(wanted):
        return None
    padded = np.concatenate([np.zeros(len(wanted)), whole, np.zeros(len(wanted))])
    size = 1 << (len(padded) + len(wanted)).bit_length()
    product = np.fft.rfft(padded, size) * np.conj(np.fft.rfft(wanted, size))
    matches = np.fft.irfft(product, size)[: len(padded) - len(wanted)]
    energy = np.concatenate([[0.0], np.cumsum(padded * padded)])
    local = energy[len(wanted) :][: len(matches)] - energy[: len(matches)]
    scaled = matches / np.sqrt(np.maximum(local, 1e-6) * float(np.sum(wanted * wanted)))
    best = int(np.argmax(scaled))
    return (best - len(wanted)) / SAMPLE_RATE if scaled[best] >= LIKE else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A text of an utterance as it came to the desk."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    end: float


def words_shown(words: Sequence[Word], shown: Sequence[Shown]) -> list[float]:
    """For each word, how long after its end the desk has as much text as it takes to hold it, for good.

    `shown` are all texts of its utterance in their order, the final one last; spaces do not count.
    """
    lengths = [len(one.text.replace(" ", "")) for one in shown]
    least = lengths[:]
    for at in range(len(least) - 2, -1, -1):
        least[at] = min(least[at], least[at + 1])
    found: list[float] = []
    needed = 0
    for word in words:
        needed += len(word.text)
        first = next((one.at for one, length in zip(shown, least, strict=True) if length >= needed), None)
        if first is not None:
            found.append(first - word.end)
    return found


@dataclass(frozen=True, slots=True)
class Sentence:
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Text:
    """A partial or final at the desk: from when to when its audio is, and when it came."""

    start: float
    end: float
    at: float


def sentences_shown(sentences: Sequence[Sentence], finals: Sequence[Text]) -> tuple[list[float], int]:
    """How long after the end of a sentence its final came, for each final that ends with one, and how many
    sentences are in no final. A final that holds two sentences is late for the second only.
    """
    found: list[float] = []
    covered: set[int] = set()
    for final in sorted(finals, key=lambda one: one.start):
        inside = [
            number
            for number, one in enumerate(sentences)
            if final.start - TOUCH_S <= (one.start + one.end) / 2 <= final.end + TOUCH_S
        ]
        covered.update(inside)
        if inside:
            found.append(final.at - sentences[inside[-1]].end)
    return found, len(sentences) - len(covered)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it came to the desk: `fields` in any form that can be compared."""

    at: float
    fields: Any


def draft_complete(
    sentences: Sequence[Sentence], texts: Sequence[Text], drafts: Sequence[Draft]
) -> float | None:
    """From the last word that the draft took up to its last change; None where there is no draft.

    Drafts change by what has just become text, so the word is the last one of the text (partial or final)
    that came last before that change, however much was said meanwhile.
    """
    changes = [
        now for before, now in zip([None, *drafts], drafts, strict=False)
        if before is None or before.fields != now.fields
    ]  # fmt: skip
    if not changes:
        return None
    last = changes[-1].at
    came = [one for one in texts if one.at <= last]
    word = said_until(max(came, key=lambda one: one.at), sentences) if came else None
    return None if word is None else last - word


def said_until(text: Text, sentences: Sequence[Sentence]) -> float | None:
    """When the last word of a text was over: the silence that its audio ends with is no word."""
    begun = [one for one in sentences if one.start + TOUCH_S < text.end]
    return min(begun[-1].end, text.end) if begun else None


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64) / 32768
