"""What a caller is told of a case: without a dispatch it is received, and a cancelled one is not unknown."""

from __future__ import annotations

from cases.life.model import CaseAction
from cases.ports import UnitReport
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.cases import case_status
from tests.cases.rooms import AGENT, DISPATCHER, stage
from tests.cases.test_repeats import only_draft, say


async def test_each_step_of_a_case_has_its_word(storage: Storage) -> None:
    on = stage(storage)
    desk, call = on.room.cases, on.a_call()
    await say(on, call, "南岗区学府路七十四号井盖丢了")
    case = await desk.confirm((await only_draft(on, call)).draft_id, op_id=uuid7(), actor=AGENT)
    assert await case_status(desk, case.spoken_code) == "received"
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    assert await case_status(desk, case.spoken_code) == "received"
    await on.room.dispatches.hear(
        UnitReport("app:17", sent.dispatch_id, "accepted", str(uuid7()), storage.clock.now())
    )
    assert await case_status(desk, case.number) == "in-progress"
    await on.room.dispatches.recall(sent.dispatch_id, op_id=uuid7(), reason="派错了", actor=DISPATCHER)
    assert await case_status(desk, case.spoken_code) == "received"
    await desk.take_step(case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="重复")
    assert await case_status(desk, case.spoken_code) == "cancelled"
    assert await case_status(desk, "00000000") == "unknown"
