"""Words that come after the call, at once or out of its recording: what they change, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cases.drafting.live import ASIDES
from cases.events import DraftView
from core.ids import uuid7
from core.storage import Storage
from hotline.events import CallEnded
from speech.events import TranscriptSegment
from tests.cases.rooms import AGENT, Stage, stage

REPORT = "香坊区公滨路五号门口井盖丢了"
BEGAN = datetime(2026, 11, 25, 8, tzinfo=UTC)


async def says(
    on: Stage, call_id: UUID, text: str, *, late: bool = False, final: bool = True
) -> list[DraftView]:
    await on.bus.deliver(
        TranscriptSegment(
            call_id=call_id, leg_id=uuid7(), segment_id=uuid7(), speaker="citizen", text=text, final=final,
            start_s=60, end_s=64, started_at=BEGAN + timedelta(seconds=60), language="zh", engine="test",
            gap_id=uuid7() if late else None,
        )
    )  # fmt: skip
    return await on.room.drafts.of_call(call_id)


async def ends(on: Stage, call_id: UUID) -> None:
    await on.bus.deliver(
        CallEnded(
            call_id=call_id, cause="hangup", outcome="answered", direction="inbound", agent_ids=[],
            merged_into=None, disposition_needed=False, confidential=False,
        )
    )  # fmt: skip


async def confirmed(on: Stage, call_id: UUID) -> None:
    (draft,) = await says(on, call_id, REPORT)
    await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)


def held(on: Stage, call_id: UUID) -> bool:
    return on.room.drafts.live.get(call_id) is not None


async def test_late_words_go_into_the_open_draft(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await says(on, call_id, "我要反映一个井盖的问题")
    await ends(on, call_id)
    (draft,) = await says(on, call_id, REPORT, late=True)
    assert (draft.state, draft.fields["address"].value) == ("open", "公滨路5号")
    assert not held(on, call_id)


async def test_late_words_open_no_draft_where_there_is_none_and_change_no_confirmed_one(
    storage: Storage,
) -> None:
    on = stage(storage)
    unheard, done = on.a_call(), on.a_call()
    assert await says(on, unheard, REPORT, late=True) == []
    await confirmed(on, done)
    before = await on.room.drafts.of_call(done)
    await ends(on, done)
    assert await says(on, done, "中央大街路灯也不亮", late=True) == before
    assert not held(on, unheard)
    assert not held(on, done)


@pytest.mark.parametrize("has_a_case", [False, True])
async def test_danger_among_late_words_opens_a_draft_also_when_it_is_told_in_two_breaths(
    storage: Storage, has_a_case: bool
) -> None:
    on = stage(storage)
    call_id = on.a_call()
    if has_a_case:
        await confirmed(on, call_id)
        await ends(on, call_id)
    before = await on.room.drafts.of_call(call_id)
    assert await says(on, call_id, "香坊区公滨路五号", late=True) == before
    *others, draft = await says(on, call_id, "哎呀着火了", late=True)
    assert others == before
    # What was said before it is known, and so is when the call began.
    assert (draft.state, draft.fields["handoff"].value) == ("open", "119")
    assert draft.fields["address"].value == "公滨路5号"
    assert (await on.room.drafts.stored(draft.draft_id)).draft.began_at == BEGAN
    assert not held(on, call_id)


async def test_the_last_live_words_after_the_end_are_taken_and_nothing_is_held(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await says(on, call_id, "我要反映一个井盖的问题")
    await ends(on, call_id)
    await says(on, call_id, "香坊区公滨", final=False)
    assert not held(on, call_id)
    (draft,) = await says(on, call_id, REPORT)
    assert draft.fields["address"].value == "公滨路5号"
    assert not held(on, call_id)
    assert on.room.drafts.snapshot() == []


async def test_a_call_whose_only_words_came_after_its_end_has_a_draft(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await ends(on, call_id)
    (draft,) = await says(on, call_id, REPORT)
    assert draft.state == "open"
    assert not held(on, call_id)


async def test_what_listens_aside_after_calls_is_bounded(storage: Storage) -> None:
    on = stage(storage)
    for _ in range(ASIDES + 1):
        await says(on, uuid7(), "香坊区公滨路五号", late=True)
    assert len(on.room.drafts.live._asides) == ASIDES
