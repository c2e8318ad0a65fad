"""What words of danger and signs are said of: the same words tell of a person or a thing, of now or never.

Cuts look anywhere in a sentence; a reading is bound to the words, so that a danger told beside them alarms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cases.catalogue.readings import DangerReading, ReadingScope
from cases.drafting.danger.cuts import Verdict
from cases.drafting.danger.window import TextWindow


class Readings:
    def __init__(self, readings: Iterable[DangerReading]) -> None:
        self._of: dict[str, list[DangerReading]] = defaultdict(list)
        for reading in readings:
            for rule in reading.rules:
                self._of[rule].append(reading)

    def verdict(self, window: TextWindow, start: int, end: int, rule: str) -> Verdict:
        """What the words of this rule or sign at this span are worth where they stand."""
        mine = self._of.get(rule)
        if not mine:
            return "alarm"
        first, last = window.bounds(start, end)
        warned = False
        for reading in mine:
            if _reads(reading.places[window.language], window.text[first:last], start - first, end - first):
                if not reading.urgent:
                    return "nothing"
                warned = True
        return "urgent" if warned else "alarm"


def _reads(places: ReadingScope, sentence: str, start: int, end: int) -> bool:
    if not places.given:
        return False
    if places.words is not None and places.words.search(sentence[start:end]) is None:
        return False
    around = (
        (places.before, sentence[:start]),
        (places.after, sentence[end:]),
        (places.beside, sentence),
    )
    asked = [(pattern, text) for pattern, text in around if pattern is not None]
    if asked and not any(pattern.search(text) for pattern, text in asked):
        return False
    return places.unless is None or places.unless.search(sentence) is None
