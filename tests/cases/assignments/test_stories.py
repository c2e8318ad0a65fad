"""One story for each path of an assignment, from filing to closing, with its clock and the case's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.assignments import store
from cases.errors import (
    AlreadyAssigned,
    AssignmentIncomplete,
    AssignmentMovedOn,
    CaseReasonMissing,
    FourEyesRequired,
    NoSuchAssignment,
    NoSuchDepartment,
    WrongStep,
)
from cases.events import AssignmentState, CaseProgress, CaseState, CaseView, DeadlineState
from cases.life.model import CaseAction
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import (
    ACCEPTOR,
    DISPATCHER,
    HE,
    HOST,
    MA,
    NINE,
    NOBODYS,
    OTHER,
    SECOND_DISPATCHER,
    SUPERVISOR,
    Office,
    office,
)
from tests.cases.deadlines.test_recompute import changed, ran

HOUR = timedelta(hours=1)
LUNCH = timedelta(hours=2)
FOUR = NINE + 4 * HOUR + LUNCH
"""Four working hours after nine: at three, since from twelve to two nobody works."""


async def case_of(at: Office, case: CaseView) -> CaseView:
    return await at.on.room.cases.get(case.case_id)


async def step(at: Office, case: CaseView, what: CaseAction) -> CaseView:
    who = ACCEPTOR if what in {CaseAction.VERIFY, CaseAction.CLOSE, CaseAction.REOPEN_CLOSED} else DISPATCHER
    condition = "restored" if what is CaseAction.CLOSE else ""
    return await at.on.room.cases.take_step(
        case.case_id, what, op_id=uuid7(), actor=who, reason="如此", condition=condition
    )


async def test_a_case_is_signed_for_answered_verified_and_closed(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    (given,) = await at.mine(MA)
    assert (given.assignment.state, given.assignment.must_answer) == (AssignmentState.WAITING, True)
    assert given.clocks[0].due_at == FOUR
    assert [row.action.value for row in given.possible] == ["sign", "return"]
    at.clock.advance(3600)
    await at.act(MA, case, "sign")
    assert (await case_of(at, case)).progress is CaseProgress.IN_PROGRESS
    answered = await at.act(
        MA, case, "answer", "已清运", photos=(at.on.photos.put(case.case_id, f"department:{HOST}"),)
    )
    assert (answered.assignment.answer, len(answered.assignment.photos)) == ("已清运", 1)
    assert answered.clocks[-1].stopped_at == NINE + HOUR
    done = await case_of(at, case)
    assert done.state is CaseState.DONE
    assert done.deadline is not None
    assert (done.deadline.state, done.deadline.was_overdue) == (DeadlineState.STOPPED, False)
    await step(at, case, CaseAction.VERIFY)
    await step(at, case, CaseAction.CLOSE)
    assert (await at.of(case)).assignment.state is AssignmentState.FINISHED
    assert await at.mine(MA, only_open=True) == []
    log = [one.act for one in await at.on.room.cases.history(case.case_id)]
    assert log == ["file", "assignment_sign", "assignment_answer", "done", "verify", "close"]
    acts = [one.act for one in (await at.service.one(MA, given.assignment.assignment_id))[1]]
    assert acts == ["dispatch", "sign", "answer", "finish"]
    told = await at.told()
    assert told == acts


async def test_a_return_pauses_the_clock_and_another_department_starts_a_new_one(
    any_storage: Storage,
) -> None:
    at = office(any_storage)
    case = await at.filed()
    at.clock.advance(3600)
    returned = await at.act(MA, case, "return", "不是我区道路")
    assert returned.clocks[-1].due_at is None
    paused = (await case_of(at, case)).deadline
    assert paused is not None
    assert paused.state is DeadlineState.STOPPED, "the case's clock stands with its host's"
    at.clock.advance(3600)
    with pytest.raises(AssignmentIncomplete):
        await at.act(DISPATCHER, case, "reassign", "改派")
    with pytest.raises(NoSuchDepartment):
        await at.act(DISPATCHER, case, "reassign", "改派", department_id="nobody")
    assert (await at.of(case)).assignment.state is AssignmentState.RETURNED, "nothing is half done"
    given = await at.act(DISPATCHER, case, "reassign", "环卫负责", department_id=OTHER)
    assert (given.assignment.department_id, given.assignment.state) == (OTHER, AssignmentState.WAITING)
    assert given.clocks[-1].started_at == NINE + 2 * HOUR
    assert given.clocks[-1].due_at == FOUR + 2 * HOUR
    now = await case_of(at, case)
    assert now.responsible is not None
    assert now.responsible.host.id == OTHER
    assert now.deadline is not None
    assert now.deadline.due_at == FOUR + 2 * HOUR
    assert [one.assignment.state for one in await at.mine(MA)] == [AssignmentState.WITHDRAWN]
    with pytest.raises(WrongStep):
        await at.act(MA, case, "sign")
    await at.act(HE, case, "sign", department=OTHER)
    await at.act(HE, case, "answer", "清了", department=OTHER)
    assert (await case_of(at, case)).state is CaseState.DONE


async def test_a_refused_return_is_disputed_and_reviewed_by_a_second_person(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "return", "不是我区道路")
    at.clock.advance(1800)
    back = await at.act(DISPATCHER, case, "refuse_return", "是你区的")
    assert back.assignment.state is AssignmentState.SENT_BACK
    assert back.clocks[-1].due_at == FOUR + HOUR / 2, "the same clock goes on where it stood"
    shown = (await case_of(at, case)).deadline
    assert shown is not None
    assert shown.due_at == FOUR + HOUR / 2
    await at.act(MA, case, "object", "见界桩图")
    with pytest.raises(FourEyesRequired):
        await at.act(DISPATCHER, case, "overrule", "就是你区的")
    assert "overrule" not in {row.action.value for row in (await at.of(case)).possible}
    at.clock.advance(1800)
    overruled = await at.act(SECOND_DISPATCHER, case, "overrule", "界桩以内")
    assert overruled.assignment.state is AssignmentState.HANDLING
    assert overruled.clocks[-1].due_at == FOUR + HOUR
    assert (overruled.assignment.returns, overruled.assignment.decided_by) == (1, "qian")


async def test_a_dispute_that_is_upheld_goes_to_another_department(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "return", "不是我区道路")
    await at.act(DISPATCHER, case, "refuse_return", "是你区的")
    await at.act(MA, case, "object", "见界桩图")
    upheld = await at.act(SUPERVISOR, case, "uphold", "界桩以外")
    assert upheld.assignment.state is AssignmentState.RETURNED
    given = await at.act(DISPATCHER, case, "reassign", "复核改派", department_id=OTHER)
    assert given.assignment.department_id == OTHER


async def test_an_extension_is_asked_for_granted_in_part_and_lengthens_the_limit(
    any_storage: Storage,
) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    with pytest.raises(AssignmentIncomplete):
        await at.act(MA, case, "ask_extension", "等车")
    with pytest.raises(CaseReasonMissing):
        await at.act(MA, case, "ask_extension", " ", hours=4.0)
    await at.act(MA, case, "ask_extension", "等车", hours=4.0)
    assert [one.assignment.asked_text for one in await at.mine(SUPERVISOR)] == ["等车"]
    granted = await at.act(SUPERVISOR, case, "approve", hours=2.0)
    assert granted.assignment.state is AssignmentState.HANDLING
    assert granted.clocks[-1].due_at == FOUR + 2 * HOUR
    now = (await case_of(at, case)).deadline
    assert now is not None
    assert now.due_at == FOUR + 2 * HOUR
    await at.act(MA, case, "ask_extension", "还等", hours=1.0)
    refused = await at.act(DISPATCHER, case, "refuse", "够了")
    assert (refused.assignment.state, refused.clocks[-1].due_at) == (
        AssignmentState.HANDLING,
        FOUR + 2 * HOUR,
    )


async def test_who_asks_and_may_also_decide_does_not_decide(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    both = type(MA)(MA.id, MA.name, MA.roles | DISPATCHER.roles, MA.scopes)
    await at.act(both, case, "sign")
    await at.act(both, case, "ask_extension", "等车", hours=4.0)
    for action in ("approve", "refuse"):
        with pytest.raises(FourEyesRequired):
            await at.act(both, case, action, "好")


@pytest.mark.parametrize("kind", ["suspension", "postponement"])
async def test_a_suspended_case_stands_still_until_somebody_goes_on(any_storage: Storage, kind: str) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    await at.act(MA, case, f"ask_{kind}", "等预算")
    at.clock.advance(3600)
    still = await at.act(DISPATCHER, case, "approve")
    assert still.assignment.state.value == {"suspension": "suspended", "postponement": "postponed"}[kind]
    at.clock.advance(48 * 3600)
    assert await at.on.room.assignment_watch.look() == 2, "of the department that assists"
    assert await at.on.room.watch.look() == 0, "nothing passes while it is paused"
    assert "deadline_passed" not in await at.told()
    resumed = await at.act(MA, case, "resume", "预算到了")
    assert resumed.clocks[-1].due_at == FOUR + 48 * HOUR
    now = (await case_of(at, case)).deadline
    assert now is not None
    assert (now.due_at, now.state, now.was_overdue) == (FOUR + 48 * HOUR, DeadlineState.RUNNING, False)


async def test_a_late_answer_was_overdue_and_stays_so_after_an_extension(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    at.clock.advance(10 * 3600)
    assert await at.on.room.assignment_watch.look() == 4, "host and assistant warned and passed, each once"
    assert await at.on.room.assignment_watch.look() == 0
    assert [one.assignment.department_id for one in await at.mine(DISPATCHER, overdue_at=at.clock.now())] == [
        HOST
    ]
    await at.act(MA, case, "ask_extension", "雪大", hours=16.0)
    longer = await at.act(SUPERVISOR, case, "approve")
    assert [one.passed_at is not None for one in longer.clocks] == [True, False]
    await at.act(MA, case, "answer", "清了")
    done = (await case_of(at, case)).deadline
    assert done is not None
    assert done.was_overdue
    told = await at.told()
    assert told.count("deadline_passed") == told.count("deadline_warned") == 1


async def test_a_department_is_reminded_and_put_under_supervision(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(DISPATCHER, case, "remind")
    await at.act(SUPERVISOR, case, "remind", "快办")
    with pytest.raises(Forbidden):
        await at.act(DISPATCHER, case, "supervise", "督办")
    await at.act(SUPERVISOR, case, "supervise", "督办")
    raised = await at.act(SUPERVISOR, case, "supervise", "市督", level=3)
    for level in (2, 4):
        with pytest.raises(AssignmentIncomplete):
            await at.act(SUPERVISOR, case, "supervise", "督办", level=level)
    one = raised.assignment
    assert (one.state, one.reminders, one.supervision) == (AssignmentState.WAITING, 2, 3)
    assert raised.clocks[-1].due_at == FOUR


@pytest.mark.parametrize("by", ["assignment", "case"])
async def test_a_failed_check_sends_the_case_back_and_is_counted(any_storage: Storage, by: str) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")
    at.clock.advance(3600)
    if by == "assignment":
        await at.act(ACCEPTOR, case, "rework", "现场没清")
    else:
        await step(at, case, CaseAction.REOPEN)
    again = await at.of(case)
    assert (again.assignment.state, again.assignment.reworks) == (AssignmentState.HANDLING, 1)
    assert [one.stopped_at is None for one in again.clocks] == [False, True]
    assert again.clocks[-1].due_at == FOUR + HOUR
    back = await case_of(at, case)
    assert back.state is CaseState.FILED
    assert back.deadline is not None
    assert back.deadline.due_at == FOUR + HOUR
    await at.act(MA, case, "answer", "真清了")
    assert (await case_of(at, case)).state is CaseState.DONE


async def test_a_closed_case_is_reopened_with_a_reason(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")
    for what in (CaseAction.VERIFY, CaseAction.CLOSE):
        await step(at, case, what)
    reopen = at.on.room.cases.take_step
    with pytest.raises(Forbidden):
        await reopen(case.case_id, CaseAction.REOPEN_CLOSED, op_id=uuid7(), actor=DISPATCHER, reason="又脏")
    with pytest.raises(CaseReasonMissing):
        await reopen(case.case_id, CaseAction.REOPEN_CLOSED, op_id=uuid7(), actor=SUPERVISOR)
    at.clock.advance(3600)
    await reopen(case.case_id, CaseAction.REOPEN_CLOSED, op_id=uuid7(), actor=SUPERVISOR, reason="又脏")
    again = await at.of(case)
    assert (again.assignment.state, again.assignment.reworks) == (AssignmentState.HANDLING, 1)
    assert again.clocks[-1].due_at == FOUR + HOUR
    back = await case_of(at, case)
    assert (back.state, back.acceptor) == (CaseState.FILED, None)
    assert back.deadline is not None
    assert back.deadline.state is DeadlineState.RUNNING


async def test_a_case_waits_for_every_department_that_must_answer(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    give = at.service.give
    with pytest.raises(AlreadyAssigned):
        await give(case.case_id, HOST, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    op_id = uuid7()
    for _ in range(2):
        given = await give(case.case_id, OTHER, op_id=op_id, actor=DISPATCHER, text="协办", must_answer=True)
    assert given.assignment.part.value == "assist"
    helper = await give(case.case_id, "gas", op_id=uuid7(), actor=DISPATCHER, text="", must_answer=False)
    assert len(await at.service.of_case(DISPATCHER, case.case_id)) == 4, (
        "host, two further ones, one by the catalogue"
    )
    with pytest.raises(WrongStep):
        await at.act(DISPATCHER, case, "withdraw", "收回")
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")
    assert (await case_of(at, case)).state is CaseState.FILED
    await at.act(HE, case, "sign", department=OTHER)
    await at.act(HE, case, "answer", "也清了", department=OTHER)
    assert (await case_of(at, case)).state is CaseState.DONE
    settled = await at.of(case, helper.assignment.department_id)
    assert (settled.assignment.state, settled.assignment.answer) == (AssignmentState.ANSWERED, "")


async def test_a_cancelled_case_is_taken_back_from_its_departments(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await step(at, case, CaseAction.CANCEL)
    one = await at.of(case)
    assert (one.assignment.state, one.clocks[-1].stopped_at) == (AssignmentState.WITHDRAWN, NINE)
    with pytest.raises(WrongStep):
        await at.service.give(
            case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=False
        )


async def test_another_host_of_the_dispatcher_has_the_case_from_then_on(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    at.clock.advance(3600)
    choose = at.on.room.cases.choose_department
    await choose(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, reason="区里来函")
    assert [one.assignment.department_id for one in await at.mine(DISPATCHER, only_open=True)] == [OTHER]
    assert (await at.of(case, OTHER)).clocks[-1].due_at == FOUR + HOUR
    now = (await case_of(at, case)).deadline
    assert now is not None
    assert now.due_at == FOUR + HOUR


async def test_a_department_sees_its_own_and_what_a_confidential_case_is_about(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    given = (await at.of(case)).assignment
    assert [len(await at.mine(who)) for who in (MA, HE, NOBODYS, DISPATCHER)] == [1, 0, 0, 1]
    for stranger in (HE, NOBODYS):
        with pytest.raises(NoSuchAssignment):
            await at.service.one(stranger, given.assignment_id)
        with pytest.raises(NoSuchAssignment):
            await at.act(stranger, case, "sign")
    async with at.on.storage.read() as connection:
        assert (await store.get(connection, given.assignment_id)).rev == 1


async def test_who_comes_second_is_told_who_did_what(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "return", "不是我区道路")
    seen = (await at.of(case)).assignment.rev
    await at.act(DISPATCHER, case, "refuse_return", "是你区的", rev=seen)
    with pytest.raises(AssignmentMovedOn) as told:
        await at.act(SECOND_DISPATCHER, case, "reassign", "改派", rev=seen, department_id=OTHER)
    assert told.value.extra["by"] == "zhao"
    assert (told.value.extra["act"], told.value.extra["state"]) == ("refuse_return", "sent_back")
    assert (told.value.extra["by_name"], told.value.extra["rev"]) == ("赵调度", seen + 1)


async def test_after_a_change_of_rules_departments_keep_what_they_signed_for(any_storage: Storage) -> None:
    at = office(any_storage)
    waiting, signed, paused = await at.filed(), await at.filed(), await at.filed()
    await at.act(MA, signed, "sign")
    await at.act(MA, paused, "sign")
    await at.act(MA, paused, "ask_suspension", "等预算")
    await at.act(SUPERVISOR, paused, "approve")
    at.clock.advance(3600)
    changes = await ran(changed(at.on, 24), write=True)
    assert [one.host_after for one in changes] == ["bureau", None, None]
    assert await ran(changed(at.on, 24), write=True) == []
    moved = await at.of(waiting, "bureau")
    assert moved.clocks[-1].due_at == NINE + 24 * HOUR, "counted from when the case was filed"
    assert (await at.of(waiting)).assignment.state is AssignmentState.WITHDRAWN
    kept = await at.of(signed)
    assert (kept.assignment.state, kept.clocks[-1].due_at) == (AssignmentState.HANDLING, NINE + 24 * HOUR)
    still = await at.of(paused)
    assert (still.clocks[-1].limit_text, still.clocks[-1].due_at) == ("24小时", None)
    await at.act(MA, paused, "resume", "预算到了")
    assert (await at.of(paused)).clocks[-1].due_at == NINE + 25 * HOUR
    for case in (waiting, signed, paused):
        seen = await at.of(case, "bureau" if case is waiting else HOST)
        shown = (await case_of(at, case)).deadline
        assert shown is not None
        assert shown.due_at == seen.clocks[-1].due_at


async def test_a_case_is_done_when_the_last_that_had_to_answer_is_taken_back(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.service.give(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")
    assert (await case_of(at, case)).state is CaseState.FILED
    await at.act(DISPATCHER, case, "withdraw", "不需要了", department=OTHER)
    done = await case_of(at, case)
    assert done.state is CaseState.DONE
    assert done.responsible is not None
    assert OTHER not in [one.id for one in done.responsible.assists]


async def test_a_host_that_was_chosen_after_the_answer_has_the_case_when_it_is_sent_back(
    any_storage: Storage,
) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")
    choose = at.on.room.cases.choose_department
    await choose(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, reason="区里来函")
    at.clock.advance(3600)
    await step(at, case, CaseAction.REOPEN)
    (given,) = await at.mine(DISPATCHER, only_open=True)
    assert (given.assignment.department_id, given.assignment.state) == (OTHER, AssignmentState.WAITING)
    shown = (await case_of(at, case)).deadline
    assert shown is not None
    assert given.clocks[-1].due_at == shown.due_at == FOUR + HOUR
