"""The error rate of a transcript: characters for Chinese, words for other languages. Pure.

Only the words count: punctuation, capitals, traditional characters and the way to write a number do not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cn2an
from rapidfuzz.distance import Levenshtein

from speech.engines.simplified import simplified

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LONGEST_NUMBER: Final = 4
"""Digits; a longer number is read digit by digit, as telephone numbers are."""


@dataclass(frozen=True, slots=True)
class Score:
    """Substitutions, deletions and insertions, and how many characters or words were said."""

    errors: int = 0
    said: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.errors + other.errors, self.said + other.said)

    @property
    def rate(self) -> float | None:
        """CER or WER; over 1 when more is heard than was said. None where nothing was said."""
        return self.errors / self.said if self.said else None


def score(said: str, heard: str, language: str) -> Score:
    one, other = units(said, language), units(heard, language)
    return Score(distance(one, other), len(one))


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """The fewest changes of one unit that make one of the other."""
    return int(Levenshtein.distance(one, other))


def language_of(text: str) -> str:
    """`zh` as soon as there is a Chinese character."""
    return "zh" if _HAN.search(text) else "en"


def units(text: str, language: str) -> list[str]:
    """Characters of Chinese, words of English; English words inside Chinese are one unit each."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if language == "zh":
        plain = _read_out(simplified(plain))
        return re.findall(r"[a-z0-9]+|[^\W_]", plain)
    spelled = re.sub(r"\d+", lambda found: f" {_in_words(found[0])} ", plain)
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", spelled)


def _read_out(text: str) -> str:
    """Digits as they are spoken: 74 is 七十四, and a long number goes digit by digit."""
    return re.sub(r"\d+", lambda found: _chinese(found[0]), text)


def _chinese(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER or not digits.isascii():
        return "".join("零一二三四五六七八九"[unicodedata.digit(one)] for one in digits)
    return str(cn2an.an2cn(int(digits)))


def _in_words(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER or not digits.isascii():
        return " ".join(_ONES[unicodedata.digit(one)] for one in digits)
    return _number(int(digits))


def _number(value: int) -> str:
    if value < len(_ONES):
        return _ONES[value]
    if value < 100:
        return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    return f"{_number(value // size)} {name}" + (f" {_number(value % size)}" if value % size else "")
