"""Shifts of inspectors: on which days and between which hours each of them works. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from core.weekly import WeeklyTime
from field.contract.names import is_unit

INSPECTOR_SKILL: Final = "inspector"
MOST_SHIFTS: Final = 20_000


def _unit(text: str) -> str:
    if not is_unit(text):
        raise ValueError(f"{text[:40]} is no unit like app:17")
    return text


class _OfUnit(BaseModel):
    """A base of its own: whose shift it is comes first in the table."""

    unit_id: Annotated[str, Field(max_length=64), AfterValidator(_unit)]


class InspectorShift(WeeklyTime, _OfUnit):
    """When a unit works, by the city's clock."""


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """The shifts of all inspectors, on a clock that is `hours` ahead of UTC."""

    shifts: Sequence[InspectorShift] = ()
    hours: float = 8.0
    _by_unit: dict[str, list[InspectorShift]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for one in self.shifts:
            self._by_unit.setdefault(one.unit_id, []).append(one)

    def of(self, unit_id: str) -> Sequence[InspectorShift]:
        return self._by_unit.get(unit_id, ())

    def covers(self, unit_id: str, at: datetime) -> bool:
        """Whether the unit works at this time. Who has no shift does not."""
        return self.began(unit_id, at) is not None

    def began(self, unit_id: str, at: datetime) -> datetime | None:
        """When the shift began that the unit works at this time; None for who does not."""
        ahead = timedelta(hours=self.hours)
        found = [began for one in self.of(unit_id) if (began := one.began(at + ahead)) is not None]
        return min(found) - ahead if found else None
