"""A person's erasure reaches what was drafted of his calls: what he said, his name and his number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from cases.drafting.model import FieldName, SpokenSegment
from cases.errors import NoSuchDraft
from cases.events import DraftView
from cases.tables import cases, drafts
from cdr.events import CallErased
from core.ids import uuid7
from core.storage import Storage
from speech.events import TranscriptSegment
from tests.cases.rooms import AGENT, Stage, stage

REPORT = "我叫李建国，电话幺三九四五六七八九零零，香坊区公滨路五号门口昨天晚上井盖丢了"
BEGAN = datetime(2026, 11, 25, 8, tzinfo=UTC)
WORDS = ("transcripts",)
PERSON = ("personal", "recordings", "transcripts")


async def hear(on: Stage, call_id: UUID, *said: str) -> list[DraftView]:
    for at, text in enumerate(said):
        segment = SpokenSegment(segment_id=f"s{at}", speaker="citizen", text=text)
        await on.room.drafts.hear(call_id, segment)
    agent = SpokenSegment(segment_id="a", speaker="agent", text="好的，李建国先生，是公滨路吧")
    await on.room.drafts.hear(call_id, agent)
    return await on.room.drafts.of_call(call_id)


async def erase(on: Stage, call_id: UUID, kinds: tuple[str, ...], *known_as: UUID) -> None:
    await on.bus.deliver(
        CallErased(call_id=call_id, known_as=list(known_as), kinds=list(kinds), by="system:retention")
    )


async def bodies(on: Stage) -> dict[UUID, dict[str, Any]]:
    async with on.storage.read() as connection:
        rows = await connection.execute(select(drafts.c.draft_id, drafts.c.body))
        return {row.draft_id: row.body for row in rows}


@pytest.mark.parametrize("kinds", [WORDS, PERSON])
async def test_drafts_that_became_no_case_go_and_are_not_made_again(
    any_storage: Storage, kinds: tuple[str, ...]
) -> None:
    on = stage(any_storage)
    call_id, alias, other = on.a_call(), on.a_call(), on.a_call()
    (thrown,) = await hear(on, call_id, REPORT)
    await on.room.drafts.discard(thrown.draft_id, op_id=uuid7(), actor=AGENT)
    op_id = uuid7()
    opened = await on.room.drafts.create(call_id, op_id=op_id, actor=AGENT)
    (under_another_id,) = await hear(on, alias, REPORT)
    (kept,) = await hear(on, other, REPORT)
    before = await bodies(on)
    await erase(on, call_id, ("recordings",), alias)
    assert await bodies(on) == before
    for _ in range(2):
        await erase(on, call_id, kinds, alias)
        assert await bodies(on) == {kept.draft_id: before[kept.draft_id]}
    assert [one.draft_id for one in on.room.drafts.snapshot()] == [kept.draft_id]
    assert await on.room.drafts.of_call(call_id) == await on.room.drafts.of_call(alias) == []
    for gone in (thrown, opened, under_another_id):
        with pytest.raises(NoSuchDraft):
            await on.room.drafts.get(gone.draft_id)
    with pytest.raises(NoSuchDraft):
        await on.room.drafts.create(call_id, op_id=op_id, actor=AGENT)
    await hear(on, call_id, "公滨路五号着火了")  # words that were on their way
    assert set(await bodies(on)) == {kept.draft_id}


@pytest.mark.parametrize("kinds", [WORDS, PERSON])
async def test_what_became_a_case_keeps_what_was_filed_and_nothing_that_was_said(
    any_storage: Storage, kinds: tuple[str, ...]
) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    (draft,) = await hear(on, call_id, REPORT, "还有路灯也不亮")
    assert draft.fields["caller"].value
    assert draft.fields["callback"].value == "13945678900"
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    for _ in range(2):
        await erase(on, call_id, kinds)
        stored = await on.room.drafts.stored(draft.draft_id)
        assert (stored.state, stored.case_id) == ("confirmed", case.case_id)
        left = stored.draft
        assert (left.heard, left.additional_problems) == ((), ())
        assert not [one for one in left.fields.values() if one.evidence or "said" in one.detail]
        assert left.value(FieldName.ADDRESS) == "公滨路5号"
        assert left.fields[FieldName.TIME].value == draft.fields["time"].value is not None
        person = {left.value(FieldName.CALLER), left.value(FieldName.CALLBACK)}
        assert person == ({None} if "personal" in kinds else {draft.fields["caller"].value, "13945678900"})
    ((_, body),) = (await bodies(on)).items()
    gone = ("李", "13945678900") if "personal" in kinds else ("我叫李建国", "幺三九", "昨天晚上")
    assert not [one for one in gone if one in str({**body, "fields": {**body["fields"], "description": ""}})]
    assert await on.room.drafts.of_call(call_id) == [await on.room.drafts.get(draft.draft_id)]
    async with on.storage.read() as connection:
        filed = (await connection.execute(select(cases.c.final))).scalar_one()
    assert filed["address"]["value"] == "公滨路5号", "what was filed belongs to the case"


async def test_what_listened_aside_and_what_was_offered_is_forgotten(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    drafting, offers = on.room.drafts, on.room.articles.suggestions
    await on.bus.deliver(
        TranscriptSegment(
            call_id=call_id, leg_id=uuid7(), segment_id=uuid7(), speaker="citizen", text=REPORT, final=True,
            start_s=0, end_s=4, started_at=BEGAN, language="zh", engine="test",
        )
    )  # fmt: skip
    (draft,) = await drafting.of_call(call_id)
    await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    await hear(on, call_id, "就在公滨路五号")
    drafting.call_ended(call_id)
    assert call_id in drafting.live._asides
    assert call_id in offers._calls
    await erase(on, call_id, PERSON)
    assert call_id not in drafting.live._asides
    assert drafting.live.get(call_id) is None
    assert call_id not in offers._calls
