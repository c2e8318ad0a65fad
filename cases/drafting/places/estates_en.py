"""Named spots of an English address as they were said: Rose Garden Estate, building five."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cases.drafting.numerals import EN_NUMERAL, en_number
from cases.drafting.places.named import PlaceMention

AS_SAID = 0.52
WITH_BUILDING = 0.72
_WORD = r"[A-Z][\w'’-]*"
_KIND = (
    "Estate|Estates|Gardens?|Residence|Residences|Apartments?|Mansions?|Court|Villas?|Towers?|Community|Village|"
    "Square|Plaza|Mall|Hospital|School|University|College|Hotel|Market|Station|Campus|Kindergarten|Museum|"
    "Library|Stadium|Church|Cathedral|Temple|Park|Bridge|Centre|Center|Canal|Lake|River|Pier|Clinic|Bay|Heights|"
    "Cinema|Theatre|Theater|Zoo|Factory|Compound|Arena|Terminal"
)
_SPOT = re.compile(rf"\b((?:{_WORD}\s+){{1,4}})({_KIND})\b")
_SAID_SMALL = re.compile(rf"(?<!^)(?<![.?!] )\b((?:{_WORD}\s+){{1,4}})((?i:{_KIND}))\b")
"""The word for what it is in small letters, inside a sentence, where a capital makes a name."""
_BUILDING = re.compile(
    rf"[\s,]*\b(?:in\s+|at\s+)?(building|dormitory|block|tower)\s+(?:no\.?\s*|number\s+)?({EN_NUMERAL})\b",
    re.IGNORECASE,
)
_BEFORE_BUILDING = re.compile(rf"\b({_WORD}(?:\s+{_WORD}){{1,3}})[\s,]*(?={_BUILDING.pattern})")
_LEADS = frozenset({
    "the", "in", "at", "on", "near", "my", "our", "this", "that", "it's", "its", "i", "we", "is", "from",
    "by", "hello", "hi", "please", "well", "okay", "ok", "so", "and", "but", "opposite", "behind", "outside",
    "yes", "no", "chinese", "english", "a", "an", "there's", "there", "block", "building", "dormitory",
    "tower",
})  # fmt: skip


def named(text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
    """Spots in capitals that end in a word for what they are, or stand before a building's number."""
    out: list[PlaceMention] = []

    def keep(start: int, end: int) -> None:
        start += _lead(text[start:end])
        spans = [*taken, *((name.start, name.end) for name in out)]
        if end - start >= 4 and not any(start < e and s < end for s, e in spans):
            out.append(PlaceMention(start, end, text[start:end], AS_SAID, street=False))

    for match in (*_SPOT.finditer(text), *_SAID_SMALL.finditer(text)):
        if _lead(match[1]) < len(match[1]):
            keep(match.start(), match.end())
    for match in _BEFORE_BUILDING.finditer(text):
        keep(match.start(1), match.end(1))
    return out


def with_building(text: str, name: PlaceMention) -> PlaceMention:
    """The name with the building after it, where one was said."""
    match = _BUILDING.match(text, name.end)
    number = None if match is None else en_number(match[2])
    if match is None or number is None:
        return name
    unit = f" {match[1].casefold()} {number}" if name.name.isascii() else f"{number}号楼"
    return replace(name, unit=unit, number_end=match.end(), sure=max(name.sure, WITH_BUILDING))


def _lead(words: str) -> int:
    """Characters of the words at the beginning that belong to the sentence."""
    at = 0
    for match in re.finditer(r"[\w'’-]+\s*", words):
        if match[0].strip().casefold() not in _LEADS:
            break
        at = match.end()
    return at
