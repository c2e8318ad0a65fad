"""What a call was, told from its CEL rows alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cdr.calls.model import (
    CallRecord,
    ClosedBy,
    Direction,
    LegParty,
    LegRecord,
    RecordedOutcome,
    TransferKind,
)
from cdr.calls.projection import Parties, endpoint_of, project
from cdr.cel.model import CelRow
from core.ids import call_id, leg_id
from tests.cdr.script import CITIZEN, START, Script, answered_call, follow_up_call

SYSTEM = "songhua"


def call(rows: list[CelRow], *, reader: datetime | None = None) -> CallRecord:
    found = project(SYSTEM, rows, parties=Parties(), reader_closed_at=reader)
    assert found is not None
    return found


def leg(record: CallRecord, told: Script, who: str) -> LegRecord:
    return next(one for one in record.legs if one.uniqueid == told.ids[who])


def seconds(record: CallRecord, moment: datetime | None) -> float:
    assert moment is not None
    return (moment - record.started_at).total_seconds()


def test_a_queue_call_that_an_agent_answers() -> None:
    told = answered_call()
    record = call(told.rows)
    assert record.call_id == call_id(SYSTEM, told.ids["trunk"])
    assert (record.direction, record.outcome, record.closed_by) == (
        Direction.INBOUND, RecordedOutcome.ANSWERED, ClosedBy.ASTERISK,
    )  # fmt: skip
    assert (record.number, record.name, record.dialled, record.queue) == (
        CITIZEN,
        "王小明",
        "12345",
        "hotline",
    )
    assert (seconds(record, record.queued_at), seconds(record, record.answered_at)) == (4, 10)
    assert (record.wait_s, record.talk_s, seconds(record, record.ended_at)) == (6, 30, 40)
    citizen, agent = leg(record, told, "trunk"), leg(record, told, "8001")
    assert (citizen.party, agent.party, agent.endpoint) == (LegParty.CITIZEN, LegParty.AGENT, "8001")
    assert (citizen.leg_id, citizen.talk_s, agent.talk_s) == (leg_id(SYSTEM, told.ids["trunk"]), 30, 30)
    [ring] = record.rings
    assert (ring.endpoint, ring.answered, seconds(record, ring.at), seconds(record, ring.until)) == (
        "8001", True, 6, 10,
    )  # fmt: skip
    [expected] = record.recordings
    assert expected.base == f"/rec/20261125/{told.ids['trunk']}.alaw"


def test_a_running_call() -> None:
    told = answered_call()
    record = call(told.rows[:8])
    assert (record.outcome, record.closed_by, record.ended_at) == (RecordedOutcome.RUNNING, None, None)


def test_abandoned_in_the_greeting() -> None:
    told = Script().citizen().wait(3).hangup("trunk", by="trunk").end("trunk")
    record = call(told.rows)
    assert (record.outcome, record.wait_s, record.talk_s) == (RecordedOutcome.ABANDONED_GREETING, 3, 0)


def test_abandoned_in_the_queue_while_phones_ring() -> None:
    told = Script().citizen().wait(4).queue().start("8001", call="trunk").start("8002", call="trunk").wait(9)
    told.hangup("trunk", by="trunk").hangup("8001").hangup("8002").end("trunk")
    record = call(told.rows)
    assert (record.outcome, record.wait_s) == (RecordedOutcome.ABANDONED_QUEUE, 9)
    assert [(ring.endpoint, ring.answered) for ring in record.rings] == [("8001", False), ("8002", False)]


def test_ended_by_the_dialplan_is_not_abandoned() -> None:
    told = Script().citizen().wait(3).hangup("trunk", by="dialplan/builtin").end("trunk")
    assert call(told.rows).outcome is RecordedOutcome.UNANSWERED


def test_parallel_ringing_has_one_winner() -> None:
    told = Script().citizen().wait(4).queue()
    for agent in ("8001", "8002", "8003"):
        told.start(agent, call="trunk")
    told.wait(5).answer("8002").enter("8002", "b").enter("trunk", "b")
    told.hangup("8001", cause=26).hangup("8003", cause=26).wait(20)
    told.hangup("trunk", by="trunk").leave("trunk", "b").hangup("8002").end("trunk")
    record = call(told.rows)
    assert [(ring.endpoint, ring.answered) for ring in record.rings] == [
        ("8001", False), ("8002", True), ("8003", False),
    ]  # fmt: skip
    assert leg(record, told, "8001").cause == 26
    assert record.talk_s == 20


def test_a_blind_transfer_keeps_one_call_and_both_talks() -> None:
    told = Script().citizen().wait(4).queue().start("8001", call="trunk").wait(2).answer("8001")
    told.enter("8001", "b1").enter("trunk", "b1").wait(10)
    told.event("BLINDTRANSFER", "8001", extra={
        "extension": "8002", "context": "desk", "bridge_id": "b1",
        "transferee_channel_name": told.channel("trunk"), "transferee_channel_uniqueid": told.ids["trunk"],
    })  # fmt: skip
    told.leave("trunk", "b1").leave("8001", "b1").hangup("8001", by="8001")
    told.start("8002", call="trunk").wait(6).answer("8002").enter("8002", "b2").enter("trunk", "b2").wait(15)
    told.hangup("8002", by="8002").leave("8002", "b2").leave("trunk", "b2").hangup("trunk").end("trunk")
    record = call(told.rows)
    assert (record.talk_s, leg(record, told, "8001").talk_s, leg(record, told, "8002").talk_s) == (25, 10, 15)
    [transfer] = record.transfers
    assert (transfer.kind, transfer.by, transfer.to) == (TransferKind.BLIND, "8001", "8002")
    assert record.outcome is RecordedOutcome.ANSWERED


def attended() -> Script:
    """8001 talks 10 s with the citizen, asks 8002 for 5 s, hands over; citizen and 8002 talk for 20 s."""
    told = Script().citizen().wait(4).queue().start("8001", call="trunk").wait(2).answer("8001")
    told.enter("8001", "b1").enter("trunk", "b1").wait(10)
    told.start("8001#2", exten="8002", number="8001").start("8002", call="8001#2").wait(1).answer("8002")
    told.enter("8001#2", "b2").enter("8002", "b2").wait(5)
    told.event("ATTENDEDTRANSFER", "8001", extra={
        "bridge1_id": "b1", "channel2_name": told.channel("8001#2"), "channel2_uniqueid": told.ids["8001#2"],
        "bridge2_id": "b2", "transferee_channel_name": told.channel("trunk"),
        "transferee_channel_uniqueid": told.ids["trunk"],
        "transfer_target_channel_name": told.channel("8002"),
        "transfer_target_channel_uniqueid": told.ids["8002"],
    })  # fmt: skip
    told.leave("8002", "b2").leave("8001#2", "b2").leave("8001", "b1")
    told.moves("8002", "trunk").enter("8002", "b1")
    told.hangup("8001").hangup("8001#2").end("8001#2").wait(20)
    told.hangup("trunk", by="trunk").leave("trunk", "b1").leave("8002", "b1").hangup("8002").end("trunk")
    return told


def test_an_attended_transfer_is_one_call() -> None:
    told = attended()
    record = call(told.rows)
    assert record.call_id == call_id(SYSTEM, told.ids["trunk"])
    assert record.linkedids == (told.ids["trunk"], told.ids["8001#2"])
    # The citizen waited in the bridge alone for an instant only: 10 s, 6 s beside the consulting agent, 20 s.
    assert (record.talk_s, leg(record, told, "8002").talk_s) == (36, 25)
    [transfer] = record.transfers
    assert (transfer.kind, transfer.by, transfer.to) == (TransferKind.ATTENDED, "8001", "8002")
    assert [ring.endpoint for ring in record.rings] == ["8001", "8002"]


def test_killed_in_mid_call_the_reader_closes_it() -> None:
    told = answered_call()
    rows = [
        row for row in told.rows if row.event not in {"HANGUP", "CHAN_END", "BRIDGE_EXIT", "LINKEDID_END"}
    ]
    assert call(rows).closed_by is None
    record = call(rows, reader=rows[-1].at)
    assert (record.closed_by, record.outcome, record.ended_at) == (
        ClosedBy.READER, RecordedOutcome.ANSWERED, rows[-1].at,
    )  # fmt: skip
    assert all(one.ended_at == rows[-1].at for one in record.legs)


def test_killed_while_waiting_is_cut_and_not_abandoned() -> None:
    told = Script().citizen().wait(4).queue()
    assert call(told.rows, reader=told.now).outcome is RecordedOutcome.CUT


def test_a_row_after_the_reader_closed_opens_the_call_again() -> None:
    told = Script().citizen().wait(4).queue()
    closed_at = told.now
    told.wait(60).hangup("trunk", by="trunk")
    assert call(told.rows, reader=closed_at).closed_by is None
    told.end("trunk")
    assert call(told.rows, reader=closed_at).closed_by is ClosedBy.ASTERISK


def test_a_call_of_ours_to_a_citizen() -> None:
    told = Script().start("8001", exten="13800001234", number="8001")
    told.start("trunk", call="8001", context="hotline", number=CITIZEN).wait(5)
    told.answer("trunk").enter("trunk", "b").enter("8001", "b").wait(7)
    told.hangup("8001", by="8001").leave("8001", "b").leave("trunk", "b").hangup("trunk").end("8001")
    record = call(told.rows)
    assert (record.direction, record.number, record.dialled, record.talk_s) == (
        Direction.OUTBOUND, CITIZEN, CITIZEN, 7,
    )  # fmt: skip
    assert record.rings == ()


def test_a_call_between_desks_is_internal() -> None:
    told = Script().start("8001", exten="8002").start("8002", call="8001").wait(5)
    told.hangup("8001", by="8001").hangup("8002").end("8001")
    record = call(told.rows)
    assert (record.direction, record.outcome) == (Direction.INTERNAL, RecordedOutcome.UNANSWERED)


def test_a_local_channel_is_nobody_and_does_not_end_the_talk() -> None:
    told = Script().citizen().queue().start("local1", call="trunk", channel="Local/8001@desk-1;1")
    told.start("local2", call="trunk", channel="Local/8001@desk-1;2").start("8001", call="trunk").wait(3)
    told.answer("8001").enter("local1", "b1").enter("trunk", "b1").enter("local2", "b2").enter("8001", "b2")
    told.wait(12).leave("local1", "b1").enter("8001", "b1").hangup("local1").hangup("local2").wait(8)
    told.hangup("trunk", by="trunk").hangup("8001").end("trunk")
    record = call(told.rows)
    assert leg(record, told, "local1").party is LegParty.SWITCH
    assert record.talk_s == 20
    assert [ring.endpoint for ring in record.rings] == ["8001"]


def test_a_call_that_the_gateway_placed_is_outbound_also_when_its_party_waits_for_an_agent() -> None:
    told = follow_up_call()
    record = call(told.rows)
    assert record.call_id == call_id(SYSTEM, told.ids["half1"])
    assert (record.direction, record.outcome) == (Direction.OUTBOUND, RecordedOutcome.ANSWERED)
    assert (record.number, record.dialled, record.queue) == (CITIZEN, CITIZEN, "hotline")
    assert (leg(record, told, "8001").talk_s, record.talk_s) == (30, 46)
    assert [ring.endpoint for ring in record.rings] == ["8001"]


def test_who_called_himself_and_is_put_through_to_a_placed_call_came_in() -> None:
    told = Script().start("half1", channel="Local/13900000009@outbound-1;1")
    told.start("out", call="half1", context="hotline", number="13900000009").answer("out").enter("out", "c")
    told.wait(3).citizen("trunk").moves("trunk", "half1").enter("trunk", "c").wait(9)
    told.hangup("trunk", by="trunk").hangup("out").hangup("half1").end("half1")
    assert call(told.rows).direction is Direction.INBOUND


def test_waiting_in_a_holding_bridge_is_no_talk() -> None:
    told = Script().citizen()
    told.start("8001", call="trunk")
    for who in ("trunk", "8001"):
        told.event("BRIDGE_ENTER", who, extra={"bridge_id": "h", "bridge_technology": "holding_bridge"})
    told.wait(9).hangup("trunk", by="trunk").hangup("8001").end("trunk")
    assert call(told.rows).talk_s == 0


def test_only_taps_are_no_call() -> None:
    told = Script().start("tap", channel="AudioSocket/1").hangup("tap").end("tap")
    assert project(SYSTEM, told.rows, parties=Parties()) is None


def test_endpoints() -> None:
    assert endpoint_of("PJSIP/agent-1-0000002a") == "agent-1"
    assert endpoint_of("Local/8001@desk-00000001;2") == "8001@desk"
    assert endpoint_of("odd") == "odd"


@given(st.data())
def test_any_rows_in_any_order_give_some_call(data: st.DataObject) -> None:
    """Lines may be lost or come late: durations stay sensible, every leg is there."""
    rows = attended().rows if data.draw(st.booleans()) else answered_call().rows
    kept = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=len(rows)))
    reader = data.draw(st.sampled_from([None, START + timedelta(hours=1)]))
    record = call(kept, reader=reader)
    assert record == call(kept, reader=reader)
    assert {one.uniqueid for one in record.legs} == {row.uniqueid for row in kept}
    assert record.talk_s >= 0
    assert record.wait_s >= 0
    assert all(one.talk_s >= 0 for one in record.legs)
    assert (record.ended_at is None) == (record.outcome is RecordedOutcome.RUNNING)
