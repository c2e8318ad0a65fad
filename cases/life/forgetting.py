"""What a case forgets with the person of a call: the number that rang, who called, and whom to call back.

Place and description stay: they say what is wrong with the city.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import PERSONAL_FIELDS
from cases.tables import case_calls, cases
from core.storage import Transaction

_PERSONAL = frozenset(name.value for name in PERSONAL_FIELDS)


async def forget_caller(transaction: Transaction, call_ids: Collection[UUID]) -> None:
    """Of every case that these calls belong to. Once more, it changes nothing."""
    connection = transaction.connection
    mine = case_calls.c.call_id.in_(list(call_ids))
    theirs = cases.c.case_id.in_(select(case_calls.c.case_id).where(mine))
    await connection.execute(update(case_calls).where(mine).values(caller="", caller_key=""))
    await _forget_in(connection, theirs)


async def forget_reporter(transaction: Transaction, case_id: UUID) -> None:
    """Of a case that was filed from a report by another channel. Once more, it changes nothing."""
    await _forget_in(transaction.connection, cases.c.case_id == case_id)


async def _forget_in(connection: AsyncConnection, theirs: ColumnElement[bool]) -> None:
    await connection.execute(update(cases).where(theirs).values(dict.fromkeys(sorted(_PERSONAL))))
    found = await connection.execute(select(cases.c.case_id, cases.c.drafted, cases.c.final).where(theirs))
    for row in found.all():
        left = {"drafted": _without(row.drafted), "final": _without(row.final)}
        if left != {"drafted": row.drafted, "final": row.final}:
            await connection.execute(update(cases).where(cases.c.case_id == row.case_id).values(**left))


def _without(form: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name not in _PERSONAL}
