"""What other rooms hand in, the pop's earlier calls, one id for everything, and the room as a whole."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from cdr.audit import show
from cdr.cel.watch import MissingLines
from cdr.consumer import LedgerConsumer
from cdr.errors import UnknownCall
from cdr.model import mask_number
from cdr.ports import SeenEvents
from cdr.room import build
from core.ids import call_id, leg_id
from hotline.events import CallClosed, CallOutcome, DispositionKind, DispositionSet
from speech.events import TranscriptGap, TranscriptSegment
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.world import SUPERVISOR, World, whats


def segment(
    call: UUID, text: str, *, final: bool = True, segment_id: UUID | None = None
) -> TranscriptSegment:
    return TranscriptSegment(
        call_id=call, leg_id=leg_id("songhua", "1"), segment_id=segment_id or uuid4(), speaker="citizen",
        text=text, final=final, start_s=0, end_s=1, started_at=START, language="zh", engine="fake",
    )  # fmt: skip


def disposition(call: UUID, *cases: UUID, kind: DispositionKind = DispositionKind.CASE) -> DispositionSet:
    return DispositionSet(
        call_id=call, op_id=uuid4(), kind=kind, agent_id="li.na", case_ids=list(cases), note=""
    )


@pytest.fixture
async def call(world: World) -> UUID:
    told = answered_call()
    await world.take_in(told)
    LedgerConsumer(world.ledger).subscribe(world.bus)
    return call_id("songhua", told.ids["trunk"])


async def test_final_words_are_kept_once_and_partials_never(world: World, call: UUID) -> None:
    final = segment(call, "路灯不亮\0")
    await world.bus.deliver(segment(call, "路", final=False, segment_id=final.segment_id))
    for _ in range(2):
        await world.bus.deliver(final)
    gap = TranscriptGap(
        call_id=call, leg_id=final.leg_id, segment_id=uuid4(), speaker="agent", start_s=2, end_s=3,
        started_at=START, reason="engine",
    )  # fmt: skip
    for _ in range(2):
        await world.bus.deliver(gap)
    found = await world.ledger.transcript(SUPERVISOR, call)
    assert [one["text"] for one in found["segments"]] == ["路灯不亮\ufffd"]
    assert [one["reason"] for one in found["gaps"]] == ["engine"]
    await world.signer.sign_once()
    assert whats(await world.verify()) == []


async def test_words_of_a_call_that_the_ledger_does_not_know_yet_wait_for_it(world: World) -> None:
    """Speech is faster than the CEL file; one id brings them together."""
    told = answered_call()
    early = call_id("songhua", told.ids["trunk"])
    await world.ledger.keep_segment(segment(early, "喂"))
    await world.take_in(told)
    record = await show(world.storage, str(early))
    assert [one["text"] for one in record["transcript"]["segments"]] == ["喂"]


async def test_a_dispatch_is_found_from_its_call_and_its_call_from_the_dispatch(
    any_world: World,
) -> None:
    world = any_world
    told = answered_call()
    await world.take_in(told)
    first = call_id("songhua", told.ids["trunk"])
    draft, case, dispatch = uuid4(), uuid4(), uuid4()
    await world.ledger.record("draft", draft, {"rev": 3}, call_ids=[first])
    await world.ledger.record("case", case, {"state": "filed"}, call_ids=[first])
    for step in ("queued", "delivered", "done"):
        await world.ledger.record("dispatch", dispatch, {"step": step}, parent=("case", case))
    await world.ledger.record("case", case, {"state": "closed"})
    record = await show(world.storage, str(first))
    assert [(one["id"], one["payload"], one["filings"]) for one in record["cases"]] == [
        (str(case), {"state": "closed"}, 2)
    ]
    assert [(one["payload"]["step"], one["filings"]) for one in record["dispatches"]] == [("done", 3)]
    for wanted in (str(case), str(dispatch), f"draft:{draft}", told.ids["8001"]):
        assert (await show(world.storage, wanted))["call"]["call_id"] == str(first)
    with pytest.raises(UnknownCall):
        await show(world.storage, "nobody")


async def test_an_existing_case_belongs_to_the_later_call_too(world: World, call: UUID) -> None:
    case = uuid4()
    await world.ledger.record("case", case, {"state": "filed"}, call_ids=[call])
    later = answered_call(Script(9_000, start=START + timedelta(hours=1)))
    await world.take_in(later)
    second = call_id("songhua", later.ids["trunk"])
    await world.bus.deliver(disposition(second, case, kind=DispositionKind.EXISTING_CASE))
    record = await show(world.storage, str(second))
    assert [one["id"] for one in record["cases"]] == [str(case)]
    assert [one["payload"]["kind"] for one in record["dispositions"]] == ["existing_case"]


async def test_the_same_event_twice_is_one_filing(world: World, call: UUID) -> None:
    event = disposition(call)
    await world.bus.deliver(event)
    await world.bus.deliver(event)
    [kept] = (await show(world.storage, str(call)))["dispositions"]
    assert kept["filings"] == 1


async def test_confidential_is_what_the_hotline_said_last(world: World, call: UUID) -> None:
    closed = CallClosed(
        call_id=call, linkedids=["1"], outcome=CallOutcome.ANSWERED, cause="hangup", queue="hotline",
        agent_ids=["li.na"], began_at=START, answered_at=START, ended_at=START, caller=CITIZEN,
        confidential=True,
    )  # fmt: skip
    await world.bus.deliver(closed)
    assert (await show(world.storage, str(call)))["call"]["confidential"] is True


async def test_earlier_calls_for_the_pop(any_world: World) -> None:
    world = any_world
    stories = [
        answered_call(Script(1_000 * n, start=START + timedelta(hours=n)), number=number)
        for n, number in enumerate([CITIZEN, "13900000000", CITIZEN, CITIZEN])
    ]
    for story in stories:
        await world.take_in(story)
    newest = call_id("songhua", stories[3].ids["trunk"])
    await world.ledger.record("disposition", newest, {"kind": "enquiry"}, call_ids=[newest])
    await world.ledger.mark_confidential(newest, True, "li.na")
    found = await world.ledger.earlier_calls(CITIZEN, 2)
    assert [(one.at.hour, one.outcome, one.dispositions, one.confidential) for one in found] == [
        (16, "answered", ("enquiry",), True), (15, "answered", (), False),
    ]  # fmt: skip
    assert await world.ledger.earlier_calls("") == []


def test_masked_numbers() -> None:
    assert [mask_number(one) for one in ("13800001234", "84510000", "8451000", "110", "")] == [
        "138••••1234", "845•0000", "845•••", "•••", "",
    ]  # fmt: skip


def test_lost_lines_are_told_only_when_they_stay_away() -> None:
    watch = MissingLines()
    assert watch.observe(SeenEvents(1, 100), 40) == 0  # whatever came before the link counts for nothing
    assert [watch.observe(SeenEvents(1, 110), 45), watch.observe(SeenEvents(1, 110), 50)] == [0, 0]
    assert [watch.observe(SeenEvents(1, 120), 57) for _ in range(4)] == [0, 0, 3, 3]
    assert watch.observe(SeenEvents(2, 5), 57) == 0
    assert watch.observe(None, 57) == 0


def test_lines_from_before_the_link_do_not_hide_a_loss() -> None:
    watch = MissingLines()
    watch.observe(SeenEvents(1, 0), 0)
    watch.observe(SeenEvents(1, 0), 500)
    assert [watch.observe(SeenEvents(1, 10), 505) for _ in range(3)][-1] == 5


async def test_the_room_takes_a_call_in_by_itself_and_stops(world: World) -> None:
    settings = world.settings.model_copy(
        update={"poll_s": 0.01, "recording_poll_s": 0.02, "recording_still_s": 0.0, "sign_every_s": 0.02}
    )
    room = build(settings, world.ports)
    await room.start()
    told = answered_call()
    world.sound(told)
    world.write(told)
    for _ in range(200):
        await asyncio.sleep(0.02)
        rows = await world.calls()
        if rows and rows[0].ended_at and world.heads.exists():
            break
    await room.stop()
    await room.stop()
    report = await world.verify()
    assert (report.findings, report.unsigned) == ([], 0)
    assert [one.state for one in room.health()] == ["up", "up", "up"]


async def test_health_says_what_is_not_set(world: World) -> None:
    settings = world.settings.model_copy(update={"cel_file": None, "recordings": None})
    room = build(settings, world.ports)
    assert [(one.part, one.state) for one in room.health()] == [
        ("cdr.import", "degraded"), ("cdr.recordings", "degraded"), ("cdr.chain", "up"),
    ]  # fmt: skip
    assert "cdr.cel_file" in room.health()[0].why
