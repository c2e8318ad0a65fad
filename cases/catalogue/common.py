"""Everyday Chinese words, and where one ends and the next begins: what only sounds like a problem word must
not be made of halves of ordinary words (要反 out of 我要反映 is no 要饭).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from math import log
from pathlib import Path

from cases.errors import BrokenTable

LONGEST = 4
"""Characters of the longest word that is kept; longer ones are made of these."""
OFTEN = 10
"""Occurrences in the dictionary's corpus below which a word is not an everyday one."""
_COUNTED = re.compile(
    rf"^([^ \n]{{1,{LONGEST}}}) ([0-9]{{{len(str(OFTEN))},}})|^([^ \n]) ([0-9])(?![0-9])", re.MULTILINE
)
"""A word with a count of as many digits as `OFTEN`, or a single character with any: looked for by one
expression, because a third of a million lines one by one hold up every start.
"""


class CommonWords:
    """Cuts text into the most probable everyday words. `phrases` are never taken for another word either."""

    def __init__(self, counts: Mapping[str, int], phrases: Iterable[str] = ()) -> None:
        total = log(sum(counts.values()) or 1)
        self._cost = {word: log(count) - total for word, count in counts.items()}
        self._unknown = -total
        self._phrases = frozenset(phrases)

    def is_one(self, text: str) -> bool:
        """True for an everyday word of two or more characters, or an everyday phrase."""
        return text in self._phrases or (len(text) > 1 and text in self._cost)

    def inside(self, text: str) -> frozenset[int]:
        """Positions in the middle of a word: nothing else may begin or end there."""
        return _inside(self, text)

    def ends(self, text: str) -> list[int]:
        """Where each word of the most probable reading ends, from left to right."""
        cost, unknown, size = self._cost, self._unknown, len(text)
        best = [0.0] * (size + 1)
        step = [1] * size
        for at in range(size - 1, -1, -1):
            top = cost.get(text[at], unknown) + best[at + 1]
            for end in range(at + 2, min(at + LONGEST, size) + 1):
                one = cost.get(text[at:end])
                if one is not None and one + best[end] > top:
                    top, step[at] = one + best[end], end - at
            best[at] = top
        out, at = [], 0
        while at < size:
            at += step[at]
            out.append(at)
        return out


@lru_cache(maxsize=256)
def _inside(words: CommonWords, text: str) -> frozenset[int]:
    return frozenset(range(1, len(text))) - frozenset(words.ends(text))


def counted_words() -> Mapping[str, int]:
    """Words and their counts from jieba's dictionary; only the file is read, jieba itself is not loaded."""
    found = find_spec("jieba")
    places = [] if found is None else list(found.submodule_search_locations or ())
    if not places:
        raise BrokenTable("the dictionary of jieba is not installed")
    text = (Path(places[0]) / "dict.txt").read_text(encoding="utf-8")
    return {word or char: max(int(often or few), 1) for word, often, char, few in _COUNTED.findall(text)}
