"""Follows the log of cases: makes what each case counts for anew, and adds the difference to the months.

One projector at a time writes (several services may share a database), so the sums of the months are exactly
those of the facts. Filing and handling wait for nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.deadlines import store as clock_store
from cases.dispatch import store as dispatch_store
from cases.drafting import store as draft_store
from cases.drafting.model import FieldName
from cases.errors import NoSuchDraft
from cases.evaluation import rollup
from cases.evaluation.model import (
    CaseHistory,
    EvaluationFact,
    EvaluationRules,
    city_day_number,
    fact_of,
)
from cases.evaluation.ports import AssignmentSource
from cases.evaluation.repeats import RepeatRule, root_of
from cases.evaluation.tables import facts, months, progress
from cases.events import CaseSource, ReportDeclined
from cases.life import store as case_store
from cases.life.model import Case
from cases.life.store import CaseLogEntry
from cases.responsibility import store as department_store
from cases.responsibility.store import DepartmentPart
from cases.search.model import order_of
from cases.tables import case_history, cases, drafts
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway
from core.storage.dialect import lock_number, upsert

_log = logger("cases")
_made = counter("cases_evaluation_facts", "Cases whose share in the evaluation was made or made anew")
BATCH: Final = 500
LATE: Final = 1_000
"""Lines of the log that are read again: one with a lower number may be committed after a higher one."""
_MOMENT: Final = 5
"""Batches that a reader waits for."""
_LOCK: Final = 0x45564C
_LOG: Final = "log"


class EvaluationProjector:
    def __init__(
        self,
        storage: Storage,
        *,
        rules: EvaluationRules,
        repeats: RepeatRule,
        assignments: AssignmentSource,
    ) -> None:
        self._storage = storage
        self._rules = rules
        self._repeats = repeats
        self._assignments = assignments
        self._seen: set[int] = set()

    async def run(self, poll_s: float) -> None:
        looked = False
        while True:
            try:
                if not looked:
                    await self.find_declined()
                    looked = True
                done = await self.follow()
            except StorageAway:
                done = 0
            if not done:
                await self._storage.clock.sleep(poll_s)

    async def catch_up(self) -> int:
        """Follow to the end of the log; how many of its lines were new. Raises `StorageAway`."""
        total = 0
        while done := await self.follow():
            total += done
        return total

    async def nearly(self) -> bool:
        """Follow the log for a moment: whether its end is reached. Raises `StorageAway`."""
        for _ in range(_MOMENT):
            if not await self.follow():
                return True
        return False

    async def follow(self) -> int:
        """Deal with the next lines of the log: how many."""
        async with self._storage.read() as connection:
            mark, lines = await self._next(connection)
        if not lines:
            return 0
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await lock_number(connection, _LOCK)
            await self._make(connection, sorted({case_id for _, case_id in lines}))
            mark = max(mark, lines[-1][0])
            await upsert(connection, progress, {"name": _LOG, "seq": mark}, keys=("name",))
        self._seen.update(seq for seq, _ in lines)
        self._seen = {seq for seq in self._seen if seq > mark - LATE}
        return len(lines)

    async def on_declined(self, event: ReportDeclined) -> None:
        """A report of which no case was made counts once. Raises `StorageAway`: the event comes again."""
        async with self._storage.write() as transaction:
            await lock_number(transaction.connection, _LOCK)
            await self._declined(transaction.connection, [event.draft_id])

    async def find_declined(self) -> None:
        """Count the reports that were declined before there was an evaluation."""
        telephone = CaseSource.TELEPHONE.value
        query = (
            select(drafts.c.draft_id)
            .outerjoin(facts, facts.c.subject_id == drafts.c.draft_id)
            .where(drafts.c.state == "discarded", drafts.c.source != telephone, facts.c.subject_id.is_(None))
            .limit(BATCH)
        )
        while True:
            async with self._storage.write() as transaction:
                await lock_number(transaction.connection, _LOCK)
                found = list(await transaction.connection.scalars(query))
                await self._declined(transaction.connection, found)
            if len(found) < BATCH:
                return

    async def rebuild(self) -> int:
        """Make everything anew from the cases; how many lines of the log were read. What a case repeats stays
        as it was found when it was filed: the caller may be erased since.
        """
        async with self._storage.write() as transaction:
            await lock_number(transaction.connection, _LOCK)
            await transaction.connection.execute(delete(months))
            await rollup.from_facts(transaction.connection)
            await transaction.connection.execute(delete(progress))
        self._seen.clear()
        return await self.catch_up()

    # --- one transaction ----------------------------------------------------------------------------

    async def _next(self, connection: AsyncConnection) -> tuple[int, list[tuple[int, UUID]]]:
        mark = int(await connection.scalar(select(progress.c.seq).where(progress.c.name == _LOG)) or 0)
        query = (
            select(case_history.c.seq, case_history.c.case_id)
            .where(case_history.c.seq > mark - LATE)
            .order_by(case_history.c.seq)
            .limit(BATCH + LATE)
        )
        unseen = [(int(row.seq), row.case_id) for row in await connection.execute(query)]
        return mark, [one for one in unseen if one[0] not in self._seen][:BATCH]

    async def _make(self, connection: AsyncConnection, ids: Sequence[UUID]) -> None:
        before = await _held(connection, ids)
        found = await _cases(connection, ids)
        log = await _logs(connection, ids)
        clocks = await clock_store.of_cases(connection, ids)
        sent = await dispatch_store.of_cases(connection, ids)
        answering = await department_store.of_cases(connection, ids)
        assigned = await self._assignments.of_cases(connection, ids)
        roots: dict[UUID, UUID | None] = {key: row["repeat_root"] for key, row in before.items()}
        after: dict[UUID, EvaluationFact] = {}
        for case in found:
            key = case.case_id
            if key not in roots:
                roots[key] = await root_of(connection, case, self._repeats, roots)
            host = next((one for one in answering[key] if one.part is DepartmentPart.HOST), None)
            known = CaseHistory(
                log=log[key], clocks=clocks[key], dispatches=sent[key], assignments=assigned.get(key, ()),
                host="" if host is None else host.department_id, repeat_root=roots[key],
            )  # fmt: skip
            after[key] = fact_of(case, known, self._rules)
        await self._keep(connection, before, after)
        _made.inc(len(after))

    async def _declined(self, connection: AsyncConnection, ids: Sequence[UUID]) -> None:
        before = await _held(connection, ids)
        after: dict[UUID, EvaluationFact] = {}
        for draft_id in ids:
            if draft_id in before:
                continue
            try:
                stored = await draft_store.get(connection, draft_id)
            except NoSuchDraft:
                continue  # its reporter was forgotten, and all of it with him
            query = select(drafts.c.created_at).where(drafts.c.draft_id == draft_id)
            at = (await connection.execute(query)).scalar_one()
            draft = stored.draft
            attributes: dict[str, Any] = {
                "is_case": False, "filed_order": order_of(at), "filed_at": at,
                "day": city_day_number(at, self._rules.hours),
                "district": (draft.value(FieldName.DISTRICT) or "")[:6], "street": "", "cell": "",
                "beat": "", "department": "", "class": (draft.value(FieldName.CATEGORY) or "")[:80],
                "source": draft.source.value, "person": stored.taken_by or "", "handler": "",
                "acceptor": "", "confidential": False, "repeat_root": None,
            }  # fmt: skip
            after[draft_id] = EvaluationFact(draft_id, attributes, {"received": 1, "declined": 1})
        await self._keep(connection, before, after)

    async def _keep(
        self,
        connection: AsyncConnection,
        before: Mapping[UUID, Mapping[str, Any]],
        after: Mapping[UUID, EvaluationFact],
    ) -> None:
        rows = [one.row for one in after.values()]
        changed = [row for row in rows if dict(before.get(row["subject_id"], {})) != row]
        old = [before[row["subject_id"]] for row in changed if row["subject_id"] in before]
        await rollup.apply(connection, old, changed)
        if old:
            gone = [row["subject_id"] for row in old]
            await connection.execute(delete(facts).where(facts.c.subject_id.in_(gone)))
        if changed:
            await connection.execute(insert(facts), changed)


async def _held(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    query = select(facts).where(facts.c.subject_id.in_(list(ids)))
    return {row["subject_id"]: dict(row) for row in (await connection.execute(query)).mappings()}


async def _cases(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Case]:
    """In the order of filing."""
    query = select(cases.c.filed_order).where(cases.c.case_id.in_(list(ids)))
    keys = sorted(int(key) for key in await connection.scalars(query))
    return await case_store.by_filed_order(connection, keys)


async def _logs(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[CaseLogEntry]]:
    out: dict[UUID, list[CaseLogEntry]] = {case_id: [] for case_id in ids}
    query = (
        select(case_history)
        .where(case_history.c.case_id.in_(list(ids)))
        .order_by(case_history.c.at, case_history.c.seq)
    )
    for row in await connection.execute(query):
        out[row.case_id].append(CaseLogEntry(row.at, row.actor, row.act, "", row.dispatch_id))
    return out
