"""Finds named places in what somebody said: by characters, then by sound for place names only.

The words as heard are never changed; a hit says which characters it came from and how sure it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from cases.gazetteer.model import District, GazetteerPlace, Subdistrict
from cases.gazetteer.position import PlacePosition, position_in, position_of_crossing
from cases.gazetteer.sound import fold_latin, heard_keys, is_chinese, is_pinyin, near, syllables

SOUND_CUTOFF = 85.0
"""rapidfuzz ratio (0…100) of folded pinyin below which two names do not sound alike."""
NEARLY_THE_SAME = 93.0
"""Ratio from which most letters being the same says more than the key of a foreign ear."""
TELLING = 6
"""Letters of the key from which even good pinyin is taken for a misheard name (Jilin is not Zhaolin)."""
KEY_LENGTH = 4
"""Letters from which the key of a foreign ear tells names apart."""
_ROAD_ENDS = "路街道巷"
_NUMERALS = frozenset("零一二三四五六七八九十百头")
_LATIN_TYPES: Mapping[str, str] = {
    "street": "street", "st": "street", "jie": "street", "dajie": "street",
    "road": "road", "rd": "road", "lu": "road", "avenue": "avenue", "ave": "avenue", "dadao": "avenue",
    "lane": "lane", "bridge": "bridge", "district": "district",
}  # fmt: skip
"""Words for what a name in Latin letters is, as callers and as the tables say them."""
_TAKEN_FOR_EACH_OTHER = frozenset({"", "street", "road", "avenue"})
"""Foreigners say street for road; nobody says street for a bridge or a lane."""


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place heard at `text[start:end]`. `sureness` is 1 for the written name, less for its sound."""

    place: GazetteerPlace
    start: int
    end: int
    sureness: float


class Gazetteer:
    """Districts, subdistricts and places, indexed for search in speech."""

    def __init__(
        self,
        *,
        districts: Sequence[District],
        subdistricts: Sequence[Subdistrict],
        places: Sequence[GazetteerPlace],
    ) -> None:
        self.districts = tuple(districts)
        self.subdistricts = tuple(subdistricts)
        self.places = tuple(places)
        self.followers: list[Callable[[], None]] = []
        """Who keeps an index of its own of the places."""
        self._district = {district.code: district for district in districts}
        self._written: dict[str, list[tuple[str, GazetteerPlace]]] = defaultdict(list)
        self._sounds: dict[int, list[tuple[str, tuple[str, ...], GazetteerPlace]]] = defaultdict(list)
        self._latin: dict[str, list[tuple[str, GazetteerPlace]]] = defaultdict(list)
        self._keys: dict[tuple[int, str, str], list[GazetteerPlace]] = defaultdict(list)
        for place in places:
            for name in (place.name_zh, *place.aliases):
                if is_chinese(name):
                    self._written[name[:2]].append((name, place))
                    if len(name) > 2:
                        self._sounds[len(name)].append((name, syllables(name), place))
                else:
                    self._latin[latin_base(name)].append((_type(name), place))
            if place.name_en:
                self._latin[latin_base(place.name_en)].append((_type(place.name_en), place))
                for level, key in enumerate(heard_keys(_without_type(place.name_en))):
                    self._keys[level, key, _type(place.name_en)].append(place)
        for names in self._written.values():
            names.sort(key=lambda pair: -len(pair[0]))

    def change(self, gazetteer: Gazetteer) -> None:
        """The places of another one from now on; districts and subdistricts stay. `followers` are told."""
        self.places = gazetteer.places
        self._written, self._sounds = gazetteer._written, gazetteer._sounds
        self._latin, self._keys = gazetteer._latin, gazetteer._keys
        for follow in self.followers:
            follow()

    def district(self, code: str) -> District | None:
        """The district of a 6-digit code; None for an unknown one."""
        return self._district.get(code)

    def place(self, kind: str, name: str) -> GazetteerPlace | None:
        """The place of this kind with this Chinese name; None for none, and where several have it."""
        found = [
            place
            for written, place in self._written.get(name[:2], ())
            if written == name == place.name_zh and place.kind == kind
        ]
        return found[0] if len(found) == 1 else None

    def position_of(self, address: str | None, crossing: str | None = None) -> PlacePosition | None:
        """Where the words say that something is: at the place that the address begins with, or where the
        streets of the crossing meet. Of both the one that names a spot.
        """
        found = None if not address else self._begins(address)
        there = None if found is None else position_in(found[1], (address or "")[len(found[0]) :])
        if (there is not None and there.exact) or not crossing:
            return there
        return self._position_of_crossing(crossing) or there

    def _position_of_crossing(self, crossing: str) -> PlacePosition | None:
        one, _, other = crossing.removesuffix("交口").partition("与")
        found = [(name, self._begins(name)) for name in (one, other)]
        return position_of_crossing([pair[1] for name, pair in found if pair is not None and pair[0] == name])

    def _begins(self, words: str) -> tuple[str, GazetteerPlace] | None:
        """The place whose name or alias the words begin with, and that name."""
        return next((pair for pair in self._written.get(words[:2], ()) if words.startswith(pair[0])), None)

    def find_written(self, text: str) -> list[PlaceHit]:
        """Places whose name or alias stands in `text`; the longest name wins where names overlap."""
        hits: list[PlaceHit] = []
        at = 0
        while at < len(text) - 1:
            for name, place in self._written.get(text[at : at + 2], ()):
                if text.startswith(name, at):
                    hits.append(PlaceHit(place, at, at + len(name), 1.0))
                    at += len(name)
                    break
            else:
                at += 1
        return hits

    def find_sounding(self, text: str, taken: Iterable[tuple[int, int]] = ()) -> list[PlaceHit]:
        """Places whose name sounds like a stretch of `text` outside the `taken` spans.

        A name of three or more syllables must sound the same; one that ends as a road may also differ a
        little. Problem words are never repaired this way: only what the gazetteer holds is found.
        """
        blocked = [False] * len(text)
        for start, end in taken:
            for index in range(start, min(end, len(text))):
                blocked[index] = True
        heard = syllables(text)
        hits: list[PlaceHit] = []
        for length in sorted(self._sounds, reverse=True):
            names = self._sounds[length]
            choices = ["".join(sound) for _, sound, _ in names]
            for start in range(len(text) - length + 1):
                end = start + length
                if any(blocked[start:end]) or not all(map(is_chinese, text[start:end])):
                    continue
                window = heard[start:end]
                hit = self._like(text[start:end], window, names, choices)
                if hit is not None:
                    place, sureness = hit
                    hits.append(PlaceHit(place, start, end, sureness))
                    for index in range(start, end):
                        blocked[index] = True
        return hits

    def find_latin(self, name: str) -> tuple[GazetteerPlace, float] | None:
        """The place with this name in Latin letters, and how sure: 1 the same letters, less if similar.

        What is called a bridge or a lane is no street of the same name.
        """
        base, kind = latin_base(name), _type(name)
        if len(base) < 3:
            return None
        exact = self._of_kind(base, kind)
        if exact is not None or base in self._latin:
            return None if exact is None else (exact, 1.0)
        best = process.extractOne(base, self._latin.keys(), scorer=fuzz.ratio, score_cutoff=SOUND_CUTOFF)
        alike = None if best is None else self._of_kind(best[0], kind)
        if best is not None and alike is not None and best[1] >= NEARLY_THE_SAME:
            return alike, best[1] / 100 * 0.85
        by_ear = self._as_a_foreigner_hears_it(name, fine=True)
        if by_ear is not None:  # the same consonants tell more than most letters being the same
            return by_ear
        if best is not None and alike is not None:
            return alike, best[1] / 100 * 0.85
        return self._as_a_foreigner_hears_it(name, fine=False)

    def _of_kind(self, base: str, kind: str) -> GazetteerPlace | None:
        """Of the places with these letters the one that is called so, else one that is taken for it."""
        named = self._latin.get(base, ())
        same = next((place for its, place in named if its == kind), None)
        if same is not None or kind not in _TAKEN_FOR_EACH_OTHER:
            return same
        return next((place for its, place in named if not kind or its in _TAKEN_FOR_EACH_OTHER), None)

    def _as_a_foreigner_hears_it(self, name: str, *, fine: bool) -> tuple[GazetteerPlace, float] | None:
        """The one place whose name has the same key and kind of street; nothing where several have it."""
        keys = list(enumerate(heard_keys(_without_type(name))))
        for level, key in keys[:1] if fine else keys:
            found = self._keys.get((level, key, _type(name)), []) if len(key) >= KEY_LENGTH else []
            if len(found) == 1 and (len(key) >= TELLING or not is_pinyin(_without_type(name))):
                return found[0], 0.62
        return None

    def search(self, text: str, limit: int = 20) -> list[GazetteerPlace]:
        """Places for a search box: names that hold the text first, then names that sound like it."""
        wanted = text.strip()
        if not wanted:
            return []
        folded = wanted.casefold()
        found = [
            place
            for place in self.places
            if wanted in place.name_zh
            or folded in place.name_en.casefold()
            or any(wanted in alias for alias in place.aliases)
        ]
        if len(found) < limit:
            sounding = (
                [hit.place for hit in self.find_sounding(wanted)]
                if is_chinese(wanted)
                else [hit[0] for hit in (self.find_latin(wanted),) if hit is not None]
            )
            found.extend(place for place in sounding if place not in found)
        return found[:limit]

    @staticmethod
    def _like(
        written: str,
        window: tuple[str, ...],
        names: list[tuple[str, tuple[str, ...], GazetteerPlace]],
        choices: list[str],
    ) -> tuple[GazetteerPlace, float] | None:
        for _name, sound, place in names:
            if sound == window:
                return place, 0.85
        if written[-1] not in _ROAD_ENDS or len(written) < 3:
            return None
        best = process.extractOne("".join(window), choices, scorer=fuzz.ratio, score_cutoff=SOUND_CUTOFF)
        if best is None or names[best[2]][0][-1] != written[-1]:
            return None
        name, sound, place = names[best[2]]
        # At least one character of the written name must be the same besides the road word itself.
        if not set(written[:-1]) & set(name[:-1]) or _counts_differ(written, name):
            return None
        if not all(map(near, window, sound)):
            return None
        return place, best[1] / 100 * 0.75


def _counts_differ(one: str, other: str) -> bool:
    """True for 第四大道 beside 第七大道: a number that was heard is never repaired into another one."""
    pairs = zip(one, other, strict=True)
    return any(a != b and (a in _NUMERALS or b in _NUMERALS) for a, b in pairs)


def latin_base(name: str) -> str:
    """`Xuefu Road` → `xuefu`: what tells names apart when the word for street is said otherwise."""
    return fold_latin(_without_type(name))


def _type(name: str) -> str:
    """What kind of street the last word says that the place is; empty where it does not say."""
    last = name.casefold().split()[-1:]
    return _LATIN_TYPES.get(last[0], "") if last else ""


def _without_type(name: str) -> str:
    words = [word for word in name.casefold().split() if word not in _LATIN_TYPES]
    return "".join(words) or name
