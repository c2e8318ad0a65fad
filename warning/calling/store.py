"""Calls to recipients in the database: one row for each recipient and warning, whatever the attempts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.dialect import insert_if_new
from warning.tables import calls, recipients


class RecipientCallState(StrEnum):
    """`heard`: he picked up and pressed nothing, as often as he may be called."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    HEARD = "heard"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RecipientCall:
    """`attempt` counts from 0: the next one, or the one that may be running (`calling`); `rang`: how many
    rang. `mark` and `about` say what is heard.
    """

    delivery_id: UUID
    recipient_id: UUID
    mark: str
    about: str
    until: datetime
    state: RecipientCallState
    attempt: int
    rang: int
    heard: bool
    calling: bool
    due_at: datetime


async def add(connection: AsyncConnection, call: RecipientCall) -> bool:
    """False when it is there already."""
    row = {name: getattr(call, name) for name in calls.c.keys()}  # noqa: SIM118  # a collection of columns
    return await insert_if_new(connection, calls, {**row, "state": call.state.value})


async def get(connection: AsyncConnection, delivery_id: UUID) -> RecipientCall | None:
    """Locked until the transaction ends."""
    wanted = select(calls).where(calls.c.delivery_id == delivery_id).with_for_update()
    row = (await connection.execute(wanted)).first()
    return None if row is None else _call(row)


async def change(connection: AsyncConnection, delivery_id: UUID, **values: Any) -> None:
    await connection.execute(update(calls).where(calls.c.delivery_id == delivery_id).values(**values))


async def to_call(
    connection: AsyncConnection, now: datetime, limit: int, *, new: Collection[str]
) -> list[tuple[RecipientCall, str]]:
    """Those that may be running, and those with one of these marks whose turn has come; each with its number.
    The running ones first, then the longest due.
    """
    due = (calls.c.due_at <= now) & (calls.c.until > now) & calls.c.mark.in_(new)
    wanted = (
        select(calls, recipients.c.number)
        .join(recipients, recipients.c.recipient_id == calls.c.recipient_id)
        .where(calls.c.state == RecipientCallState.WAITING.value, calls.c.calling | due)
        .order_by(calls.c.calling.desc(), calls.c.due_at, calls.c.delivery_id)
        .limit(limit)
    )
    return [(_call(row), row.number) for row in await connection.execute(wanted)]


async def withdraw(connection: AsyncConnection, delivery_ids: Collection[UUID]) -> None:
    """Nobody of these is called any more."""
    of_them = calls.c.delivery_id.in_(delivery_ids) & (calls.c.state == RecipientCallState.WAITING.value)
    locked = select(calls.c.delivery_id).where(of_them).order_by(calls.c.delivery_id).with_for_update()
    await connection.execute(locked)
    await connection.execute(update(calls).where(of_them).values(state=RecipientCallState.WITHDRAWN.value))


async def of_deliveries(
    connection: AsyncConnection, delivery_ids: Sequence[UUID]
) -> Mapping[UUID, RecipientCall]:
    wanted = select(calls).where(calls.c.delivery_id.in_(delivery_ids))
    return {row.delivery_id: _call(row) for row in await connection.execute(wanted)}


def _call(row: Row[Any]) -> RecipientCall:
    told = {name: row._mapping[name] for name in calls.c.keys()}  # noqa: SLF001, SIM118
    return RecipientCall(**{**told, "state": RecipientCallState(told["state"])})
