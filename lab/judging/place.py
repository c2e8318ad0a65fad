"""What a written place means, read without the rules that are judged by it: names, house number, building.

Units, floors and rooms are left out, and so are the numbers of poles: they are no address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cases.gazetteer import load_gazetteer
from cases.gazetteer.lookup import Gazetteer

_CITY = re.compile(r"^(?:黑龙江省)?哈尔滨市|^黑龙江省")
_CROSSING_END = re.compile(r"(?:的)?(?:十字路口|丁字路口|交叉路口|交叉口|交汇处|交口|路口)$")
_TWO_ROADS = re.compile(r"^(.{1,12}?[路街道巷])(?:与|和|跟|及|、|/)(.{1,12}?[路街道巷])$")
_NUMBER = re.compile(r"((?:(?<![A-Za-z])[A-Za-z])?\d+(?:[-之]\d+)?)号(楼|灯杆|杆|井)?")
_EN_JOINT = re.compile(r"\s+(?:and|&)\s+|\s*/\s*", re.IGNORECASE)
_EN_ROAD = re.compile(r"\b(?:street|road|avenue|lane|boulevard|lu|jie|dajie|dadao)\b", re.IGNORECASE)
_EN_CROSSING = re.compile(r"^(?:the\s+)?(?:corner|crossing|intersection|junction)\s+of\s+", re.IGNORECASE)
_EN_BUILDING = re.compile(r"[\s,]+(?:building|dormitory|block)\s+(\d+)$", re.IGNORECASE)
_EN_BEFORE = re.compile(r"^(?:no\.?\s*|number\s+)?(\d+)[\s,]+(?=\D)", re.IGNORECASE)
_EN_AFTER = re.compile(r"[\s,]+(?:no\.?\s*|number\s+)?(\d+)$", re.IGNORECASE)
_EN_KINDS = {
    "dajie": "street",
    "jie": "street",
    "dadao": "avenue",
    "lu": "road",
    "st": "street",
    "rd": "road",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """`names`: one street or landmark, or the two streets of a crossing; `house`, `building` may be empty."""

    names: frozenset[str]
    house: str = ""
    building: str = ""


def spot(text: str) -> Spot:
    """Any text; one that holds no name has none."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("。.，,")
    return _chinese(plain) if re.search(r"[\u4e00-\u9fff]", plain) else _english(plain)


def spots(written: Iterable[str]) -> frozenset[Spot]:
    return frozenset(spot(text) for text in written)


def _chinese(text: str) -> Spot:
    text = _CITY.sub("", re.sub(r"(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])", "", text))
    for district in _gazetteer().districts:
        text = text.removeprefix(district.name_zh)
    roads = _TWO_ROADS.match(_CROSSING_END.sub("", text))
    if roads is not None:
        return Spot(_named(roads.groups()))
    if (latin := _EN_JOINT.split(_CROSSING_END.sub("", text).replace("与", " and "))) and len(latin) == 2:
        return Spot(_named(latin))
    house = building = ""
    end = len(text)
    for match in _NUMBER.finditer(text):
        end = min(end, match.start())
        if match[2] is None:
            house = house or match[1].lstrip("0")
        elif match[2] == "楼":
            building = building or match[1].lstrip("0")
    return Spot(_named([text[:end]]), house, building)


def _english(text: str) -> Spot:
    text = _EN_CROSSING.sub("", text)
    parts = _EN_JOINT.split(text)
    if len(parts) == 2 and all(_EN_ROAD.search(part) for part in parts):
        return Spot(_named(parts))
    house = building = ""
    if match := _EN_BUILDING.search(text):
        building, text = match[1], text[: match.start()]
    elif match := _EN_BEFORE.match(text):
        house, text = match[1], text[match.end() :]
    elif match := _EN_AFTER.search(text):
        house, text = match[1], text[: match.start()]
    return Spot(_named([text]), house, building)


def _named(names: Iterable[str]) -> frozenset[str]:
    known = _known()
    keys = (_key(name) for name in names)
    return frozenset(known.get(key, key) for key in keys if key)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Every way to write a place of the gazetteer, to its Chinese name."""
    out: dict[str, str] = {}
    for place in _gazetteer().places:
        for name in (place.name_zh, place.name_en, *place.aliases):
            out.setdefault(_key(name), _key(place.name_zh))
    return out


def _key(name: str) -> str:
    words = re.sub(r"[^\w\s]", "", name.casefold()).split()
    return " ".join(_EN_KINDS.get(word, word) for word in words)


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return load_gazetteer()
