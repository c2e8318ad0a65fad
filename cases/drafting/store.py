"""Drafts in the database: the whole draft as JSON, so that drafting goes on after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import Draft
from cases.errors import NoSuchDraft
from cases.events import CaseSource
from cases.tables import drafts
from cases.verification.forgetting import forget_words

State = Literal["open", "confirmed", "discarded"]
_IN_QUEUE = (drafts.c.state == "open", drafts.c.source != "telephone")


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft and what became of it."""

    draft: Draft
    state: State
    case_id: UUID | None = None
    taken_by: str | None = None
    """The agent who has taken a draft without a call out of the queue."""

    @property
    def call_id(self) -> UUID | None:
        """The call that it was drafted from; None of a report without one, and when the call was erased."""
        return self.draft.call_id

    def holding(self, draft: Draft) -> StoredDraft:
        """The same row with another draft in it."""
        return replace(self, draft=draft)


async def add(connection: AsyncConnection, stored: StoredDraft, now: datetime) -> None:
    """Insert a draft with the segments that it stands on."""
    draft = stored.draft
    await connection.execute(
        insert(drafts).values(
            draft_id=draft.draft_id,
            call_id=draft.call_id,
            state=stored.state,
            case_id=stored.case_id,
            rev=draft.rev,
            body=draft.model_dump(mode="json"),
            created_at=now,
            updated_at=now,
            source=draft.source.value,
            taken_by=stored.taken_by,
            of_report=draft.of_report,
        )
    )


async def save(connection: AsyncConnection, stored: StoredDraft, now: datetime) -> None:
    """Write the draft as it is now."""
    draft = stored.draft
    await connection.execute(
        update(drafts)
        .where(drafts.c.draft_id == draft.draft_id)
        .values(
            call_id=draft.call_id,
            state=stored.state,
            case_id=stored.case_id,
            rev=draft.rev,
            body=draft.model_dump(mode="json"),
            updated_at=now,
            taken_by=stored.taken_by,
        )
    )


async def get(connection: AsyncConnection, draft_id: UUID, *, lock: bool = False) -> StoredDraft:
    """Raises `NoSuchDraft`. `lock` holds the row for this transaction (PostgreSQL)."""
    wanted = select(drafts).where(drafts.c.draft_id == draft_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        raise NoSuchDraft("no draft has this id", remedy="reload the call's drafts")
    return _stored(row)


async def is_there(connection: AsyncConnection, draft_id: UUID) -> bool:
    found = await connection.execute(select(drafts.c.draft_id).where(drafts.c.draft_id == draft_id))
    return found.first() is not None


async def case_of(connection: AsyncConnection, draft_id: UUID) -> UUID | None:
    """The case that a draft became; None for none."""
    wanted = select(drafts.c.case_id).where(drafts.c.draft_id == draft_id)
    found: UUID | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def ids_of_report(connection: AsyncConnection, report_id: UUID) -> list[UUID]:
    """The drafts that were made of a report: its own, and those of further problems."""
    mine = or_(drafts.c.draft_id == report_id, drafts.c.of_report == report_id)
    return list(await connection.scalars(select(drafts.c.draft_id).where(mine)))


async def old_of_inspectors(connection: AsyncConnection, before: datetime, limit: int) -> list[UUID]:
    """Own reports of inspectors that came before then and became no case, the oldest first."""
    wanted = (
        select(drafts.c.draft_id)
        .where(
            drafts.c.state.in_(("open", "discarded")),
            drafts.c.source == CaseSource.INSPECTOR.value,
            drafts.c.created_at < before,
            drafts.c.case_id.is_(None),
        )
        .order_by(drafts.c.created_at)
        .limit(limit)
    )
    return list(await connection.scalars(wanted))


async def among(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are drafts."""
    wanted = select(drafts.c.draft_id).where(drafts.c.draft_id.in_(ids))
    return set(await connection.scalars(wanted))


async def without_call(connection: AsyncConnection, limit: int) -> list[StoredDraft]:
    """Open drafts that came by another channel than the telephone, the oldest first."""
    rows = await connection.execute(
        select(drafts).where(*_IN_QUEUE).order_by(drafts.c.created_at, drafts.c.draft_id).limit(limit)
    )
    return [_stored(row) for row in rows]


async def count_without_call(connection: AsyncConnection) -> int:
    """Of these, those that nobody has taken."""
    wanted = select(func.count()).select_from(drafts).where(*_IN_QUEUE, drafts.c.taken_by.is_(None))
    return int((await connection.execute(wanted)).scalar_one())


async def oldest_without_call(connection: AsyncConnection) -> datetime | None:
    """Since when the oldest of these waits."""
    wanted = select(drafts.c.created_at).where(*_IN_QUEUE, drafts.c.taken_by.is_(None))
    found: datetime | None = await connection.scalar(wanted.order_by(drafts.c.created_at).limit(1))
    return found


@dataclass(frozen=True, slots=True)
class UntakenDraft:
    """A draft without a call that nobody has taken, without its words."""

    draft_id: UUID
    rev: int
    created_at: datetime


async def untaken(connection: AsyncConnection, limit: int) -> list[UntakenDraft]:
    """The oldest first."""
    wanted = (
        select(drafts.c.draft_id, drafts.c.rev, drafts.c.created_at)
        .where(*_IN_QUEUE, drafts.c.taken_by.is_(None))
        .order_by(drafts.c.created_at, drafts.c.draft_id)
        .limit(limit)
    )
    return [UntakenDraft(row.draft_id, row.rev, row.created_at) for row in await connection.execute(wanted)]


async def held(connection: AsyncConnection) -> dict[str, int]:
    """How many drafts without a call each agent has taken and not decided."""
    wanted = (
        select(drafts.c.taken_by, func.count())
        .where(*_IN_QUEUE, drafts.c.taken_by.is_not(None))
        .group_by(drafts.c.taken_by)
    )
    return {taken_by: int(count) for taken_by, count in await connection.execute(wanted)}


async def of_ids(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Draft]:
    """Those of these drafts that there are."""
    if not ids:
        return []
    wanted = select(drafts.c.body).where(drafts.c.draft_id.in_(ids))
    return [Draft.model_validate(body) for body in await connection.scalars(wanted)]


async def remove(connection: AsyncConnection, draft_id: UUID) -> None:
    """With the words of its verification tasks."""
    await forget_words(connection, [draft_id])
    await connection.execute(delete(drafts).where(drafts.c.draft_id == draft_id))


async def of_call(connection: AsyncConnection, call_id: UUID) -> list[StoredDraft]:
    """The drafts of a call, oldest first."""
    rows = await connection.execute(
        select(drafts).where(drafts.c.call_id == call_id).order_by(drafts.c.created_at, drafts.c.draft_id)
    )
    return [_stored(row) for row in rows]


async def remove_undecided(connection: AsyncConnection, call_id: UUID) -> None:
    """The drafts of a call that became no case: open ones and discarded ones."""
    theirs = select(drafts.c.draft_id).where(drafts.c.call_id == call_id, drafts.c.state != "confirmed")
    await forget_words(connection, list(await connection.scalars(theirs)))
    await connection.execute(delete(drafts).where(drafts.c.call_id == call_id, drafts.c.state != "confirmed"))


def _stored(row: Row[Any]) -> StoredDraft:
    return StoredDraft(Draft.model_validate(row.body), row.state, row.case_id, row.taken_by)
