"""Danger to life heard in any call is told live to every supervisor, whoever has the draft on a desk."""

from __future__ import annotations

from uuid import UUID

from cases.drafting.model import SpokenSegment
from cases.events import DraftChanged
from core.actor import Actor, Role
from core.events import Event, mask
from core.ids import uuid7
from core.storage import Storage
from gateway.web.live.audience import Audience
from tests.cases.rooms import AGENT, Stage, stage

CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))
OTHER = Actor("zhao", "赵", frozenset({Role.AGENT}))
REPORT = "香坊区公滨路五号门口井盖丢了"
NOBODY_ON_IT = Audience(on_call=lambda _: frozenset(), is_confidential=lambda _: True)


def words(text: str, segment_id: str, *, final: bool = True) -> SpokenSegment:
    return SpokenSegment(segment_id=segment_id, speaker="citizen", text=text, final=final)


def told(viewer: Actor, events: list[Event]) -> set[str]:
    """The numbers of the alarms that the viewer is shown, as the live view sends them."""
    shown: set[str] = set()
    for event in events:
        allowed = NOBODY_ON_IT.sight(viewer, event)
        if isinstance(event, DraftChanged) and allowed is not None:
            shown |= {alarm["number"] for alarm in mask(event, allowed)["draft"]["alarms"]}
    return shown


def heard(on: Stage, call_id: UUID) -> list[Event]:
    return [event for event in on.bus.seen if getattr(event, "call_id", None) == call_id]


async def test_danger_in_a_call_without_any_draft_yet_is_told(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call(confidential=True)
    await on.room.drafts.hear(call_id, words("我爸晕倒了没有呼吸", "s1"))
    assert told(CHIEF, heard(on, call_id)) == {"120"}
    assert told(OTHER, heard(on, call_id)) == set()


async def test_danger_in_words_that_are_not_final_is_told(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words("楼上着火了", "s1", final=False))
    assert told(CHIEF, heard(on, call_id)) == {"119"}


async def test_danger_after_every_draft_was_confirmed_is_told(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words(REPORT, "s1"))
    (draft,) = await on.room.drafts.of_call(call_id)
    await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    before = len(on.bus.seen)
    await on.room.drafts.hear(call_id, words("哎呀那边着火了", "s2"))
    assert told(CHIEF, on.bus.seen[before:]) == {"119"}


async def test_danger_in_a_call_whose_draft_was_discarded_is_told(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words("你好", "s1"))
    (draft,) = await on.room.drafts.of_call(call_id)
    await on.room.drafts.discard(draft.draft_id, op_id=uuid7(), actor=AGENT)
    before = len(on.bus.seen)
    await on.room.drafts.hear(call_id, words("有人拿着菜刀砍人", "s2"))
    assert told(CHIEF, on.bus.seen[before:]) == {"110"}
