"""Counts the clocks of cases that are being handled anew, and decides their departments and the class of
their area anew, after a change of rules, beats or calendar. Each change stands in its case's log, and what
was found of the former clock stays.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.area_class import AreaClass
from cases.assignments.following import CaseAssignments
from cases.deadlines.model import DeadlineFact
from cases.deadlines.recount import CaseRecount, CountedTo
from cases.deadlines.service import CaseDeadlines
from cases.events import CaseState
from cases.life import store
from cases.life.model import Case
from cases.life.record import CaseRecord
from cases.responsibility.service import CaseDepartments
from cases.responsibility.store import CaseDepartment
from cases.tables import cases
from core.actor import Actor
from core.storage import Storage

ACT: Final = "recompute"
AT_ONCE: Final = 50
"""Cases of one transaction: others write between two."""


@dataclass(frozen=True, slots=True)
class RecomputedCase:
    """What changes, or has changed, about a case. `host_…` are ids, None for nobody."""

    case_id: UUID
    number: str
    limit_before: str | None
    limit_after: str | None
    due_before: datetime | None
    due_after: datetime | None
    host_before: str | None
    host_after: str | None
    area_before: AreaClass | None
    area_after: AreaClass | None
    facts: Sequence[DeadlineFact]

    @property
    def words(self) -> str:
        """The change as the case's log has it."""
        parts = []
        if (self.limit_before, self.due_before) != (self.limit_after, self.due_after):
            before, after = _moment(self.due_before), _moment(self.due_after)
            limits = f"{self.limit_before or '—'} → {self.limit_after or '—'}"
            parts.append(f"时限 limit {limits}, 到期 due {before} → {after}")
        if self.area_before != self.area_after:
            parts.append(f"管理区域 area {self.area_before or '—'} → {self.area_after or '—'}")
        if self.host_before != self.host_after:
            parts.append(f"主办 host {self.host_before or '—'} → {self.host_after or '—'}")
        return "; ".join(parts) or "按新规则 by the new rules"


class CaseRecompute:
    """With `write` changes are kept, else they are only told. `area_class` is the class of the area of a case
    by the beats as they are now.
    """

    def __init__(
        self,
        storage: Storage,
        deadlines: CaseDeadlines,
        departments: CaseDepartments,
        record: CaseRecord,
        assignments: CaseAssignments,
        area_class: Callable[[Case], AreaClass | None],
    ) -> None:
        self._storage = storage
        self._recount = CaseRecount(deadlines, assignments)
        self._departments = departments
        self._record = record
        self._assignments = assignments
        self._area_class = area_class

    async def run(self, actor: Actor, *, write: bool) -> AsyncIterator[RecomputedCase]:
        """The cases that change, in the order of filing. Interrupted, it may be run again."""
        last = -1
        while keys := await self._next(last):
            for change in await (self._write(keys, actor) if write else self._look(keys)):
                yield change
            last = keys[-1][0]

    async def _next(self, last: int) -> list[tuple[int, UUID]]:
        query = (
            select(cases.c.filed_order, cases.c.case_id)
            .where(cases.c.state == CaseState.FILED.value, cases.c.filed_order > last)
            .order_by(cases.c.filed_order)
            .limit(AT_ONCE)
        )
        async with self._storage.read() as connection:
            return [(row.filed_order, row.case_id) for row in await connection.execute(query)]

    async def _look(self, keys: Sequence[tuple[int, UUID]]) -> list[RecomputedCase]:
        found = []
        async with self._storage.read() as connection:
            for _, case_id in keys:
                case = await store.get(connection, case_id)
                found.append(await self._renew(connection, case, write=False))
        return [one for one in found if one is not None]

    async def _write(self, keys: Sequence[tuple[int, UUID]], actor: Actor) -> list[RecomputedCase]:
        found = []
        async with self._storage.write() as transaction:
            # In one order everywhere: nobody waits in a circle.
            for _, case_id in sorted(keys, key=lambda key: key[1]):
                case = await store.get(transaction.connection, case_id, lock=True)
                change = await self._renew(transaction.connection, case, write=True)
                if change is not None:
                    await self._record.tell_facts(transaction, case, change.facts)
                    await self._record.tell(transaction, case, ACT, actor, change.words)
                    found.append(change)
        places = {case_id: filed_order for filed_order, case_id in keys}
        return sorted(found, key=lambda one: places[one.case_id])

    async def _renew(self, connection: AsyncConnection, case: Case, *, write: bool) -> RecomputedCase | None:
        """None where nothing changes, and for a case that was done meanwhile."""
        if case.state is not CaseState.FILED:
            return None
        now = self._storage.clock.now()
        area_before, area_after = case.area_class, self._area_class(case)
        if area_after != area_before:
            case = replace(case, area_class=area_after)
            if write:
                await store.set_area_class(connection, case.case_id, area_after)
        before, after, facts = await self._recount.run(connection, case, now, write=write)
        had, has = await self._renew_departments(connection, case, now, write=write)
        if before == after and had is has and area_before == area_after:
            return None
        return RecomputedCase(
            case.case_id, case.number, _limit(before), _limit(after), _due(before), _due(after),
            _host(had), _host(has), area_before, area_after, tuple(facts),
        )  # fmt: skip

    async def _renew_departments(
        self, connection: AsyncConnection, case: Case, now: datetime, *, write: bool
    ) -> tuple[Sequence[CaseDepartment], Sequence[CaseDepartment]]:
        """A department that has signed for the case keeps it."""
        if await self._assignments.is_signed_for(connection, case):
            return (), ()
        had, has = await self._departments.renew(connection, case, now, write=write)
        if write and had is not has:
            await self._assignments.align(connection, case, has, now)
        return had, has


def _limit(terms: CountedTo | None) -> str | None:
    return None if terms is None else terms.limit_text


def _due(terms: CountedTo | None) -> datetime | None:
    return None if terms is None else terms.due_at


def _host(departments: Sequence[CaseDepartment]) -> str | None:
    return departments[0].department_id if departments else None


def _moment(at: datetime | None) -> str:
    return "—" if at is None else at.isoformat(timespec="minutes")
