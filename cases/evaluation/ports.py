"""What evaluation reads of other parts of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.model import AssignmentFact


class AssignmentSource(Protocol):
    """The assignments of cases to departments. A change of one has a line in the case's log."""

    async def of_cases(
        self, connection: AsyncConnection, case_ids: Sequence[UUID]
    ) -> Mapping[UUID, Sequence[AssignmentFact]]:
        """Oldest first; a case without any may be left out."""
        ...
