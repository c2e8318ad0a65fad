"""The citizen who called about a case: whom a crew is connected with, and who is told of progress."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from cases.tables import case_calls, dispatches
from core.numbers import dialled, read
from core.storage import Storage


async def citizen_to_call(storage: Storage, dispatch_id: UUID, *, area_code: str) -> str:
    """The number of the newest call of the case that has one that can be called, as it is dialled; empty when
    there is none. Raises `StorageAway`.
    """
    wanted = (
        select(case_calls.c.caller)
        .join(dispatches, dispatches.c.case_id == case_calls.c.case_id)
        .where(dispatches.c.dispatch_id == dispatch_id, case_calls.c.caller != "")
        .order_by(case_calls.c.linked_at.desc())
    )
    async with storage.read() as connection:
        numbers = (await connection.execute(wanted)).scalars().all()
    known = [read(number, area_code=area_code) for number in numbers]
    ours = [one for one in known if one is not None and one.kind in {"mobile", "fixed"}]
    return dialled(ours[0], area_code=area_code) if ours else ""


async def mobile_of_case(storage: Storage, case_id: UUID) -> str:
    """The newest mobile number that called about the case, as it is dialled; empty when there is none. Raises
    `StorageAway`.
    """
    wanted = (
        select(case_calls.c.caller)
        .where(case_calls.c.case_id == case_id, case_calls.c.caller != "")
        .order_by(case_calls.c.linked_at.desc())
    )
    async with storage.read() as connection:
        numbers = (await connection.execute(wanted)).scalars().all()
    known = (read(number) for number in numbers)
    return next((one.national for one in known if one is not None and one.kind == "mobile"), "")
