"""Dispatches in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.dispatch.model import Dispatch
from cases.errors import NoSuchDispatch
from cases.events import DispatchStep
from cases.tables import dispatches


async def add(connection: AsyncConnection, dispatch: Dispatch) -> None:
    """Insert a new dispatch."""
    await connection.execute(
        insert(dispatches).values(
            dispatch_id=dispatch.dispatch_id,
            case_id=dispatch.case_id,
            unit_id=dispatch.unit_id,
            by=dispatch.by,
            queued_at=dispatch.at,
            takes_over=dispatch.takes_over,
            assignment_id=dispatch.assignment_id,
            **_changing(dispatch),
        )
    )


async def save(connection: AsyncConnection, dispatch: Dispatch) -> None:
    """Write the changed columns of a dispatch."""
    await connection.execute(
        update(dispatches)
        .where(dispatches.c.dispatch_id == dispatch.dispatch_id)
        .values(**_changing(dispatch))
    )


async def get(connection: AsyncConnection, dispatch_id: UUID, *, lock: bool = False) -> Dispatch:
    """Raises `NoSuchDispatch`. `lock` holds the row for this transaction (PostgreSQL)."""
    query = select(dispatches).where(dispatches.c.dispatch_id == dispatch_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchDispatch("no dispatch has this id", remedy="reload the case")
    return _dispatch(row)


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[Dispatch]]:
    """The dispatches of each case, oldest first."""
    out: dict[UUID, list[Dispatch]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    rows = await connection.execute(
        select(dispatches)
        .where(dispatches.c.case_id.in_(list(case_ids)))
        .order_by(dispatches.c.queued_at, dispatches.c.dispatch_id)
    )
    for row in rows:
        out[row.case_id].append(_dispatch(row))
    return out


async def of_ids(connection: AsyncConnection, dispatch_ids: Collection[UUID]) -> dict[UUID, Dispatch]:
    """Those of these dispatches that there are."""
    if not dispatch_ids:
        return {}
    query = select(dispatches).where(dispatches.c.dispatch_id.in_(list(dispatch_ids)))
    rows = await connection.execute(query)
    return {row.dispatch_id: _dispatch(row) for row in rows}


def _changing(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "step": dispatch.step.value,
        "reason": dispatch.reason,
        "note": dispatch.note,
        "times": {step: at.isoformat() for step, at in dispatch.times.items()},
        "at": dispatch.at,
    }


def _dispatch(row: Row[Any]) -> Dispatch:
    return Dispatch(
        dispatch_id=row.dispatch_id,
        case_id=row.case_id,
        unit_id=row.unit_id,
        step=DispatchStep(row.step),
        at=row.at,
        by=row.by,
        reason=row.reason,
        note=row.note,
        times={step: datetime.fromisoformat(at) for step, at in row.times.items()},
        takes_over=row.takes_over,
        assignment_id=row.assignment_id,
    )
