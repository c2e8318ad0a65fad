"""Where something is, from speech: district, street with house number, crossing, landmark.

Names come from the gazetteer, or stand as they were said; nothing is placed that nobody said.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cases.catalogue.words import Words
from cases.drafting.model import Candidate, FieldName
from cases.drafting.named import Named
from cases.drafting.places_en import EnglishPlaces
from cases.drafting.places_zh import ChinesePlaces
from cases.drafting.spans import Passage
from cases.gazetteer.lookup import Gazetteer

LONE = 0.6
"""At most this much for a name that is all that was said: recognisers make street names of other words."""
INFERRED_DISTRICT = 0.6
"""Weight of a district that nobody said, but in which alone the street lies."""
_NOTHING_SAID = re.compile(r"[\W啊呢吧嗯呃哎哦唉的了嘛呀诶欸]|\b(?:um|uh|er|erm|oh)\b", re.IGNORECASE)


class PlaceFinder:
    """Finds candidates for the district, address and crossing fields."""

    def __init__(self, words: Words, gazetteer: Gazetteer) -> None:
        self._zh = ChinesePlaces(words.speech, words.common, gazetteer)
        self._en = EnglishPlaces(words.speech, gazetteer)

    def find(self, passage: Passage) -> tuple[list[Candidate], list[tuple[int, int]]]:
        """Candidates, and the spans of place names (their characters are no problem words)."""
        reader = self._zh if passage.language == "zh" else self._en
        found = reader.read(passage.text)
        out: list[Candidate] = []
        for name in found.districts:
            out.extend(_candidate(passage, FieldName.DISTRICT, name, name.name, name.sure))
        for name in found.names:
            value = f"{name.name}{name.number}号" if name.number else name.name
            spoken = replace(name, end=max(name.end, name.number_end)) if name.number else name
            spoken = replace(spoken, start=min(name.start, spoken.start))
            base = name.name if name.street else ""
            lone = not name.number and _is_all(passage, name)
            sure = min(name.sure, LONE) if lone else name.sure
            out.extend(_candidate(passage, FieldName.ADDRESS, spoken, value, sure, base, weak=lone))
            if len(name.districts) == 1 and not lone:
                weight = INFERRED_DISTRICT * sure
                out.extend(_candidate(passage, FieldName.DISTRICT, name, name.districts[0], weight))
        for first, second, weight in found.crossings:
            value = f"{first.name}与{second.name}交口"
            whole = replace(first, end=second.end, denied=first.denied or second.denied)
            out.extend(_candidate(passage, FieldName.CROSSING, whole, value, weight))
        own = any(passage.touches(name.end) for name in found.names)
        number = None if own else reader.bare_number(passage.text[passage.cut :])
        if number is not None:
            spoken = replace(number, start=number.start + passage.cut, end=number.end + passage.cut)
            out.extend(_candidate(passage, FieldName.ADDRESS, spoken, f"{number.number}号", 0.5, "?"))
        taken = [(name.start, name.end) for name in (*found.names, *found.districts)]
        return out, taken


def _is_all(passage: Passage, name: Named) -> bool:
    """True when the segment is nothing but this name."""
    if name.start < passage.cut:
        return False
    rest = passage.text[passage.cut : name.start] + passage.text[name.end :]
    return not _NOTHING_SAID.sub("", rest)


def _candidate(
    passage: Passage,
    target: FieldName,
    name: Named,
    value: str,
    weight: float,
    base: str = "",
    *,
    weak: bool = False,
) -> list[Candidate]:
    if not passage.touches(name.end):
        return []
    return [
        Candidate(
            field=target,
            value=value,
            weight=round(min(weight, 0.97), 3),
            evidence=passage.evidence(name.start, name.end),
            base=base,
            denied=name.denied,
            corrects=name.corrects,
            weak=weak,
        )
    ]
