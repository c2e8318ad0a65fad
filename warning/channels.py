"""By which channels a warning is told."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class WarningChannel(StrEnum):
    """Texts to units, the citizens' page, desks and wallboards, text messages and calls to recipients,
    sirens, pages to loudspeakers.
    """

    UNITS = "units"
    CITIZENS = "citizens"
    DESK = "desk"
    SMS = "sms"
    CALLS = "calls"
    SIRENS = "sirens"
    PAGING = "paging"


AT_THE_CENTRE: Final = (WarningChannel.UNITS, WarningChannel.CITIZENS, WarningChannel.DESK)
"""Those that cost nothing and disturb nobody outside: of a received warning unless settings say otherwise."""
