"""Whole numbers as prompts: tens and ones follow each other alike in Mandarin and in English."""

from __future__ import annotations

from typing import Final

MOST: Final = 99

NUMBER_PROMPTS: Final = (
    *(f"digit-{one}" for one in range(1, 10)),
    *(f"number-{ten}" for ten in range(10, 20)),
    *(f"number-{tens}" for tens in range(20, 100, 10)),
    "count-2",
)


def number(value: int) -> list[str]:
    """The prompts of 1 to `MOST`; empty for what nobody should be told."""
    if not 1 <= value <= MOST:
        return []
    if value < 10:  # one digit
        return [f"digit-{value}"]
    if value < 20:  # ten to nineteen have words of their own
        return [f"number-{value}"]
    tens, ones = divmod(value, 10)
    return [f"number-{tens}0", *([f"digit-{ones}"] if ones else [])]


def count(value: int) -> list[str]:
    """The same, before a measure word: two of something is another word in Mandarin."""
    return ["count-2"] if value == 2 else number(value)  # liang, not er
