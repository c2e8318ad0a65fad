"""What a citizen's text message is. Pure; any text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from citizen.contract import TextWords

LONGEST_WORD: Final = 24
"""Characters of a message that is a command and nothing else."""
_CASE: Final = re.compile(r"\d{8}|\d{19}")
_REPORT: Final = re.compile(r"(R\d{8}-\d{5,})\s*([2-9a-z]{10})", re.IGNORECASE)
_RATING: Final = re.compile(r"[123]|[12][12][123]")
_RATING_WORDS: Final = {"满意": "1", "基本满意": "2", "不满意": "3"}


@dataclass(frozen=True, slots=True)
class TextStop:
    """The citizen wants no more messages."""


@dataclass(frozen=True, slots=True)
class TextStart:
    """The citizen wants them again."""


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """How a case or a report stands: `code` is a case's short code or number, or `number` and `code` those of
    a report. Both are empty for a question that names nothing.
    """

    code: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class TextRating:
    """`1`, `2` or `3`; or three digits: whether somebody was in touch, whether it is solved, the rating."""

    digits: str


@dataclass(frozen=True, slots=True)
class TextReport:
    """Anything else: somebody reads it."""

    text: str


TextContent = TextStop | TextStart | TextQuestion | TextRating | TextReport


def read(text: str, words: TextWords) -> TextContent:
    """`退订`, `查 12345678`, `1`, or a report. Full-width signs count as plain ones."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("。.!！“”\"'").strip()
    folded = plain.casefold()
    if len(plain) <= LONGEST_WORD:
        if folded in {one.casefold() for one in words.stop}:
            return TextStop()
        if folded in {one.casefold() for one in words.start}:
            return TextStart()
        digits = _RATING_WORDS.get(plain, plain.replace(" ", ""))
        if _RATING.fullmatch(digits):
            return TextRating(digits)
    for word in sorted(words.query, key=len, reverse=True):
        if folded.startswith(word.casefold()):
            question = _question(plain[len(word) :].strip(" :,，"))
            if question is not None:
                return question
    if _CASE.fullmatch(plain):
        return TextQuestion(code=plain)
    return TextReport(text.strip())


def _question(rest: str) -> TextQuestion | None:
    """What follows the word; None where a sentence does."""
    digits = re.sub(r"[\s-]", "", rest)
    if _CASE.fullmatch(digits):
        return TextQuestion(code=digits)
    report = _REPORT.fullmatch(rest)
    if report is not None:
        return TextQuestion(code=report[2].casefold(), number=report[1].upper())
    return TextQuestion() if not rest or (rest.isascii() and len(rest) <= LONGEST_WORD) else None
