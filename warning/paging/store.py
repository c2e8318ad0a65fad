"""Pages in the database: one row for each group and warning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.dialect import insert_if_new
from warning.tables import pages


class WarningPageState(StrEnum):
    """`placed`: the switch has it, or may have it; `ended`: it was sent to the end. `stopping`: it is to end
    before.
    """

    WAITING = "waiting"
    PLACED = "placed"
    ENDED = "ended"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    STOPPING = "stopping"
    STOPPED = "stopped"


OPEN: Final = (WarningPageState.WAITING, WarningPageState.PLACED, WarningPageState.STOPPING)


@dataclass(frozen=True, slots=True)
class WarningPage:
    """`mark` and `about` say what is heard; `begun`: its sounds have begun; `tries` since the state."""

    delivery_id: UUID
    paging_group: str
    mark: str
    about: str
    made_at: datetime
    until: datetime
    state: WarningPageState
    begun: bool
    tries: int
    due_at: datetime


async def add(connection: AsyncConnection, page: WarningPage) -> bool:
    """False when it is there already."""
    row = {name: getattr(page, name) for name in pages.c.keys()}  # noqa: SIM118
    return await insert_if_new(connection, pages, {**row, "state": page.state.value})


async def open_ones(connection: AsyncConnection) -> list[WarningPage]:
    """Those that wait, or are on the switch; the oldest first."""
    wanted = (
        select(pages)
        .where(pages.c.state.in_([state.value for state in OPEN]))
        .order_by(pages.c.made_at, pages.c.delivery_id)
    )
    return [_page(row) for row in await connection.execute(wanted)]


async def change(
    connection: AsyncConnection, page: WarningPage, state: WarningPageState, **values: Any
) -> bool:
    """Whether it was still in the state in which it was read."""
    done = await connection.execute(
        update(pages)
        .where(pages.c.delivery_id == page.delivery_id, pages.c.state == page.state.value)
        .values(state=state.value, **values)
    )
    return bool(done.rowcount)


async def note(connection: AsyncConnection, delivery_id: UUID, state: WarningPageState | None) -> None:
    """Its sounds have begun, and how they ended, if they have; whatever was thought of it before."""
    values: dict[str, Any] = {} if state is WarningPageState.FAILED else {"begun": True}
    if state is not None:
        values["state"] = state.value
    await connection.execute(update(pages).where(pages.c.delivery_id == delivery_id).values(**values))


async def withdraw(connection: AsyncConnection, delivery_ids: Collection[UUID], now: datetime) -> None:
    """What is not on the switch does not come there any more; what is ends."""
    of_them = pages.c.delivery_id.in_(delivery_ids)
    for before, after in (
        (WarningPageState.WAITING, WarningPageState.WITHDRAWN),
        (WarningPageState.PLACED, WarningPageState.STOPPING),
    ):
        await connection.execute(
            update(pages)
            .where(of_them, pages.c.state == before.value)
            .values(state=after.value, tries=0, due_at=now)
        )


async def of_deliveries(connection: AsyncConnection, delivery_ids: Sequence[UUID]) -> list[WarningPage]:
    wanted = select(pages).where(pages.c.delivery_id.in_(delivery_ids))
    return [_page(row) for row in await connection.execute(wanted)]


def _page(row: Row[Any]) -> WarningPage:
    told = {name: row._mapping[name] for name in pages.c.keys()}  # noqa: SLF001, SIM118
    return WarningPage(**{**told, "state": WarningPageState(told["state"])})
