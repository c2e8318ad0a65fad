"""A call is handed over: its alarm for that number is settled, and what was decided stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from cases.events import DraftView
from core.ids import uuid7
from core.storage import Storage
from hotline.events import HandoverSettled, HandoverView
from tests.cases.rooms import AGENT, Stage, stage
from tests.cases.test_late_words import says

FIRE = "南岗区学府路七十四号着火了，有人被困在里面"
ASKED = datetime(2026, 11, 30, 8, tzinfo=UTC)


async def settles(
    on: Stage, call_id: UUID, number: str = "119", state: Literal["answered", "failed"] = "answered"
) -> DraftView:
    view = HandoverView(
        service="fire",
        number=number,
        mode="blind",
        by=AGENT.id,
        asked_at=ASKED,
        state=state,
        settled_at=ASKED,
    )
    await on.bus.deliver(HandoverSettled(op_id=uuid7(), call_id=call_id, handover=view))
    (draft,) = await on.room.drafts.of_call(call_id)
    return draft


def opened(draft: DraftView) -> set[str]:
    return {alarm.number for alarm in draft.alarms if not alarm.dismissed}


async def test_the_alarm_is_settled_by_whom_it_was_for(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    (draft,) = await says(on, call_id, FIRE)
    assert opened(draft) == {"119"}
    assert opened(await settles(on, call_id, "110")) == {"119"}
    settled = await settles(on, call_id)
    assert opened(settled) == set()
    assert (settled.fields["handoff"].value, settled.fields["handoff"].by) == ("119", "agent")
    again = await settles(on, call_id)
    assert again.rev == settled.rev


async def test_nobody_answered_so_the_alarm_stays(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await says(on, call_id, FIRE)
    assert opened(await settles(on, call_id, state="failed")) == {"119"}


async def test_what_is_said_afterwards_takes_the_danger_not_back(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await says(on, call_id, FIRE)
    await settles(on, call_id)
    (draft,) = await says(on, call_id, "门牌是七十四号，在二楼")
    assert (draft.fields["handoff"].value, draft.fields["urgency"].value) == ("119", "danger")
    assert opened(draft) == set()


async def test_a_call_that_rests_in_the_database_is_settled_there(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await says(on, call_id, FIRE)
    on.room.drafts.live.forget(call_id)
    assert opened(await settles(on, call_id)) == set()
