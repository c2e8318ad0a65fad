"""What stands beside a case goes when the case is long over, and nothing of an open one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseState, CaseView, VerificationState
from cases.exchange.order_model import OrderState
from cases.exchange.tables import orders, reconciliations
from cases.pruning.service import CasePruning, CasePruningReport
from cases.pruning.settings import CasePruningSettings
from cases.tables import cases
from cases.verification.ports import TaskPhoto
from cases.verification.tables import verifications
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import NINE, Office, office

LATER = timedelta(days=1_200)


@dataclass
class _Kept:
    """Fills both ports: cases under a hold, and tasks with a photo."""

    cases: set[UUID] = field(default_factory=set)
    tasks: set[UUID] = field(default_factory=set)

    async def held(self, connection: AsyncConnection, case_ids: Collection[UUID]) -> Collection[UUID]:
        del connection
        return self.cases & set(case_ids)

    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        return [TaskPhoto(uuid7(), NINE, kept=True)] if task_id in self.tasks else []


async def _insert(storage: Storage, *statements: Any) -> None:
    async with storage.write() as transaction:
        for one in statements:
            await transaction.connection.execute(one)


async def _task(storage: Storage, case: CaseView, *, state: str = VerificationState.ANSWERED) -> UUID:
    task_id = uuid7()
    values = {
        "task_id": task_id, "case_id": case.case_id, "unit_id": "app:1", "unit_name": "一组", "state": state,
        "words": "看看", "asked_by": "zhao", "asked_at": NINE, "due_at": NINE, "beat": "",
        "confidential": False, "finding": "", "answer": "", "acts": [],
    }  # fmt: skip
    await _insert(storage, insert(verifications).values(values))
    return task_id


async def _order(storage: Storage, reference: str, case: CaseView | None, state: OrderState) -> str:
    values = {
        "reference": reference, "draft_id": uuid7(), "case_id": case and case.case_id, "state": state.value,
        "registered_at": NINE, "received_at": NINE,
    }  # fmt: skip
    await _insert(storage, insert(orders).values(values))
    return reference


async def _compared(storage: Storage, day: str, *references: str, state: str = "differs") -> str:
    named = [{"reference": one, "kind": "state", "ours": None, "theirs": None} for one in references]
    values = {
        "day": day, "form_id": uuid7(), "state": state, "began_at": NINE, "attempts": 1, "error": "",
        "ours": 1, "differences": {"count": len(named), "first": named},
    }  # fmt: skip
    await _insert(storage, insert(reconciliations).values(values))
    return day


async def _case(at: Office, state: CaseState, *, into: CaseView | None = None) -> CaseView:
    case = await at.filed()
    values = {"state": state.value, "merged_into": into and into.case_id}
    await _insert(at.on.storage, update(cases).where(cases.c.case_id == case.case_id).values(values))
    return case


async def _left(storage: Storage) -> tuple[set[UUID], set[str], set[str]]:
    async with storage.read() as connection:
        tasks = set((await connection.execute(select(verifications.c.task_id))).scalars())
        references = set((await connection.execute(select(orders.c.reference))).scalars())
        return tasks, references, set((await connection.execute(select(reconciliations.c.day))).scalars())


async def test_what_is_long_over_goes_and_nothing_of_an_open_case(any_storage: Storage) -> None:
    at, kept = office(any_storage), _Kept()
    pruning = CasePruning(any_storage, CasePruningSettings(), kept, kept)
    still_open, over = await _case(at, CaseState.FILED), await _case(at, CaseState.CLOSED)
    merged = await _case(at, CaseState.MERGED, into=still_open)
    merged_and_over = await _case(at, CaseState.MERGED, into=over)
    under_hold = await _case(at, CaseState.CLOSED)
    kept.cases.add(under_hold.case_id)
    tasks = {
        await _task(any_storage, still_open), await _task(any_storage, merged),
        await _task(any_storage, under_hold), await _task(any_storage, over, state=VerificationState.ASKED),
    }  # fmt: skip
    with_photo = await _task(any_storage, over)
    kept.tasks.add(with_photo)
    gone = {await _task(any_storage, over), await _task(any_storage, merged_and_over)}
    await _order(any_storage, "1-open", still_open, OrderState.FILED)
    await _order(any_storage, "2-waits", None, OrderState.RECEIVED)
    await _order(any_storage, "3-over", over, OrderState.CLOSED)
    await _order(any_storage, "4-declined", None, OrderState.DECLINED)
    await _compared(any_storage, "2026-11-01", "1-open")
    await _compared(any_storage, "2026-11-02", "3-over")
    await _compared(any_storage, "2026-11-03", state="asking")
    everything = await _left(any_storage)
    assert await pruning.run_once() == CasePruningReport(dry_run=False), "nothing is old yet"
    at.clock.advance(LATER.total_seconds())
    found = CasePruningReport(dry_run=True, verifications=2, orders=2, reconciliations=1, held=1)
    assert await pruning.run_once(dry_run=True) == found
    assert await _left(any_storage) == everything
    done = await pruning.run_once()
    assert (done.verifications, done.orders, done.reconciliations, done.held) == (2, 2, 1, 1)
    assert await _left(any_storage) == (
        tasks | {with_photo}, {"1-open", "2-waits"}, {"2026-11-01", "2026-11-03"},
    )  # fmt: skip
    assert not gone & (await _left(any_storage))[0]
    again = await pruning.run_once()
    assert (again.verifications, again.orders, again.reconciliations) == (0, 0, 0)


async def test_a_case_that_was_over_only_lately_keeps_what_stands_beside_it(any_storage: Storage) -> None:
    at, kept = office(any_storage), _Kept()
    case = await _case(at, CaseState.CLOSED)
    task = await _task(any_storage, case)
    at.clock.advance(LATER.total_seconds())
    lately = datetime.fromtimestamp(at.clock.now().timestamp() - 86_400, UTC)
    await _insert(any_storage, update(cases).where(cases.c.case_id == case.case_id).values(updated_at=lately))
    pruning = CasePruning(any_storage, CasePruningSettings(), kept, kept)
    assert (await pruning.run_once()).verifications == 0
    assert (await _left(any_storage))[0] == {task}
