"""Daily comparisons of work orders in the database: one row a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.exchange.order_model import DifferenceKind, OrderDifference, OrderState
from cases.exchange.reconciliation_model import KeptReconciliation, ReconciliationState
from cases.exchange.tables import reconciliations
from core.storage.dialect import insert_if_new

_OWN: Final = tuple(one.name for one in fields(KeptReconciliation) if one.name != "differing")
"""The columns. How many orders differ stands with the differences."""


async def add(connection: AsyncConnection, kept: KeptReconciliation) -> bool:
    """Keep it; False where the day has one already."""
    return await insert_if_new(connection, reconciliations, _row(kept))


async def save(connection: AsyncConnection, kept: KeptReconciliation) -> None:
    of_day = reconciliations.c.day == kept.day.isoformat()
    await connection.execute(update(reconciliations).where(of_day).values(**_row(kept)))


async def get(connection: AsyncConnection, day: date, *, lock: bool = False) -> KeptReconciliation | None:
    query = select(reconciliations).where(reconciliations.c.day == day.isoformat())
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _kept(row)


async def newest(connection: AsyncConnection, limit: int) -> list[KeptReconciliation]:
    """The last days, the newest first."""
    query = select(reconciliations).order_by(reconciliations.c.day.desc()).limit(limit)
    return [_kept(row) for row in (await connection.execute(query)).mappings()]


async def first_day(connection: AsyncConnection) -> date | None:
    """The earliest day of all."""
    day = (await connection.execute(select(func.min(reconciliations.c.day)))).scalar_one()
    return None if day is None else date.fromisoformat(day)


async def within(connection: AsyncConnection, since: date, until: date) -> list[KeptReconciliation]:
    """Those of the days from `since` to `until`, both included, the oldest first."""
    day = reconciliations.c.day
    query = select(reconciliations).where(day >= since.isoformat(), day <= until.isoformat()).order_by(day)
    return [_kept(row) for row in (await connection.execute(query)).mappings()]


async def days_to_ask(connection: AsyncConnection, now: datetime) -> list[date]:
    """The days of any age whose list is to be sent by now."""
    query = select(reconciliations.c.day).where(
        reconciliations.c.state == ReconciliationState.ASKING.value, reconciliations.c.next_at <= now
    )
    return [date.fromisoformat(day) for day in (await connection.execute(query)).scalars()]


def _row(kept: KeptReconciliation) -> dict[str, Any]:
    plain = {name: getattr(kept, name) for name in _OWN}
    return {
        **plain,
        "day": kept.day.isoformat(),
        "state": kept.state.value,
        "differences": {"count": kept.differing, "first": [asdict(one) for one in kept.differences]},
    }


def _kept(row: RowMapping) -> KeptReconciliation:
    plain: dict[str, Any] = {name: row[name] for name in _OWN}
    plain |= {
        "day": date.fromisoformat(row["day"]),
        "state": ReconciliationState(row["state"]),
        "differing": row["differences"]["count"],
        "differences": tuple(_difference(one) for one in row["differences"]["first"]),
    }
    return KeptReconciliation(**plain)


def _difference(one: Mapping[str, Any]) -> OrderDifference:
    ours, theirs = one["ours"], one["theirs"]
    return OrderDifference(
        one["reference"], DifferenceKind(one["kind"]),
        None if ours is None else OrderState(ours), None if theirs is None else OrderState(theirs),
    )  # fmt: skip
