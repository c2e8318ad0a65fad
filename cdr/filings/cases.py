"""The cases that calls were filed with, and which of them a legal hold keeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.filings.store import subject_calls
from cdr.retention.store import holds_on, legal_holds
from core.log import logger
from core.storage import Storage

_log = logger("cdr")
CASE: Final = "case:"


async def cases_without_hold(storage: Storage, call_ids: Collection[UUID]) -> list[UUID]:
    """The cases of these calls of which no call is under a legal hold. Raises `StorageAway`."""
    wanted = select(subject_calls.c.subject).where(
        subject_calls.c.call_id.in_(call_ids), subject_calls.c.subject.startswith(CASE)
    )
    async with storage.read() as connection:
        subjects = (await connection.execute(wanted)).scalars().all()
        free = [subject for subject in subjects if not await _held(connection, subject)]
    return [UUID(subject.removeprefix(CASE)) for subject in free]


async def held_cases(connection: AsyncConnection, case_ids: Collection[UUID]) -> set[UUID]:
    """Those of these cases that are under a legal hold, by themselves or by a call."""
    return {one for one in case_ids if await _keeps(connection, f"{CASE}{one}")}


async def _keeps(connection: AsyncConnection, subject: str) -> bool:
    own = select(legal_holds.c.subject).where(
        legal_holds.c.subject == subject, legal_holds.c.lifted_at.is_(None)
    )
    if (await connection.execute(own.limit(1))).first() is not None:
        return True
    calls = await connection.execute(
        select(subject_calls.c.call_id).where(subject_calls.c.subject == subject)
    )
    return bool(await holds_on(connection, calls.scalars().all()))


async def _held(connection: AsyncConnection, subject: str) -> bool:
    calls = await connection.execute(
        select(subject_calls.c.call_id).where(subject_calls.c.subject == subject)
    )
    if not await holds_on(connection, calls.scalars().all()):
        return False
    _log.info("photos stay: a legal hold stands on another call of their case", subject=subject)
    return True
