"""Estates, villages and other spots of a Chinese address: 阳光小镇三期十二号楼 · 新农镇前进村."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cases.catalogue.words import SpeechWords
from cases.drafting.numerals import ZH_NUMERAL, zh_number
from cases.drafting.places.named import PlaceMention
from cases.gazetteer.lookup import Gazetteer
from cases.gazetteer.model import Subdistrict
from cases.gazetteer.sound import is_chinese

AS_SAID = 0.52
HOME = 0.62
"""Where people live says better where it is than the street that it lies on; the mark stays."""
WITH_BUILDING = 0.72
TOWN = 0.51
"""A town says less than anything that is named in it."""
_NAME_MAX = 5
_PHASE = rf"(?:第?([{ZH_NUMERAL}]+)期)?"
_BUILDING = re.compile(
    rf"[\s，,、的在那个]{{0,3}}{_PHASE}[\s，,的]{{0,2}}(?:([{ZH_NUMERAL}]{{1,5}})(号楼|號楼|栋|幢|号院))?"
)
_NAMELESS = re.compile(rf"([{ZH_NUMERAL}]{{1,4}})(号楼|栋|幢)")
_PAUSE = r"[，,。.…！!？?；;、\s]"
_NAME = (
    r"[^\W\d_了着过的是不没在我你他她它这那有就都也还把被让给要得呢吧啊呀吗嘛哪啥个儿很太去来说看听想叫找对跟与从往到向用"
    r"号楼层户米点月日年天时分钟区县镇乡街路巷桥楼边面头后前门口谢喂嗯呃哦]{2,6}(?:都|(?<=...))"
)
"""Characters of a name that no word for what it is tells apart: none that sentences are made with."""
_BEFORE_BUILDING = re.compile(
    rf"({_NAME})[，,、\s]{{0,2}}(?=(?:第?[{ZH_NUMERAL}]+期[，,\s]?)?[{ZH_NUMERAL}]{{1,5}}(?:号楼|栋|幢))"
)
_WHOLE = re.compile(rf"({_NAME})(?<=.{{4}})(?={_PAUSE}|$)")
_LED_IN = re.compile(rf"(?:{_PAUSE}|嗯|呃|啊|哦|的|就是?|是|在|叫)*")
_LIVES = re.compile(rf"我们?是?({_NAME})(?:小区)?(?:的(?:业主|住户|居民|物业|老住户)|物业|业主)")
ASKED_HOME = re.compile(r"小区|地址|位置|地点|哪(?!年|天|个部门|种|样|号|位|些)|什么地方")
"""How an agent asks for where people live."""
_OFFICE = re.compile(r"办事处|街道办|办(?![法理公])|辖区")
_IN_TOWN = re.compile(
    r"(?:[，,\s]*(?=镇))?((?:[北南东西]边?)?[镇乡老大小新]?(?:中心|第[一二三四]|[一二三四])?"
    r"(?:学校|小学|中学|校|卫生院|医院|政府|派出所|敬老院|供销社|粮库|砖厂|糖厂|水库|加油站|大集|客运站|火车站|出口))"
)
"""What every town has one of, told as the town's."""
_VILLAGE = re.compile(r"([\u3400-\u9fff]{1,4}?)(村|屯)(?![里民])")
_ON_STREET = re.compile(r"(?:的|上的|那个)?(过街天桥|人行天桥|天桥|地下通道|立交桥|高架桥|早市|夜市|地铁站)")


class Estates:
    """Reads what a street reader leaves: every name stands as it was said, or as the gazetteer has it."""

    def __init__(self, words: SpeechWords, gazetteer: Gazetteer) -> None:
        self._stops = frozenset(words.stop_before_name.chars)
        self._soft = frozenset(words.stop_before_name.soft)
        self._no_name = frozenset(words.no_landmark)
        self._leads = tuple(sorted(words.before_place, key=len, reverse=True))
        self._home = re.compile(rf"(?:{'|'.join(words.home_suffixes)})$")
        suffixes = "|".join(sorted(words.landmark_suffixes, key=len, reverse=True))
        ends = f"[{words.landmark_characters}](?![\u3400-\u9fff]{{0,2}}(?:{suffixes}))"
        self._suffix = re.compile(f"(?:{suffixes})+|{ends}")
        self._districts = tuple(one.short_zh for one in gazetteer.districts if one.short_zh)
        self._towns: dict[str, list[Subdistrict]] = {}
        for town in gazetteer.subdistricts:
            self._towns.setdefault(town.name_zh, []).append(town)
        self._town = re.compile("|".join(sorted(map(re.escape, self._towns), key=len, reverse=True)) or "$^")

    def towns(self, text: str) -> list[PlaceMention]:
        """Subdistricts, towns and villages that are called by their whole name."""
        out: list[PlaceMention] = []
        for match in self._town.finditer(text):
            name, end = match[0], match.end()
            office = _OFFICE.match(text, end)
            if name.endswith("街道") and office is None and name[-3] in "街路巷道":
                continue  # 新阳路街道两边: a street, and not the subdistrict that is called after it
            whole = end
            if office is not None:
                name, whole = name + "办事处", office.end()
            elif (village := _VILLAGE.match(text, end)) is not None:
                name, whole = name + village[0], village.end()
            elif (own := _IN_TOWN.match(text, end)) is not None:
                name, whole = name + own[1].removeprefix("镇").removeprefix("乡"), own.end()
            districts = tuple(dict.fromkeys(town.district for town in self._towns[match[0]]))
            town = self._towns[match[0]][0].code if len(self._towns[match[0]]) == 1 else ""
            out.append(
                PlaceMention(
                    match.start(), whole, name, TOWN, districts, street=False, match=1.0, subdistrict=town
                )
            )
        return out

    def named(
        self, text: str, taken: Sequence[tuple[int, int]], answer: int | None = None
    ) -> list[PlaceMention]:
        """Spots that end in a word for what they are (小区, 村), or that their place in the sentence tells.

        `answer` is where the answer to "where?" begins, if there was one.
        """
        out: list[PlaceMention] = []

        def free(start: int, end: int) -> bool:
            spans = [*taken, *((name.start, name.end) for name in out)]
            return not any(start < e and s < end for s, e in spans)

        for match in self._suffix.finditer(text):
            start = self._start(text, match.start(), taken)
            name = text[start : match.end()]
            if len(name) - len(match[0]) >= 2 and name not in self._no_name and free(start, match.end()):
                sure = HOME if self._home.search(name) else AS_SAID
                out.append(PlaceMention(start, match.end(), name, sure, street=False))
            elif start == match.start() and (first := self._after_district(text, start)) is not None:
                out.append(PlaceMention(first, match.end(), text[first : match.end()], AS_SAID, street=False))
        for match in _NAMELESS.finditer(text):
            start = self._start(text, match.start(), taken)
            if match.start() - start >= 3 and free(start, match.end()):
                out.append(
                    PlaceMention(start, match.start(), text[start : match.start()], AS_SAID, street=False)
                )
        for start, end in self._slots(text, taken, answer):
            if free(start, end):
                out.append(PlaceMention(start, end, text[start:end], HOME, street=False))
        return out

    def _slots(
        self, text: str, taken: Sequence[tuple[int, int]], answer: int | None
    ) -> list[tuple[int, int]]:
        """Where names stand that only the sentence tells: of who lives there, before a building's number, or
        where an `answer` begins.
        """
        begins = {0, *(end for _, end in taken), *(m.end() for m in re.finditer(rf"{_PAUSE}|的", text))}
        found = [match.span(1) for match in _LIVES.finditer(text)]
        found += [match.span(1) for match in _BEFORE_BUILDING.finditer(text) if match.start(1) in begins]
        if answer is not None and (whole := _WHOLE.match(text, self._after(text, answer, taken))) is not None:
            more = any(start >= whole.end() for start, _ in taken)  # 确定，大同街: then that is where it is
            found += [] if more else [whole.span(1)]
        return [span for span in found if not self._everyday(text[slice(*span)])]

    @staticmethod
    def _after(text: str, at: int, taken: Sequence[tuple[int, int]]) -> int:
        """Where a name may begin after the districts and towns that lead an answer in."""
        while True:
            at = _LED_IN.match(text, at).end()  # type: ignore[union-attr]
            end = next((end for start, end in taken if start == at), None)
            if end is None:
                return at
            at = end

    def _everyday(self, name: str) -> bool:
        """True for what no name begins with, and for what is no name by itself."""
        return name in self._no_name or name.startswith(self._leads)

    @staticmethod
    def with_building(text: str, name: PlaceMention) -> PlaceMention:
        """The name with phase and building after it, where they were said; no number is made up."""
        match = _BUILDING.match(text, name.end)
        if match is None or not (match[1] or match[2]):
            return name
        phase, number = match[1] or "", zh_number(match[2]) if match[2] else None
        if match[2] and number is None:
            return name
        unit = (f"{phase}期" if phase else "") + (f"{number}{match[3].replace('號', '号')}" if number else "")
        sure = max(name.sure, WITH_BUILDING) if number else name.sure
        return replace(name, unit=unit, number_end=match.end(), sure=sure)

    @staticmethod
    def on_street(text: str, street: PlaceMention) -> PlaceMention:
        """学府路天桥 for 学府路, where what stands on the street is named right after it."""
        match = None if street.number else _ON_STREET.match(text, street.end)
        if match is None:
            return street
        return replace(street, end=match.end(), name=street.name + match[1], street=False)

    def _after_district(self, text: str, at: int) -> int | None:
        """Where the district's short name begins that ends at `at`: 香坊公园 is called after its district."""
        found = next((name for name in self._districts if text.endswith(name, 0, at)), None)
        return None if found is None else at - len(found)

    def _start(self, text: str, at: int, taken: Sequence[tuple[int, int]]) -> int:
        """Where the name before `at` begins: no stop word in it, and no word that leads to a place."""
        start, floor = at, max((end for _, end in taken if end <= at), default=0)
        while start > floor and at - start < _NAME_MAX:
            char = text[start - 1]
            if not is_chinese(char) or (char in self._stops and char not in self._soft):
                break
            start -= 1
        moved = True
        while moved:
            moved = False
            for lead in self._leads:
                if text.startswith(lead, start) and start + len(lead) <= at:
                    start, moved = start + len(lead), True
        while at - start > 2 and text[start] in self._soft and text[start] in self._stops:
            start += 1
        return start
