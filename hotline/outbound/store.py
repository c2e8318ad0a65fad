"""Tables of automated calls: each call stands in one before its telephone rings.

A policy has its own table, because who is called, why, and for how long that is kept differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Generic, Literal
from uuid import UUID

from sqlalchemy import Column, Float, Index, Row, String, Table, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import SchemaItem

from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from hotline.outbound.model import AutomatedCall, T

LIVE: Final = text("ended IS NULL")

Begun = Literal["begun", "there", "line_busy"]
"""`there`: a call of this id was made. `line_busy`: its telephone has another live call."""


def call_table(name: str, key: str, *own: SchemaItem) -> Table:
    """The columns that every policy has, and its `own`; `key` is the column of the call's id.

    Its key and a unique index keep, whatever process writes: one call for each id, one live call for each
    telephone.
    """
    return Table(
        name,
        metadata,
        Column(key, Uuid, primary_key=True),
        Column("phone", String(64), nullable=False),
        Column("line", String(80), nullable=False),
        Column("system", String(80), nullable=False),
        Column("stage", String(16), nullable=False),
        Column("outcome", String(16)),
        Column("began", Float, nullable=False),
        Column("answered", Float),
        Column("ended", Float),
        Column("began_at", UtcDateTime, nullable=False),
        *own,
        Index(f"ix_{name}_live", "line", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index(f"ix_{name}_began", "began_at"),
    )


class CallStore(Generic[T]):
    """`columns` gives what a target has in its table, `target` reads it back. `over` are values that a row
    gets when its call is over.
    """

    def __init__(
        self,
        table: Table,
        columns: Callable[[T], Mapping[str, Any]],
        target: Callable[[Row[Any]], T],
        *,
        over: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.table = table
        self._over = over
        self._columns = columns
        self._target = target
        (self._key,) = table.primary_key.columns
        self._has_key, self._has_spoken = "key" in table.c, "spoken" in table.c

    async def begin(self, connection: AsyncConnection, call: AutomatedCall[T], longest_s: float) -> Begun:
        """Write a call down that is about to be placed, if it was never made and its telephone is free.

        A row of that telephone that is older than any call can be was left behind, and is closed.
        """
        calls = self.table.c
        await connection.execute(
            update(self.table)
            .where(
                calls.line == call.target.line, calls.ended.is_(None), calls.began < call.began - longest_s
            )
            .values({"stage": "over", "outcome": "unknown", "ended": call.began, **self._over})
        )
        row = {self._key.name: call.target.call_id, **self._values(call)}
        if await insert_if_new(connection, self.table, row):
            return "begun"
        return "line_busy" if await self.find(connection, call.target.call_id) is None else "there"

    async def save(self, connection: AsyncConnection, call: AutomatedCall[T]) -> None:
        this = self._key == call.target.call_id
        await connection.execute(update(self.table).where(this).values(self._values(call)))

    async def find(self, connection: AsyncConnection, call_id: UUID) -> AutomatedCall[T] | None:
        row = (await connection.execute(select(self.table).where(self._key == call_id))).first()
        return None if row is None else self.call(row)

    async def live(self, connection: AsyncConnection, system: str) -> Sequence[AutomatedCall[T]]:
        """Calls on this switch that are not over."""
        calls = self.table.c
        query = select(self.table).where(calls.ended.is_(None), calls.system == system)
        return [self.call(row) for row in await connection.execute(query)]

    async def prune(self, connection: AsyncConnection, before: datetime) -> int:
        """Forget calls that are over and began before then; how many."""
        calls = self.table.c
        old = calls.ended.is_not(None) & (calls.began_at < before)
        return (await connection.execute(delete(self.table).where(old))).rowcount

    def call(self, row: Row[Any]) -> AutomatedCall[T]:
        """A stored row as a call."""
        return AutomatedCall(
            self._target(row),
            row.system,
            row.began,
            stage=row.stage,
            key=row.key if self._has_key else "",
            spoken=row.spoken if self._has_spoken else False,
            answered=row.answered,
            ended=row.ended,
            outcome=row.outcome,
        )

    def _values(self, call: AutomatedCall[T]) -> dict[str, Any]:
        pressed: dict[str, Any] = {"key": call.key} if self._has_key else {}
        if self._has_spoken:
            pressed["spoken"] = call.spoken
        return {
            **self._columns(call.target),
            **pressed,
            "line": call.target.line,
            "system": call.system,
            "stage": call.stage,
            "outcome": call.outcome,
            "began": call.began,
            "answered": call.answered,
            "ended": call.ended,
            "began_at": datetime.fromtimestamp(call.began, UTC),
            **({} if call.ended is None else self._over),
        }
