"""Which class of the catalogue somebody speaks of: patterns of words said close together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cases.catalogue.model import Catalogue
from cases.catalogue.words import Language, ProblemPattern, Words
from cases.drafting.model import Candidate, FieldName
from cases.drafting.spans import Passage
from cases.gazetteer.sound import is_chinese, syllables

REACH: dict[Language, int] = {"zh": 26, "en": 90}
"""How many characters apart the terms of one pattern may be."""
BY_SOUND = 0.82
"""Factor for a pattern where one term was recognised by its sound only."""
KEEP = 5


@dataclass(frozen=True, slots=True)
class _Spot:
    start: int
    end: int
    sure: float


class ProblemFinder:
    """Finds candidates for the category field."""

    def __init__(self, words: Words, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._everyday = words.homophones
        self._patterns: dict[Language, list[ProblemPattern]] = defaultdict(list)
        for pattern in words.problems:
            self._patterns[pattern.language].append(pattern)

    def find(self, passage: Passage, taken: Iterable[tuple[int, int]] = ()) -> list[Candidate]:
        """The best classes in the passage, best first. Words inside `taken` spans (places) are not used."""
        text = passage.text.casefold()
        for start, end in taken:
            text = text[:start] + "\0" * (end - start) + text[end:]
        heard = syllables(text) if passage.language == "zh" else ()
        best: dict[str, tuple[float, list[_Spot]]] = {}
        for pattern in self._patterns[passage.language]:
            spots = _match(pattern, text, heard, self._everyday)
            if spots is None or not any(passage.touches(spot.end) for spot in spots):
                continue
            score = _score(pattern, spots)
            if score > best.get(pattern.code, (0.0, []))[0]:
                best[pattern.code] = (score, spots)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:KEEP]
        return [self._candidate(passage, code, score, spots) for code, (score, spots) in ranked]

    def _candidate(self, passage: Passage, code: str, score: float, spots: list[_Spot]) -> Candidate:
        row = self._catalogue.rows[code]
        evidence = tuple(piece for spot in spots for piece in passage.evidence(spot.start, spot.end))
        return Candidate(
            field=FieldName.CATEGORY, value=row.ref, weight=round(min(score, 0.97), 3), evidence=evidence
        )


def _match(
    pattern: ProblemPattern, text: str, heard: tuple[str, ...], everyday: frozenset[str]
) -> list[_Spot] | None:
    found: list[list[_Spot]] = []
    for term in pattern.terms:
        spots = [spot for word in term for spot in _spots(word, pattern.language, text)]
        if not spots and pattern.language == "zh":
            spots = [
                spot for word in term if len(word) >= 2 for spot in _sounding(word, heard, text, everyday)
            ]
        if not spots:
            return None
        found.append(spots)
    return _closest(found, REACH[pattern.language])


def _closest(found: list[list[_Spot]], reach: int) -> list[_Spot] | None:
    """One spot for each term, within `reach` of each other and not the same characters twice."""
    best: list[_Spot] | None = None
    for first in found[0]:
        chosen = [first]
        for spots in found[1:]:
            free = [s for s in spots if all(s.end <= c.start or s.start >= c.end for c in chosen)]
            if not free:
                break
            chosen.append(min(free, key=lambda s: abs(s.start - first.start)))
        if (
            len(chosen) == len(found)
            and _width(chosen) <= reach
            and (best is None or (_rank(chosen) > _rank(best)))
        ):
            best = chosen
    return best


def _width(spots: list[_Spot]) -> int:
    return max(s.end for s in spots) - min(s.start for s in spots)


def _rank(spots: list[_Spot]) -> float:
    return sum(s.end - s.start for s in spots) * 2 - _width(spots) * 0.5


def _score(pattern: ProblemPattern, spots: list[_Spot]) -> float:
    letters = sum(spot.end - spot.start for spot in spots)
    length = letters / (5 if pattern.language == "en" else 1)
    tightness = 1 - _width(spots) / (2 * REACH[pattern.language] + 1)
    sure = min(spot.sure for spot in spots)
    return sure * (pattern.weight + 0.012 * min(length, 8) + 0.05 * tightness - 0.05)


def _spots(word: str, language: Language, text: str) -> list[_Spot]:
    if language == "en":
        return [_Spot(m.start(), m.end(), 1.0) for m in _whole_word(word).finditer(text)]
    out: list[_Spot] = []
    at = text.find(word)
    while at >= 0:
        out.append(_Spot(at, at + len(word), 1.0))
        at = text.find(word, at + 1)
    return out


def _sounding(word: str, heard: tuple[str, ...], text: str, everyday: frozenset[str]) -> list[_Spot]:
    """Exact homophones only: a near sound could be another problem."""
    wanted = syllables(word)
    size = len(wanted)
    return [
        _Spot(at, at + size, BY_SOUND)
        for at in range(len(heard) - size + 1)
        if heard[at] == wanted[0]
        and heard[at : at + size] == wanted
        and is_chinese(text[at])
        and text[at : at + size] not in everyday
    ]


@lru_cache(maxsize=4096)
def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b")
