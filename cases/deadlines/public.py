"""When cases are to be done, as everybody may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cases.deadlines import store
from cases.deadlines.model import current
from cases.merging.store import survivors
from cases.tables import cases
from core.storage import Storage


async def expected_times(storage: Storage, case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """The deadline of each case whose clock runs; of a merged one, of the case that goes on for it. A paused
    clock, a case that is done and a confidential one have none. Raises `StorageAway`.
    """
    if not case_ids:
        return {}
    columns = (cases.c.case_id, cases.c.merged_into)
    async with storage.read() as connection:
        found = await connection.execute(select(*columns).where(cases.c.case_id.in_(set(case_ids))))
        merged = {row.case_id: row.merged_into for row in found}
        onward = await survivors(connection, {one: into for one, into in merged.items() if into is not None})
        acting = {one: onward[one].case_id if one in onward else one for one in merged}
        shown = select(cases.c.case_id).where(
            cases.c.case_id.in_(set(acting.values())), ~cases.c.confidential
        )
        open_to_all = set((await connection.execute(shown)).scalars())
        clocks = await store.of_cases(connection, sorted(open_to_all))
    due = {
        one: clock.terms.due_at
        for one in open_to_all
        if (clock := current(clocks[one])) is not None and clock.stopped_at is None
    }
    return {one: due[goes_on] for one, goes_on in acting.items() if goes_on in due}
