"""House numbers as people say them, in Chinese and English, to digits."""

from __future__ import annotations

import re

import cn2an

_DIGITS = {char: str(index) for index, char in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": "0", "幺": "1", "两": "2"}
_WIDE = {ord(wide): str(index) for index, wide in enumerate("０１２３４５６７８９")}
ZH_NUMERAL = "0-9０-９零〇一二三四五六七八九十百千两幺"
MAX_NUMBER = 99_999

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_VALUE = {word: index for index, word in enumerate(_ONES)}
_EN_VALUE |= {word: 20 + 10 * index for index, word in enumerate(_TENS)}
_EN_WORDS = "|".join([*_EN_VALUE, "oh", "hundred"])
EN_NUMERAL = rf"(?:\d{{1,5}}|(?:{_EN_WORDS})(?:[\s-]+(?:and\s+)?(?:{_EN_WORDS})){{0,9}})"
"""At most ten words: a recogniser that stutters must cost no more than one that does not."""


def zh_number(text: str) -> str | None:
    """`七十四`, `七四`, `３２６` → digits; None when it is no number up to `MAX_NUMBER`."""
    plain = text.translate(_WIDE)
    if not plain:
        return None
    if plain.isascii() and plain.isdigit():
        return _bounded(int(plain)) if len(plain) <= 6 else None
    if all(char in _DIGITS or char in "0123456789" for char in plain):
        return _bounded(int("".join(_DIGITS.get(char, char) for char in plain[:6])))
    try:
        # cn2an raises several kinds of error on a stray unit word.
        return _bounded(int(cn2an.cn2an(plain, "smart")))
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def en_number(text: str) -> str | None:
    """`74`, `seventy-four`, `three two six`, `one hundred and twenty` → digits; None when it is none."""
    words = [word for word in re.split(r"[\s-]+", text.casefold()) if word and word != "and"]
    if len(words) == 1 and words[0].isascii() and words[0].isdigit() and len(words[0]) <= 6:
        return _bounded(int(words[0]))
    values = [0 if word == "oh" else _EN_VALUE.get(word, 100 if word == "hundred" else -1) for word in words]
    if not values or -1 in values:
        return None
    value = _spoken(values)
    return None if value is None else _bounded(value)


def _spoken(values: list[int]) -> int | None:
    if 100 in values:
        return _with_hundreds(values)
    if len(values) > 1 and all(value < 10 for value in values):  # digit by digit
        return int("".join(map(str, values[:6])))
    match values:
        case [tens, one] if tens >= 20 and one < 10:
            return tens + one
        case [first, *rest] if rest and first < 10 <= rest[0]:  # "three twenty", "three twenty six"
            last = _spoken(rest)
            return None if last is None else first * 100 + last
        case _:
            return values[0] if len(values) == 1 else None


def _with_hundreds(values: list[int]) -> int:
    total = 0
    for value in values:
        total = max(total, 1) * 100 if value == 100 else total + value
    return total


def _bounded(value: int) -> str | None:
    return str(value) if 0 < value <= MAX_NUMBER else None
