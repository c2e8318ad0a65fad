"""Verification tasks on a real database: asked for drafts and cases, answered, taken back, expired."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import CursorResult, Select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import FieldName
from cases.errors import (
    NoInspector,
    NotAnInspector,
    VerificationMovedOn,
    VerificationWaits,
    WrongStep,
)
from cases.events import (
    CaseFiled,
    CrewStep,
    DispatchStep,
    VerificationAsked,
    VerificationChanged,
    VerificationFinding,
    VerificationState,
)
from cases.life.model import CaseAction
from cases.ports import CallFacts, UnitReport
from cases.timeline.model import TimelineKind
from cases.verification import store
from cases.verification.model import Verification
from cases.verification.ports import Inspector
from cases.verification.tables import verifications
from core.actor import Actor, Role
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.place import Position
from core.scopes import Scope, ScopeLimit, Scopes
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT, Stage, stage
from tests.cases.test_story import filed, words

S = VerificationState
HERE = Position(lon=126.64, lat=45.75, accuracy_m=8)


@dataclass
class City:
    """Stands for the register of units: who is there, the nearest first."""

    inspectors: list[Inspector] = field(
        default_factory=lambda: [
            Inspector("app:21", "监督员一号", on_shift=True, online=True),
            Inspector("app:22", "监督员二号", on_shift=True),
            Inspector("app:23", "监督员三号", on_shift=False),
        ]
    )

    async def near(self, place: Position | None) -> Sequence[Inspector]:
        del place
        return self.inspectors


def a_stage(storage: Storage, city: City | None = None) -> Stage:
    return stage(storage, inspectors=city or City())


async def a_draft(on: Stage) -> UUID:
    call = on.a_call()
    await on.room.drafts.hear(call, words("香坊区公滨路五号门口井盖丢了"))
    (draft,) = await on.room.drafts.of_call(call)
    return draft.draft_id


async def says(
    on: Stage, task: Verification, step: str, *, unit: str = "", finding: str = "", note: str = "",
    msg_id: str = "",
) -> bool:  # fmt: skip
    return await on.room.verifications.hear(
        UnitReport(
            unit or task.unit_id,
            task.task_id,
            cast("CrewStep", DispatchStep(step)),
            msg_id or str(uuid7()),
            datetime.now(UTC),
            note=note,
            reason="车坏了" if step in {"declined", "returned"} else "",
            finding=VerificationFinding(finding) if finding else None,
            position=HERE if finding else None,
        )
    )


async def test_an_inspector_looks_before_a_draft_is_filed(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    tasks = on.room.verifications
    op_id = uuid7()
    asked = await tasks.ask_of_draft(draft_id, op_id=op_id, actor=AGENT, words="还在吗？")
    assert await tasks.ask_of_draft(draft_id, op_id=op_id, actor=AGENT, words="还在吗？") == asked
    assert (asked.unit_id, asked.state) == ("app:21", S.ASKED)
    assert asked.due_at - asked.asked_at == timedelta(minutes=30)
    (order,) = [one for one in await on.emitted() if isinstance(one, VerificationAsked)]
    assert order.description.startswith("还在吗？\n")
    assert order.category_name
    assert "公滨路" in order.place
    await says(on, asked, "displayed")
    await says(on, asked, "accepted")
    copy = str(uuid7())
    for _ in range(2):
        assert await says(on, asked, "done", finding="differs", note="是雨水箅子", msg_id=copy)
    (answered,) = await tasks.of_draft(draft_id)
    assert (answered.state, answered.late) == (S.ANSWERED, False)
    assert answered.answer is not None
    assert (answered.answer.text, answered.answer.position) == ("是雨水箅子", HERE)
    assert answered.displayed_at is not None
    assert [one.action.value for one in answered.acts] == ["ask", "accept", "answer"]
    states = [one.state for one in await on.emitted() if isinstance(one, VerificationChanged)]
    assert states == [S.ASKED, S.ACCEPTED, S.ANSWERED]


async def test_the_case_has_what_was_found_for_its_draft(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    asked = await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    await says(on, asked, "done", finding="confirmed", note="确实")
    case = await on.room.cases.confirm(draft_id, op_id=uuid7(), actor=AGENT)
    for event in [one for one in await on.emitted() if isinstance(one, CaseFiled)] * 2:
        await on.bus.deliver(event)
    (of_case,) = await on.room.verifications.of_case(AGENT, case.case_id)
    assert of_case.case_id == case.case_id
    told = [one for one in await on.emitted() if isinstance(one, VerificationChanged)][-1]
    assert told.case_id == case.case_id
    _, entries = await on.room.timeline.of_case(DISPATCHER, case.case_id)
    found = [one for one in entries if one.kind is TimelineKind.VERIFICATION]
    assert [(one.act, one.words) for one in found] == [("ask", ""), ("answer_confirmed", "确实")]


async def test_one_inspector_is_asked_at_a_time_and_the_second_person_is_told(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    case = await filed(on)
    tasks = on.room.verifications
    with pytest.raises(WrongStep):
        await tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=ACCEPTOR)
    await on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    both = await asyncio.gather(
        tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=ACCEPTOR),
        tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=DISPATCHER),
        return_exceptions=True,
    )
    (asked,) = [one for one in both if isinstance(one, Verification)]
    (refused,) = [one for one in both if isinstance(one, VerificationWaits)]
    assert (refused.extra["by"], refused.extra["task_id"]) == (asked.asked_by, str(asked.task_id))
    with pytest.raises(Forbidden):
        await tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=AGENT)


async def test_a_recall_and_an_answer_at_once_are_one_of_the_two(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    tasks = on.room.verifications
    asked = await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    with pytest.raises(Forbidden):
        await tasks.recall(asked.task_id, op_id=uuid7(), reason="不用了", actor=OTHER_AGENT)
    both = await asyncio.gather(
        tasks.recall(asked.task_id, op_id=uuid7(), reason="不用了", actor=AGENT),
        says(on, asked, "done", finding="confirmed"),
        return_exceptions=True,
    )
    now = await tasks.get(asked.task_id)
    if isinstance(both[0], VerificationMovedOn):
        assert (now.state, both[0].extra["by"]) == (S.ANSWERED, "unit:app:21")
    else:
        assert now.state is S.RECALLED
        told = [one for one in await on.emitted() if isinstance(one, VerificationChanged)][-1]
        assert told.reason == "不用了"
        assert now.answer is None


async def test_who_declined_or_let_the_time_pass_is_not_asked_again(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    tasks = on.room.verifications
    first = await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    await says(on, first, "declined")
    second = await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    assert second.unit_id == "app:22"
    async with any_storage.write() as transaction:
        past = update(verifications).where(verifications.c.task_id == second.task_id)
        await transaction.connection.execute(past.values(due_at=second.asked_at))
    assert await tasks.look() == 1
    assert await tasks.look() == 0
    assert (await tasks.get(second.task_id)).state is S.EXPIRED
    with pytest.raises(NoInspector):
        await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    # A person may name one all the same, also one who is off shift.
    with pytest.raises(NotAnInspector):
        await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT, unit_id="app:17")
    third = await tasks.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT, unit_id="app:23")
    assert third.unit_id == "app:23"
    # What was seen in time and came late is an answer.
    await says(on, second, "done", finding="not_found")
    answered = await tasks.get(second.task_id)
    assert (answered.state, answered.late) == (S.ANSWERED, True)


async def test_what_another_unit_or_an_unknown_task_says_changes_nothing(storage: Storage) -> None:
    on = a_stage(storage)
    asked = await on.room.verifications.ask_of_draft(await a_draft(on), op_id=uuid7(), actor=AGENT)
    assert await says(on, asked, "done", unit="app:22", finding="confirmed")
    assert (await on.room.verifications.get(asked.task_id)).state is S.ASKED
    await says(on, asked, "done")  # without a finding it is no answer
    assert (await on.room.verifications.get(asked.task_id)).state is S.ASKED
    stranger = UnitReport("app:21", uuid7(), DispatchStep.ACCEPTED, str(uuid7()), datetime.now(UTC))
    assert not await on.room.verifications.hear(stranger)


async def test_a_draft_that_is_decided_without_it_takes_the_task_back(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    asked = await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    stored = await on.room.drafts.stored(draft_id)
    assert stored.call_id is not None
    await on.room.drafts.discard(draft_id, op_id=uuid7(), actor=AGENT)
    assert await on.room.verifications.look() == 1
    after = await on.room.verifications.get(asked.task_id)
    assert (after.state, after.last.by) == (S.RECALLED, "system:verification")
    assert stored.draft.value(FieldName.CATEGORY)


async def test_words_of_a_task_go_with_the_draft_of_an_erased_call(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    first = await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    await on.room.verifications.recall(first.task_id, op_id=uuid7(), reason="王先生说不用", actor=AGENT)
    asked = await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT, words="问问王先生")
    await says(on, asked, "done", finding="confirmed", note="王先生在家")
    stored = await on.room.drafts.stored(draft_id)
    assert stored.call_id is not None
    await on.room.drafts.call_erased((stored.call_id,), frozenset({"personal", "transcript", "recordings"}))
    after = await on.room.verifications.get(asked.task_id)
    assert (after.words, after.answer and after.answer.text, after.answer and after.answer.position) == (
        "", "", None,
    )  # fmt: skip
    assert [one.reason for one in (await on.room.verifications.get(first.task_id)).acts] == ["", ""]


async def expire(storage: Storage, on: Stage, task: Verification) -> None:
    async with storage.write() as transaction:
        past = update(verifications).where(verifications.c.task_id == task.task_id)
        await transaction.connection.execute(past.values(due_at=task.asked_at))
    await on.room.verifications.look()


async def a_done_case(on: Stage) -> UUID:
    case = await filed(on)
    await on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    return case.case_id


class BecomesSecret(City):
    """The case becomes confidential while an inspector is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.hide: Callable[[], Awaitable[object]] | None = None

    async def near(self, place: Position | None) -> Sequence[Inspector]:
        if self.hide is not None:
            await self.hide()
        return await super().near(place)


async def test_a_case_that_becomes_confidential_meanwhile_goes_without_its_words(
    any_storage: Storage,
) -> None:
    city = BecomesSecret()
    on = a_stage(any_storage, city)
    case_id = await a_done_case(on)
    cases = on.room.cases
    city.hide = lambda: cases.set_confidential(case_id, confidential=True, op_id=uuid7(), actor=DISPATCHER)
    asked = await on.room.verifications.ask_of_case(case_id, op_id=uuid7(), actor=ACCEPTOR)
    assert asked.confidential
    (order,) = [one for one in await on.emitted() if isinstance(one, VerificationAsked)]
    assert (order.confidential, order.description) == (True, "")


async def test_a_draft_whose_call_becomes_confidential_meanwhile_goes_without_its_words(
    storage: Storage,
) -> None:
    city = BecomesSecret()
    on = a_stage(storage, city)
    draft_id = await a_draft(on)
    call_id = (await on.room.drafts.stored(draft_id)).call_id
    assert call_id is not None

    async def hide() -> None:
        on.calls.facts_of[call_id] = CallFacts("", confidential=True)

    city.hide = hide
    assert (await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)).confidential
    (order,) = [one for one in await on.emitted() if isinstance(one, VerificationAsked)]
    assert (order.confidential, order.description) == (True, "")


async def test_what_is_told_of_a_task_has_the_secrecy_of_its_case_now(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    case_id = await a_done_case(on)
    asked = await on.room.verifications.ask_of_case(case_id, op_id=uuid7(), actor=ACCEPTOR)
    await on.room.cases.set_confidential(case_id, confidential=True, op_id=uuid7(), actor=DISPATCHER)
    await says(on, asked, "accepted")
    told = [one.confidential for one in await on.emitted() if isinstance(one, VerificationChanged)]
    assert told == [False, True]


async def test_who_is_limited_to_other_districts_does_not_ask(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    case = await filed(on)
    await on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    of_elsewhere = Actor("sun", "孙", frozenset({Role.ACCEPTOR}), Scopes(districts=frozenset({"230102"})))
    assert case.district == "230110"
    with pytest.raises(Forbidden):
        await on.room.verifications.ask_of_case(case.case_id, op_id=uuid7(), actor=of_elsewhere)


async def test_tasks_of_other_districts_are_not_shown(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    asked = await on.room.verifications.ask_of_draft(await a_draft(on), op_id=uuid7(), actor=AGENT)
    here, there = (
        Actor(one, one, frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({one})))
        for one in ("230110", "230102")
    )
    himself = replace(AGENT, scopes=there.scopes)
    for viewer, seen in ((here, 1), (there, 0), (himself, 1), (DISPATCHER, 1)):
        assert len(await on.room.verifications.snapshot(viewer)) == seen
    assert await on.room.verifications.waiting(there) == []
    assert [one.task_id for one in await on.room.verifications.waiting(here)] == [asked.task_id]
    (told,) = [one for one in await on.emitted() if isinstance(one, VerificationChanged)]
    assert told.limited_by() == ScopeLimit(Scope.DISTRICT, "230110", frozenset({AGENT.id}))


async def test_an_overdue_task_is_taken_back_when_its_draft_is_decided(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    draft_id = await a_draft(on)
    asked = await on.room.verifications.ask_of_draft(draft_id, op_id=uuid7(), actor=AGENT)
    await expire(any_storage, on, asked)
    assert (await on.room.verifications.get(asked.task_id)).state is S.EXPIRED
    await on.room.drafts.discard(draft_id, op_id=uuid7(), actor=AGENT)
    assert await on.room.verifications.look() == 1
    assert await on.room.verifications.look() == 0
    assert (await on.room.verifications.get(asked.task_id)).state is S.RECALLED


class Explained:
    """Stands for a connection to SQLite: keeps the plan of each statement."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.plan: list[str] = []

    async def execute(self, statement: Select[Any]) -> CursorResult[Any]:
        words = str(statement.compile(self._connection.engine, compile_kwargs={"literal_binds": True}))
        rows = await self._connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))
        self.plan.extend(row.detail for row in rows)
        found: CursorResult[Any] = await self._connection.execute(statement)
        return found


async def test_the_desks_list_does_not_look_through_all_that_was_ever_asked(storage: Storage) -> None:
    async with storage.read() as connection:
        explained = Explained(connection)
        await store.shown(cast("AsyncConnection", explained), 500)
    assert explained.plan
    scanned = [one for one in explained.plan if one.startswith("SCAN")]
    assert not [one for one in scanned if "verifications" in one or "drafts" in one]


async def test_an_ask_that_is_said_again_has_its_answer_whatever_became_of_it(any_storage: Storage) -> None:
    city = City()
    on = a_stage(any_storage, city)
    tasks, op_id = on.room.verifications, uuid7()
    draft_id = await a_draft(on)
    asked = await tasks.ask_of_draft(draft_id, op_id=op_id, actor=AGENT)
    city.inspectors = []
    await on.room.drafts.discard(draft_id, op_id=uuid7(), actor=AGENT)
    assert await tasks.ask_of_draft(draft_id, op_id=op_id, actor=AGENT) == asked
    with pytest.raises(OperationReused):
        await tasks.ask_of_draft(await a_draft(on), op_id=op_id, actor=AGENT)


async def test_a_recall_that_another_repeats_is_not_answered(any_storage: Storage) -> None:
    on = a_stage(any_storage)
    tasks, op_id = on.room.verifications, uuid7()
    asked = await tasks.ask_of_draft(await a_draft(on), op_id=uuid7(), actor=AGENT)
    done = await tasks.recall(asked.task_id, op_id=op_id, reason="不用了", actor=AGENT)
    assert await tasks.recall(asked.task_id, op_id=op_id, reason="不用了", actor=AGENT) == done
    with pytest.raises(Forbidden):
        await tasks.recall(asked.task_id, op_id=op_id, reason="不用了", actor=OTHER_AGENT)
