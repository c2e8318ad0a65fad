"""Places in English speech: 74 Xuefu Road, Nangang · the corner of Zhongyang Street and Jingwei Street."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rapidfuzz import fuzz

from cases.catalogue.words import SpeechWords
from cases.drafting.places import estates_en, numbers_en
from cases.drafting.places.estates_zh import TOWN
from cases.drafting.places.named import GUESSED_MOST, Located, PlaceMention
from cases.gazetteer.lookup import Gazetteer
from cases.gazetteer.sound import fold_latin, heard_keys, is_pinyin

_ROAD = re.compile(
    r"\b((?:[a-z][a-z'’-]*\s+){1,4}?)(road|street|avenue|lane|boulevard|rd|ave|lu|jie|dajie|bridge|park)\b",
    re.IGNORECASE,
)
KNOWN, UNKNOWN, LANDMARK = 0.9, 0.55, 0.62
_SYLLABLES = frozenset({"an", "to", "he", "me"})
"""Short English words that are Mandarin syllables too."""
SHORTEST = 6
"""Letters of a landmark's name that is looked for in a sentence."""
JOINED = 0.51
"""How sure a crossing is at least whose streets the caller joins with a word."""
NUMBERED = 0.05
"""How much surer a street is with a house number."""


def _spelled(words: Sequence[tuple[str, int]], text: str, end: int) -> PlaceMention | None:
    """A name in small letters: only one of Mandarin syllables is one (yu cai street, but no haul road)."""
    kept: list[tuple[str, int]] = []
    for word, start in reversed(words):
        if not is_pinyin(word) or len(word) < 2:
            break
        kept.insert(0, (word, start))
    name = "".join(word for word, _ in kept)
    if len(name) < 4:
        return None
    kind = text[kept[-1][1] + len(kept[-1][0]) : end].strip()
    return PlaceMention(kept[0][1], end, f"{name} {kind}".title(), UNKNOWN)


class EnglishPlaces:
    """Reads one passage. Street names become the gazetteer's Chinese ones where it knows them."""

    def __init__(self, words: SpeechWords, gazetteer: Gazetteer) -> None:
        self._words = words
        self._gazetteer = gazetteer
        self._no_name = frozenset(words.no_name_en.split())
        self._districts = [(fold_latin(d.short_en), d.code) for d in gazetteer.districts if d.short_en]
        self._index_landmarks()
        gazetteer.followers.append(self._index_landmarks)
        self._town_names = {town.name_en.casefold(): town for town in gazetteer.subdistricts if town.name_en}
        self._crossing_words = re.compile(
            r"\b(?:" + "|".join(map(re.escape, words.crossing_words.en)) + r")\b", re.IGNORECASE
        )
        self._beside = re.compile(r"[\s,]*(?:near)?[\s,]*(?:the)?\s*", re.IGNORECASE)
        self._joiner = re.compile(
            r"^[\s,]*(?:" + "|".join(map(re.escape, words.joiners.en)) + r")?[\s,]*(?:the\s+)?$",
            re.IGNORECASE,
        )

    def _index_landmarks(self) -> None:
        self._landmark_names = sorted(
            (
                (called.casefold(), place)
                for place in self._gazetteer.places
                if place.kind != "street"
                for called in (place.name_en, *place.aliases)
                if len(called) >= SHORTEST and called.isascii()
            ),
            key=lambda pair: -len(pair[0]),
        )

    def read(self, text: str, cut: int = 0, asked: str = "") -> Located:  # noqa: ARG002
        """What stands in `text`."""
        names = [self._marked(text, self._numbered(text, name)) for name in self._roads(text)]
        names += self._landmarks(text, names)
        names += self._towns(text, [(n.start, max(n.end, n.number_end)) for n in names])
        names += estates_en.named(text, [(n.start, max(n.end, n.number_end)) for n in names])
        names = [n if n.street else estates_en.with_building(text, n) for n in names]
        names.sort(key=lambda n: n.start)
        districts = [self._marked(text, d) for d in self._find_districts(text, names)]
        said = {one.name for one in districts}
        names = [replace(n, sure=min(n.sure, GUESSED_MOST)) if 0 < n.match < 1 else n for n in names]
        names = [
            self._as_said(text, n, elsewhere=bool(said))
            if 0 < n.match < 1 and not said & set(n.districts)
            else n
            for n in names
        ]
        return Located(
            names=names,
            crossings=self._crossings(text, [n for n in names if n.street]),
            districts=districts,
        )

    def _roads(self, text: str) -> list[PlaceMention]:
        out: list[PlaceMention] = []
        at = 0
        while (match := _ROAD.search(text, at)) is not None:
            at = match.end()
            words = [(m.group(), match.start(1) + m.start()) for m in re.finditer(r"\S+", match[1])]
            found = self._best_name(words, match[2], text, match.end())
            if found is not None:
                out.append(found)
        return out

    def _best_name(self, words: list[tuple[str, int]], kind: str, text: str, end: int) -> PlaceMention | None:
        usable: list[tuple[str, int]] = []
        for word, start in reversed(words):
            syllable = word.casefold() in _SYLLABLES and usable and is_pinyin(usable[0][0])  # an le street
            if (word.casefold() in self._no_name and not syllable) or len(usable) == 3:
                break
            usable.insert(0, (word, start))
        best: PlaceMention | None = None
        for first in range(len(usable)):
            start = usable[first][1]
            known = self._gazetteer.find_latin(" ".join(w for w, _ in usable[first:]) + " " + kind)
            if known is not None and (best is None or known[1] * KNOWN > best.sure):
                place, sure = known
                street = place.kind == "street"
                weight = sure * (KNOWN if street else LANDMARK)
                best = PlaceMention(
                    start, end, place.name_zh, weight, place.districts, street=street, match=sure
                )
        if best is not None:
            return best
        if not usable or kind.casefold() in {"park", "bridge"}:
            return None
        start = usable[-1][1]
        if not text[start].isupper():
            return _spelled(usable, text, end)
        for word, at in reversed(usable[:-1]):  # West Lake Road, where the words are written as names
            if not (word[0].isupper() and text[start].isupper()):
                break
            start = at
        said = text[start:end]
        return PlaceMention(start, end, said if said.istitle() else said.title(), UNKNOWN)

    @staticmethod
    def _as_said(text: str, name: PlaceMention, *, elsewhere: bool) -> PlaceMention:
        """As it was said, where a street of a like name lies `elsewhere` than in the caller's district, or
        where the words are good Mandarin: those are misheard seldom.
        """
        match = _ROAD.search(text, name.start) if name.street else None
        if match is None:
            return name
        kept = [word for word in match[1].split() if word[0].isupper() or is_pinyin(word)]
        if not kept or not (elsewhere or is_pinyin("".join(kept))):
            return name
        sure = UNKNOWN + (NUMBERED if name.number else 0)
        return replace(name, name=f"{' '.join(kept)} {match[2]}".title(), sure=sure, districts=(), match=0.0)

    def _numbered(self, text: str, name: PlaceMention) -> PlaceMention:
        if not name.street:
            return name
        before = numbers_en.before_street(text[: name.start])
        if before is not None:
            return replace(
                name, number=before[0], number_end=name.end, start=before[1], sure=name.sure + NUMBERED
            )
        after = numbers_en.after_street(text, name.end)
        if after is not None:
            return replace(name, number=after[0], number_end=after[1], sure=name.sure + NUMBERED)
        return name

    def _landmarks(self, text: str, names: Sequence[PlaceMention]) -> list[PlaceMention]:
        folded = text.casefold()
        out: list[PlaceMention] = []
        for called, place in self._landmark_names:
            at = folded.find(called)
            end = at + len(called)
            if at >= 0 and not any(at < n.end and n.start < end for n in (*names, *out)):
                out.append(
                    PlaceMention(
                        at,
                        end,
                        place.name_zh,
                        LANDMARK,
                        place.districts,
                        street=False,
                        match=1.0,
                        subdistrict=place.subdistrict,
                        cell=place.cell,
                    )
                )
        return out

    def _towns(self, text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        """Towns and subdistricts by their whole name."""
        out = []
        for match in re.finditer(r"\b[a-z]{3,20}\s+(?:town|township|subdistrict)\b", text, re.IGNORECASE):
            town = self._town_names.get(" ".join(match[0].casefold().split()))
            if town is not None and not any(match.start() < e and s < match.end() for s, e in taken):
                out.append(
                    PlaceMention(
                        match.start(),
                        match.end(),
                        town.name_zh,
                        TOWN,
                        (town.district,),
                        street=False,
                        match=1.0,
                        subdistrict=town.code,
                    )
                )
        return out

    def _find_districts(self, text: str, names: Sequence[PlaceMention]) -> list[PlaceMention]:
        out: list[PlaceMention] = []
        for match in re.finditer(r"\b([a-z]{4,12})\b(\s+(?:district|county|city))?", text, re.IGNORECASE):
            if any(match.start() < n.end and n.start < match.end() for n in names):
                continue
            sound = fold_latin(match[1])
            for base, code in self._districts:
                if sound == base:
                    out.append(PlaceMention(match.start(), match.end(), code, 0.95 if match[2] else 0.85))
                elif match[2] and (
                    fuzz.ratio(sound, base) >= 85 or heard_keys(match[1])[0] == heard_keys(base)[0]
                ):
                    out.append(PlaceMention(match.start(), match.end(), code, 0.65))
        return out

    def _crossings(
        self, text: str, streets: Sequence[PlaceMention]
    ) -> list[tuple[PlaceMention, PlaceMention, float]]:
        out: list[tuple[PlaceMention, PlaceMention, float]] = []
        for first, second in pairwise(streets):
            between = text[first.end : second.start]
            if first.name == second.name or first.number or first.denied or second.denied:
                continue
            if not self._joiner.match(between):
                continue
            near = text[max(0, first.start - 24) : first.start] + " " + text[second.end : second.end + 20]
            sure = min(first.sure, second.sure)
            said = self._crossing_words.search(f"{near} {between}") is not None
            joined = sure * 0.75 if self._beside.fullmatch(between) else max(sure * 0.75, min(sure, JOINED))
            most = GUESSED_MOST if first.guessed or second.guessed else 0.95
            out.append((first, second, min(most, sure + 0.05) if said else joined))
        return out

    def _marked(self, text: str, name: PlaceMention) -> PlaceMention:
        head = text[: name.start].casefold().rstrip(" ,")  # a full stop ends what is denied: of course not.
        tail = text[max(name.end, name.number_end) :].casefold().lstrip(" ,.").replace(",", "")
        denied = any(re.search(rf"\b{re.escape(word)}$", head) for word in self._words.denied_before.en)
        denied = denied or any(
            tail.startswith(word) for word in self._words.correction.en if len(word) > 5 or " " in word
        )
        near = head.rstrip(" ,.")[-24:]
        corrects = any(re.search(rf"\b{re.escape(word)}\b", near) for word in self._words.correction.en)
        return replace(name, denied=denied, corrects=corrects and not denied)

    @staticmethod
    def apart(text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        """House numbers that stand away from their street."""
        found = numbers_en.apart(text, taken)
        return [PlaceMention(start, end, "", 0.0, number=number) for start, end, number in found]

    @staticmethod
    def bare_number(text: str, *, asked: bool = False) -> PlaceMention | None:  # noqa: ARG004
        """A house number that is all of the text: the answer to "which number?"."""
        number = numbers_en.bare(text)
        return None if number is None else PlaceMention(0, len(text), "", 0.5, number=number)
