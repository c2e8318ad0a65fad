"""House numbers in English speech: beside a street, or told apart from it (outside number 58)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.drafting.numerals import EN_NUMERAL, en_number

_HUNDREDS = r"(?:a\s+hundred(?:\s+(?:and\s+)?[a-z]+(?:[\s-]+[a-z]+)?)?)"
_NUMBER = rf"(?:{EN_NUMERAL}|{_HUNDREDS})"
BEFORE = re.compile(rf"(?:\b(?:no\.?|number)\s*)?\b({_NUMBER})[\s,]+(?:on\s+)?$", re.IGNORECASE)
COUNTED = re.compile(r"[a-z]+[\s,]+on\s+$", re.IGNORECASE)
"""The one on Anguo Street, two on Xuefu Road: things that are counted and no house number."""
_AFTER = re.compile(
    rf"[\s,]*(?:(?:\b(?:at|by|near|outside|opposite|in front of|next to)\s+)?"
    rf"\b(?:no\.?|number)\s*({EN_NUMERAL})\b"
    rf"|(?:\bnear\s+)?(\d{{1,4}})\b(?!-(?:something|odd|ish)|\s*(?:metres|meters|people|years|minutes))"
    rf"|(?:\b(?:near|at|outside)\s+)?"
    rf"\b((?:{EN_NUMERAL}[\s-]+hundred|{_HUNDREDS})(?:[\s-]+(?:and\s+)?{EN_NUMERAL})?)\b"
    rf"|\b({EN_NUMERAL})\b(?=\s*(?:[,.;!?]|$)|\s+(?:in|near|opposite|behind|outside|just|round)\b))",
    re.IGNORECASE,
)
_LATER = re.compile(r"[^.!?]{0,40}?,\s*(\d{1,4})(?=\s*(?:[.,;!?]|$))")
_LETTER_BEFORE = re.compile(
    r"(?:(?<!['’])\b[a-z]|\bpole(?:\s+number)?|\bmanhole(?:\s+number)?)[\s,-]*(?:no\.?|number)?\s*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"^(?:(?:it'?s|number|no|nope|sorry|wait|actually|at|that'?s|oh|i think|maybe|about|um|uh|er|yes|outside"
    rf"|near)[\s,.]+)*({_NUMBER})\W*$",
    re.IGNORECASE,
)
_APART = re.compile(
    rf"\b(?:number|no\.)\s*(?:\d+-(?:something|odd|ish)[\s,]*)?({EN_NUMERAL})\b(?!\s*(?:bus|line|tram|metro|people|route))",
    re.IGNORECASE,
)
LONGEST = 4
"""Digits of a house number; longer ones are of cases and telephones."""
_NO_HOUSE = re.compile(
    r"\b(?:phone|bus|line|case|ticket|flat|apartment|exit|gate|pole|plate|room|route|order|reference|car|meter|report|"
    r"serial|badge|track|platform|stop|building|block|unit|tower|lamp|manhole|registration|cabinet|box|my|a|the|this)\s*$",
    re.IGNORECASE,
)


def before_street(text: str) -> tuple[str, int] | None:
    """The number that ends `text`, where a street's name begins, and where the number itself does."""
    match = BEFORE.search(text)
    if match is None or COUNTED.match(match[0]) or _LETTER_BEFORE.search(text[: match.start(1)]):
        return None  # S B two five one on Songbei Avenue is the number of a pole
    number = number_of(match[1])
    return None if number is None else (number, match.start(1))


def after_street(text: str, at: int) -> tuple[str, int] | None:
    """The number that follows a street whose name ends at `at`, and where it ends."""
    for pattern in (_AFTER, _LATER):
        match = pattern.match(text, at)
        number = None if match is None else number_of(next(filter(None, match.groups())))
        if match is not None and number is not None:
            return number, match.end()
    return None


def bare(text: str) -> str | None:
    """A house number that is all of the text: the answer to "which number?"."""
    match = _BARE.match(text.strip())
    return None if match is None else number_of(match[1])


def apart(text: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Numbers that stand by themselves: start, end, digits."""
    out = []
    for match in _APART.finditer(text):
        number = number_of(match[1])
        free = not any(match.start() < end and start < match.end() for start, end in taken)
        if (
            number is not None
            and len(number) <= LONGEST
            and free
            and not _NO_HOUSE.search(text[: match.start()])
        ):
            out.append((match.start(), match.end(), number))
    return out


def number_of(said: str) -> str | None:
    """Digits of a number in words or figures; "a hundred and twelve" too."""
    return en_number(re.sub(r"^a\s+", "", said, flags=re.IGNORECASE))
