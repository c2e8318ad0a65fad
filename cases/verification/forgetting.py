"""What verification tasks forget with the draft that they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.verification.tables import verifications


async def forget_words(connection: AsyncConnection, draft_ids: Sequence[UUID]) -> None:
    """What was asked and answered about drafts of no case goes, and why something was declined; that it was
    asked stays.
    """
    theirs = (verifications.c.draft_id.in_(list(draft_ids)), verifications.c.case_id.is_(None))
    rows = (
        await connection.execute(select(verifications.c.task_id, verifications.c.acts).where(*theirs))
    ).all()
    for row in rows:
        left = [{**one, "reason": ""} for one in row.acts]
        await connection.execute(
            update(verifications)
            .where(verifications.c.task_id == row.task_id)
            .values(words="", answer="", lon=None, lat=None, accuracy_m=None, acts=left)
        )
