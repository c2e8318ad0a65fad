"""What verification tasks need of field units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.actor import Actor
from core.errors import NotFound, Unavailable
from core.place import Position


@dataclass(frozen=True, slots=True)
class Inspector:
    """A unit that verifies. `online`: its terminal is there now; `tasks` are jobs in its hands; its present
    shift began at `since`. Without a `terminal` nothing reaches it: it is asked by name alone.
    """

    unit_id: str
    name: str
    on_shift: bool
    online: bool = False
    tasks: int = 0
    since: datetime | None = None
    terminal: bool = True


@dataclass(frozen=True, slots=True)
class OutsideInspectors:
    """The inspectors of a department in another system. Without `beats` they are asked where nobody of ours
    can.
    """

    department_id: str
    name: str
    beats: frozenset[str] = frozenset()


class OutsideDirectory(Protocol):
    def listed(self) -> Sequence[OutsideInspectors]:
        """In the order in which they are asked."""
        ...


@dataclass(frozen=True, slots=True)
class TaskPhoto:
    """`kept` once all of it is here."""

    photo_id: UUID
    taken_at: datetime
    kept: bool


class InspectorDirectory(Protocol):
    async def near(self, place: Position | None) -> Sequence[Inspector]:
        """All inspectors, the nearest to `place` first. Raises `StorageAway`."""
        ...


class TaskPhotos(Protocol):
    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        """What the inspector took for the task, the oldest first. Raises `StorageAway`."""
        ...

    async def read(self, task_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        """Its kind and its bytes, without place and time. Raises `NotFound`, `Unavailable`."""
        ...

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        task_id: UUID,
        case_id: UUID | None,
        photo_id: UUID,
        data: bytes,
    ) -> None:
        """Keep what a department's inspector took, once by `photo_id`; audited. Raises `Conflict` for an id
        of another photo, what refuses a photo, and `Unavailable`.
        """
        ...


class NoInspectors:
    """An installation without field units has no inspectors."""

    async def near(self, place: Position | None) -> Sequence[Inspector]:
        del place
        return ()


class NoTaskPhotos:
    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        del task_id
        return ()

    async def read(self, task_id: UUID, photo_id: UUID) -> tuple[str, bytes]:
        raise NotFound(f"no photo {photo_id} of {task_id}", remedy="look at the task again")

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        task_id: UUID,
        case_id: UUID | None,
        photo_id: UUID,
        data: bytes,
    ) -> None:
        del actor, department_id, task_id, case_id, data
        raise Unavailable(f"photo {photo_id} cannot be kept here", remedy="run the service with field units")
