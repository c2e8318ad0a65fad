"""Several units on one case, and a case that goes from one to another: somebody always has it, and whoever
has it knows who else may believe so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.dispatch.model import Dispatch, recall, relieved, report
from cases.errors import CaseReasonMissing, WrongStep
from cases.events import DispatchQueued, DispatchRecalled, DispatchShared, DispatchStep, DispatchView
from core.ids import uuid7
from core.storage import Storage
from field.events import UnitReported
from tests.cases.rooms import DISPATCHER, Stage, stage
from tests.cases.test_story import filed

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


async def say(on: Stage, sent: DispatchView, *steps: str) -> None:
    for step in steps:
        await on.bus.deliver(
            UnitReported(
                unit_id=sent.unit_id, dispatch_id=sent.dispatch_id, step=step,
                reported_at=datetime.now(UTC), seq=1, msg_id=uuid7(),
            )
        )  # fmt: skip


async def steps(on: Stage, case_id: UUID) -> dict[str, str]:
    return {one.unit_id: one.step for one in (await on.room.cases.get(case_id)).dispatches}


async def told(on: Stage) -> list[tuple[str, str, str]]:
    """What units were told, in order: kind, unit, the others that have it."""
    found: list[tuple[str, str, str]] = []
    for event in await on.emitted():
        if isinstance(event, DispatchQueued | DispatchShared):
            kind = "queued" if isinstance(event, DispatchQueued) else "shared"
            found.append((kind, event.unit_id, " ".join(event.with_units)))
        elif isinstance(event, DispatchRecalled):
            found.append(("recalled", event.unit_id, ""))
    return found


async def test_the_unit_that_has_it_keeps_it_until_the_other_one_has_accepted(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    first = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    await say(on, first, "accepted")
    op_id = uuid7()
    second = await on.room.dispatches.reassign(
        first.dispatch_id, op_id=op_id, unit_id="app:18", reason="车坏了", at_once=False, actor=DISPATCHER
    )
    again = await on.room.dispatches.reassign(
        first.dispatch_id, op_id=op_id, unit_id="app:18", reason="车坏了", at_once=False, actor=DISPATCHER
    )
    assert (again, second.takes_over) == (second, first.dispatch_id)
    assert await steps(on, case.case_id) == {"app:17": "accepted", "app:18": "queued"}
    await say(on, second, "delivered", "displayed")
    assert (await steps(on, case.case_id))["app:17"] == "accepted"
    await say(on, second, "accepted")
    assert await steps(on, case.case_id) == {"app:17": "recalled", "app:18": "accepted"}
    assert await told(on) == [
        ("queued", "app:17", ""), ("queued", "app:18", "app:17"), ("shared", "app:17", "app:18"),
        ("shared", "app:18", "app:17"), ("recalled", "app:17", ""), ("shared", "app:18", ""),
    ]  # fmt: skip


async def test_who_declines_what_he_was_to_take_over_leaves_it_where_it_was(storage: Storage) -> None:
    on = stage(storage)
    case = await filed(on)
    first = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    second = await on.room.dispatches.reassign(
        first.dispatch_id, op_id=uuid7(), unit_id="app:18", reason="太远", at_once=False, actor=DISPATCHER
    )
    await say(on, second, "declined")
    assert await steps(on, case.case_id) == {"app:17": "queued", "app:18": "declined"}
    assert (await told(on))[-1] == ("shared", "app:17", "")


async def test_what_is_done_before_it_was_taken_over_is_recalled_from_the_other(storage: Storage) -> None:
    on = stage(storage)
    case = await filed(on)
    first = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    await on.room.dispatches.reassign(
        first.dispatch_id, op_id=uuid7(), unit_id="app:18", reason="换班", at_once=False, actor=DISPATCHER
    )
    await say(on, first, "done")
    assert await steps(on, case.case_id) == {"app:17": "done", "app:18": "recalled"}
    assert (await on.room.cases.get(case.case_id)).state == "done"


async def test_at_once_both_are_one_transaction_and_the_new_one_reads_who_had_it(
    any_storage: Storage,
) -> None:
    on = stage(any_storage)
    case = await filed(on)
    first = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    await on.room.dispatches.reassign(
        first.dispatch_id, op_id=uuid7(), unit_id="app:18", reason="受伤", at_once=True, actor=DISPATCHER
    )
    assert await steps(on, case.case_id) == {"app:17": "recalled", "app:18": "queued"}
    assert await told(on) == [
        ("queued", "app:17", ""), ("queued", "app:18", "app:17"), ("recalled", "app:17", ""),
    ]  # fmt: skip


async def test_what_is_not_possible_changes_nothing(storage: Storage) -> None:
    on = stage(storage)
    case = await filed(on)
    first = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    again = on.room.dispatches.reassign
    for unit, reason, error in (("app:18", " ", CaseReasonMissing), ("app:17", "x", WrongStep)):
        with pytest.raises(error):
            await again(
                first.dispatch_id, op_id=uuid7(), unit_id=unit, reason=reason, at_once=True, actor=DISPATCHER
            )
    await say(on, first, "done")
    with pytest.raises(WrongStep):
        await again(
            first.dispatch_id, op_id=uuid7(), unit_id="app:18", reason="x", at_once=False, actor=DISPATCHER
        )
    assert await steps(on, case.case_id) == {"app:17": "done"}


async def test_each_of_several_units_knows_the_others(storage: Storage) -> None:
    on = stage(storage)
    case = await filed(on)
    sent = [
        await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id=unit, actor=DISPATCHER)
        for unit in ("app:1", "app:2", "app:3")
    ]
    assert (await told(on))[-4:] == [
        ("queued", "app:3", "app:1 app:2"), ("shared", "app:1", "app:2 app:3"),
        ("shared", "app:2", "app:1 app:3"), ("shared", "app:3", "app:1 app:2"),
    ]  # fmt: skip
    await on.room.dispatches.recall(sent[0].dispatch_id, op_id=uuid7(), reason="x", actor=DISPATCHER)
    assert (await told(on))[-2:] == [("shared", "app:2", "app:3"), ("shared", "app:3", "app:2")]


ACTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["say", "hand_over"]), st.sampled_from(list(DispatchStep))),
    max_size=20,
)


@given(ACTS)
def test_whatever_is_said_a_hand_over_alone_leaves_nobody_without_the_case(
    acts: list[tuple[int, str, DispatchStep]],
) -> None:
    """As `service.hear` and `reassign` do it, on values: a unit loses the case by its own word, or to one
    that has accepted or done it.
    """
    sent = [Dispatch(UUID(int=1), UUID(int=9), "app:0", DispatchStep.QUEUED, NOW, "li")]
    for number, what, step in acts:
        index = number % len(sent)
        if what == "hand_over":
            if not sent[index].ended and len(sent) < 4:
                sent.append(
                    Dispatch(
                        UUID(int=len(sent) + 1), UUID(int=9), f"app:{len(sent)}", DispatchStep.QUEUED,
                        NOW, "li",
                        takes_over=sent[index].dispatch_id,
                    )
                )  # fmt: skip
            continue
        before = list(sent)
        sent[index], moved = report(sent[index], step, at=NOW)
        for one in relieved(sent, sent[index]) if moved else ():
            place = sent.index(one)
            sent[place] = recall(replace(one), at=NOW, reason="→")
            assert sent[index].taken or sent[index].step is DispatchStep.DONE
        lost = [
            one
            for one, now in zip(before, sent, strict=True)
            if not one.ended and now.step is DispatchStep.RECALLED
        ]
        if lost:
            assert any(one.taken or one.step is DispatchStep.DONE for one in sent)
    assert len({one.unit_id for one in sent}) == len(sent)
