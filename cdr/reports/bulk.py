"""The number of calls that one person may export alone; more need a second person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.reports.query import ReportQuery
from core.actor import Actor
from core.second_person import ApprovalWish, SecondPerson, SecondPersonNeeded

EXPORT_CALLS: Final = "export-calls"


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """`rows` are free; `second` approves more."""

    rows: int
    second: SecondPerson

    async def counted(self, connection: AsyncConnection, before: Select[Any] | None) -> int:
        """How many rows came before a page, as far as it matters."""
        if before is None:
            return 0
        rows = before.order_by(None).limit(self.rows + 1).subquery()
        return int((await connection.execute(select(func.count()).select_from(rows))).scalar_one())

    async def take(self, actor: Actor, rows: int, asked: ReportQuery, *, last: bool) -> None:
        """The actor reads a page, and has so many rows then; `last` ends the request by which he does.

        Raises `SecondPersonNeeded`, which says what to ask for.
        """
        if rows <= self.rows:
            return
        parameters = _parameters(asked)
        try:
            number = await self.second.go(actor, ApprovalWish(EXPORT_CALLS, parameters, ""))
        except SecondPersonNeeded as needed:
            if "number" in needed.extra:
                raise
        else:
            if last:
                await self.second.done(number, f"{rows} calls")
            return
        raise SecondPersonNeeded(
            f"these are more than {self.rows} calls",
            remedy=f"ask for less time, or for a second person: POST /api/approvals with act {EXPORT_CALLS} "
            "and these parameters",
            act=EXPORT_CALLS,
            parameters=json.dumps(parameters),
        )


def _parameters(asked: ReportQuery) -> dict[str, str]:
    return {
        "from": _moment(asked.since),
        "to": _moment(asked.to),
        "queue": asked.queue or "",
        "agent": asked.agent or "",
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
