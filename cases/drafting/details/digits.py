"""Digits as they are spoken one by one: 幺三八，零四五幺 · one three nine, double oh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cases.catalogue.words import Language

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
class Run:
    """Digits that were said at `text[start:end]`."""

    start: int
    end: int
    digits: str


def runs(text: str, language: Language) -> Iterator[Run]:
    """Every row of digits, short pauses included, from left to right."""
    for match in (_ZH_RUN if language == "zh" else _EN_RUN).finditer(text):
        digits = _zh(match[0]) if language == "zh" else _en(match[0])
        if digits:
            yield Run(match.start(), match.end(), digits)


def _zh(said: str) -> str:
    return "".join(_ZH.get(char, char) for char in said if char in _ZH or "0" <= char <= "9")


def _en(said: str) -> str:
    out = []
    for match in _EN_PART.finditer(said):
        times = {"double": 2, "triple": 3}.get((match[1] or "").casefold(), 1)
        digit = _EN.get(match[2].casefold(), match[2])
        out.append((digit if digit.isascii() and digit.isdigit() else "") * times)
    return "".join(out)
