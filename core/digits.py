"""Digits as they are spoken one by one: 幺三八，零四五幺 · one three nine, double oh.

`runs` finds them in free speech; `code` reads an answer that consists of digits only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

Language = Literal["zh", "en"]

_ZH = {char: str(value) for value, char in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1"}
_ZH |= {chr(0xFF10 + value): str(value) for value in range(10)}
_EN = {word: str(value) for value, word in enumerate(
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
)} | {"oh": "0", "o": "0"}  # fmt: skip
_ZH_DIGIT = "[0-9" + "".join(_ZH) + "]"
_ZH_RUN = re.compile(rf"{_ZH_DIGIT}(?:[\s，,、\-—]{{0,2}}{_ZH_DIGIT})*(?![十百千万])")
_EN_ONE = rf"(?:(?:double|triple)\s+)?(?:{'|'.join(_EN)}|\d)"
_EN_RUN = re.compile(rf"\b{_EN_ONE}(?:[\s,.\-]*\b{_EN_ONE}|\d)*\b", re.IGNORECASE)
_EN_PART = re.compile(rf"(double|triple)?\s*({'|'.join(_EN)}|\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits that were said at `text[start:end]`."""

    start: int
    end: int
    digits: str


def runs(text: str, language: Language) -> Iterator[DigitRun]:
    """Every row of digits, short pauses included, from left to right."""
    for match in (_ZH_RUN if language == "zh" else _EN_RUN).finditer(text):
        digits = _zh(match[0]) if language == "zh" else _en(match[0])
        if digits:
            yield DigitRun(match.start(), match.end(), digits)


def _zh(said: str) -> str:
    return "".join(_ZH.get(char, char) for char in said if char in _ZH or "0" <= char <= "9")


def _en(said: str) -> str:
    out = []
    for match in _EN_PART.finditer(said):
        times = {"double": 2, "triple": 3}.get((match[1] or "").casefold(), 1)
        digit = _EN.get(match[2].casefold(), match[2])
        out.append((digit if digit.isascii() and digit.isdigit() else "") * times)
    return "".join(out)


# --- an answer that should be digits and nothing else ------------------------------------------------------

_RADIO: Final = {"洞": "0", "拐": "7", "勾": "9", "钩": "9"}
"""Said by people who are used to radio; only here, since in a story a 洞 is a hole. 两 is no digit."""
_SOUNDS: Final = {
    "0": "另令灵领铃凌", "1": "要夭妖腰邀依衣医", "2": "儿耳", "3": "散伞", "4": "似死思寺十",
    "5": "舞武午屋雾",
    "6": "流刘留", "7": "期妻棋", "8": "吧巴爸", "9": "酒久旧",
}  # fmt: skip
"""What recognisers write for a digit of the same sound, words that stand beside a code left out. 十 is 四 in
the mouth of many: nobody says a ten among single digits.
"""
_ALIKE: Final = {char: digit for digit, chars in _SOUNDS.items() for char in chars}
_ALIKE_EN: Final = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1"}
_TENS: Final = {word: str(2 + value) for value, word in enumerate(
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
)}  # fmt: skip
_TEENS: Final = {word: str(10 + value) for value, word in enumerate((
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
))}  # fmt: skip
_TABLES: Final = (_ZH, _EN, _RADIO, _ALIKE, _ALIKE_EN)
_TIMES: Final = {"double": 2, "triple": 3}
_BETWEEN: Final = frozenset({"and", "um", "uh", "dash", "嗯", "呃", "啊", "那", "杠"})
"""Says nothing: digits before and after belong together."""
_TOKEN: Final = re.compile(r"[a-z]+|\d|[^\W\d_a-z]")
LONGEST: Final = 400


def code(text: str, length: int) -> str:
    """The code of `length` digits that was said, empty when it was none or could be more than one.

    Any language, also both in one breath: 三五洞七 · 3 5, oh seven · double three · thirty-five. Words around
    it are left out, it may be said twice, and where no single row has that length, all of the digits
    together may have it.
    """
    rows = list(_rows(_tokens(text)))
    whole = {row[:length] for row in rows if row and row == row[:length] * (len(row) // length)}
    if len(whole) == 1:
        return whole.pop()
    together = "".join(rows)
    return together if not whole and len(together) == length else ""


def every_digit(text: str) -> str:
    """All digits of an answer in their order, whatever stands between them."""
    return "".join(_rows(_tokens(text)))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text[:LONGEST]).casefold())


def _rows(tokens: list[str]) -> Iterator[str]:
    said = [one for one in _said(tokens) if one is not None]
    for is_digits, parts in groupby(said, key=bool):
        if is_digits:
            yield "".join(parts)


def _said(tokens: list[str]) -> Iterator[str | None]:
    """For each token its digits; empty for a word that parts two rows, None for what says nothing."""
    at = 0
    while at < len(tokens):
        word, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
        at += 1
        if word in _TIMES and (digit := _digit(after)):
            at += 1
            yield digit * _TIMES[word]
        elif word in _TENS:
            # "thirty five" is 35, "thirty" alone 30.
            one = _digit(after) if after in _EN and _digit(after) != "0" else ""
            at += bool(one)
            yield _TENS[word] + (one or "0")
        elif word in _TEENS:
            yield _TEENS[word]
        elif word in _BETWEEN:
            yield None
        else:
            yield _digit(word)


def _digit(token: str) -> str:
    if len(token) == 1 and token.isascii() and token.isdigit():
        return token
    return next((table[token] for table in _TABLES if token in table), "")
