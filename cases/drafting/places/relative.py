"""Where something is beside a named place: 工大东门往南五十米路西 · opposite the gate of the school."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.drafting.details.found import found
from cases.drafting.model import Detail, FieldCandidate, FieldName
from cases.drafting.numerals import EN_NUMERAL, ZH_NUMERAL, en_number, zh_number
from cases.drafting.places.named import PlaceMention
from cases.drafting.spans import Passage

MOST_METRES = 5_000
_CORNER = re.compile(r"(?:那个|的|这个)?(?:十字|丁字|交叉|三岔)?(?:路口|交口|道口|口儿?|交叉口|拐角|拐弯)")
_SIDES = {"东": "east", "西": "west", "南": "south", "北": "north"}
_KINDS_ZH = (
    (r"斜?对(?:面|过儿?|门)", "opposite"),
    (r"旁边|边上|隔壁|跟前|旁", "beside"),
    (r"(?:正)?门口|门前|前面|前边|前头|楼前", "in_front"),
    (r"后面|后身儿?|后边|后头|背后|楼后|房后", "behind"),
    (r"里头|里面|院里|院内|里边", "inside"),
    (r"楼下", "below"),
    (r"楼顶", "on_top"),
    (r"附近|周边|左右", "near"),
)
_GATE_ZH = r"(?P<gate>[东西南北]{1,2}|正|后|大|侧|主)门"
_KIND_ZH = "|".join(pattern for pattern, _ in _KINDS_ZH)
_WAY_ZH = (
    r"(?:往|向|朝)(?P<way>[东西南北]{1,2}|前|里|后)(?:边)?(?:大概|大约|走|再走|差不多|约)*"
    rf"(?:(?P<n>[{ZH_NUMERAL}]{{1,4}})(?P<more>多|来)?米)?"
)
_SIDE_ZH = r"(?:路|道|街)(?P<side>[东西南北])(?:侧|边)?|(?P<corner>[东西南北]{2})角"
_ZH = re.compile(
    rf"[\s，,的那个院小区它]{{0,4}}(?:{_GATE_ZH})?[\s，,的]{{0,2}}(?:{_WAY_ZH})?[\s，,的]{{0,2}}"
    rf"(?P<kind>{_KIND_ZH})?[\s，,的]{{0,2}}(?:{_SIDE_ZH})?"
)
_KINDS_EN = {
    "opposite": "opposite",
    "across from": "opposite",
    "across the street from": "opposite",
    "next to": "beside",
    "beside": "beside",
    "left of": "beside",
    "right of": "beside",
    "in front of": "in_front",
    "outside": "in_front",
    "behind": "behind",
    "inside": "inside",
    "near": "near",
    "close to": "near",
}
_KIND_EN = "|".join(sorted(_KINDS_EN, key=len, reverse=True))
_EN = re.compile(
    rf"(?:\b(?P<n>{EN_NUMERAL})\s+(?P<unit>metres|meters|steps)\s+)?"
    rf"(?:(?P<way>north|south|east|west)\s+of|(?P<kind>{_KIND_EN}))\s+(?:the\s+)?"
    r"(?:(?:(?P<gate>main|front|back|side|north|south|east|west)\s+)?(?:gate|entrance|door)\s+(?:of|to)\s+)?"
    r"(?:the\s+)?$",
    re.IGNORECASE,
)
_BEFORE = 70


def relative_places(
    passage: Passage, names: Sequence[PlaceMention], crossings: Sequence[PlaceMention] = ()
) -> list[FieldCandidate]:
    """What was said of where something is beside one of the `names` or `crossings` found in the passage."""
    out: list[FieldCandidate] = []
    for name in crossings:
        corner = _CORNER.match(passage.text, name.end)
        out += _read(passage, name, name.end if corner is None else corner.end())
    for name in names:
        if not any(crossing.start <= name.start < crossing.end for crossing in crossings):
            out += _read(passage, name, max(name.end, name.number_end))
    return out


def _read(passage: Passage, name: PlaceMention, end: int) -> list[FieldCandidate]:
    if name.denied:
        return []
    if passage.language == "zh":
        match = _ZH.match(passage.text, end)
        if match is None:
            return []
        detail = _chinese(match)
        if not detail:
            return []
        span = (name.start, match.start() + len(match[0].rstrip(" ，,的那个")))
        text = passage.text[end : span[1]].strip(" ，,的那个")
        value = name.value + text
    else:
        match = _EN.search(passage.text[max(0, name.start - _BEFORE) : name.start])
        if match is None:
            return []
        detail = _english(match)
        end = max(name.end, name.number_end)
        span = (max(0, name.start - _BEFORE) + match.start(), end)
        value = f"{' '.join(match[0].split())} {name.value}"
    return found(passage, FieldName.RELATIVE, span, value, 0.75, {"anchor": name.value, **detail})


def _chinese(match: re.Match[str]) -> dict[str, Detail]:
    got = match.groupdict()
    metres = zh_number(got["n"]) if got["n"] else None
    if metres is not None and int(metres) > MOST_METRES:
        return {}
    kind = next(
        (kind for pattern, kind in _KINDS_ZH if got["kind"] and re.fullmatch(pattern, got["kind"])), ""
    )
    if not (kind or got["way"] or got["gate"] or got["side"] or got["corner"]):
        return {}
    detail: dict[str, Detail] = {"kind": kind or ("toward" if got["way"] else "at")}
    if got["gate"]:
        detail["gate"] = _english_sides(got["gate"]) or {"正": "main", "大": "main", "主": "main"}.get(
            got["gate"], got["gate"]
        )
    if got["way"]:
        detail["direction"] = _english_sides(got["way"]) or got["way"]
    if metres is not None:
        detail["metres"] = int(metres)
    if got["side"] or got["corner"]:
        detail["side"] = _english_sides(got["side"] or got["corner"])
    return detail


def _english(match: re.Match[str]) -> dict[str, Detail]:
    got = match.groupdict()
    kind = _KINDS_EN[" ".join(got["kind"].casefold().split())] if got["kind"] else "toward"
    detail: dict[str, Detail] = {"kind": kind}
    number = en_number(got["n"]) if got["n"] else None
    if number is not None and int(number) <= MOST_METRES:
        detail["steps" if got["unit"].casefold() == "steps" else "metres"] = int(number)
    if got["way"]:
        detail["direction"] = got["way"].casefold()
    if got["gate"]:
        detail["gate"] = got["gate"].casefold()
    return detail


def _english_sides(said: str) -> str:
    """东南 → south-east."""
    sides = [_SIDES[char] for char in said if char in _SIDES]
    return "-".join(sorted(sides, key=lambda side: side in {"east", "west"}))
