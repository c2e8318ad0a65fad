"""Cases have their clock and their departments from filing on; what passes is told once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.catalogue.model import Limit, LimitAmount
from cases.clocks.calendar import load_working_calendar
from cases.deadlines import store
from cases.deadlines.model import DeadlineFact
from cases.deadlines.service import CaseDeadlines
from cases.deadlines.watch import AT_ONCE, LEFT_S, DeadlineWatch
from cases.drafting.model import FieldName
from cases.errors import NoSuchCondition
from cases.events import (
    CaseDeadlinePassed,
    CaseDeadlineWarned,
    CaseFiled,
    CaseView,
    DeadlineState,
)
from cases.life.model import Case, CaseAction
from cases.paper.service import PaperCase
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, Stage, stage
from tests.cases.test_story import report
from tests.storage import empty_sqlite

NINE = datetime(2026, 11, 30, 1, tzinfo=UTC)
COVER = "gbt30428.2@2013/P0101"
WASTE = "gbt30428.2@2013/E0110"
NO_LIMIT = "gbt30428.2@2013/P0201"


def at_nine(storage: Storage) -> tuple[Stage, ManualClock]:
    storage.clock = clock = ManualClock(NINE)
    return stage(storage), clock


async def filed(
    on: Stage,
    category: str = WASTE,
    *,
    condition: str = "",
    district: str | None = "230110",
    urgency: str | None = None,
) -> CaseView:
    fields = {FieldName.CATEGORY: category, FieldName.ADDRESS: "公滨路5号", FieldName.DISTRICT: district}
    fields |= {} if urgency is None else {FieldName.URGENCY: urgency}
    written = PaperCase(fields, on.storage.clock.now(), "王", condition=condition)
    return await on.room.paper.enter(written, op_id=uuid7(), actor=AGENT)


async def act(on: Stage, case_id: UUID, what: CaseAction) -> CaseView:
    who = ACCEPTOR if what in {CaseAction.VERIFY, CaseAction.CLOSE} else DISPATCHER
    return await on.room.cases.take_step(
        case_id, what, op_id=uuid7(), actor=who, reason="如此", condition="restored"
    )


async def told(on: Stage) -> list[str]:
    kinds = (CaseDeadlineWarned, CaseDeadlinePassed)
    return [one.TYPE.removeprefix("cases.deadline_") for one in await on.emitted() if isinstance(one, kinds)]


async def test_a_case_has_its_clock_and_its_departments_with_its_number(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    view = await filed(on)
    assert view.deadline is not None
    assert view.deadline.due_at == NINE + timedelta(hours=6), "four working hours: to noon, and from two on"
    assert (view.deadline.limit, view.deadline.state) == ("4工作时", DeadlineState.RUNNING)
    assert not view.deadline.assumed
    assert view.responsible is not None
    assert view.responsible.host.id == "district-230110"
    assert (view.responsible.row or 0) > 0
    assert view.responsible.why
    (event,) = [one for one in await on.emitted() if isinstance(one, CaseFiled)]
    assert event.case.deadline == view.deadline
    assert event.case.responsible == view.responsible
    assert (await on.room.cases.get(view.case_id)).deadline == view.deadline


async def test_an_agent_chooses_the_condition_or_the_strictest_counts(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    assumed, chosen = await filed(on, COVER), await filed(on, COVER, condition="异响")
    assert assumed.deadline is not None
    assert chosen.deadline is not None
    assert (assumed.deadline.limit, assumed.deadline.assumed) == ("2紧急工作时", True)
    assert (chosen.deadline.limit, chosen.deadline.assumed) == ("2工作日", False)
    assert (chosen.deadline.condition_zh, chosen.deadline.condition_en) == ("异响", "rattling")
    with pytest.raises(NoSuchCondition):
        await filed(on, COVER, condition="异响 ")
    assert len([one for one in await on.emitted() if isinstance(one, CaseFiled)]) == 2


async def test_urgency_decides_the_clock_unless_a_condition_was_chosen(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    calm, urgent = await filed(on, NO_LIMIT), await filed(on, NO_LIMIT, urgency="urgent")
    assert calm.deadline is None
    assert urgent.deadline is not None
    assert (urgent.deadline.limit, urgent.deadline.due_at) == ("1紧急工作时", NINE + timedelta(hours=1))
    waste = await filed(on, WASTE, urgency="danger")
    assert waste.deadline is not None
    assert (waste.deadline.limit, waste.deadline.condition_en) == ("1紧急工作时", "secured at once")
    cover = await filed(on, COVER, urgency="urgent")
    assert cover.deadline is not None
    assert cover.deadline.limit == "2紧急工作时", "the city's own row"
    chosen = await filed(on, COVER, urgency="urgent", condition="异响")
    assert chosen.deadline is not None
    assert chosen.deadline.limit == "2工作日"
    clock.advance(60)
    done = await act(on, urgent.case_id, CaseAction.DONE)
    again = await act(on, done.case_id, CaseAction.REOPEN)
    assert again.deadline is not None
    assert again.deadline.due_at == NINE + timedelta(hours=1, minutes=1), "a reopened case is as urgent"


async def test_a_draft_is_filed_with_its_condition(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    call = on.a_call()
    draft = await on.room.drafts.create(call, op_id=uuid7(), actor=AGENT)
    for name, value in ((FieldName.CATEGORY, COVER), (FieldName.ADDRESS, "公滨路5号")):
        draft = await on.room.drafts.edit(
            draft.draft_id, op_id=uuid7(), name=name, value=value, rev=draft.fields[name].rev, actor=AGENT
        )
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT, condition="周边路面下沉")
    assert case.deadline is not None
    assert (case.deadline.limit, case.deadline.assumed) == ("5工作日", False)


async def test_no_limit_no_clock_and_what_is_handed_over_has_neither(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    without = await filed(on, NO_LIMIT)
    assert without.deadline is None
    assert without.responsible is not None
    handover = next(row.ref for row in on.room.knowledge.catalogues.others[-1].rows.values() if row.handover)
    over = await filed(on, handover)
    assert (over.deadline, over.responsible) == (None, None)


async def test_a_clock_warns_and_runs_out_once_each(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, COVER)
    assert await on.room.watch.look() == 0
    clock.advance(1.5 * 3600 + 1)
    assert [await on.room.watch.look() for _ in range(3)] == [1, 0, 0]
    view = await on.room.cases.get(case.case_id)
    assert view.deadline is not None
    assert view.deadline.state is DeadlineState.WARNED
    clock.advance(1800)
    assert [await on.room.watch.look() for _ in range(3)] == [1, 0, 0]
    assert await told(on) == ["warned", "passed"]
    log = [one.act for one in await on.room.cases.history(case.case_id)]
    assert log == ["file", "deadline-warned", "deadline-passed"]
    view = await on.room.cases.get(case.case_id)
    assert view.deadline is not None
    assert (view.deadline.state, view.deadline.was_overdue) == (DeadlineState.OVERDUE, True)


async def test_after_a_restart_nothing_is_lost_and_nothing_twice(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    for _ in range(25):
        await filed(on, COVER)
    clock.advance(1.6 * 3600)
    assert await on.room.watch.look() == 25
    clock.advance(24 * 3600)
    again = stage(any_storage)
    assert await again.room.watch.look() == 25
    assert await on.room.watch.look() == 0
    assert Counter(await told(on)) == {"warned": 25, "passed": 25}


async def test_a_done_case_stops_its_clock_and_keeps_that_it_was_late(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    early, late = await filed(on, COVER), await filed(on, COVER)
    early_done = await act(on, early.case_id, CaseAction.DONE)
    clock.advance(3 * 3600)
    late_done = await act(on, late.case_id, CaseAction.DONE)
    assert early_done.deadline is not None
    assert late_done.deadline is not None
    assert (early_done.deadline.state, early_done.deadline.was_overdue) == (DeadlineState.STOPPED, False)
    assert (late_done.deadline.state, late_done.deadline.was_overdue) == (DeadlineState.STOPPED, True)
    assert await told(on) == ["warned", "passed"], "nobody had looked, and it counts"
    await on.room.watch.look()
    reopened = await act(on, late.case_id, CaseAction.REOPEN)
    assert reopened.deadline is not None
    assert (reopened.deadline.state, reopened.deadline.was_overdue) == (DeadlineState.RUNNING, True)
    assert reopened.deadline.started_at == clock.now()
    assert reopened.deadline.due_at == clock.now() + timedelta(hours=2)
    assert await told(on) == ["warned", "passed"]


async def test_a_chosen_condition_counts_again_after_reopening(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    case = await filed(on, COVER, condition="异响")
    await act(on, case.case_id, CaseAction.DONE)
    again = await act(on, case.case_id, CaseAction.REOPEN)
    assert again.deadline is not None
    assert (again.deadline.limit, again.deadline.assumed) == ("2工作日", False)


async def test_a_cancelled_case_has_no_deadline_to_pass(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, COVER)
    view = await act(on, case.case_id, CaseAction.CANCEL)
    assert view.deadline is not None
    assert view.deadline.state is DeadlineState.STOPPED
    clock.advance(9 * 3600)
    assert await on.room.watch.look() == 0
    assert await told(on) == []


async def test_a_unit_that_is_done_stops_the_clock(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, COVER)
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=AGENT)
    clock.advance(3600)
    await report(on, sent.dispatch_id, "done")
    view = await on.room.cases.get(case.case_id)
    assert view.deadline is not None
    assert (view.deadline.state, view.deadline.stopped_at) == (DeadlineState.STOPPED, clock.now())


async def test_a_case_that_fails_holds_up_no_other_and_is_left_alone_for_a_minute(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, clock = at_nine(any_storage)
    cases = [await filed(on) for _ in range(AT_ONCE + 5)]
    bad, asked, look = cases[0].case_id, 0, CaseDeadlines.look

    async def looked(
        self: CaseDeadlines, connection: AsyncConnection, case: Case, now: datetime
    ) -> Sequence[DeadlineFact]:
        nonlocal asked
        if case.case_id == bad:
            asked += 1
            raise LookupError
        return await look(self, connection, case, now)

    with monkeypatch.context() as patched:
        patched.setattr(CaseDeadlines, "look", looked)
        clock.advance(7 * 3600)
        assert [await on.room.watch.look() for _ in range(3)] == [AT_ONCE + 4, 0, 0]
        before = asked
        clock.advance(LEFT_S - 1)
        assert (await on.room.watch.look(), asked) == (0, before)
    clock.advance(2)
    assert await on.room.watch.look() == 1
    assert Counter(await told(on)) == {"warned": AT_ONCE + 5, "passed": AT_ONCE + 5}


async def test_two_watchers_find_nothing_twice(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    other = DeadlineWatch(any_storage, on.room.deadlines, on.room.record)
    case = await filed(on, COVER)
    clock.advance(2 * 3600 + 1)
    async with any_storage.read() as connection:
        found = await store.due(connection, clock.now(), 10)
    assert [case_id for case_id, _ in found] == [case.case_id]
    await on.room.watch.look()
    await other._find(found)
    assert await told(on) == ["warned", "passed"]


async def test_a_limit_that_never_ends_files_the_case_without_a_clock(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    never = LimitAmount(3, "working_days", "月球季节3工作日", "月球季节")
    limits = [Limit("P0201", "任何", "any", never, "test")]
    catalogue = on.room.knowledge.catalogues.default
    before = catalogue.limits
    object.__setattr__(catalogue, "limits", (*before, *limits))
    try:
        assert (await filed(on, NO_LIMIT)).deadline is None
    finally:
        object.__setattr__(catalogue, "limits", before)


class Played:
    """One case under acts, and how often a watcher who never sleeps would have said something."""

    def __init__(self, on: Stage, clock: ManualClock, case_id: UUID) -> None:
        self.on = on
        self._clock = clock
        self._case_id = case_id
        self._state = "filed"
        self._began: datetime | None = clock.now()
        self.expected: Counter[str] = Counter()

    async def play(self, step: str, minutes: int) -> None:
        if step == "wait":
            self._clock.advance(minutes * 60)
        elif step == "look":
            await self.on.room.watch.look()
        elif step == "restart":
            self.on = stage(self.on.storage)
        elif (self._state, step) in LEADS:
            await act(self.on, self._case_id, CaseAction(step))
            if self._state == "filed":
                self.ended()
            self._state = LEADS[self._state, step]
            if self._state == "filed":
                self._began = self._clock.now()

    def ended(self) -> None:
        if self._began is not None:
            lasted = self._clock.now() - self._began
            self.expected.update(warned=int(lasted > timedelta(hours=1.5)))
            self.expected.update(passed=int(lasted > timedelta(hours=2)))
        self._began = None


LEADS = {
    ("filed", "done"): "done",
    ("filed", "cancel"): "cancelled",
    ("done", "verify"): "verified",
    ("done", "reopen"): "filed",
    ("done", "cancel"): "cancelled",
    ("verified", "reopen"): "filed",
}
_STEP = st.sampled_from(["wait", "wait", "look", "done", "reopen", "verify", "cancel", "restart"])


@given(st.lists(st.tuples(_STEP, st.integers(1, 90)), max_size=14))
async def test_no_warning_and_no_deadline_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[str, int]]
) -> None:
    storage = empty_sqlite(tmp_path_factory.mktemp("clocks") / "ledger.db")
    try:
        on, clock = at_nine(storage)
        case = await filed(on, COVER)
        played = Played(on, clock, case.case_id)
        for step, minutes in steps:
            await played.play(step, minutes)
        await played.on.room.watch.look()
        played.ended()
        assert Counter(await told(on)) == +played.expected
        view = await on.room.cases.get(case.case_id)
        assert view.deadline is not None
        assert view.deadline.was_overdue is (played.expected["passed"] > 0)
    finally:
        await storage.close()


async def test_the_share_that_warns_is_a_setting(any_storage: Storage) -> None:
    on, _ = at_nine(any_storage)
    half = CaseDeadlines(on.room.knowledge.catalogues, load_working_calendar(), warn_after=0.5)
    terms = half.terms(COVER, NINE)
    assert terms is not None
    assert terms.warn_at == NINE + timedelta(hours=1)
