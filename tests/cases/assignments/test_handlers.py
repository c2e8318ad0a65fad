"""A department gives its case to one of its people or to its own unit, changes that, and takes it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cases.assignments.model import Handler
from cases.assignments.service import AskedAct
from cases.errors import NoSuchAssignment, NoSuchHandler, UnitAtWork, WrongStep
from cases.evaluation.service import EvaluationRequest
from cases.events import (
    AssignmentAction,
    AssignmentChanged,
    AssignmentState,
    CaseState,
    CaseView,
    CrewStep,
    DispatchQueued,
    DispatchRecalled,
    DispatchStep,
)
from cases.life.model import CaseAction
from cases.ports import UnitReport
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import (
    ASSISTS,
    DISPATCHER,
    HE,
    HOST,
    MA,
    OTHER,
    SUPERVISOR,
    Office,
    of_department,
    office,
)

SUN = of_department("sun", HOST)
TRUCK = "app:31"
STAFF = [
    Handler("ma", "马科长"), Handler("sun", "孙工"), Handler(TRUCK, "清运一车", is_unit=True, online=True),
]  # fmt: skip


async def signed(storage: Storage, **more: Any) -> tuple[Office, CaseView]:
    at = office(storage)
    at.on.staff.of = {HOST: STAFF, OTHER: [Handler("he", "何科长")]}
    case = await at.filed(**more)
    await at.act(MA, case, "sign")
    return at, case


async def says(at: Office, job: UUID, step: CrewStep, note: str = "") -> None:
    word = UnitReport(TRUCK, job, step, str(uuid7()), at.clock.now(), note=note)
    await at.on.room.dispatches.hear(word)


async def test_a_person_finds_what_was_given_to_him_first(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    offered = await at.service.handlers(MA, (await at.of(case)).assignment.assignment_id)
    assert [one.handler_id for one in offered] == ["ma", "sun", TRUCK]
    given = await at.act(MA, case, "delegate", "先看现场", handler="sun")
    assert (given.assignment.handler, given.assignment.handler_name) == ("sun", "孙工")
    assert given.assignment.state is AssignmentState.HANDLING
    assert [one.case.number for one in await at.mine(SUN, handler="sun")] == [case.number]
    assert await at.mine(MA, handler="ma") == []
    told = [one for one in await at.on.emitted() if isinstance(one, AssignmentChanged)][-1]
    assert (told.act, told.actor, told.text) == ("delegate", "ma", "孙工: 先看现场")
    assert told.assignment.handler is not None
    assert told.assignment.handler.id == "sun"
    with pytest.raises(WrongStep, match="孙工 has it already"):
        await at.act(MA, case, "delegate", handler="sun")
    changed = await at.act(SUN, case, "delegate", handler="ma")
    assert changed.assignment.handler == "ma"
    back = await at.act(MA, case, "take_back")
    assert (back.assignment.handler, back.job) == ("", None)
    assert "take_back" not in [row.action for row in back.possible]
    with pytest.raises(WrongStep, match="nobody"):
        await at.act(MA, case, "take_back")
    _, acts = await at.service.one(MA, back.assignment.assignment_id)
    assert [(one.act, one.actor, one.text) for one in acts[2:]] == [
        ("delegate", "ma", "孙工: 先看现场"), ("delegate", "sun", "马科长"), ("take_back", "ma", "马科长"),
    ]  # fmt: skip


async def test_only_who_works_for_the_department_is_given_its_case(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    for stranger in ("he", "app:99", "nobody"):
        with pytest.raises(NoSuchHandler):
            await at.act(MA, case, "delegate", handler=stranger)
    with pytest.raises(NoSuchAssignment):
        await at.act(HE, case, "delegate", handler="he")
    assert (await at.of(case)).assignment.handler == ""


async def test_a_unit_gets_a_job_and_the_department_answers(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    job = given.job.dispatch_id
    order = [one for one in await at.on.emitted() if isinstance(one, DispatchQueued)][-1]
    assert (order.unit_id, order.dispatch_id, order.description) == (TRUCK, job, "垃圾没人清")
    await says(at, job, DispatchStep.ACCEPTED)
    for refused in ("return", "answer"):
        with pytest.raises(UnitAtWork, match="清运一车"):
            await at.act(MA, case, refused, "如此")
    at.clock.advance(600)
    await says(at, job, DispatchStep.DONE, "已清运两车")
    seen = await at.of(case)
    assert seen.job is not None
    assert (seen.job.step, seen.job.note) == (DispatchStep.DONE, "已清运两车")
    # Its unit's word settles nothing: the department signed for the case.
    assert (seen.assignment.state, (await at.on.room.cases.get(case.case_id)).state) == (
        AssignmentState.HANDLING, CaseState.FILED,
    )  # fmt: skip
    told = [one for one in await at.on.emitted() if isinstance(one, AssignmentChanged)][-1]
    assert (told.act, told.actor, told.text) == ("job_done", f"unit:{TRUCK}", "已清运两车")
    _, acts = await at.service.one(MA, seen.assignment.assignment_id)
    assert [(one.act, one.actor) for one in acts[-2:]] == [
        ("job_accepted", f"unit:{TRUCK}"), ("job_done", f"unit:{TRUCK}"),
    ]  # fmt: skip
    await at.act(MA, case, "answer", "已清运两车")
    assert (await at.on.room.cases.get(case.case_id)).state is CaseState.DONE


async def test_the_unit_of_who_only_assists_settles_nothing_either(any_storage: Storage) -> None:
    at = office(any_storage)
    at.on.staff.of = {ASSISTS: [Handler(TRUCK, "清运一车", is_unit=True)]}
    case = await at.filed()
    assistant = of_department("wu", ASSISTS)
    await at.act(assistant, case, "sign", department=ASSISTS)
    given = await at.act(assistant, case, "delegate", department=ASSISTS, handler=TRUCK)
    assert given.job is not None
    assert not given.assignment.must_answer
    await says(at, given.job.dispatch_id, DispatchStep.DONE)
    assert (await at.on.room.cases.get(case.case_id)).state is CaseState.FILED
    # Nor is it waited for: what the centre's unit has done is done.
    again = await at.act(assistant, case, "delegate", department=ASSISTS, handler=TRUCK)
    assert again.job is not None
    sent = await at.on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:1", actor=DISPATCHER)
    word = UnitReport("app:1", sent.dispatch_id, DispatchStep.DONE, str(uuid7()), at.clock.now())
    await at.on.room.dispatches.hear(word)
    assert (await at.on.room.cases.get(case.case_id)).state is CaseState.DONE
    recalled = [one for one in await at.on.emitted() if isinstance(one, DispatchRecalled)]
    assert [one.dispatch_id for one in recalled] == [again.job.dispatch_id]


async def test_another_one_gets_it_in_the_act_that_takes_it_from_the_first(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    with pytest.raises(UnitAtWork):
        await at.act(MA, case, "delegate", handler=TRUCK)
    changed = await at.act(MA, case, "delegate", "车坏了", handler="sun")
    assert (changed.assignment.handler, changed.job) == ("sun", None)
    recalled = [one for one in await at.on.emitted() if isinstance(one, DispatchRecalled)]
    assert [(one.dispatch_id, one.reason) for one in recalled] == [(given.job.dispatch_id, "车坏了")]
    again = await at.act(MA, case, "delegate", handler=TRUCK)
    assert again.job is not None
    assert again.job.dispatch_id != given.job.dispatch_id
    back = await at.act(MA, case, "take_back")
    assert back.job is None
    recalled = [one for one in await at.on.emitted() if isinstance(one, DispatchRecalled)]
    assert [one.dispatch_id for one in recalled] == [given.job.dispatch_id, again.job.dispatch_id]
    returned = await at.act(MA, case, "return", "不属我局")
    assert returned.assignment.state is AssignmentState.RETURNED


async def test_the_centre_takes_the_job_back_with_the_case(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    fresh = await at.act(DISPATCHER, case, "reassign", "改派", department_id=OTHER)
    assert (fresh.assignment.department_id, fresh.assignment.handler) == (OTHER, "")
    recalled = [one for one in await at.on.emitted() if isinstance(one, DispatchRecalled)]
    assert [(one.dispatch_id, one.reason) for one in recalled] == [(given.job.dispatch_id, "改派")]


async def test_a_case_is_not_cancelled_under_a_department_s_unit(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    with pytest.raises(WrongStep, match="a unit still has this case"):
        await at.on.room.cases.take_step(
            case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="重复"
        )
    await at.on.room.dispatches.recall(given.job.dispatch_id, op_id=uuid7(), reason="撤", actor=DISPATCHER)
    _, acts = await at.service.one(MA, given.assignment.assignment_id)
    assert (acts[-1].act, acts[-1].actor, acts[-1].text) == ("job_recalled", "zhao", "撤")


async def test_figures_are_cut_by_who_handled_it(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    await at.act(MA, case, "delegate", handler="sun")
    day = at.clock.now().date()
    asked = EvaluationRequest(day, day.replace(year=day.year + 1))
    found = await at.on.room.evaluation.evaluate(SUPERVISOR, asked, "handler")
    assert [(one.key, one.name_zh, one.counts["filed"]) for one in found.rows] == [("sun", "孙工", 1)]


async def test_only_the_department_passes_its_units_job_on(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    with pytest.raises(WrongStep, match="its own unit"):
        await at.on.room.dispatches.reassign(
            given.job.dispatch_id,
            op_id=uuid7(),
            unit_id="app:1",
            reason="太远",
            at_once=True,
            actor=DISPATCHER,
        )
    job = (await at.of(case)).job
    assert job is not None
    assert (job.dispatch_id, job.step) == (given.job.dispatch_id, DispatchStep.QUEUED)


async def test_what_is_sent_back_is_with_nobody_whose_job_has_ended(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    await says(at, given.job.dispatch_id, DispatchStep.DONE)
    await at.act(MA, case, "answer", "已清运")
    back = await at.act(SUPERVISOR, case, "rework", "还有一车")
    assert (back.assignment.handler, back.assignment.handler_name, back.job) == ("", "", None)
    again = await at.act(MA, case, "delegate", handler=TRUCK)
    assert again.job is not None
    assert again.job.dispatch_id != given.job.dispatch_id
    await says(at, again.job.dispatch_id, DispatchStep.DONE)
    await at.act(MA, case, "answer", "已清运")
    await at.on.room.cases.take_step(
        case.case_id, CaseAction.REOPEN, op_id=uuid7(), actor=DISPATCHER, reason="又有了"
    )
    assert (await at.of(case)).assignment.handler == ""
    # A person goes on with what he had.
    await at.act(MA, case, "delegate", handler="sun")
    await at.act(SUN, case, "answer", "已清运")
    assert (await at.act(SUPERVISOR, case, "rework", "还有")).assignment.handler == "sun"


async def test_answer_and_return_are_offered_once_the_unit_is_done(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None

    async def offered() -> set[str]:
        seen, _ = await at.service.one(MA, given.assignment.assignment_id)
        return {row.action.value for row in seen.possible} & {"answer", "return", "take_back"}

    assert await offered() == {"take_back"}
    await says(at, given.job.dispatch_id, DispatchStep.DONE)
    assert await offered() == {"answer", "return", "take_back"}


async def test_a_repeated_request_is_answered_although_its_unit_has_left(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    seen = (await at.of(case)).assignment
    asked = AskedAct(AssignmentAction.DELEGATE, seen.rev, handler=TRUCK)
    op_id = uuid7()
    first = await at.service.act(seen.assignment_id, asked, op_id=op_id, actor=MA)
    at.on.staff.of = {}
    again = await at.service.act(seen.assignment_id, asked, op_id=op_id, actor=MA)
    assert (again.assignment.rev, again.job) == (first.assignment.rev, first.job)


async def figures(at: Office) -> list[tuple[str, int]]:
    """By who handled it: how many cases, and how many of them count as returned."""
    day = at.clock.now().date()
    asked = EvaluationRequest(day, day.replace(year=day.year + 1))
    found = await at.on.room.evaluation.evaluate(SUPERVISOR, asked, "handler")
    return [(one.key, one.counts["returned"]) for one in found.rows]


async def test_a_case_is_not_charged_to_who_worked_for_a_department_that_lost_it(
    any_storage: Storage,
) -> None:
    at, case = await signed(any_storage)
    await at.act(MA, case, "delegate", handler="sun")
    assert await figures(at) == [("sun", 0)]
    await at.act(DISPATCHER, case, "reassign", "改派", department_id=OTHER)
    assert await figures(at) == [("", 0)]
    await at.act(HE, case, "sign", department=OTHER)
    await at.act(HE, case, "delegate", department=OTHER, handler="he")
    assert await figures(at) == [("he", 0)]


async def test_a_departments_own_unit_that_declines_returns_no_case(any_storage: Storage) -> None:
    at, case = await signed(any_storage)
    given = await at.act(MA, case, "delegate", handler=TRUCK)
    assert given.job is not None
    await says(at, given.job.dispatch_id, DispatchStep.DECLINED)
    assert await figures(at) == [(TRUCK, 0)]
    sent = await at.on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:1", actor=DISPATCHER)
    word = UnitReport("app:1", sent.dispatch_id, DispatchStep.DECLINED, str(uuid7()), at.clock.now(), "忙")
    await at.on.room.dispatches.hear(word)
    assert await figures(at) == [(TRUCK, 1)]
