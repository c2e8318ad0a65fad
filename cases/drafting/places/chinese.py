"""Places in Chinese speech: 南岗区 · 学府路七十四号 · 中央大街和经纬街交口 · 兆麟公园."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from rapidfuzz import fuzz

from cases.catalogue.common import CommonWords
from cases.catalogue.words import SpeechWords
from cases.drafting.numerals import ZH_NUMERAL, zh_number
from cases.drafting.places import numbers_zh
from cases.drafting.places.estates_zh import ASKED_HOME, Estates
from cases.drafting.places.named import Located, Named
from cases.drafting.thresholds import DOUBTFUL
from cases.gazetteer.lookup import Gazetteer, PlaceHit
from cases.gazetteer.model import District
from cases.gazetteer.sound import is_chinese, syllables

_BARE_NUMBER = re.compile(
    rf"[\s，,嗯呃啊是在就那个门牌不对应该]{{0,6}}([{ZH_NUMERAL}]+)\s*[号號](?!线|车|站|出口)(楼)?(?:[啊吧呢呀的]|对面|旁边)*"
)
_PAUSE = "，,。.…！!？?；; "
_TAKEN_BACK = re.compile(
    rf"(?:那[边儿块]?儿?)?[{_PAUSE}]*(?:(?:[啊哎嗯哦呃诶唉]+[，,、\s]*)(?:不|不是)|不是?(?=[，,…]))(?=[{_PAUSE}]|不)|[{_PAUSE}]*[啊哎嗯哦呃诶唉]*[，,]?(?:不对|说错了|记错了)"
)
"""What follows a name that the speaker did not mean: 儿童公园。哎不是，…"""
_CLAUSE = re.compile(r"[^，,。.…！!？?；;]+[，,。.…！!？?；;]*")
_STILL_NUMBERS = re.compile(
    rf"[\s，,。.…！!？?；;嗯呃啊是在就那个门牌不对应该说错了几来着我看哪{ZH_NUMERAL}]*"
)
_ROAD_ENDS = "路街道巷"
_DISTRICT_ENDS = "区县市"
_HEARD_AS_QU = "去曲取趣"
"""Characters that recognition writes for 区; then the name itself must sound exactly right."""
_NAME_MAX = 4
_SIDES, _COUNTED = frozenset("东西南北"), frozenset("一二三四五六七八九十头")
SAME_SOUND = 0.8
"""Below this only a like sound was heard: such a place is shown with a mark."""
SHORT = 2
"""Characters of a street name that may be a part of a longer one."""
_LEADS = frozenset("往在到从去沿顺朝向")
"""What leads to a place and is seldom a part of its name."""
_WAY_TO = re.compile(r"[往去到奔朝向]$")
_ELSEWHERE = re.compile(r"口音|户口|牌照|籍|人(?![行民])")
"""What makes of a district's name something of a person or a thing."""
_WRITTEN_ON = re.compile(r"(?:写|印|喷|贴|刷)[着了]$")
_INTO, _STREET_SIDE = re.compile(r"[往朝向冲]$"), re.compile(r"道[里外]$")
_WAY_ON = re.compile(r"区?(?:那边)?(?:去|走|开|的?方向|拐)")
_TOWARD = ("奔", "把着", "靠", "挨着")
"""What joins two streets only where a word for the crossing follows."""
_BEHIND = re.compile(r"的?(?:后趟|前趟|后身儿?|后[头面边]|往里走?|拐进去|里头|背后)[\s，,的那个就是]{0,3}")
_ALONG = re.compile(r"(?:沿着?|顺着)$")
ONLY_NEAR = 0.6
"""Share of its weight that a place keeps which only leads to another one."""
_HESITATES = re.compile(r"[\s，,、…。.嗯啊呃对]|那个|哪个来着|哪来着|啥来着|不是?(?=[，,…])|那边")
_COMMA = re.compile(r"[，,、\s]")
KNOWN, UNKNOWN, LANDMARK = 0.9, 0.6, 0.62


def _only_near(text: str, names: Sequence[Named]) -> list[Named]:
    """What the next place lies behind, and what somebody walks along, say less than that place itself."""
    out = list(names)
    for at, (name, after) in enumerate(zip_longest(names, names[1:])):
        end = max(name.end, name.number_end)
        behind = after is not None and _BEHIND.fullmatch(text[end : after.start])
        if behind or _ALONG.search(text[: name.start]):
            out[at] = replace(name, sure=name.sure * ONLY_NEAR)
    return out


def _where_they_lie(names: Sequence[Named], districts: Sequence[Named]) -> list[Named]:
    """Without names of a like sound that lie in none of the districts that were said beside them."""
    said = {one.name for one in districts}
    return [n for n in names if n.match >= SAME_SOUND or not said or said & set(n.districts)]


def _called_alone(text: str, district: District) -> list[Named]:
    """A district whose short name is an ordinary word too (平房): where it is all of a clause, or leads a street in."""
    short = district.name_zh[:-1]
    alone = rf"(?:^|(?<=[{_PAUSE}])|(?<=[{_PAUSE}][在是归])|(?<=^[在是归])){short}"
    pattern = rf"{alone}(?=(?:的|这边|那边|这头|那头|那段儿?|这儿)?(?:[{_PAUSE}]|$)|[\u3400-\u9fff]{{2,3}}[路街])"
    return [Named(m.start(), m.end(), district.code, 0.75) for m in re.finditer(pattern, text)]


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
        self._crossing = re.compile(r"^.{0,3}?(?:" + "|".join(map(re.escape, words.crossing_words.zh)) + ")")

    def read(self, text: str, cut: int = 0, asked: str = "") -> Located:
        """What stands in `text`; from `cut` on it answers what was `asked`."""
        names = self._known(text)
        districts = self._districts(text, [(n.start, n.end) for n in names if n.sure >= KNOWN])
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
        names += self._estates.named(text, taken + [(n.start, max(n.end, n.number_end)) for n in names], answer)
        names = [n if n.street else self._estates.with_building(text, n) for n in names]
        names.sort(key=lambda n: n.start)
        names = _only_near(text, [self._marked(text, n) for n in names])
        districts = [self._marked(text, d) for d in districts]
        return Located(
            names=names,
            crossings=self._crossings(text, [n for n in names if n.street]),
            districts=districts,
        )

    def _known(self, text: str) -> list[Named]:
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
                weight = min(weight, DOUBTFUL - 0.01)
            out.append(
                Named(
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

    def _as_said(self, text: str, taken: Sequence[tuple[int, int]]) -> list[Named]:
        """Streets that the gazetteer does not have: up to four characters before a word for street."""
        out: list[Named] = []
        for at in range(1, len(text)):
            suffix = next((s for s in self._suffixes if text.startswith(s, at)), None)
            if suffix is None or text[at - 1 : at] == "大":
                continue
            end = at + len(suffix)
            if suffix == "路" and text[end : end + 1] in self._words.no_road_before and end < len(text):
                continue
            if any(word != suffix and text.endswith(word, 0, end) for word in self._no_road):
                if numbers_zh.after_street(text, end) is None or at < SHORT or not is_chinese(text[at - SHORT]):
                    continue  # 通电路十一号 is a street all the same
            if suffix == "街" and text.startswith("道", end):
                continue  # a subdistrict, or a street of numbers (石头道街)
            start = self._name_start(text, at)
            free = [s for s in range(start, at) if not any(b <= s < e for b, e in taken)]
            if free:
                start = max(start, next((s for s in free), start))
            if at - start < 2 - (len(suffix) - 1) or any(start < e and b < end for b, e in taken):
                continue
            if any(n.end > start for n in out):
                continue
            out.append(Named(start, end, text[start:end], UNKNOWN))
        return out

    def _name_start(self, text: str, at: int) -> int:
        start = at
        while start > 0 and at - start < _NAME_MAX:
            char = text[start - 1]
            if not is_chinese(char) or (char in self._stops and char not in self._soft):
                break
            start -= 1
        for lead in self._leads:
            if text.startswith(lead, start) and at - start - len(lead) >= SHORT:
                start += len(lead)
        while at - start > 2 and text[start] in self._soft and text[start] in self._stops:
            if text[start] in _SIDES and text[start + 1] in _COUNTED:
                break  # 西六道街
            start += 1
        return start

    @staticmethod
    def _numbered(text: str, name: Named) -> Named:
        if not name.street:
            return name
        found = numbers_zh.after_street(text, name.end)
        if found is None:
            return name
        sure = min(name.sure + 0.05, 0.97) if name.sure >= KNOWN else name.sure + 0.12
        return replace(name, number=found.number, number_end=found.end, sure=sure, unit=found.unit)

    def _marked(self, text: str, name: Named) -> Named:
        head = text[: name.start].rstrip()
        tail = text[max(name.end, name.number_end) :].lstrip(" ，,")
        denied = head.endswith(self._words.denied_before.zh) and not head.endswith("是不是")
        denied = denied or tail.startswith(self._words.correction.zh) or _TAKEN_BACK.match(tail) is not None
        near = text[max(0, name.start - 8) : name.start]
        corrects = any(word in near for word in self._words.correction.zh)
        return replace(name, denied=denied, corrects=corrects and not denied)

    def _crossings(self, text: str, streets: Sequence[Named]) -> list[tuple[Named, Named, float]]:
        out: list[tuple[Named, Named, float]] = []
        gone = {name.name for name in streets if name.denied}
        streets = [name for name in streets if name.name not in gone]
        for first, second in pairwise(streets):
            if first.name == second.name or first.number:
                continue
            between = self._between(text[first.end : second.start])
            if between is None:
                continue
            sure = min(first.sure, second.sure)
            if self._crossing.match(text[second.end :]):
                out.append((first, second, min(0.95, sure + 0.05)))
            elif between in _TOWARD or second.number:
                continue
            elif between:
                out.append((first, second, sure * 0.85))
            elif sure >= KNOWN and text[first.end : second.start] == "":
                out.append((first, second, sure * 0.8))  # 红旗大街香滨路, told in one breath
        return out

    def _between(self, text: str) -> str | None:
        """The word that joins two streets of a crossing, "" where none does; None where more was said."""
        plain = _HESITATES.sub("", text)
        for word in (*self._words.joiners.zh, *_TOWARD):
            if word and plain and not plain.replace(word, ""):
                return word
        return None if plain else ("，" if _COMMA.search(text) else "")

    def _districts(self, text: str, taken: Sequence[tuple[int, int]]) -> list[Named]:
        out: list[Named] = []

        def free(start: int, end: int) -> bool:
            spans = [*taken, *((n.start, n.end) for n in out)]
            return not any(start < e and s < end for s, e in spans)

        for district in self._gazetteer.districts:
            spans = [match.span() for match in re.finditer(re.escape(district.name_zh), text)]
            out.extend(Named(start, end, district.code, 0.95) for start, end in spans if free(start, end))
        for district in self._gazetteer.districts:
            if not district.short_zh:
                if len(district.name_zh) > SHORT:
                    out.extend(n for n in _called_alone(text, district) if free(n.start, n.end))
                continue
            for match in re.finditer(re.escape(district.short_zh), text):
                after = text[match.end() : match.end() + 2]
                if match.start() in self._common.inside(text) or self._is_way(text, *match.span()):
                    continue  # 楼道里 is not 道里, and 往松北去 tells where somebody drives
                if _ELSEWHERE.match(text, match.end()) or _WRITTEN_ON.search(text[: match.start()]):
                    continue  # 双城口音; 执法车上写着道外
                if _INTO.search(text[: match.start()]) and _STREET_SIDE.match(district.short_zh):
                    continue  # 斜着往道里探: into the road
                if free(match.start(), match.end()) and not after.startswith(self._words.road_suffixes):
                    out.append(Named(match.start(), match.end(), district.code, 0.85))
        out.extend(self._districts_by_sound(text, free_of=[*taken, *((n.start, n.end) for n in out)]))
        return out

    @staticmethod
    def _is_way(text: str, start: int, end: int) -> bool:
        """True when the district is where a way leads and not where something is."""
        return _WAY_TO.search(text[:start]) is not None and _WAY_ON.match(text, end) is not None

    def _districts_by_sound(self, text: str, free_of: Sequence[tuple[int, int]]) -> list[Named]:
        out: list[Named] = []
        for match in re.finditer(f"[{_DISTRICT_ENDS}{_HEARD_AS_QU}]", text):
            start, end = match.start() - 2, match.end()
            misheard = match[0] in _HEARD_AS_QU
            if match[0] == "去" and _WAY_TO.search(text[: max(start, 0)]):
                continue
            if start < 0 or any(start < e and s < end for s, e in free_of):
                continue
            heard = text[start : end - 1]
            sound = "".join(syllables(heard))
            for district in self._gazetteer.districts:
                if len(district.name_zh) != 3 or district.name_zh[-1] != ("区" if misheard else match[0]):
                    continue
                likeness = fuzz.ratio(sound, "".join(syllables(district.name_zh[:2])))
                if likeness == 100:
                    out.append(Named(start, end, district.code, 0.75 if misheard else 0.85))
                elif not misheard and likeness >= 85 and set(heard) & set(district.name_zh[:2]):
                    out.append(Named(start, end, district.code, 0.65))
        return out

    @staticmethod
    def apart(text: str, taken: Sequence[tuple[int, int]]) -> list[Named]:
        """House numbers that stand away from their street."""
        found = numbers_zh.apart(text, taken)
        return [Named(n.start, n.end, "", 0.0, number=n.number, unit=n.unit) for n in found]

    @staticmethod
    def bare_number(text: str, *, asked: bool = False) -> Named | None:
        """A house number that begins the text and names no street: the answer to "which number?".

        Where a speaker tries several (二百一十，那个，二百二十一号), the last one that he finishes. Where he was
        `asked` for it, the number alone is enough.
        """
        found: Named | None = None
        for clause in _CLAUSE.finditer(text):
            match = _BARE_NUMBER.fullmatch(clause[0].rstrip(_PAUSE)) or (
                None if found else _BARE_NUMBER.match(clause[0])
            )
            number = None if match is None else zh_number(match[1])
            if match is not None and number is not None:
                at, end = clause.start() + match.start(1), clause.start() + match.end()
                found = Named(at, end, "", 0.5, number=number, unit="楼" if match[2] else "")
            elif not _STILL_NUMBERS.fullmatch(clause[0]):
                break
        if found is None and asked and (one := numbers_zh.tried(text, 0, bare=True)) is not None:
            return Named(one.start, one.end, "", 0.5, number=one.number, unit=one.unit)
        return found
