"""The outcome "existing case" makes the call one of that case's calls."""

from __future__ import annotations

from uuid import UUID

import pytest

from cases.errors import NoSuchCase
from core.ids import uuid7
from core.storage import Storage
from hotline.events import DispositionKind, DispositionSet
from tests.cases.rooms import AGENT, Stage, stage
from tests.cases.test_late_words import REPORT, says


async def filed(on: Stage) -> UUID:
    (draft,) = await says(on, on.a_call(), REPORT)
    return (await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)).case_id


def outcome(
    call_id: UUID, *case_ids: UUID, kind: DispositionKind = DispositionKind.EXISTING_CASE
) -> DispositionSet:
    return DispositionSet(
        call_id=call_id, op_id=uuid7(), kind=kind, agent_id=AGENT.id, case_ids=list(case_ids), note=""
    )


async def test_the_call_is_linked_once_to_each_case(any_storage: Storage) -> None:
    on = stage(any_storage)
    one, two, call_id = await filed(on), await filed(on), on.a_call()
    said = outcome(call_id, one, two)
    await on.bus.deliver(said)
    await on.bus.deliver(said)
    for case_id in (one, two):
        case = await on.room.cases.get(case_id)
        assert case.call_ids.count(call_id) == 1
    links = [event for event in await on.emitted() if getattr(event, "act", "") == "link"]
    assert [event.actor for event in links] == [AGENT.id, AGENT.id]  # type: ignore[attr-defined]


async def test_other_outcomes_link_nothing_and_a_case_that_is_gone_stops_nothing(storage: Storage) -> None:
    on = stage(storage)
    case_id, call_id = await filed(on), on.a_call()
    await on.bus.deliver(outcome(call_id, case_id, kind=DispositionKind.ENQUIRY))
    assert call_id not in (await on.room.cases.get(case_id)).call_ids
    gone = uuid7()
    await on.bus.deliver(outcome(call_id, gone, case_id))
    assert call_id in (await on.room.cases.get(case_id)).call_ids
    with pytest.raises(NoSuchCase):
        await on.room.cases.get(gone)
