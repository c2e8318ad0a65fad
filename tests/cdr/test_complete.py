"""What a record lacks is named, whatever part is taken away; what it has stands in one line of time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cdr.complete import BUFFER_S, SLACK_S, SLACK_SHARE, complete
from cdr.completeness import Completeness
from cdr.consumer import LedgerConsumer
from cdr.timeline import timeline
from core.clock import ManualClock
from core.events import Event
from core.ids import call_id, leg_id
from core.metrics import REGISTRY
from hotline.events import (
    AgentMoved,
    AgentState,
    CallActed,
    CallClosed,
    CallOutcome,
    DispositionKind,
    DispositionSet,
)
from ivr.events import SurveyAnswered, VoicemailLeft
from speech.events import TranscriptGap, TranscriptSegment
from tests.cdr.script import START, Script, answered_call
from tests.cdr.test_search import id_of
from tests.cdr.world import SUPERVISOR, World

Record = dict[str, Any]


@pytest.fixture
async def record(world: World) -> Record:
    """A whole call, with everything that rooms tell about it."""
    world.storage.clock = ManualClock(START + timedelta(hours=1))
    LedgerConsumer(world.ledger).subscribe(world.bus)
    told = answered_call()
    await world.take_in(told)
    world.sound(told, seconds=41.0)
    await world.settle()
    call, leg = id_of(told), leg_id("songhua", told.ids["trunk"])
    moves = [("ready", "ringing", 6), ("ringing", "talking", 10), ("talking", "wrap_up", 40)]
    events: list[Event] = [
        AgentMoved(
            agent_id="li.na", endpoint="8001", state=AgentState(now), reason="", previous=AgentState(before),
            since=START, call_id=call, by="system", at=START + timedelta(seconds=after),
        )
        for before, now, after in moves
    ]  # fmt: skip
    events += [
        TranscriptSegment(
            call_id=call, leg_id=leg, segment_id=uuid4(), speaker="citizen", text="你好", final=True,
            start_s=1, end_s=2, started_at=START + timedelta(seconds=12), language="zh", engine="simulated",
        ),
        TranscriptGap(
            call_id=call, leg_id=leg, segment_id=uuid4(), speaker="citizen", start_s=3, end_s=5,
            started_at=START + timedelta(seconds=14), reason="engine",
        ),
        CallActed(
            op_id=uuid4(), call_id=call, verb="hold", actor_id="li.na", target="", leg_id=leg, outcome="done",
            at=START + timedelta(seconds=20),
        ),
        DispositionSet(
            call_id=call, op_id=uuid4(), kind=DispositionKind.ENQUIRY, agent_id="li.na", case_ids=[], note="",
            at=START + timedelta(seconds=50),
        ),
        SurveyAnswered(
            call_id=call, uniqueid="1", linkedid="1", answers={"satisfied": "1"}, language="zh",
            at=START + timedelta(seconds=45),
        ),
        VoicemailLeft(
            call_id=call, uniqueid="1", linkedid="1", start_s=1, end_s=2, language="zh",
            at=START + timedelta(seconds=46),
        ),
    ]  # fmt: skip
    for event in events:
        for _ in range(2):
            await world.bus.deliver(event)
    return await world.ledger.call(SUPERVISOR, str(call), reveal=True)


async def test_a_whole_record_lacks_nothing(record: Record) -> None:
    assert complete(record) == []
    assert len(record["agent_states"]) == 3
    assert len(record["surveys"]) == len(record["voicemails"]) == len(record["acts"]) == 1


def test_all_of_it_stands_in_one_line_of_time(record: Record) -> None:
    line = timeline(record)
    assert line == record["timeline"]
    assert [one["at"] for one in line] == sorted(one["at"] for one in line)
    assert line[0]["what"] == "started"
    assert {one["what"] for one in line} == {
        "started", "queued", "ringing", "leg-started", "leg-answered", "bridged", "said", "gap",
        "agent-state", "act", "disposition", "survey", "voicemail", "leg-ended", "ended",
    }  # fmt: skip


def without(*path: str | int) -> Callable[[Record], None]:
    def change(record: Record) -> None:
        inner: Any = record
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = [] if isinstance(inner[path[-1]], list) else None

    return change


def drop(group: str, at: int) -> Callable[[Record], None]:
    return lambda record: record[group].pop(at)


LACKS: list[tuple[str, Callable[[Record], None], str]] = [
    ("running", without("call", "ended_at"), "end: the call still runs"),
    ("unclosed", without("call", "closed_by"), "end: nobody closed the call"),
    ("no legs", without("legs"), "legs: none"),
    ("open leg", without("legs", 1, "ended_at"), "leg: end of "),
    ("open bridge", without("legs", 1, "stays", 0, "until"), "leg: exit of "),
    ("no recordings", without("recordings"), "recording: none"),
    ("one direction", drop("recordings", 0), "recording: in of "),
    ("missing file", lambda one: one["recordings"][1].update(state="missing"), "recording: out of "),
    ("no hash", without("recordings", 0, "sha256"), "recording: hash of in"),
    ("short", lambda one: one["recordings"][0].update(duration_s=9.0), "recording: in of "),
    (
        "no ciphertext",
        lambda one: one["recordings"][0].update(key_id="ab"),
        "recording: hash of the encrypted",
    ),
    ("gap without reason", lambda one: one["transcript"]["gaps"][0].update(reason=""), "transcript: reason"),
    ("no words to see", without("transcript"), "transcript: not to be seen"),
    ("no states", without("agent_states"), "agent state: talk of li.na"),
    ("endless talk", drop("agent_states", 2), "agent state: end of the talk of li.na"),
    ("no disposition", without("dispositions"), "disposition: "),
    ("no entry", lambda one: one["unsealed"].append("leg 1"), "seal: leg 1"),
    (
        "endless pause",
        lambda one: one["call"]["pauses"].append(
            {"reason": "card", "by": "li.na", "since": "x", "until": None}
        ),
        "pause: end of",
    ),
    (
        "nameless pause",
        lambda one: one["call"]["pauses"].append({"reason": "", "by": "", "since": "x", "until": "y"}),
        "pause: reason or author",
    ),
]


@pytest.mark.parametrize(("change", "lack"), [one[1:] for one in LACKS], ids=[one[0] for one in LACKS])
def test_what_is_taken_away_is_named(record: Record, change: Callable[[Record], None], lack: str) -> None:
    changed = copy.deepcopy(record)
    change(changed)
    found = complete(changed)
    assert found
    assert any(one.startswith(lack) for one in found), found


def test_a_killed_asterisk_takes_its_buffer_with_it_and_no_more(record: Record) -> None:
    [leg] = [leg for leg in record["legs"] if leg["leg_id"] == record["recordings"][0]["leg_id"]]
    began, ended = (datetime.fromisoformat(leg[when]) for when in ("answered_at", "ended_at"))
    length = (ended - began).total_seconds()
    record["recordings"][0]["duration_s"] = length * (1 - SLACK_SHARE) - SLACK_S - BUFFER_S + 0.1
    assert any("recording: in of" in lack for lack in complete(record))
    record["call"]["closed_by"] = "reader"
    assert complete(record) == []
    record["recordings"][0]["duration_s"] -= 0.2
    assert any("recording: in of" in lack for lack in complete(record))


def test_what_a_killed_asterisk_had_not_written_is_one_buffer_of_a_law() -> None:
    assert 0 <= BUFFER_S - 32_768 / 8_000 < 0.01


async def test_the_sweep_counts_what_is_lacking(world: World) -> None:
    clock = ManualClock(START + timedelta(hours=1))
    world.storage.clock = clock
    await world.take_in(answered_call())
    await Completeness(world.storage).sweep()

    def count(what: str) -> float | None:
        return REGISTRY.get_sample_value("songhua_cdr_calls_incomplete", {"what": what})

    assert (count("recording"), count("agent state"), count("disposition")) == (1.0, 1.0, 0.0)
    clock.advance(86_400)
    await Completeness(world.storage).sweep()
    assert count("disposition") == 1.0


async def test_what_the_switch_joined_is_one_call(world: World) -> None:
    """No line ties the two; the hotline saw it."""
    LedgerConsumer(world.ledger).subscribe(world.bus)
    told = answered_call(Script(1_000))
    other = Script(2_000, start=START + timedelta(seconds=5))
    other.start("8002").answer("8002").wait(20).hangup("8002").end("8002")
    await world.take_in(told)
    await world.take_in(other)
    assert len([row for row in await world.calls() if row.merged_into is None]) == 2
    closed = CallClosed(
        call_id=id_of(told), linkedids=[told.ids["trunk"], other.ids["8002"]], outcome=CallOutcome.ANSWERED,
        cause="hangup", queue="hotline", agent_ids=["li.na"], began_at=START, answered_at=START,
        ended_at=START, caller="", confidential=False,
    )  # fmt: skip
    for _ in range(2):
        await world.bus.deliver(closed)
        await world.projector.derive_once()
    (one,) = [row for row in await world.calls() if row.merged_into is None]
    assert one.call_id == id_of(told)
    record = await world.ledger.call(SUPERVISOR, str(call_id("songhua", other.ids["8002"])), reveal=True)
    assert {leg["endpoint"] for leg in record["legs"]} == {"trunk", "8001", "8002"}
