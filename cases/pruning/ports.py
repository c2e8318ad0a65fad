"""What pruning needs of other rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.verification.ports import TaskPhoto


class CaseHolds(Protocol):
    async def held(self, connection: AsyncConnection, case_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these cases on whose calls a legal hold stands."""
        ...


class PhotosOfTask(Protocol):
    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        """What is kept of a verification task. Raises `StorageAway`."""
        ...


class NoHolds:
    """Where no ledger is: a test of this room alone."""

    async def held(self, connection: AsyncConnection, case_ids: Collection[UUID]) -> Collection[UUID]:
        del connection, case_ids
        return ()
