"""Single-use tickets: each admits one party to one talkgroup's conference, once and within seconds.

Pure; moments are monotonic seconds.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

LASTS_S: Final = 20.0
MOST_OF_A_UNIT: Final = 64
"""A unit may listen to 32 talkgroups, and have a second terminal; its oldest ticket goes."""
MOST: Final = 20_000
TICKET_DIGITS: Final = 40
"""Decimal: the switch takes exactly so many digits for a ticket (dialplan/unit.conf); 132 bits."""


def new_word() -> str:
    """A ticket that nobody can guess."""
    return f"{secrets.randbelow(10**TICKET_DIGITS):0{TICKET_DIGITS}}"


@dataclass(frozen=True, slots=True)
class VoiceTicketEntry:
    """`unit` is the party: a unit, or a person at a desk."""

    unit: str
    group: str
    until: float


class Tickets:
    """Those that were given out and not used. Nothing of them is kept on a disk."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, VoiceTicketEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._given)

    def give(self, word: str, unit: str, group: str, at: float) -> None:
        """`word` is new, and nobody can guess it."""
        self._forget(at)
        mine = [name for name, ticket in self._given.items() if ticket.unit == unit]
        for name in mine[: max(0, len(mine) - MOST_OF_A_UNIT + 1)]:
            del self._given[name]
        if len(self._given) >= MOST:
            self._given.popitem(last=False)
        self._given[word] = VoiceTicketEntry(unit, group, at + LASTS_S)

    def use(self, word: str, at: float) -> VoiceTicketEntry | None:
        """The ticket, which is void from now on; None for what is none, was used, or is too old."""
        ticket = self._given.pop(word, None)
        return ticket if ticket is not None and at < ticket.until else None

    def _forget(self, at: float) -> None:
        # All last equally long: the oldest stand first.
        while self._given and next(iter(self._given.values())).until <= at:
            self._given.popitem(last=False)
