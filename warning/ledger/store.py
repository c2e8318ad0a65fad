"""Warnings in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.dialect import insert_if_new
from warning.cap.model import CapMessage
from warning.channels import WarningChannel
from warning.ledger.model import BEFORE, RecordedWarning, WarningOrigin, WarningState
from warning.tables import warnings

MOST_LISTED: Final = 100
_SHOWN: Final = [column for column in warnings.c if column.name != "source"]


async def add(connection: AsyncConnection, warning: RecordedWarning, source: bytes) -> bool:
    """False when it is there already."""
    return await insert_if_new(connection, warnings, {**_row(warning), "source": source})


async def save(connection: AsyncConnection, warning: RecordedWarning) -> None:
    row = _row(warning)
    del row["message"]
    of_it = warnings.c.warning_id == warning.warning_id
    await connection.execute(update(warnings).where(of_it).values(**row))


async def find(
    connection: AsyncConnection, warning_id: UUID, *, change: bool = False
) -> RecordedWarning | None:
    wanted = select(*_SHOWN).where(warnings.c.warning_id == warning_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    return None if row is None else _warning(row)


async def among(connection: AsyncConnection, warning_ids: Collection[UUID]) -> list[RecordedWarning]:
    """Those of these ids that are here."""
    wanted = select(*_SHOWN).where(warnings.c.warning_id.in_(warning_ids))
    return [_warning(row) for row in await connection.execute(wanted)]


async def listed(
    connection: AsyncConnection, states: Collection[WarningState] = tuple(WarningState)
) -> list[RecordedWarning]:
    """The newest first."""
    wanted = select(*_SHOWN).where(warnings.c.state.in_([one.value for one in states]))
    rows = await connection.execute(wanted.order_by(warnings.c.made_at.desc()).limit(MOST_LISTED))
    return [_warning(row) for row in rows]


async def open_ones(connection: AsyncConnection) -> Sequence[UUID]:
    """Those that time may end."""
    states = [one.value for one in (*BEFORE, WarningState.RUNNING)]
    wanted = select(warnings.c.warning_id).where(warnings.c.state.in_(states))
    return (await connection.execute(wanted.order_by(warnings.c.warning_id))).scalars().all()


async def source_of(connection: AsyncConnection, warning_id: UUID) -> bytes:
    wanted = select(warnings.c.source).where(warnings.c.warning_id == warning_id)
    return bytes((await connection.execute(wanted)).scalar_one())


def _row(warning: RecordedWarning) -> dict[str, Any]:
    return {
        **asdict(warning),
        "message": warning.message.model_dump(mode="json"),
        "origin": warning.origin.value,
        "channels": ",".join(warning.channels),
        "state": warning.state.value,
    }


def _warning(row: Row[Any]) -> RecordedWarning:
    told = dict(row._mapping)  # noqa: SLF001
    return RecordedWarning(
        **{
            **told,
            "message": CapMessage.model_validate(told["message"]),
            "origin": WarningOrigin(told["origin"]),
            "channels": tuple(WarningChannel(one) for one in told["channels"].split(",") if one),
            "state": WarningState(told["state"]),
        }
    )
