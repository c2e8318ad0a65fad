"""Telephone numbers as people write and trunks send them, in one form: E.164, with China's plan for what has
no country code (mobile 1[3-9], area codes 0X…, short codes 1XX, services 95/96/400).

Pure, and total: any text gives a number or None, and both forms of a number give the same number again. The
dialplan keeps the same rules for what is dialled (`asterisk-conf/dialplan/outbound.conf.j2`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["mobile", "fixed", "international", "service", "emergency", "premium"]

LONGEST: Final = 40
"""Characters; a longer text is no number."""

LONGEST_ADDRESS: Final = 512
"""Characters of a SIP or tel address with its parameters."""

UNREAD: Final = "unknown"
"""Number and name of who calls on a trunk until the dialplan has read them (`dialplan/caller.conf`)."""

EMERGENCY: Final = frozenset({"110", "112", "119", "120", "122", "999", "12110", "12119", "12122", "12395"})
"""Police, fire, ambulance, traffic; motorway police and rescue at sea."""

_SEPARATORS: Final = str.maketrans("", "", " -()./\u3000\u00a0\u2010\u2011\u2012\u2013\u2014")
_ADDRESS: Final = re.compile(
    r"(?:sips?|tel):(?P<user>[^@;>?\s]{0,64})(?:[^>\s]*?;phone-context=(?P<context>\+[0-9]{1,8}))?",
    re.IGNORECASE,
)
_WITHHELD: Final = frozenset({"", "anonymous", "restricted", "private", "withheld", "unavailable", "unknown"})
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
class PhoneNumber:
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


def read(text: str, *, area_code: str = "") -> PhoneNumber | None:
    """The number in `text`; None for anything else (withheld, a name, other digits).

    Taken as well: separators, full-width digits, `sip:` and `tel:` addresses with or without a name before
    them, 86 without its + as many trunks send it. `area_code` (`0451`) completes local numbers of seven or
    eight digits; without it they are None.
    """
    digits = _user(text).translate(_SEPARATORS)
    if len(text) > LONGEST_ADDRESS or len(digits) > LONGEST or not _FORM.fullmatch(digits):
        return None
    if digits.startswith("+"):
        return _abroad(digits[1:])
    if digits.startswith("00"):
        return _abroad(digits[2:])
    return _domestic(digits, area_code) or _without_plus(digits)


def told(text: str) -> str:
    """What the switch says of a caller, empty while it has not read him."""
    return "" if text == UNREAD else text


def withheld(text: str) -> bool:
    """True when the caller hides the number (`anonymous`, an empty user part), not when it cannot be read."""
    return len(text) <= LONGEST_ADDRESS and _user(text).strip(" <>\"'\t").lower() in _WITHHELD


def dialled(number: PhoneNumber, *, area_code: str = "") -> str:
    """As one dials it in the area: 87654321 at home, 01087654321, 13904510001, 0044…"""
    at_home = number.kind == "fixed" and area_code and number.national.startswith(area_code)
    return number.national.removeprefix(area_code) if at_home else number.national


def written(text: str, *, area_code: str = "") -> str:
    """The one form in which a number is kept and looked for (national); any other text as it is."""
    number = read(text, area_code=area_code)
    return text if number is None else number.national


def shown(number: PhoneNumber) -> str:
    """As people here write it: 139 0451 0001, 0451-87654321, +442079460000, 12345."""
    if number.kind == "mobile":
        return f"{number.national[:3]} {number.national[3:7]} {number.national[7:]}"
    if number.kind == "fixed" and (area := _AREA.match(number.national)):
        return f"{area.group()}-{number.national.removeprefix(area.group())}"
    return number.e164 if number.kind == "international" else number.national


def _user(text: str) -> str:
    """The part of a SIP or tel address that is the number; any other text as it is, in plain width."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_ADDRESS]).strip(" ")
    found = _ADDRESS.search(plain)
    if found is None:
        return plain
    user, context = found.group("user"), found.group("context")
    return f"{context}{user}" if context and not user.startswith("+") else user


def _without_plus(digits: str) -> PhoneNumber | None:
    """8613904510001: nothing that is dialled in the country is so long."""
    return _abroad(digits) if digits.startswith("86") and len(digits) >= 12 else None


def _abroad(digits: str) -> PhoneNumber | None:
    """`digits` begin with a country code."""
    if digits.startswith("86"):
        return _domestic(digits[2:], "") or _fixed(digits[2:])
    return (
        PhoneNumber("international", f"00{digits}", f"+{digits}")
        if _INTERNATIONAL.fullmatch(digits)
        else None
    )


def _domestic(digits: str, area_code: str) -> PhoneNumber | None:  # noqa: PLR0911  # one line a kind of number
    if digits in EMERGENCY:
        return PhoneNumber("emergency", digits)
    mobile = digits.removeprefix("0")
    if _SATELLITE.fullmatch(mobile):
        return PhoneNumber("premium", mobile, f"+86{mobile}")
    if _MOBILE.fullmatch(mobile) and not _PREMIUM.fullmatch(mobile):
        return PhoneNumber("mobile", mobile, f"+86{mobile}")
    if _PREMIUM.fullmatch(digits):
        return PhoneNumber("premium", digits)
    if _SERVICE.fullmatch(digits):
        return PhoneNumber("service", digits)
    if digits.startswith("0"):
        return _fixed(digits[1:])
    if _LOCAL.fullmatch(digits) and _AREA.fullmatch(area_code):
        return _fixed(area_code[1:] + digits)
    return None


def _fixed(digits: str) -> PhoneNumber | None:
    """`digits` are area code and subscriber, without the leading 0."""
    return PhoneNumber("fixed", f"0{digits}", f"+86{digits}") if _FIXED.fullmatch(digits) else None
