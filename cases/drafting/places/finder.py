"""Where something is, from speech: district, street with house number, crossing, landmark.

Names come from the gazetteer, or stand as they were said; nothing is placed that nobody said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cases.catalogue.words import DraftingWords
from cases.drafting.model import NUMBER_ONLY, OTHER_STREET, FieldCandidate, FieldName
from cases.drafting.places.chinese import ChinesePlaces
from cases.drafting.places.english import EnglishPlaces
from cases.drafting.places.named import SAME_SOUND, Located, PlaceMention
from cases.drafting.places.relative import relative_places
from cases.drafting.spans import Passage
from cases.gazetteer.lookup import Gazetteer
from cases.shown import FILL_FROM

LONE = 0.6
"""At most this much for a name that is all that was said: recognisers make street names of other words."""
TOLD = 0.7
"""How surely a named place tells its subdistrict and grid cell, where its row of the gazetteer has them."""
WRITTEN = 0.95
"""How surely a name that was said as the gazetteer writes it tells its district."""
INFERRED_DISTRICT = 0.6
"""Weight of a district that nobody said, but in which alone the street lies."""
ANSWERED, APART = 0.5, 0.4
"""Weight of a house number that is an answer, and of one that stands away from its street."""
_ASKED_DISTRICT = re.compile(r"[哪什][个么]区|归哪|\b(?:which|what) district\b", re.IGNORECASE)
"""What is answered to this replaces the district that was said before."""
_ASKED_OTHER_STREET = re.compile(
    r"(?:与|和|跟|同|交叉)[^，。？]{0,3}(?:什么|哪[一条个]*|啥)[路街道]"
    r"|\b(?:which|what) (?:street|road) (?:does it|crosses|is the cross)|"
    r"\bcross(?:ing|es)? (?:with )?(?:which|what)\b",
    re.IGNORECASE,
)
_ASKED_NUMBER = re.compile(r"[多几]少?号|门牌|哪一?号|号码|\bnumber\b", re.IGNORECASE)
_NOTHING_SAID = re.compile(r"[\W啊呢吧嗯呃哎哦唉的了嘛呀诶欸]|\b(?:um|uh|er|erm|oh)\b", re.IGNORECASE)

_ASKED_WHERE = re.compile(
    r"哪|位置|地址|地点|什么(?:地方|路|街)|路口|\b(?:where|which|address|location|place)\b", re.IGNORECASE
)


class PlaceFinder:
    """Finds candidates for the district, address and crossing fields."""

    def __init__(self, words: DraftingWords, gazetteer: Gazetteer) -> None:
        self._zh = ChinesePlaces(words.speech, words.common, gazetteer)
        self._en = EnglishPlaces(words.speech, gazetteer)

    def find(self, passage: Passage, asked: str = "") -> tuple[list[FieldCandidate], list[tuple[int, int]]]:
        """Candidates, and the spans of place names (their characters are no problem words).

        `asked` is what the other speaker said right before: a name alone that answers "where?" is no chance.
        """
        reader = self._zh if passage.language == "zh" else self._en
        found = reader.read(passage.text, passage.cut, asked)
        out: list[FieldCandidate] = []
        for name in found.districts:
            if _ASKED_DISTRICT.search(asked) and name.start >= passage.cut and not name.denied:
                name = replace(name, corrects=True)  # noqa: PLW2901
            out.extend(_candidate(passage, FieldName.DISTRICT, name, name.name, name.sure))
        for name in found.names:
            spoken = replace(name, end=max(name.end, name.number_end))
            base = name.name if name.street or name.unit else ""
            lone = not name.number and _is_all(passage, name) and not _ASKED_WHERE.search(asked)
            sure = min(name.sure, LONE) if lone else name.sure
            out.extend(_candidate(passage, FieldName.ADDRESS, spoken, name.value, sure, base, weak=lone))
            if len(name.districts) == 1 and not lone:
                weight = INFERRED_DISTRICT * max(sure, WRITTEN * name.match)
                if name.match >= SAME_SOUND:
                    weight = max(weight, FILL_FROM)
                out.extend(_candidate(passage, FieldName.DISTRICT, name, name.districts[0], weight))
            if name.subdistrict:
                out.extend(
                    _candidate(passage, FieldName.SUBDISTRICT, name, name.subdistrict, max(sure, TOLD))
                )
            if name.cell:
                out.extend(_candidate(passage, FieldName.CELL, name, name.cell, max(sure, TOLD)))
        for first, second, weight in found.crossings:
            value = f"{first.name}与{second.name}交口"
            whole = replace(first, end=second.end, denied=first.denied or second.denied)
            within = _common_districts(first, second)
            whole = replace(whole, districts=within, match=min(first.match, second.match))
            out.extend(_candidate(passage, FieldName.CROSSING, whole, value, weight))
            if len(within) == 1 and within not in {first.districts, second.districts}:
                out.extend(
                    _candidate(
                        passage,
                        FieldName.DISTRICT,
                        whole,
                        within[0],
                        INFERRED_DISTRICT * max(weight, WRITTEN * whole.match),
                    )
                )
        out.extend(_other_street(passage, found, asked))
        joints = [
            replace(first, name=f"{first.name}与{second.name}交口", end=second.end, number="", number_end=0)
            for first, second, _ in found.crossings
        ]
        out.extend(relative_places(passage, found.names, joints))
        taken = [(name.start, max(name.end, name.number_end)) for name in (*found.names, *found.districts)]
        out.extend(self._lone_numbers(passage, found.names, taken, asked))
        return out, taken

    def _lone_numbers(
        self, passage: Passage, names: Sequence[PlaceMention], taken: Sequence[tuple[int, int]], asked: str
    ) -> list[FieldCandidate]:
        """House numbers without their street: as an answer, or told later in the sentence."""
        reader = self._zh if passage.language == "zh" else self._en
        own = any(passage.touches(name.end) for name in names)
        asks = _ASKED_NUMBER.search(asked) is not None
        answer = None if own else reader.bare_number(passage.text[passage.cut :], asked=asks)
        if answer is not None:
            at = passage.cut
            spoken = replace(answer, start=answer.start + at, end=answer.end + at)
            return _candidate(passage, FieldName.ADDRESS, spoken, _number(answer), ANSWERED, NUMBER_ONLY)
        out: list[FieldCandidate] = []
        for one in reader.apart(passage.text, taken):
            if one.start >= passage.cut:
                out.extend(
                    _candidate(passage, FieldName.ADDRESS, one, _number(one), APART, NUMBER_ONLY, weak=True)
                )
        return out


def _other_street(passage: Passage, found: Located, asked: str) -> list[FieldCandidate]:
    """The second street of a crossing, where the agent asked which one crosses the first."""
    streets = [n for n in found.names if n.street and not n.denied and n.start >= passage.cut]
    own = any(first.start >= passage.cut for first, _, _ in found.crossings)
    if own or len(streets) != 1 or not _ASKED_OTHER_STREET.search(asked):
        return []
    return _candidate(passage, FieldName.CROSSING, streets[0], streets[0].name, streets[0].sure, OTHER_STREET)


def _number(name: PlaceMention) -> str:
    return f"{name.number}号{name.unit}"


def _common_districts(first: PlaceMention, second: PlaceMention) -> tuple[str, ...]:
    """The districts that both streets of a crossing lie in; those of the known one where one is not known."""
    if not first.districts or not second.districts:
        return first.districts or second.districts
    return tuple(code for code in first.districts if code in second.districts)


def _is_all(passage: Passage, name: PlaceMention) -> bool:
    """True when the segment is nothing but this name."""
    if name.start < passage.cut:
        return False
    rest = passage.text[passage.cut : name.start] + passage.text[name.end :]
    return not _NOTHING_SAID.sub("", rest)


def _candidate(
    passage: Passage,
    target: FieldName,
    name: PlaceMention,
    value: str,
    weight: float,
    base: str = "",
    *,
    weak: bool = False,
) -> list[FieldCandidate]:
    if not passage.touches(name.end):
        return []
    return [
        FieldCandidate(
            field=target,
            value=value,
            weight=round(min(weight, 0.97), 3),
            evidence=passage.evidence(name.start, name.end),
            base=base,
            denied=name.denied,
            corrects=name.corrects,
            weak=weak,
            within=name.districts if name.match == 1 and target is not FieldName.DISTRICT else (),
        )
    ]
