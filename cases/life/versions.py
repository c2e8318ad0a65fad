"""The version of a case: the place of the last line of its log, so every act raises it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import CaseMovedOn
from cases.life.model import Case
from cases.tables import case_history


async def versions(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of each case; 0 without a log."""
    out = dict.fromkeys(case_ids, 0)
    query = (
        select(case_history.c.case_id, func.max(case_history.c.seq).label("last"))
        .where(case_history.c.case_id.in_(list(case_ids)))
        .group_by(case_history.c.case_id)
    )
    out.update({row.case_id: row.last for row in await connection.execute(query)})
    return out


async def require_version(connection: AsyncConnection, case: Case, version: int) -> None:
    """Raises `CaseMovedOn` where somebody has acted on the locked case since this version."""
    present = (await versions(connection, [case.case_id]))[case.case_id]
    if present != version:
        raise CaseMovedOn(remedy="look at the case again", number=case.number, version=present)
