"""How many there are: 七八个井盖 · 两盏路灯 · 十来棵树 · two lamps. One is no count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.catalogue.fields import DetailWords
from cases.drafting.details.found import found
from cases.drafting.model import Detail, FieldCandidate, FieldName
from cases.drafting.numerals import EN_NUMERAL, en_number, zh_number
from cases.drafting.spans import Passage

MOST = 9_999
WEIGHT = 0.59
"""Often something else in the call is counted (fire engines, tables, a second problem): it stays doubtful."""
_DIGITS = "一二三四五六七八九"
_ZH_AMOUNT = (
    r"(?:好几十|几十|好几百|几百|十几|二十几|三十几|好几"
    r"|[一二两三四五六七八九十百千0-9]{1,6}(?:来|多)?|俩|仨)"
)
_EN_VAGUE = r"a couple of|a few|several|dozens of|hundreds of"


class CountReader:
    def __init__(self, words: DetailWords) -> None:
        zh = "|".join(map(re.escape, sorted(words.things.zh, key=len, reverse=True)))
        en = "|".join(map(re.escape, sorted(words.things.en, key=len, reverse=True)))
        self._zh = re.compile(
            rf"(?<![第零〇点\d{_DIGITS}十百])({_ZH_AMOUNT})([{words.classifiers}]?)"
            rf"(?:[大小破旧绿黑高]|被|的){{0,2}}({zh})"
        )
        self._en = re.compile(
            rf"\b({EN_NUMERAL}|{_EN_VAGUE})\s+(?:(?!and\b|at\b|on\b)[a-z-]+\s+){{0,2}}?({en})\b",
            re.IGNORECASE,
        )

    def find(self, passage: Passage, taken: Sequence[tuple[int, int]] = ()) -> list[FieldCandidate]:
        """Value `2`, `7-8`, `10+` (that many or more), or the words of a vague amount.

        Nothing inside the `taken` spans, which are names of places (三棵树大街).
        """
        out: list[FieldCandidate] = []
        if passage.language == "zh":
            for match in self._zh.finditer(passage.text):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                if not match[2] and match[1] not in {"俩", "仨"}:
                    continue
                value, detail = _zh_amount(match[1])
                detail |= {"unit": match[2], "of": match[3]}
                out += found(passage, FieldName.COUNT, match.span(), value, WEIGHT, detail)
            return out
        for match in self._en.finditer(passage.text):
            value, detail = _en_amount(match[1])
            out += found(passage, FieldName.COUNT, match.span(), value, WEIGHT, detail | {"of": match[2]})
        return out


def _zh_amount(said: str) -> tuple[str, dict[str, Detail]]:
    """An empty value where it is one, none, or beyond `MOST`."""
    if said in {"俩", "仨"}:
        number = 2 if said == "俩" else 3
        return str(number), {"low": number, "high": number}
    if "几" in said:
        return said, {}
    more = said[-1] in "来多"
    plain = said.rstrip("来多")
    pair = re.fullmatch(rf"([{_DIGITS}])([{_DIGITS}])(十)?", plain)
    if pair is not None and _DIGITS.index(pair[2]) == _DIGITS.index(pair[1]) + 1:
        times = 10 if pair[3] else 1
        low, high = (times * (1 + _DIGITS.index(char)) for char in (pair[1], pair[2]))
        return f"{low}-{high}", {"low": low, "high": high}
    return _known(zh_number(plain), more=more)


def _en_amount(said: str) -> tuple[str, dict[str, Detail]]:
    if re.fullmatch(_EN_VAGUE, said, re.IGNORECASE):
        return said.casefold(), {}
    return _known(en_number(said), more=False)


def _known(number: str | None, *, more: bool) -> tuple[str, dict[str, Detail]]:
    if number is None or not 1 < int(number) <= MOST:
        return "", {}
    if more:
        return f"{number}+", {"low": int(number)}
    return number, {"low": int(number), "high": int(number)}
