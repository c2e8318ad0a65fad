"""What a radio network's driver implements to carry texts to crews: one small port, declared by `Can.TEXT`.

A driver says what it can by `caps`; `Can.TEXT_REPORT` and `Can.TEXT_DISPLAYED` say which reports come back.
It hands them, and what crews say by status, text, button or keys, to a `RadioSink`.
"""

from __future__ import annotations

from typing import Literal, Protocol
from uuid import UUID

from field.contract.capabilities import Can, Caps

Reports = Literal["sent", "delivered", "displayed"]
"""How far a bearer tells it; a limit on what it never tells does not hold for it."""


class TextBearer(Protocol):
    """Texts to single radios."""

    @property
    def network(self) -> str:
        """First part of its units' names, for example `tetra`."""
        ...

    @property
    def caps(self) -> Caps:
        """What the network can bring, as its driver declares it."""
        ...

    @property
    def most_characters(self) -> int:
        """Of one text, Chinese ones too."""
        ...

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        """True: the network took it. False: the radio is not there. `ref` is the same for each try of the
        same text, and comes back in its reports.

        Raises `core.errors.Unavailable` when the network is away, another `SonghuaError` when it refuses.
        """
        ...


def reports_of(caps: Caps) -> Reports:
    """How far this network tells what became of a text."""
    if Can.TEXT_DISPLAYED in caps.can:
        return "displayed"
    return "delivered" if Can.TEXT_REPORT in caps.can else "sent"
