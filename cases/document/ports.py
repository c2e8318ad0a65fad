"""What a document of a case needs of other rooms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from cases.document.model import CallExtract, CasePicture
from core.actor import Actor


class DocumentSource(Protocol):
    async def extracts(
        self, actor: Actor, call_ids: Sequence[UUID], most_lines: int
    ) -> Sequence[CallExtract]:
        """The words of those calls whose transcript this person may read, each reading audited there."""
        ...

    async def pictures(self, actor: Actor, photo_ids: Sequence[UUID]) -> Sequence[CasePicture]:
        """Those of the photos that this person may see and whose file is there, each look audited there."""
        ...

    async def pair(self, case_id: UUID) -> tuple[UUID, UUID] | None:
        """The photos by cameras before the work and after it; None unless both are named."""
        ...

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        """The name of each user (`id`), unit (`unit:id`) and department (`department:id`) that is known."""
        ...


class NoSource:
    """A document of what the room itself knows."""

    async def extracts(
        self, actor: Actor, call_ids: Sequence[UUID], most_lines: int
    ) -> Sequence[CallExtract]:
        del actor, call_ids, most_lines
        return ()

    async def pictures(self, actor: Actor, photo_ids: Sequence[UUID]) -> Sequence[CasePicture]:
        del actor, photo_ids
        return ()

    async def pair(self, case_id: UUID) -> tuple[UUID, UUID] | None:
        del case_id
        return None

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        del ids
        return {}
