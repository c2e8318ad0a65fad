"""The forms in which a telephone number or e-mail address is written, for the search of an erasure. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from core.events import MASK
from core.numbers import read
from privacy.errors import NoNumber

SHORTEST: Final = 7
"""Digits; what is shorter stands inside other numbers everywhere."""

_ADDRESS: Final = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
_SPOKEN: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Forms:
    """`number` as the ledger keeps it, or an e-mail address; `texts` stand in no other number of the
    country.
    """

    number: str
    texts: tuple[str, ...]

    @property
    def stored(self) -> Sequence[str]:
        """As they stand in a database too, where JSON may escape a Chinese character."""
        escaped = [json.dumps(text)[1:-1] for text in self.texts]
        return list(dict.fromkeys((*self.texts, *escaped)))

    @property
    def octets(self) -> Sequence[bytes]:
        """The forms as UTF-8, as they stand in files."""
        return [text.encode() for text in self.stored]

    def found_in(self, text: str) -> bool:
        """Not as a part of a longer number."""
        return self._pattern.search(text) is not None

    def masked(self, text: str) -> str:
        """The text without the number."""
        return self._pattern.sub(MASK, text)

    def without(self, value: object) -> object:
        """The same for every text inside a JSON value; its keys stay."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, list):
            return [self.without(one) for one in value]
        if isinstance(value, dict):
            return {key: self.without(one) for key, one in value.items()}
        return value

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Country code and trunk prefix go with the number."""
        each = "|".join(re.escape(one) for one in sorted(self.stored, key=len, reverse=True))
        if "@" in self.number:
            return re.compile(
                rf"(?<![A-Za-z0-9._%+-])(?:{each})(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE
            )
        return re.compile(rf"(?<![0-9])(?:(?:\+|00)?86|0)?[ -]?(?:{each})(?![0-9])")


def forms_of(text: str, *, area_code: str = "") -> Forms:
    """Raises `NoNumber` for anything that is no citizen's number or e-mail address."""
    if "@" in text:
        return _forms_of_address(text.strip())
    number = read(text, area_code=area_code)
    if number is None or number.kind in {"service", "emergency"}:
        raise NoNumber(remedy="give the whole number, with the area code: 13904510001, 0451-87654321")
    digits = (number.e164.removeprefix("+86").removeprefix("+") or number.national).lstrip("0")
    if len(digits) < SHORTEST:
        raise NoNumber("it is too short to search for", remedy="give the whole number, with the area code")
    grouped = [separator.join(parts) for parts in _parts(digits, number.kind) for separator in " -"]
    texts = (digits, *grouped, digits.translate(_WIDE), *_spoken(digits))
    return Forms(number.national, tuple(dict.fromkeys(texts)))


def _forms_of_address(text: str) -> Forms:
    """Channels keep addresses in small letters; people write them as they like."""
    if not _ADDRESS.fullmatch(text):
        raise NoNumber("it is no e-mail address", remedy="give the whole address: name@example.org")
    return Forms(text.lower(), tuple(dict.fromkeys((text.lower(), text))))


def is_number(text: str, *, area_code: str = "") -> bool:
    """Whether this is meant as a number or an e-mail address. Ids of the switch have a point in them."""
    return "@" in text or ("." not in text and read(text, area_code=area_code) is not None)


def _parts(digits: str, kind: str) -> Sequence[Sequence[str]]:
    """As people group it: 139 0451 0001; 0451 87654321 and 0451 8765 4321."""
    first = 3 if kind == "mobile" or digits[0] not in "12" else 2
    whole, halves = (digits[:first], digits[first:]), (digits[:first], digits[first:-4], digits[-4:])
    return (halves,) if kind == "mobile" else (whole, halves)


def _spoken(digits: str) -> Sequence[str]:
    """Digit by digit, with both words for one."""
    plain = digits.translate(_SPOKEN)
    return (plain, plain.replace("一", "幺"))
