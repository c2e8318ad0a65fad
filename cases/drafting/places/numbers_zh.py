"""House numbers in Chinese speech: right after a street, tried several times, or told apart from it.

四十，不对，四十四号 is 44; 大新街，道外这头，二百零二号 is 202 of that street. Numbers of lines,
lamps and days are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cases.drafting.numerals import ZH_NUMERAL, zh_number

_GAP = re.compile(r"[\s，,、的上在第那个门牌嗯呃啊是]{0,4}")
_NO_HOUSE = (
    "线|路|车|站|出|口|下午|上午|中午|晚|早|夜|凌晨|那天|那会|那阵|当天|灯|杆|井|泵|机|床|病|文件|桌|库|坑|信|码|柜|"
    "岗|台|桩|箱|棚|塔|电梯|单元|厅|窗|通道|桥|墩|到|就|才|开始|以前|之前|以后|之后|起|报|打|我|你|给|跟|去|来"
)
_HAO = rf"\s*[号號](?!{_NO_HOUSE})"
_UNIT = r"楼(?![下上道顶底里前])"
_TOKEN = re.compile(
    rf"(?P<n>[{ZH_NUMERAL}]+)(?P<vague>几)?(?P<hao>\s*[号號](?!线|车|站|出口|口|下午|上午|晚))?(?P<unit>{_UNIT})?"
    r"|(?P<fill>不对|不是|不|说错了|记错了|错了|应该是|应该|就是|是|好像|大概|那个|来着|对|嗯|呃|啊|哦|门牌号?|"
    r"我看看|我想想|几号|哪|[，,、…\s]+)"
)
_DIGITS = re.compile(
    rf"\s?(?:(\d{{1,4}})(?=\s|$|门|附近|旁|对面|楼下)|([{ZH_NUMERAL}]{{2,5}})(?=[，,。！？]|$))"
)
_PAUSE = "，,。.…！!？?；; "
_APART = re.compile(
    rf"(?:^|(?<=[{_PAUSE}]))(?:我|我家|我们|咱家|俺家|俺们|他家|对面楼?|隔壁|就|是|在|那个?|地址|门牌号?|门脸儿?|好像|"
    rf"大概|对|应该|也|的|楼|家|院|靠|挨着){{0,4}}(?P<n>[{ZH_NUMERAL}]{{1,6}})[号號](?!{_UNIT})"
    rf"(?=[{_PAUSE}]|$|院|那(?!天|会|阵|晚|时)|对|旁|门|跟前|的|附近|左右|前|后|楼下|店|这|斜|啊|吧|呢|呀)"
)


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """A house number as digits, the building word behind it, and where it was said."""

    start: int
    end: int
    number: str
    unit: str = ""


def after_street(text: str, at: int) -> HouseNumber | None:
    """The number that follows a street whose name ends at `at`; of several that are tried, the last."""
    gap = _GAP.match(text, at)
    start = at if gap is None else gap.end()
    found = tried(text, start)
    if found is not None:
        return found
    match = _DIGITS.match(text, at)
    number = None if match is None else zh_number(match[1] or match[2])
    return None if match is None or number is None else HouseNumber(match.start(), match.end(), number)


def tried(text: str, at: int, *, bare: bool = False) -> HouseNumber | None:
    """The number that somebody comes to who begins at `at`; `bare` also takes one that is not called 号."""
    found: list[HouseNumber] = []
    loose: list[HouseNumber] = []
    denied = False
    while at < len(text) and (match := _TOKEN.match(text, at)) is not None:
        at = match.end()
        number = None if match["n"] is None or match["vague"] else zh_number(match["n"])
        if number is not None and not denied:
            one = HouseNumber(match.start(), at, number, "楼" if match["unit"] else "")
            if match["hao"]:
                found.append(one)
            elif at == len(text) or text[at] in _PAUSE:
                loose.append(one)
        denied = match["fill"] == "不是"
    if found:
        return found[-1]
    return loose[-1] if bare and loose and len(loose[-1].number) <= 4 else None


def apart(text: str, taken: Sequence[tuple[int, int]]) -> list[HouseNumber]:
    """Numbers that stand by themselves: 门脸儿十一号 · 一百零二号对过儿."""
    out = []
    for match in _APART.finditer(text):
        if re.match(_HAO, text[match.end("n") :]) is None:
            continue
        number = zh_number(match["n"])
        if number is None or any(match.start("n") < e and s < match.end() for s, e in taken):
            continue
        if re.search(rf"{match['n']}[号號](?:出?口|线|站)", text):
            continue  # 三号口，对，三号
        out.append(HouseNumber(match.start("n"), match.end(), number))
    return out
