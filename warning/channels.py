"""By which channels a warning is told."""

from __future__ import annotations

from enum import StrEnum


class WarningChannel(StrEnum):
    """By what it is told: texts to units, the citizens' page, the desks and wallboards."""

    UNITS = "units"
    CITIZENS = "citizens"
    DESK = "desk"
