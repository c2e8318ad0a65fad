"""Telephone numbers as people write and trunks send them, in one form: E.164, with China's plan for what has
no country code (mobile 1[3-9], area codes 0X…, short codes 1XX, services 95/96/400).

Pure, and total: any text gives a number or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["mobile", "fixed", "international", "service", "emergency", "premium"]

LONGEST: Final = 40
"""Characters; a longer text is no number."""

EMERGENCY: Final = frozenset({"110", "112", "119", "120", "122", "999", "12110", "12119", "12122", "12395"})
"""Police, fire, ambulance, traffic; motorway police and rescue at sea."""

_SEPARATORS: Final = str.maketrans("", "", " -().\u3000\u00a0")
_FORM: Final = re.compile(r"\+?[0-9]{2,20}")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_FIXED: Final = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_LOCAL: Final = re.compile(r"[2-8][0-9]{6,7}")
_AREA: Final = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})")
_SATELLITE: Final = re.compile(r"1349[0-9]{7}|1740[0-5][0-9]{6}")
"""Satellite telephones look like mobiles and cost like ships."""
_PREMIUM: Final = re.compile(r"0?16[08][0-9]{3,9}|1259[0-9]{1,8}|0?9[0-4][0-9]{5,9}")
_SERVICE: Final = re.compile(r"1[0-9]{2,5}|9[56][0-9]{3,6}|[48]00[0-9]{7}")
_INTERNATIONAL: Final = re.compile(r"[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Number:
    """`e164` begins with `+`; it is empty for numbers that exist in the country only (short codes, 400…).
    `national` is what a telephone in the country dials: `13904510001`, `045182345678`, `95598`.
    """

    kind: Kind
    national: str
    e164: str = ""

    @property
    def key(self) -> str:
        """The same for the same line, however it was written."""
        return self.e164 or self.national


def read(text: str, *, area_code: str = "") -> Number | None:
    """The number in `text`; None for anything else (withheld, a name, SIP user parts, other digits).

    `area_code` (`0451`) completes local numbers of seven or eight digits; without it they are None.
    """
    if len(text) > LONGEST:
        return None
    digits = text.translate(_SEPARATORS)
    if not _FORM.fullmatch(digits):
        return None
    if digits.startswith("+"):
        return _abroad(digits[1:])
    if digits.startswith("00"):
        return _abroad(digits[2:])
    return _domestic(digits, area_code)


def _abroad(digits: str) -> Number | None:
    """`digits` begin with a country code."""
    if digits.startswith("86"):
        return _domestic(digits[2:], "") or _fixed(digits[2:])
    return Number("international", f"00{digits}", f"+{digits}") if _INTERNATIONAL.fullmatch(digits) else None


def _domestic(digits: str, area_code: str) -> Number | None:  # noqa: PLR0911  # one line a kind of number
    if digits in EMERGENCY:
        return Number("emergency", digits)
    mobile = digits.removeprefix("0")
    if _SATELLITE.fullmatch(mobile):
        return Number("premium", mobile, f"+86{mobile}")
    if _MOBILE.fullmatch(mobile) and not _PREMIUM.fullmatch(mobile):
        return Number("mobile", mobile, f"+86{mobile}")
    if _PREMIUM.fullmatch(digits):
        return Number("premium", digits)
    if _SERVICE.fullmatch(digits):
        return Number("service", digits)
    if digits.startswith("0"):
        return _fixed(digits[1:])
    if _LOCAL.fullmatch(digits) and _AREA.fullmatch(area_code):
        return _fixed(area_code[1:] + digits)
    return None


def _fixed(digits: str) -> Number | None:
    """`digits` are area code and subscriber, without the leading 0."""
    return Number("fixed", f"0{digits}", f"+86{digits}") if _FIXED.fullmatch(digits) else None
