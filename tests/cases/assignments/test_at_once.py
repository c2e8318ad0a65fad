"""Two dispatchers and ten departments act on one case at once: each act is whole, or told who came first."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from cases.assignments import store
from cases.assignments.service import AskedAct, AssignedCase
from cases.errors import AlreadyAssigned, AssignmentMovedOn, FourEyesRequired, NoSuchDepartment
from cases.events import AssignmentAction, AssignmentChanged, AssignmentState, CaseState
from core.actor import Actor
from core.errors import SonghuaError
from core.ids import uuid7
from core.storage import Storage, StorageAway
from tests.cases.assignments.people import (
    DISPATCHER,
    MA,
    OTHER,
    SECOND_DISPATCHER,
    SUPERVISOR,
    Office,
    of_department,
    office,
)

FURTHER = (
    "water-supply", "drainage", "gas", "lighting", "power", "telecom", "municipal-works", "greening",
    "environment", "planning",
)  # fmt: skip


async def tried(at: Office, who: Actor, one: AssignedCase, action: AssignmentAction, **more: str) -> str:
    """`done`, or the kind of the error; the same act again where the database was too busy to answer."""
    asked = AskedAct(action, one.assignment.rev, "如此", department_id=more.get("department_id", ""))
    op_id = uuid7()
    for _ in range(10):
        try:
            await at.service.act(one.assignment.assignment_id, asked, op_id=op_id, actor=who)
        except StorageAway:
            continue
        except SonghuaError as error:
            return error.kind
        return "done"
    raise AssertionError("the database stays away")


async def test_two_dispatchers_and_ten_departments_on_one_case(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()

    async def given_to(name: str, who: Actor) -> AssignedCase:
        """As a desk does: the same act again where the database was too busy to answer."""
        op_id = uuid7()
        for _ in range(10):
            with suppress(StorageAway):
                return await at.service.give(
                    case.case_id, name, op_id=op_id, actor=who, text="协办", must_answer=True
                )
        raise AssertionError("the database stays away")

    gives = [given_to(name, who) for name in FURTHER for who in (DISPATCHER, SECOND_DISPATCHER)]
    given = await asyncio.gather(*gives, return_exceptions=True)
    assert Counter(type(one) for one in given) == {AssignedCase: 10, AlreadyAssigned: 10}
    signs = [
        tried(at, of_department(f"p-{name}", name), await at.of(case, name), AssignmentAction.SIGN)
        for name in FURTHER
    ]
    host = await at.of(case)
    signs += [tried(at, MA, host, AssignmentAction.SIGN)]
    assert set(await asyncio.gather(*signs)) == {"done"}, "nobody waits for another department"
    answers = [
        tried(at, of_department(f"{who}-{name}", name), one, AssignmentAction.ANSWER)
        for name in FURTHER
        for one in [await at.of(case, name)]
        for who in ("p", "q")
    ]
    assert Counter(await asyncio.gather(*answers)) == {"done": 10, AssignmentMovedOn.kind: 10}
    assert (await at.on.room.cases.get(case.case_id)).state is CaseState.FILED
    assert await tried(at, MA, await at.of(case), AssignmentAction.ANSWER) == "done"
    assert (await at.on.room.cases.get(case.case_id)).state is CaseState.DONE
    await whole(at, case.case_id)


async def whole(at: Office, case_id: object) -> None:
    """Every assignment agrees with its acts, its clock, its events and the case's log."""
    events = Counter(
        one.assignment.assignment_id for one in await at.on.emitted() if isinstance(one, AssignmentChanged)
    )
    async with at.on.storage.read() as connection:
        for one in [found.assignment for found in await at.mine(DISPATCHER)]:
            assert one.case_id == case_id
            acts = await store.acts(connection, one.assignment_id)
            assert len(acts) == one.rev == events[one.assignment_id]
            assert acts[-1].state == one.state.value
            clocks = (await store.clocks(connection, [one.assignment_id]))[one.assignment_id]
            assert [clock.stopped_at is None for clock in clocks] == [one.open]


async def test_of_two_who_decide_at_once_the_second_learns_of_the_first(any_storage: Storage) -> None:
    at = office(any_storage)
    for _ in range(3):
        case = await at.filed()
        await at.act(MA, case, "return", "不是我区道路")
        one = await at.of(case)
        kinds = await asyncio.gather(
            tried(at, DISPATCHER, one, AssignmentAction.REFUSE_RETURN),
            tried(at, SECOND_DISPATCHER, one, AssignmentAction.REASSIGN, department_id=OTHER),
        )
        assert sorted(kinds) == [AssignmentMovedOn.kind, "done"]
        hosts = [
            found.assignment
            for found in await at.service.of_case(DISPATCHER, case.case_id)
            if found.assignment.part.value == "host" and found.assignment.open
        ]
        assert len(hosts) == 1, "one department answers, whoever came first"


async def test_the_same_operation_twice_at_once_is_one(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    one = await at.of(case)
    asked, op_id = AskedAct(AssignmentAction.REMIND, one.assignment.rev), uuid7()
    act = at.service.act
    both = await asyncio.gather(
        *(act(one.assignment.assignment_id, asked, op_id=op_id, actor=SUPERVISOR) for _ in range(3))
    )
    assert {found.assignment.reminders for found in both} == {1}


async def test_an_act_that_fails_on_its_way_changes_nothing(any_storage: Storage) -> None:
    """The reassignment withdraws, chooses the host and gives; the last of these fails."""
    at = office(any_storage)
    case = await at.filed()
    before = (await at.of(case), len(await at.on.emitted()), await at.on.room.cases.history(case.case_id))
    asked = AskedAct(AssignmentAction.REASSIGN, 1, "改派", department_id="no-such-department")
    op_id = uuid7()
    for _ in range(2):
        with pytest.raises(NoSuchDepartment):
            await at.service.act(before[0].assignment.assignment_id, asked, op_id=op_id, actor=DISPATCHER)
    after = (await at.of(case), len(await at.on.emitted()), await at.on.room.cases.history(case.case_id))
    assert after == before
    right = AskedAct(AssignmentAction.REASSIGN, 1, "改派", department_id=OTHER)
    given = await at.service.act(before[0].assignment.assignment_id, right, op_id=op_id, actor=DISPATCHER)
    assert given.assignment.department_id == OTHER, "a refused operation may be tried again with its id"


async def test_a_case_closed_meanwhile_refuses_and_a_reviewer_is_never_both(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    await at.act(MA, case, "return", "不是我区道路")
    await at.act(DISPATCHER, case, "refuse_return", "是你区的")
    await at.act(MA, case, "object", "见图")
    one = await at.of(case)
    kinds = await asyncio.gather(
        tried(at, DISPATCHER, one, AssignmentAction.UPHOLD),
        tried(at, SECOND_DISPATCHER, one, AssignmentAction.OVERRULE),
        tried(at, SUPERVISOR, one, AssignmentAction.UPHOLD),
    )
    assert kinds[0] in {FourEyesRequired.kind, AssignmentMovedOn.kind}
    assert sorted(kinds[1:]) == [AssignmentMovedOn.kind, "done"]
    assert (await at.of(case)).assignment.state in {AssignmentState.RETURNED, AssignmentState.HANDLING}
