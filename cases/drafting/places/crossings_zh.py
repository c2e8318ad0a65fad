"""Crossings in Chinese speech: 中央大街和经纬街交口 · 嵩山路奔衡山路那个口儿 · 红旗大街香滨路."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from cases.catalogue.words import SpeechWords
from cases.drafting.places.named import GUESSED_MOST, PlaceMention
from cases.drafting.places.named import KNOWN_STREET as KNOWN

TOWARD = ("奔", "把着", "靠", "挨着")
"""What joins two streets only where a word for the crossing follows."""
SUREST = 0.95
_LISTED = frozenset("到、，, ")
"""What also stands between streets that are no crossing."""
_HESITATES = re.compile(r"[\s，,、…。.嗯啊呃对]|那个|哪个来着|哪来着|啥来着|不是?(?=[，,…])|那边")
_COMMA = re.compile(r"[，,、\s]")


class Crossings:
    """Pairs of streets that a passage tells as one."""

    def __init__(self, words: SpeechWords) -> None:
        self._joiners = words.joiners.zh
        self._crossing = re.compile(
            r"^.{0,3}?(?:[丁十]字)?(?:" + "|".join(map(re.escape, words.crossing_words.zh)) + ")"
        )

    def read(
        self, text: str, streets: Sequence[PlaceMention]
    ) -> list[tuple[PlaceMention, PlaceMention, float]]:
        """Each with how sure it is; a street that was taken back is in none."""
        out: list[tuple[PlaceMention, PlaceMention, float]] = []
        gone = {name.name for name in streets if name.denied}
        streets = [name for name in streets if name.name not in gone]
        for first, second in pairwise(streets):
            if first.name == second.name or first.number:
                continue
            between = self._between(text[first.end : second.start])
            if between is None:
                continue
            sure = min(first.sure, second.sure)
            most = GUESSED_MOST if first.guessed or second.guessed else SUREST
            if self._crossing.match(text[second.end :]):
                out.append((first, second, min(most, sure + 0.05)))
            elif between in TOWARD or second.number:
                continue
            elif between:
                out.append((first, second, sure * (0.75 if between in _LISTED else 0.85)))
            elif sure >= KNOWN and text[first.end : second.start] == "":
                out.append((first, second, sure * 0.8))  # 红旗大街香滨路, told in one breath
        return out

    def _between(self, text: str) -> str | None:
        """The word that joins two streets of a crossing, "" where none does; None where more was said."""
        plain = _HESITATES.sub("", text)
        for word in (*self._joiners, *TOWARD):
            if word and plain and not plain.replace(word, ""):
                return word
        return None if plain else ("，" if _COMMA.search(text) else "")
