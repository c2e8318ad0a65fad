"""What is done to a merged case is refused, and the answer names the case that goes on for it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import CaseMerged
from cases.life.model import Case
from cases.merging import store


async def refuse_merged(connection: AsyncConnection, case: Case) -> None:
    """Raises `CaseMerged`."""
    if case.merged_into is None:
        return
    survivor = (await store.family(connection, [case])).survivors[case.case_id]
    raise CaseMerged(remedy=f"act on {survivor.number}, or undo the merge first", survivor=survivor.number)
