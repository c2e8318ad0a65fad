"""The downlink table: each dispatch order with the unit it is for and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Row, String, Table, Text, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import UNDER_WAY, DispatchStep
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from core.storage.schema import inbox
from field.dispatches.model import LIVE, TO_SEND, DownlinkState, JobContent, UnitJob

jobs = Table(
    "radio_jobs",
    metadata,
    Column("dispatch_id", Uuid, primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", Json),
    Column("seq", Integer, nullable=False),
    Column("msg_id", Uuid, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("last_step", String(16), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Index("ix_radio_jobs_due", "state", "due_at"),
    Index("ix_radio_jobs_unit", "unit_id", "state"),
)

BATCH = 100
OPEN_LIMIT = 40
"""Most jobs that one list for a unit holds, the oldest first."""
RECENT = 100
"""So far back a job is found by its number."""


async def add(transaction: Transaction, job: UnitJob) -> None:
    """Insert a job."""
    await transaction.connection.execute(
        insert(jobs).values(
            dispatch_id=job.dispatch_id,
            unit_id=job.unit_id,
            state=job.state,
            content=None if job.content is None else asdict(job.content),
            seq=job.seq,
            msg_id=job.msg_id,
            queued_at=job.queued_at,
            due_at=job.queued_at,
            last_step=_stored(job.last_step),
            reason=job.reason,
        )
    )


async def find(connection: AsyncConnection, dispatch_id: UUID, *, change: bool = False) -> UnitJob | None:
    """`change` keeps others from changing it until the transaction ends; who locks the unit does that
    before (`field.units.store.lock`).
    """
    wanted = select(jobs).where(jobs.c.dispatch_id == dispatch_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    return None if row is None else _job(row)


async def own(transaction: Transaction, dispatch_id: UUID, unit_id: str) -> UnitJob | None:
    """The same to change it, where it is this unit's: another unit's is not locked, as that one is not."""
    wanted = select(jobs).where(jobs.c.dispatch_id == dispatch_id, jobs.c.unit_id == unit_id)
    row = (await transaction.connection.execute(wanted.with_for_update())).first()
    return None if row is None else _job(row)


async def save(transaction: Transaction, job: UnitJob, *, due_at: datetime | None = None) -> None:
    """Keep the job's state; `due_at` says when it is offered next."""
    values: dict[str, Any] = {
        "state": job.state, "last_step": _stored(job.last_step), "reason": job.reason,
        "seq": job.seq, "msg_id": job.msg_id,
    }  # fmt: skip
    if due_at is not None:
        values["due_at"] = due_at
    await transaction.connection.execute(
        update(jobs).where(jobs.c.dispatch_id == job.dispatch_id).values(**values)
    )


async def save_content(transaction: Transaction, job: UnitJob) -> None:
    """What the unit is told of the job has changed."""
    content = None if job.content is None else asdict(job.content)
    await transaction.connection.execute(
        update(jobs).where(jobs.c.dispatch_id == job.dispatch_id).values(content=content)
    )


async def due(connection: AsyncConnection, now: datetime) -> list[UnitJob]:
    """Jobs and recalls to send now, in the order in which they were numbered."""
    waiting = [*TO_SEND, DownlinkState.RECALLING]
    rows = await connection.execute(
        select(jobs)
        .where(jobs.c.state.in_(waiting), jobs.c.due_at <= now)
        .order_by(jobs.c.unit_id, jobs.c.seq)
        .limit(BATCH)
    )
    return [_job(row) for row in rows]


async def make_due(transaction: Transaction, unit_id: str, now: datetime) -> None:
    """Offer this unit's waiting jobs at once: it is there."""
    await transaction.connection.execute(
        update(jobs).where(jobs.c.unit_id == unit_id, jobs.c.state.in_(TO_SEND)).values(due_at=now)
    )


async def open_jobs(connection: AsyncConnection, unit_id: str) -> Sequence[UnitJob]:
    """What the unit should have, oldest first; one more than `OPEN_LIMIT` at most."""
    rows = await connection.execute(
        select(jobs)
        .where(jobs.c.unit_id == unit_id, jobs.c.state.in_(LIVE))
        .order_by(jobs.c.seq)
        .limit(OPEN_LIMIT + 1)
    )
    return [_job(row) for row in rows]


async def recent(connection: AsyncConnection, unit_id: str) -> Sequence[UnitJob]:
    """The unit's newest jobs, also those that are over, the newest first."""
    wanted = select(jobs).where(jobs.c.unit_id == unit_id).order_by(jobs.c.seq.desc()).limit(RECENT)
    return [_job(row) for row in await connection.execute(wanted)]


async def was_reported(connection: AsyncConnection, unit_id: str, msg_id: UUID) -> bool:
    """Whether this word of the unit is in already: what it means must not be looked for again."""
    wanted = select(inbox.c.msg_id).where(inbox.c.source == f"unit:{unit_id}", inbox.c.msg_id == str(msg_id))
    return (await connection.execute(wanted)).first() is not None


async def statuses(connection: AsyncConnection) -> dict[str, str]:
    """The last step of each unit's newest job that it has taken and not ended."""
    rows = await connection.execute(
        select(jobs.c.unit_id, jobs.c.last_step)
        .where(jobs.c.state == DownlinkState.OPEN, jobs.c.last_step.in_(UNDER_WAY))
        .order_by(jobs.c.seq)
    )
    return {row.unit_id: row.last_step for row in rows}


async def load(connection: AsyncConnection) -> dict[str, int]:
    """How many jobs each unit has in its hands or on the way to it."""
    rows = await connection.execute(
        select(jobs.c.unit_id, func.count().label("jobs"))
        .where(jobs.c.state.in_(LIVE))
        .group_by(jobs.c.unit_id)
    )
    return {row.unit_id: row.jobs for row in rows}


def _stored(step: DispatchStep) -> str:
    """Empty until the unit has said something."""
    return "" if step is DispatchStep.QUEUED else step.value


def _content(kept: dict[str, Any]) -> JobContent:
    return JobContent(**{**kept, "with_units": tuple(kept.get("with_units", ()))})


def _job(row: Row[Any]) -> UnitJob:
    return UnitJob(
        dispatch_id=row.dispatch_id,
        unit_id=row.unit_id,
        state=DownlinkState(row.state),
        content=None if row.content is None else _content(row.content),
        seq=row.seq,
        msg_id=row.msg_id,
        queued_at=row.queued_at,
        last_step=DispatchStep(row.last_step or DispatchStep.QUEUED),
        reason=row.reason,
    )
