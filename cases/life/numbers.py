"""Case numbers: 19 digits without gaps for each district and day, and a short code to say on the phone.

The short code is seven random digits and a check digit after Damm (2004), which finds every single wrong
digit and every swap of two neighbours.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

SEQUENCE_DIGITS = 5
CODE_DIGITS = 8
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def city_day(at: datetime, timezone_h: float) -> date:
    """The day that `at` (UTC) is in the city."""
    return (at + timedelta(hours=timezone_h)).date()


def case_number(district: str, day: date, sequence: int) -> str:
    """`230110` + `20261125` + `00042`. Raises `ValueError` beyond 99,999 a day in one district."""
    if not 0 < sequence < 10**SEQUENCE_DIGITS:
        raise ValueError("sequence out of range")
    return f"{district}{day:%Y%m%d}{sequence:0{SEQUENCE_DIGITS}d}"


def check_digit(digits: str) -> str:
    """The Damm check digit of these digits."""
    row = 0
    for digit in digits:
        row = _DAMM[row][int(digit)]
    return str(row)


def new_code() -> str:
    """A random spoken code with its check digit."""
    digits = f"{secrets.randbelow(10 ** (CODE_DIGITS - 1)):0{CODE_DIGITS - 1}d}"
    return digits + check_digit(digits)


def is_code(text: str) -> bool:
    """True for eight ASCII digits whose check digit is right."""
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit() and check_digit(text) == "0"
