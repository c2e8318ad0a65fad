"""Estimates the language of one leg; each utterance updates the estimate. Pure.

The estimate is never certain, so an agent may greet in one language and go on in another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log

LIKELY = 0.75  # the share of the call's own language before anything was heard
HELD = 0.99  # more no belief becomes: another language must be plain to be heard
PLAIN = 0.98  # more no single utterance counts
ENOUGH_S = 2.0  # shorter utterances tell less


class LanguageEstimate:
    def __init__(self, languages: Sequence[str], likely: str = "") -> None:
        if not languages:
            raise ValueError("at least one language must be possible")
        others = max(1, len(languages) - 1)
        even = likely not in languages
        self._weights = {
            name: 0.0 if even else log(LIKELY if name == likely else (1 - LIKELY) / others)
            for name in languages
        }

    def shares(self) -> dict[str, float]:
        """How likely each language is for the next utterance, in shares of 1."""
        best = max(self._weights.values())
        raw = {name: exp(weight - best) for name, weight in self._weights.items()}
        return {name: share / sum(raw.values()) for name, share in raw.items()}

    def heard(self, likelihoods: Mapping[str, float], seconds: float) -> None:
        """One utterance of this length was explained so well by each language."""
        least = (1 - PLAIN) / max(1, len(self._weights) - 1)
        trust = min(1.0, seconds / ENOUGH_S)
        for name in self._weights:
            self._weights[name] += trust * log(min(PLAIN, max(least, likelihoods.get(name, least))))
        floor = max(self._weights.values()) + log((1 - HELD) / HELD)
        self._weights = {name: max(floor, weight) for name, weight in self._weights.items()}
