"""A case has one host and each department once: when it is reopened, given on, and done by a crew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.errors import AlreadyAssigned
from cases.events import AssignmentState, CaseState, CaseView, CrewStep, DispatchStep
from cases.life.model import CaseAction
from cases.ports import UnitReport
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from tests.cases.assignments.people import (
    ACCEPTOR,
    ASSISTS,
    DISPATCHER,
    HE,
    HOST,
    MA,
    NINE,
    OTHER,
    SUPERVISOR,
    Office,
    office,
)

FOUR = NINE + timedelta(hours=6)
"""Four working hours after nine, with a break of two hours."""


async def close(at: Office, case: CaseView) -> None:
    for what in (CaseAction.VERIFY, CaseAction.CLOSE):
        condition = "restored" if what is CaseAction.CLOSE else ""
        await at.on.room.cases.take_step(
            case.case_id, what, op_id=uuid7(), actor=ACCEPTOR, reason="如此", condition=condition
        )


async def reopen(at: Office, case: CaseView, what: CaseAction = CaseAction.REOPEN_CLOSED) -> None:
    who = SUPERVISOR if what is CaseAction.REOPEN_CLOSED else DISPATCHER
    await at.on.room.cases.take_step(case.case_id, what, op_id=uuid7(), actor=who, reason="又脏")


async def choose(at: Office, case: CaseView, department: str) -> None:
    await at.on.room.cases.choose_department(
        case.case_id, department, op_id=uuid7(), actor=DISPATCHER, reason="区里来函"
    )


async def in_hand(at: Office, case: CaseView) -> list[tuple[str, str, str]]:
    found = [one.assignment for one in await at.service.of_case(DISPATCHER, case.case_id)]
    return [(one.department_id, one.part.value, one.state.value) for one in found if one.open]


async def state(at: Office, case: CaseView) -> CaseState:
    return (await at.on.room.cases.get(case.case_id)).state


async def answered(at: Office, case: CaseView) -> None:
    await at.act(MA, case, "sign")
    await at.act(MA, case, "answer", "清了")


async def test_a_closed_case_goes_to_its_present_host(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await answered(at, case)
    await choose(at, case, OTHER)
    await close(at, case)
    at.clock.advance(3600)
    await reopen(at, case)
    assert await in_hand(at, case) == [(OTHER, "host", "waiting")]
    shown = (await at.on.room.cases.get(case.case_id)).deadline
    assert shown is not None
    assert (await at.of(case, OTHER)).clocks[-1].due_at == shown.due_at == FOUR + timedelta(hours=1)


async def test_a_closed_case_goes_to_its_host_once(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await answered(at, case)
    for host, who in ((OTHER, HE), (HOST, MA)):
        await choose(at, case, host)
        await reopen(at, case, CaseAction.REOPEN)
        if host == OTHER:
            await at.act(who, case, "sign", department=host)
        else:
            assert (await at.of(case)).assignment.state is AssignmentState.HANDLING
        await at.act(who, case, "answer", "清了", department=host)
    await choose(at, case, OTHER)
    await choose(at, case, HOST)
    await close(at, case)
    await reopen(at, case)
    assert await in_hand(at, case) == [(HOST, "host", "handling")]


async def test_a_closed_case_goes_to_its_host_and_those_that_must_answer(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.service.give(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    await at.act(HE, case, "sign", department=OTHER)
    await at.act(HE, case, "answer", "清了", department=OTHER)
    await answered(at, case)
    await close(at, case)
    await reopen(at, case)
    assert await in_hand(at, case) == [(HOST, "host", "handling"), (OTHER, "assist", "handling")]


async def test_a_closed_case_that_nobody_had_goes_to_its_host(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "return", "不是我区道路")
    await at.act(DISPATCHER, case, "reassign", "改派", department_id=OTHER)
    await at.on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    await choose(at, case, "gas")
    await close(at, case)
    await reopen(at, case)
    assert await in_hand(at, case) == [("gas", "host", "waiting")]


async def test_the_host_that_has_answered_is_not_given_the_case_again(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.service.give(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    await answered(at, case)
    assert await state(at, case) is CaseState.FILED
    before = (await at.on.room.cases.get(case.case_id)).deadline
    at.clock.advance(3600)
    with pytest.raises(AlreadyAssigned):
        await at.service.give(case.case_id, HOST, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    await at.act(HE, case, "return", "不是我们的", department=OTHER)
    with pytest.raises(AlreadyAssigned):
        await at.act(DISPATCHER, case, "reassign", "改派", department=OTHER, department_id=HOST)
    assert (await at.on.room.cases.get(case.case_id)).deadline == before
    assert await in_hand(at, case) == [(ASSISTS, "assist", "waiting"), (OTHER, "assist", "returned")]


async def test_who_gave_its_assistance_on_is_no_department_of_the_case(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    for department in (OTHER, "gas"):
        await at.service.give(
            case.case_id, department, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=False
        )
    await at.act(DISPATCHER, case, "withdraw", "收回", department="gas")
    await at.service.give(case.case_id, "gas", op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True)
    gas = type(HE)("gao", "高科长", HE.roles, type(HE.scopes)(departments=frozenset({"gas"})))
    await at.act(gas, case, "sign", department="gas")
    await at.act(gas, case, "answer", "查过了", department="gas")
    await at.act(HE, case, "return", "不是我们的", department=OTHER)
    await at.act(DISPATCHER, case, "reassign", "改派", department=OTHER, department_id="gas")
    responsible = (await at.on.room.cases.get(case.case_id)).responsible
    assert responsible is not None
    assert OTHER not in [one.id for one in responsible.assists]
    assert ("gas", "assist", "waiting") in await in_hand(at, case)


async def test_an_operation_that_gave_the_case_to_another_one_is_refused(any_storage: Storage) -> None:
    at = office(any_storage)
    case, second = await at.filed(), await at.filed()
    op_id = uuid7()
    await at.service.give(case.case_id, OTHER, op_id=op_id, actor=DISPATCHER, text="", must_answer=True)
    for which, department in ((case, "gas"), (second, OTHER), (second, HOST)):
        with pytest.raises(OperationReused):
            await at.service.give(
                which.case_id, department, op_id=op_id, actor=DISPATCHER, text="", must_answer=True
            )


async def crew_is_done(at: Office, case: CaseView) -> None:
    sent = await at.on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:1", actor=DISPATCHER)
    words: tuple[CrewStep, ...] = (DispatchStep.ACCEPTED, DispatchStep.DONE)
    for said in words:
        word = UnitReport("app:1", sent.dispatch_id, said, str(uuid7()), at.clock.now())
        await at.on.room.dispatches.hear(word)


async def test_a_crew_does_not_answer_for_a_department_that_signed(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "sign")
    await crew_is_done(at, case)
    assert await state(at, case) is CaseState.FILED
    assert (HOST, "host", "handling") in await in_hand(at, case)
    await at.act(MA, case, "answer", "清了")
    assert await state(at, case) is CaseState.DONE


async def test_a_crew_settles_what_nobody_signed_for(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await crew_is_done(at, case)
    assert await state(at, case) is CaseState.DONE
    assert (await at.of(case)).assignment.state is AssignmentState.ANSWERED
