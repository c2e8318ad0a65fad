"""What change patches need from other rooms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cases.events import VerificationFinding, VerificationState
from core.actor import Actor
from core.place import Position


@dataclass(frozen=True, slots=True)
class PatchPlace:
    """Where a point lies; `beat` and `beat_name` are empty in no beat."""

    district: str
    cell: str
    beat: str
    beat_name: str


@dataclass(frozen=True, slots=True)
class OpenCaseAt:
    """A case that is open and not confidential; degrees."""

    case_id: UUID
    number: str
    lon: float
    lat: float


class CityOfPatches(Protocol):
    """Cells, beats and open cases as they are now."""

    @property
    def has_cells(self) -> bool: ...

    def place_at(self, lon: float, lat: float) -> PatchPlace | None:
        """None outside of the city's cells."""
        ...

    async def open_cases(self) -> Collection[OpenCaseAt]:
        """Raises `StorageAway`."""
        ...


@dataclass(frozen=True, slots=True)
class PatchTaskAsked:
    """A verification task as it stands."""

    task_id: UUID
    unit_id: str
    unit_name: str
    state: VerificationState


@dataclass(frozen=True, slots=True)
class PatchesToLookAt:
    """What an inspector is asked: `words` list the places, by number."""

    draft_id: UUID
    place: str
    words: str
    position: Position


class PatchVerifications(Protocol):
    """Verification tasks of inspectors."""

    async def ask(self, actor: Actor, wanted: PatchesToLookAt, *, op_id: UUID) -> PatchTaskAsked | None:
        """Make the draft and ask an inspector, once for each `op_id`; None when the draft is decided already.
        Raises `Forbidden`, `NoInspector`, `VerificationWaits`.
        """
        ...

    async def answer(self, task_id: UUID) -> tuple[VerificationFinding, str] | None:
        """What the inspector found, and his words; None without an answer."""
        ...
