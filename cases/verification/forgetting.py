"""What verification tasks forget with the draft that they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.verification.tables import verifications


async def forget_words(connection: AsyncConnection, draft_ids: Sequence[UUID]) -> None:
    """What was asked and answered about drafts of no case goes; that it was asked stays."""
    theirs = (verifications.c.draft_id.in_(list(draft_ids)), verifications.c.case_id.is_(None))
    await connection.execute(
        update(verifications).where(*theirs).values(words="", answer="", lon=None, lat=None, accuracy_m=None)
    )
