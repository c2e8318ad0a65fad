"""Which class of the catalogue somebody speaks of: patterns of words said close together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from cases.catalogue.common import CommonWords
from cases.catalogue.words import DraftingWords, Language, ProblemPattern
from cases.drafting.classify.port import Guess, Span, masked
from cases.gazetteer.sound import is_chinese, syllables

MOST_SPOTS = 24
"""Places of one term that are compared: a recogniser that stutters has hundreds."""
REACH: dict[Language, int] = {"zh": 26, "en": 90}
"""How many characters apart the terms of one pattern may be."""
BY_SOUND = 0.82
"""Factor for a pattern where one term was recognised by its sound only."""
ONLY_BY_SOUND = 0.45
"""At most this much for a single word recognised by its sound: offered, but nothing is filled by it."""
KEEP = 5


@dataclass(frozen=True, slots=True)
class _Spot:
    start: int
    end: int
    sure: float


@dataclass(frozen=True, slots=True)
class _SyllableIndex:
    """What is searched: `starts` holds where each pair of neighbouring syllables was heard."""

    text: str
    language: Language
    common: CommonWords
    heard: tuple[str, ...] = ()
    starts: Mapping[tuple[str, ...], list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, language: Language, common: CommonWords) -> _SyllableIndex:
        if language != "zh":
            return cls(text, language, common)
        heard = syllables(text)
        starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, pair in enumerate(pairwise(heard)):
            starts[pair].append(at)
        return cls(text, language, common, heard, starts)


class ProblemFinder:
    """Ranks the classes whose words are said: the classifier `words`."""

    name = "words"

    def __init__(self, words: DraftingWords) -> None:
        self._common = words.common
        self._patterns: dict[Language, list[ProblemPattern]] = defaultdict(list)
        for pattern in words.problems:
            self._patterns[pattern.language].append(pattern)

    def rank(
        self, text: str, language: Language, *, taken: Iterable[Span] = (), since: int = 0
    ) -> list[Guess]:
        """The best classes in the text, best first. Words inside `taken` spans (places) are not used, and one
        word at least must end after `since`.
        """
        said = _SyllableIndex.of(masked(text, taken), language, self._common)
        best: dict[str, tuple[float, list[_Spot]]] = {}
        for pattern in self._patterns[language]:
            spots = _match(pattern, said)
            if spots is None or not any(spot.end > since for spot in spots):
                continue
            score = _score(pattern, spots)
            if score > best.get(pattern.code, (0.0, []))[0]:
                best[pattern.code] = (score, spots)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:KEEP]
        return [
            Guess(code, score, tuple((spot.start, spot.end) for spot in spots), _doubtful(spots))
            for code, (score, spots) in ranked
        ]


def _match(pattern: ProblemPattern, said: _SyllableIndex) -> list[_Spot] | None:
    found: list[list[_Spot]] = []
    for term in pattern.terms:
        spots = [spot for word in term for spot in _spots(word, said)]
        if not spots and pattern.language == "zh":
            spots = [spot for word in term if len(word) >= 2 for spot in _sounding(word, said)]
        if not spots:
            return None
        found.append(spots[:MOST_SPOTS])
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
    score = sure * (pattern.weight + 0.012 * min(length, 8) + 0.05 * tightness - 0.05)
    return min(score, ONLY_BY_SOUND) if _doubtful(spots) else score


def _doubtful(spots: list[_Spot]) -> bool:
    """One word, and only its sound: there is no second clue."""
    return len(spots) == 1 and spots[0].sure < 1


def _spots(word: str, said: _SyllableIndex) -> list[_Spot]:
    text = said.text
    if said.language == "en":
        return [_Spot(m.start(), m.end(), 1.0) for m in _whole_word(word).finditer(text)]
    out: list[_Spot] = []
    at = text.find(word)
    while at >= 0:
        out.append(_Spot(at, at + len(word), 1.0))
        at = text.find(word, at + 1)
    return out


def _sounding(word: str, said: _SyllableIndex) -> list[_Spot]:
    """Exact homophones only, since a near sound could be another problem; and neither everyday words nor
    pieces of them, which are meant as they stand.
    """
    wanted = syllables(word)
    size = len(wanted)
    return [
        _Spot(at, at + size, BY_SOUND)
        for at in said.starts.get(wanted[:2], ())
        if said.heard[at : at + size] == wanted
        and is_chinese(said.text[at])
        and not said.common.is_one(said.text[at : at + size])
        and not {at, at + size} & said.common.inside(said.text)
    ]


@lru_cache(maxsize=4096)
def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b")
