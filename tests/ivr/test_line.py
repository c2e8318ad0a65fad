"""The line over AGI: what the dialplan says of a caller, and the room that chooses his flow."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ivr.room
from core.bus import Bus
from core.clock import ManualClock
from core.events import Event
from core.ids import uuid7
from core.storage import StorageAway
from gateway.agi.codec import Environment
from gateway.wiring.ivr import QueuePositions, caller_of
from gateway.wiring.ivr import _span as span
from ivr.events import CallerMarked, SurveyAnswered
from ivr.flows.book import NoSuchFlow
from ivr.flows.load import FlowInvalid, load
from ivr.ports import Caller, IvrPorts
from ivr.reporting import FlowEventWriter
from ivr.settings import FlowCondition, IvrSettings
from tests.ivr.played_line import PlayedLine
from tests.ivr.ports import played_ports
from tests.ivr.test_flows import FLOWS


def environment(**values: str) -> Environment:
    return Environment(values)


def test_the_dialplan_says_who_is_on_the_line() -> None:
    env = environment(
        uniqueid="s-1.1", callerid="+8613904510001", channel="PJSIP/trunk-0000001a", language="en"
    )
    caller, recorded = caller_of(env, "s-1.0/12345/95/2/yes/12.345")
    assert caller == Caller(
        "s-1.1",
        "s-1.0",
        "+8613904510001",
        "12345",
        "trunk",
        "en",
        95,
        2,
        full=True,
        channel="PJSIP/trunk-0000001a",
    )
    assert recorded == 12.345


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_whatever_the_caller_sends_only_digits_of_it_arrive(facts: str, number: str, channel: str) -> None:
    caller, recorded = caller_of(environment(uniqueid="u", callerid=number, channel=channel), facts)
    assert set(caller.number + caller.called) <= set("+0123456789")
    assert len(caller.number) <= 20
    assert caller.waited_s >= 0
    assert math.isfinite(recorded)


@given(st.text(max_size=30))
def test_any_span_of_the_dialplan_is_read(text: str) -> None:
    read = span(text)
    assert isinstance(read.start_s, float)
    assert not read.gone


def test_a_board_that_knows_nothing_says_nothing() -> None:
    assert QueuePositions(lambda _uniqueid: (0, 0.0, 0)).position("u") is None
    assert QueuePositions(lambda _uniqueid: (2, 60.0, 3)).position("u") == (2, 60.0)


# --- the room ------------------------------------------------------------------------------------------


def heard(settings: IvrSettings, kind: str, caller: Caller, ports: IvrPorts | None = None) -> list[str]:
    room = ivr.room.build(settings, ports or played_ports())
    line = PlayedLine()
    asyncio.run(room.run(kind, line, caller))
    return line.log


def test_each_dialogue_of_the_dialplan_has_its_flow() -> None:
    assert heard(IvrSettings(), "hotline", Caller())[0] == "play zh/greeting"
    assert heard(IvrSettings(), "waiting", Caller())[0] == "play zh/queue-wait"
    assert heard(IvrSettings(), "survey", Caller())[0] == "play zh/survey-intro"
    assert heard(IvrSettings(), "silent", Caller())[0] == "listen zh/silent-ask"
    assert heard(IvrSettings(), "", Caller())[0] == "play zh/greeting"


def test_a_dialled_number_has_its_flow(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        "flow: other\nlanguages: [en]\nstart: a\nsteps:\n"
        "  a: {play: greeting, notice: true, next: b}\n  b: {queue: x}\n"
    )
    settings = IvrSettings(flows=tmp_path, entries=(FlowCondition(flow="other", called="12319"),))
    assert heard(settings, "hotline", Caller(called="12319"))[0] == "play en/greeting"
    assert heard(settings, "hotline", Caller(called="12345"))[0] == "play zh/greeting"
    with pytest.raises(NoSuchFlow):
        ivr.room.build(IvrSettings(entries=(FlowCondition(flow="nowhere"),)), played_ports())


def test_a_flow_is_changed_for_the_next_caller_and_a_wrong_one_changes_nothing() -> None:
    room = ivr.room.build(IvrSettings(), played_ports())
    text = (FLOWS / "default.yaml").read_text().replace("queue: hotline", "queue: other")
    room.flows.put("default", load(text))
    line = PlayedLine()
    asyncio.run(room.run("hotline", line, Caller()))
    assert "queue other" in line.log
    with pytest.raises(FlowInvalid):
        room.flows.put(
            "default", load("flow: x\nlanguages: [zh]\nstart: a\nsteps:\n  a: {play: nothing, next: a}\n")
        )
    assert room.flows.source("default").flow.flow == "default"


# --- what is written behind ------------------------------------------------------------------------------


class AwayOnce:
    """A database that is away at first."""

    def __init__(self) -> None:
        self.written: list[Event] = []
        self._away = 1

    def write(self) -> Self:
        if self._away:
            self._away -= 1
            raise StorageAway
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def emit(self, event: Event, *, stream: str) -> None:
        assert stream.startswith("call:")
        self.written.append(event)


class Heard(Bus):
    def __init__(self) -> None:
        self.live: list[Event] = []

    def publish(self, event: Event) -> None:
        self.live.append(event)

    async def deliver(self, event: Event) -> None:
        raise NotImplementedError

    def subscribe(self, event_type: type[Any], handler: Callable[..., Any], *, name: str) -> None:
        raise NotImplementedError


async def test_a_survey_waits_for_the_database_and_a_mark_does_not() -> None:
    storage, bus = AwayOnce(), Heard()
    keeping = FlowEventWriter(storage, bus, ManualClock())  # type: ignore[arg-type]  # a simulated database
    survey = SurveyAnswered(
        call_id=uuid7(), uniqueid="u", linkedid="l", answers={"agent": "1"}, language="zh"
    )
    mark = CallerMarked(call_id=uuid7(), uniqueid="u", mark="silent")
    keeping.keep(survey)
    keeping.keep(mark)
    assert bus.live == [mark]
    task = asyncio.ensure_future(keeping.write_behind.run())
    for _ in range(100):
        await asyncio.sleep(0)
    task.cancel()
    assert storage.written == [survey]
