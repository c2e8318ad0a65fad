"""Districts in Chinese speech: by name, by the short name that is no other word there, by sound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from cases.catalogue.common import CommonWords
from cases.catalogue.words import SpeechWords
from cases.drafting.places.named import PlaceMention
from cases.gazetteer.lookup import Gazetteer
from cases.gazetteer.model import District
from cases.gazetteer.sound import syllables

_PAUSE = "，,。.…！!？?；; "
_DISTRICT_ENDS = "区县市"
_HEARD_AS_QU = "去曲取趣"
"""Characters that recognition writes for 区; then the name itself must sound exactly right."""
_WAY_TO = re.compile(r"[往去到奔朝向]$")
_ELSEWHERE = re.compile(r"口音|户口|牌照|籍|人(?![行民])")
"""What makes of a district's name something of a person or a thing."""
_WRITTEN_ON = re.compile(r"(?:写|印|喷|贴|刷)[着了]$")
_INTO, _STREET_SIDE = re.compile(r"[往朝向冲]$"), re.compile(r"道[里外]")
_WAY_ON = re.compile(r"区?(?:那边)?(?:去|走|开|的?方向|拐)")


def _called_alone(text: str, district: District) -> list[PlaceMention]:
    """Where a short name that is an ordinary word too (平房) is all of a clause, or leads a street in."""
    short = district.name_zh[:-1]
    alone = rf"(?:^|(?<=[{_PAUSE}])|(?<=[{_PAUSE}][在是归])|(?<=^[在是归])){short}"
    pattern = (
        rf"{alone}(?=(?:的|这边|那边|这头|那头|那段儿?|这儿)?(?:[{_PAUSE}]|$)|[\u3400-\u9fff]{{2,3}}[路街])"
    )
    return [PlaceMention(m.start(), m.end(), district.code, 0.75) for m in re.finditer(pattern, text)]


class Districts:
    """Reads one passage."""

    def __init__(self, words: SpeechWords, common: CommonWords, gazetteer: Gazetteer) -> None:
        self._words = words
        self._common = common
        self._gazetteer = gazetteer

    def read(self, text: str, taken: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        """Districts by their whole and short names, then by sound; none inside the `taken` spans."""
        out: list[PlaceMention] = []

        def free(start: int, end: int) -> bool:
            spans = [*taken, *((n.start, n.end) for n in out)]
            return not any(start < e and s < end for s, e in spans)

        for district in self._gazetteer.districts:
            spans = [match.span() for match in re.finditer(re.escape(district.name_zh), text)]
            out.extend(
                PlaceMention(start, end, district.code, 0.95) for start, end in spans if free(start, end)
            )
        for district in self._gazetteer.districts:
            if not district.short_zh:
                if len(district.name_zh) > len("宾县"):
                    out.extend(n for n in _called_alone(text, district) if free(n.start, n.end))
                continue
            spans = [match.span() for match in re.finditer(re.escape(district.short_zh), text)]
            out.extend(
                PlaceMention(start, end, district.code, 0.85)
                for start, end in spans
                if free(start, end) and self._is_meant(text, start, end)
            )
        out.extend(self._by_sound(text, free_of=[*taken, *((n.start, n.end) for n in out)]))
        return out

    def _is_meant(self, text: str, start: int, end: int) -> bool:
        """False where the characters are of something else: 楼道里, 双城口音, 斜着往道里探, 写着道外."""
        head = text[:start]
        if start in self._common.inside(text) or self._is_way(text, start, end):
            return False
        if _ELSEWHERE.match(text, end) or _WRITTEN_ON.search(head):
            return False
        if _INTO.search(head) and _STREET_SIDE.match(text, start):
            return False
        return not text.startswith(self._words.road_suffixes, end, end + 2)

    @staticmethod
    def _is_way(text: str, start: int, end: int) -> bool:
        """True when the district is where a way leads and not where something is."""
        return _WAY_TO.search(text[:start]) is not None and _WAY_ON.match(text, end) is not None

    def _by_sound(self, text: str, free_of: Sequence[tuple[int, int]]) -> list[PlaceMention]:
        out: list[PlaceMention] = []
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
                    out.append(PlaceMention(start, end, district.code, 0.75 if misheard else 0.85))
                elif not misheard and likeness >= 85 and set(heard) & set(district.name_zh[:2]):
                    out.append(PlaceMention(start, end, district.code, 0.65))
        return out
