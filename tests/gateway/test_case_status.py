"""What a caller is told of a case: without a dispatch it is received, a cancelled one is not unknown, and a
merged one leads to the case that goes on for it.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from cases.events import CaseView, DispatchStep
from cases.life.callers import case_merged, case_status
from cases.life.model import CaseAction
from cases.life.numbers import is_code
from cases.ports import UnitReport
from core.ids import uuid7
from core.storage import Storage
from ivr.flows.engine import FlowEngine
from ivr.flows.load import load
from ivr.library import Library
from tests.cases.rooms import AGENT, DISPATCHER, Stage, stage
from tests.cases.test_merging import a_case, merge
from tests.cases.test_repeats import only_draft, say
from tests.ivr.played_line import PlayedLine
from tests.ivr.ports import played_ports
from tests.ivr.test_dialogues import CALLER
from tests.ivr.test_flows import FLOWS


async def test_each_step_of_a_case_has_its_word(storage: Storage) -> None:
    on = stage(storage)
    desk, call = on.room.cases, on.a_call()
    await say(on, call, "南岗区学府路七十四号井盖丢了")
    case = await desk.confirm((await only_draft(on, call)).draft_id, op_id=uuid7(), actor=AGENT)
    assert await case_status(desk, case.spoken_code) == "received"
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    assert await case_status(desk, case.spoken_code) == "received"
    await on.room.dispatches.hear(
        UnitReport("app:17", sent.dispatch_id, DispatchStep.ACCEPTED, str(uuid7()), storage.clock.now())
    )
    assert await case_status(desk, case.number) == "in-progress"
    await on.room.dispatches.recall(sent.dispatch_id, op_id=uuid7(), reason="派错了", actor=DISPATCHER)
    assert await case_status(desk, case.spoken_code) == "received"
    await desk.take_step(case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="重复")
    assert await case_status(desk, case.spoken_code) == "cancelled"
    assert await case_status(desk, "00000000") == "unknown"


async def heard(on: Stage, code: str) -> list[str]:
    """What somebody hears who asks for this code in Chinese, from the look-up on."""
    flow = load((FLOWS / "status.yaml").read_bytes()).flow
    look_ups = {
        "case-status": partial(case_status, on.room.cases),
        "case-merged": partial(case_merged, on.room.cases),
    }
    line = PlayedLine("1", code)
    engine = FlowEngine(flow, Library(), played_ports(look_ups=look_ups, checks={"case-code": is_code}))
    await engine.run(line, CALLER)
    return line.log[line.log.index("read zh/case-code-ask") + 1 :]


async def test_a_caller_hears_that_the_case_was_cancelled_and_reaches_a_person(storage: Storage) -> None:
    on = stage(storage)
    case = await a_case(on)
    cancelled = on.room.cases.take_step(
        case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="误报"
    )
    await cancelled
    assert (await heard(on, case.spoken_code))[:2] == ["play zh/case-cancelled", "play zh/connecting-person"]
    assert "play zh/case-not-found" not in await heard(on, case.spoken_code)
    strange = next(code for code in (f"1000000{digit}" for digit in range(10)) if is_code(code))
    assert (await heard(on, strange))[0] == "play zh/case-not-found"


async def test_the_code_of_a_merged_case_says_so_and_how_the_other_one_stands(storage: Storage) -> None:
    on = stage(storage)
    first, second = await a_case(on), await a_case(on)
    await merge(on, second, first)
    await on.room.cases.take_step(first.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    assert (await heard(on, second.spoken_code))[:2] == ["play zh/case-merged", "play zh/case-done"]
    assert (await heard(on, first.spoken_code))[0] == "play zh/case-done"


async def test_a_case_that_goes_on_and_is_merged_at_this_moment_is_received(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = stage(storage)
    first, second, third = await a_case(on), await a_case(on), await a_case(on)
    await merge(on, second, first)
    get = on.room.cases.get

    async def merged_before(case_id: UUID) -> CaseView:
        monkeypatch.undo()
        await merge(on, first, third)
        return await get(case_id)

    monkeypatch.setattr(on.room.cases, "get", merged_before)
    assert await case_status(on.room.cases, second.spoken_code) == "received"
