"""What departments' photos, people and units need of other rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cases.assignments.model import Handler
from core.actor import Actor
from core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class CasePhoto:
    """A picture of a case. `by` is who brought it: `unit:ID`, `department:ID` or `citizen`; `by_name` is
    empty for a citizen.
    """

    photo_id: UUID
    at: datetime
    by: str
    by_name: str


class DepartmentStaff(Protocol):
    async def handlers(self, department_id: str) -> Sequence[Handler]:
        """The people of a department by name, then its units by name: who may sign in now."""
        ...


class NoStaff:
    """Where nobody's department is known: a command, a test of this room alone."""

    async def handlers(self, department_id: str) -> Sequence[Handler]:
        del department_id
        return ()


class CasePhotoStore(Protocol):
    async def of_case(self, case_id: UUID) -> Sequence[CasePhoto]:
        """Every picture of a case that is kept, oldest first: citizens', units' and departments'."""
        ...

    async def read(self, case_id: UUID, photo: CasePhoto) -> tuple[str, bytes]:
        """Media type and picture, without place, time and maker."""
        ...

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        case_id: UUID,
        case_number: str,
        data: bytes,
        photo_id: UUID | None = None,
    ) -> UUID:
        """Keep a department's photo, audited; its id, which is `photo_id` where that is given: such a one is
        kept once. Raises what refuses a photo.
        """
        ...


class NoPhotoStore:
    """Where no photos are kept: a command, a test of this room alone."""

    async def of_case(self, case_id: UUID) -> Sequence[CasePhoto]:
        del case_id
        return ()

    async def read(self, case_id: UUID, photo: CasePhoto) -> tuple[str, bytes]:
        del case_id, photo
        raise Unavailable("no photos are kept here", remedy="use the service")

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        case_id: UUID,
        case_number: str,
        data: bytes,
        photo_id: UUID | None = None,
    ) -> UUID:
        del actor, department_id, case_id, case_number, data, photo_id
        raise Unavailable("no photos are kept here", remedy="use the service")
