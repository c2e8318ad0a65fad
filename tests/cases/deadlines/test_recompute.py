"""A change of rules reaches the cases that are being handled, tried first, on record, and no fact is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cases.assignments.following import CaseAssignments
from cases.assignments.record import AssignmentRecord
from cases.catalogue.model import Catalogues, LimitAmount
from cases.deadlines.recompute import CaseRecompute, RecomputedCase
from cases.deadlines.service import CaseDeadlines
from cases.dispatch.record import DispatchRecord
from cases.events import CaseChanged, CaseView, DeadlineState
from cases.life.model import CaseAction
from cases.responsibility.loading import responsibility_from
from cases.responsibility.service import CaseDepartments
from cases.views import CaseViews
from core.actor import system
from core.ids import uuid7
from core.storage import Storage
from tests.cases.deadlines.test_clocks_of_cases import COVER, NINE, NO_LIMIT, WASTE, act, at_nine, filed, told
from tests.cases.rooms import DISPATCHER, Stage

WHO = system("recompute")
ROWS = """
departments:
  - {id: bureau, name_zh: 新城管局, name_en: New Bureau, level: city, source: test}
rows:
  - {classes: [P, E], host: bureau, why: 机构改革}
"""


def changed(on: Stage, hours: float) -> CaseRecompute:
    """Exposed waste may take so many natural hours now, and one bureau answers for all."""
    known = on.room.knowledge
    limits = tuple(
        replace(one, allowed=LimitAmount(hours, "hours", f"{hours:g}小时")) if one.code == "E0110" else one
        for one in known.catalogues.default.limits
    )
    catalogues = Catalogues(replace(known.catalogues.default, limits=limits), known.catalogues.others)
    deadlines = CaseDeadlines(catalogues, known.calendar, warn_after=0.75)
    return CaseRecompute(
        on.storage,
        deadlines,
        CaseDepartments(catalogues, responsibility_from(ROWS.encode(), "rows.yaml")),
        on.room.record,
        CaseAssignments(
            known.workflow,
            deadlines,
            AssignmentRecord(
                deadlines,
                on.room.record,
                DispatchRecord(on.storage.clock, on.room.search, CaseViews(catalogues, known.gazetteer)),
                on.audited,
            ),
        ),
        on.room.grid.area_class_now,
    )


async def ran(work: CaseRecompute, *, write: bool) -> list[RecomputedCase]:
    return [one async for one in work.run(WHO, write=write)]


async def seen(on: Stage, case: CaseView) -> CaseView:
    return await on.room.cases.get(case.case_id)


async def test_a_trial_changes_nothing_and_says_what_writing_would(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    waste, cover = await filed(on, WASTE), await filed(on, COVER)
    done = await filed(on, WASTE)
    await act(on, done.case_id, CaseAction.DONE)
    before = [await seen(on, one) for one in (waste, cover, done)]
    events = len(await on.emitted())
    tried = await ran(changed(on, 24), write=False)
    assert [await seen(on, one) for one in (waste, cover, done)] == before
    assert len(await on.emitted()) == events
    assert [one.case_id for one in tried] == [waste.case_id, cover.case_id]
    assert (tried[0].limit_before, tried[0].limit_after) == ("4工作时", "24小时")
    assert tried[0].due_after == NINE + timedelta(hours=24)
    assert (tried[1].due_before, tried[1].host_after) == (tried[1].due_after, "bureau")
    written = await ran(changed(on, 24), write=True)
    assert written == tried
    assert await ran(changed(on, 24), write=True) == []
    after = await seen(on, waste)
    assert after.deadline is not None
    assert after.responsible is not None
    assert (after.deadline.limit, after.responsible.host.id) == ("24小时", "bureau")
    assert await seen(on, done) == before[2], "a case that is done keeps what it had"
    log = await on.room.cases.history(waste.case_id)
    assert (log[-1].act, log[-1].actor) == ("recompute", WHO.id)
    assert "4工作时 → 24小时" in log[-1].reason
    last = [one for one in await on.emitted() if isinstance(one, CaseChanged)][-1]
    assert last.act == "recompute"


async def test_that_a_deadline_passed_stays_a_fact(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, WASTE)
    clock.advance(7 * 3600)
    await on.room.watch.look()
    await ran(changed(on, 24), write=True)
    view = await seen(on, case)
    assert view.deadline is not None
    assert (view.deadline.state, view.deadline.was_overdue) == (DeadlineState.RUNNING, True)
    clock.advance(18 * 3600)
    await on.room.watch.look()
    assert await told(on) == ["warned", "passed", "warned", "passed"], "the new deadline passed too"


async def test_a_shorter_limit_is_found_at_once_and_once(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, WASTE)
    clock.advance(2 * 3600)
    await ran(changed(on, 1), write=True)
    await on.room.watch.look()
    assert await told(on) == ["warned", "passed"]
    view = await seen(on, case)
    assert view.deadline is not None
    assert view.deadline.state is DeadlineState.OVERDUE
    await ran(changed(on, 1.5), write=True)
    await on.room.watch.look()
    assert await told(on) == ["warned", "passed"], "it is as late as before"


async def test_what_a_person_chose_stays(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    waste, cover = await filed(on, NO_LIMIT), await filed(on, COVER, condition="异响")
    await on.room.cases.choose_department(
        waste.case_id, "lighting", op_id=uuid7(), actor=DISPATCHER, reason="路灯所"
    )
    await ran(changed(on, 24), write=True)
    kept, chosen = await seen(on, waste), await seen(on, cover)
    assert kept.responsible is not None
    assert (kept.responsible.host.id, kept.responsible.chosen_by) == ("lighting", DISPATCHER.id)
    assert chosen.deadline is not None
    assert (chosen.deadline.limit, chosen.deadline.assumed) == ("2工作日", False)


async def test_a_reopened_case_without_a_clock_counts_from_its_last_reopening(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, WASTE)
    for _ in range(2):
        clock.advance(24 * 3600)
        await act(on, case.case_id, CaseAction.DONE)
        await act(on, case.case_id, CaseAction.REOPEN)
    reopened = clock.now()
    clock.advance(3600)
    async with any_storage.write() as transaction:
        await transaction.connection.exec_driver_sql("DELETE FROM case_clocks")
    await ran(changed(on, 24), write=True)
    view = await seen(on, case)
    assert view.deadline is not None
    assert view.deadline.started_at == reopened


async def test_a_case_of_an_earlier_version_gets_its_clock(any_storage: Storage) -> None:
    """As after the upgrade: open, and neither clock nor departments."""
    on, _ = at_nine(any_storage)
    case = await filed(on, WASTE)
    async with any_storage.write() as transaction:
        for table in ("case_clocks", "case_departments"):
            await transaction.connection.exec_driver_sql(f"DELETE FROM {table}")
    assert (await seen(on, case)).deadline is None
    (change,) = await ran(changed(on, 24), write=True)
    assert (change.limit_before, change.limit_after) == (None, "24小时")
    view = await seen(on, case)
    assert view.deadline is not None
    assert view.deadline.started_at == case.filed_at
