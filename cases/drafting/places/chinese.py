"""Places in Chinese speech: 南岗区 · 学府路七十四号 · 中央大街和经纬街交口 · 兆麟公园."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from cases.catalogue.common import CommonWords
from cases.catalogue.words import SpeechWords
from cases.drafting.numerals import ZH_NUMERAL, zh_number
from cases.drafting.places import numbers_zh
from cases.drafting.places.crossings_zh import TOWARD, Crossings
from cases.drafting.places.districts_zh import Districts
from cases.drafting.places.estates_zh import ASKED_HOME, Estates
from cases.drafting.places.named import GUESSED_MOST, KNOWN_STREET, SAME_SOUND, Located, PlaceMention
from cases.gazetteer.lookup import Gazetteer, PlaceHit
from cases.gazetteer.sound import is_chinese

_BARE_NUMBER = re.compile(
    rf"[\s，,嗯呃啊是在就那个门牌不对应该]{{0,6}}([{ZH_NUMERAL}]+)\s*[号號](?!线|车|站|出口)(楼)?(?:[啊吧呢呀的]|对面|旁边)*"
)
_PAUSE = "，,。.…！!？?；; "
_TAKEN_BACK = re.compile(
    rf"(?:那[边儿块]?儿?)?[{_PAUSE}]*(?:(?:[啊哎嗯哦呃诶唉]+[，,、\s]*)(?:不|不是)|不是?(?=[，,…]))(?=[{_PAUSE}]|不)"
    rf"|[{_PAUSE}]*[啊哎嗯哦呃诶唉]*[，,]?(?:不对|说错了|记错了)"
)
"""What follows a name that the speaker did not mean: 儿童公园。哎不是，…"""
_CLAUSE = re.compile(r"[^，,。.…！!？?；;]+[，,。.…！!？?；;]*")
_STILL_NUMBERS = re.compile(
    rf"[\s，,。.…！!？?；;嗯呃啊是在就那个门牌不对应该说错了几来着我看哪{ZH_NUMERAL}]*"
)
_ROAD_ENDS = "路街道巷"
_NAME_MAX = 4
_SIDES, _COUNTED = frozenset("东西南北"), frozenset("一二三四五六七八九十头")
_BEGINS = frozenset("上下东西南北大小新")
SHORT = 2
"""Characters of a street name that may be a part of a longer one."""
_LEADS = frozenset("往在到从去沿顺朝向")
"""What leads to a place and is seldom a part of its name."""
_BEHIND = re.compile(r"的?(?:后趟|前趟|后身儿?|后[头面边]|往里走?|拐进去|里头|背后)[\s，,的那个就是]{0,3}")
_ALONG = re.compile(r"(?:沿着?|顺着)$")
ONLY_NEAR = 0.6
"""Share of its weight that a place keeps which only leads to another one."""
KNOWN, UNKNOWN, LANDMARK = KNOWN_STREET, 0.6, 0.62


def _only_near(text: str, names: Sequence[PlaceMention]) -> list[PlaceMention]:
    """What the next place lies behind, and what somebody walks along, say less than that place itself."""
    out = list(names)
    for at, (name, after) in enumerate(zip_longest(names, names[1:])):
        end = max(name.end, name.number_end)
        behind = after is not None and _BEHIND.fullmatch(text[end : after.start])
        if behind or _ALONG.search(text[: name.start]):
            out[at] = replace(name, sure=name.sure * ONLY_NEAR)
    return out


def _where_they_lie(names: Sequence[PlaceMention], districts: Sequence[PlaceMention]) -> list[PlaceMention]:
    """Without names of a like sound only, but where they lie in a district that was said beside them."""
    said = {one.name for one in districts}
    return [n for n in names if n.match >= SAME_SOUND or said & set(n.districts)]


class ChinesePlaces:
    """Reads one passage; the words it needs come from the speech table."""

    def __init__(self, words: SpeechWords, common: CommonWords, gazetteer: Gazetteer) -> None:
        self._words = words
        self._common = common
        self._gazetteer = gazetteer
        self._suffixes = sorted(words.road_suffixes, key=len, reverse=True)
        self._stops = frozenset(words.stop_before_name.chars)
        self._soft = frozenset(words.stop_before_name.soft)
        self._no_road = tuple(sorted(words.no_road, key=len, reverse=True))
        self._leads = tuple(sorted(words.before_place, key=len, reverse=True))
        self._estates = Estates(words, gazetteer)
        self._districts = Districts(words, common, gazetteer)
        self._crossings = Crossings(words)

    def read(self, text: str, cut: int = 0, asked: str = "") -> Located:
        """What stands in `text`; from `cut` on it answers what was `asked`."""
        names = self._known(text)
        districts = self._districts.read(text, [(n.start, n.end) for n in names if n.sure >= KNOWN])
        # A district heard by its characters beats a place heard by its sound.
        blocked = [(d.start, d.end) for d in districts]
        names = [n for n in names if not any(n.start < e and s < n.end for s, e in blocked)]
        names = _where_they_lie(names, districts)
        towns = self._estates.towns(text)
        names = [n for n in names if not any(n.start < t.end and t.start < n.end for t in towns)] + towns
        taken = blocked + [(n.start, n.end) for n in names]
        names += self._as_said(text, taken)
        names = [self._estates.on_street(text, self._numbered(text, n)) for n in names]
        answer = cut if ASKED_HOME.search(asked) else None
        taken = taken + [(t.start, t.end) for t in towns]
        names += self._estates.named(
            text, taken + [(n.start, max(n.end, n.number_end)) for n in names], answer
        )
        names = [n if n.street else self._estates.with_building(text, n) for n in names]
        names.sort(key=lambda n: n.start)
        names = _only_near(text, [self._marked(text, n) for n in names])
        districts = [self._marked(text, d) for d in districts]
        return Located(
            names=names,
            crossings=self._crossings.read(text, [n for n in names if n.street]),
            districts=districts,
        )

    def _known(self, text: str) -> list[PlaceMention]:
        written = self._gazetteer.find_written(text)
        sounding = self._gazetteer.find_sounding(text, [(h.start, h.end) for h in written])
        hits = written + [hit for hit in sounding if not self._cuts_a_word(text, hit)]
        out = []
        for hit in hits:
            if self._is_longer(text, hit):
                continue
            street = hit.place.kind == "street"
            weight = (KNOWN if street else LANDMARK) * hit.sureness
            if hit.sureness < SAME_SOUND:
                weight = min(weight, GUESSED_MOST)
            out.append(
                PlaceMention(
                    hit.start,
                    hit.end,
                    hit.place.name_zh,
                    weight,
                    hit.place.districts,
                    street=street,
                    match=hit.sureness,
                    subdistrict=hit.place.subdistrict,
                    cell=hit.place.cell,
                )
            )
        return out

    def _is_longer(self, text: str, hit: PlaceHit) -> bool:
        """True for 端街 in 白端街, 林大 in 枫林大街: after a name's character it is a part of another one."""
        if hit.end - hit.start > SHORT or hit.start == 0:
            return False
        if hit.place.kind != "street" and (text[hit.end : hit.end + 1] or "-") not in _ROAD_ENDS:
            return False
        char = text[hit.start - 1]
        if not is_chinese(char) or char in self._stops:
            return False
        return hit.start == 1 or hit.start - 1 not in self._common.inside(text)

    def _cuts_a_word(self, text: str, hit: PlaceHit) -> bool:
        """True for a sound that is made of pieces of ordinary words (案化解 is not 安化街)."""
        inside = self._common.inside(text)
        if hit.start in inside:
            return True
        if hit.sureness < SAME_SOUND and text[hit.start] in _LEADS:  # 往马路上 is not 南马路
            return True
        if text[hit.end - 1] in _ROAD_ENDS:  # 路上, 路口 and the like may follow
            return False
        return hit.end in inside or (hit.place.kind == "street" and hit.end - 1 in inside)

    def _as_said(self, text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        """Streets that the gazetteer does not have: up to four characters before a word for street."""
        out: list[PlaceMention] = []
        for at in range(1, len(text)):
            suffix = next((s for s in self._suffixes if text.startswith(s, at)), None)
            if suffix is None or text[at - 1 : at] == "大":
                continue
            end = at + len(suffix)
            if suffix == "路" and text[end : end + 1] in self._words.no_road_before and end < len(text):
                continue
            if self._is_no_road(text, at, suffix):
                continue
            if suffix == "街" and text.startswith("道", end):
                continue  # a subdistrict, or a street of numbers (石头道街)
            before = (e for b, e in (*taken, *((n.start, n.end) for n in out)) if e <= at)
            start = self._name_start(text, at, max(before, default=0))
            if at - start < 2 - (len(suffix) - 1) or any(start < e and b < end for b, e in taken):
                continue
            out.append(PlaceMention(start, end, text[start:end], UNKNOWN))
        return out

    def _is_no_road(self, text: str, at: int, suffix: str) -> bool:
        """True for 马路 and the like; 通电路十一号 has a house number and is a street all the same."""
        end = at + len(suffix)
        if not any(word != suffix and text.endswith(word, 0, end) for word in self._no_road):
            return False
        numbered = numbers_zh.after_street(text, end) is not None
        return not numbered or at < SHORT or not is_chinese(text[at - SHORT])

    def _name_start(self, text: str, at: int, floor: int = 0) -> int:
        start = at
        while start > floor and at - start < _NAME_MAX:
            char = text[start - 1]
            if not is_chinese(char) or (char in self._stops and char not in self._soft):
                break
            start -= 1
        for lead in (*TOWARD, *self._leads) if floor else self._leads:
            if text.startswith(lead, start) and at - start - len(lead) >= SHORT:
                start += len(lead)
        inside = self._common.inside(text)
        while at - start > SHORT and start > floor and start in inside:
            start += 1  # 志愿者，农垦街 told in one breath
        while at - start > 2 and text[start] in self._soft and text[start] in self._stops:
            if text[start] in _SIDES and text[start + 1] in _COUNTED:
                break  # 西六道街
            if start == floor > 0 and text[start] in _BEGINS:
                break  # 南岗上夹树街
            start += 1
        return start

    @staticmethod
    def _numbered(text: str, name: PlaceMention) -> PlaceMention:
        if not name.street:
            return name
        found = numbers_zh.after_street(text, name.end)
        if found is None:
            return name
        sure = min(name.sure + 0.05, 0.97) if name.sure >= KNOWN else name.sure + 0.12
        if name.guessed:
            sure = name.sure
        return replace(name, number=found.number, number_end=found.end, sure=sure, unit=found.unit)

    def _marked(self, text: str, name: PlaceMention) -> PlaceMention:
        head = text[: name.start].rstrip()
        tail = text[max(name.end, name.number_end) :].lstrip(" ，,")
        denied = head.endswith(self._words.denied_before.zh) and not head.endswith("是不是")
        denied = denied or tail.startswith(self._words.correction.zh) or _TAKEN_BACK.match(tail) is not None
        near = text[max(0, name.start - 8) : name.start]
        corrects = any(word in near for word in self._words.correction.zh)
        return replace(name, denied=denied, corrects=corrects and not denied)

    @staticmethod
    def apart(text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        """House numbers that stand away from their street."""
        found = numbers_zh.apart(text, taken)
        return [PlaceMention(n.start, n.end, "", 0.0, number=n.number, unit=n.unit) for n in found]

    @staticmethod
    def bare_number(text: str, *, asked: bool = False) -> PlaceMention | None:
        """A house number that begins the text and names no street: the answer to "which number?".

        Where a speaker tries several (二百一十，那个，二百二十一号), the last one that he finishes. Where he
        was `asked` for it, the number alone is enough.
        """
        found: PlaceMention | None = None
        for clause in _CLAUSE.finditer(text):
            match = _BARE_NUMBER.fullmatch(clause[0].rstrip(_PAUSE)) or (
                None if found else _BARE_NUMBER.match(clause[0])
            )
            number = None if match is None else zh_number(match[1])
            if match is not None and number is not None:
                at, end = clause.start() + match.start(1), clause.start() + match.end()
                found = PlaceMention(at, end, "", 0.5, number=number, unit="楼" if match[2] else "")
            elif not _STILL_NUMBERS.fullmatch(clause[0]):
                break
        if found is None and asked and (one := numbers_zh.tried(text, 0, bare=True)) is not None:
            return PlaceMention(one.start, one.end, "", 0.5, number=one.number, unit=one.unit)
        return found
