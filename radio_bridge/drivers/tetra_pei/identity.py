"""Identities of TETRA as the interface writes them: a number in the own network (SSI), or a whole TSI.

ETSI EN 300 392-5, identity types: a TSI has 15 digits (country 3, network 4, number 8), an extended one 17
(4, 5, 8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.malformed import Malformed

MOST_SSI: Final = 2**24 - 1
SSI, TSI, EXTENDED_TSI = 0, 1, 5
"""Types of an identity, as the interface numbers them."""
_SSI_DIGITS: Final = 8
_COUNTRY_DIGITS: Final = {15: 3, 17: 4}


@dataclass(frozen=True, slots=True)
class Home:
    """The network that the radio is of: mobile country code and mobile network code."""

    country: int
    network: int


@dataclass(frozen=True, slots=True)
class TetraIdentity:
    """`home` is None where the interface gave the number alone: it is of the radio's own network."""

    ssi: int
    home: Home | None = None

    def name(self, own: Home | None) -> str:
        """The number alone in the own network, 17 digits in another one."""
        if self.home is None or own is None or self.home == own:
            return str(self.ssi)
        return f"{self.home.country:04}{self.home.network:05}{self.ssi:08}"


def read(text: str) -> TetraIdentity:
    """Raises `Malformed`."""
    digits = text.strip().strip('"')
    if not re.fullmatch(r"[0-9]{1,17}", digits):
        raise Malformed("an identity has 1 to 17 digits")
    home = None
    if len(digits) > _SSI_DIGITS:
        country = _COUNTRY_DIGITS.get(len(digits))
        if country is None:
            raise Malformed(f"no identity has {len(digits)} digits")
        home = Home(int(digits[:country]), int(digits[country:-_SSI_DIGITS]))
    ssi = int(digits[-_SSI_DIGITS:])
    if not 0 < ssi <= MOST_SSI:
        raise Malformed("the number is none of TETRA")
    return TetraIdentity(ssi, home)


def kind_of(number: str) -> int:
    """The type of an identity that a text goes to, by its digits."""
    return {15: TSI, 17: EXTENDED_TSI}.get(len(number), SSI)
