"""A caller who waits, in short rounds: callback, overflow, danger, no gateway; real switch and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.asterisk.console_checks import check_applications
from gateway.asterisk.settings import QueueSettings
from ivr.settings import IvrSettings
from tests.ivr.ports import played_ports
from tests.peers import audio
from tests.real.flow_stage import LONGEST_SILENCE, FlowStage, NotedDesk
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(150)]

QUEUES = (
    QueueSettings(name="hotline", ring_seconds=10),
    QueueSettings(name="busy", overflow_to="reserve", overflow_after_s=5),
    QueueSettings(name="reserve"),
)
TO_BUSY = "flow: default\nlanguages: [zh, en]\nstart: person\nsteps:\n  person: {queue: busy}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowStage]:
    with FlowStage(tmp_path_factory.mktemp("stage"), queues=QUEUES, round_seconds=5) as stage:
        yield stage


@pytest.fixture
def stage(shared: FlowStage) -> Iterator[FlowStage]:
    yield shared
    shared.clear()


def test_a_key_in_the_greeting_changes_the_language(stage: FlowStage) -> None:
    stage.serve()
    citizen = stage.dial()
    stage.reached("/zh/greeting")
    citizen.press("2")
    stage.reached("/zh/greeting", "/en/greeting", "hotline-done@reach:1]", "Queue(")
    shown = stage.switch.rx(f"core show channel {stage.channel('PJSIP/trunk')}")
    assert re.search(r"Language: en\b", shown), shown


def test_a_callback_is_offered_after_the_wait_accepted_and_asked_for_once(stage: FlowStage) -> None:
    desk = NotedDesk()
    stage.serve(IvrSettings(callback_after_s=0), played_ports(callbacks=desk))
    citizen = stage.dial(number="13904510077")
    stage.reached("/zh/callback-offer")
    citizen.press("1")
    stage.reached("/zh/callback-this-number", "s@gw-say-digits", "/zh/callback-check")
    citizen.press("1")
    stage.reached("/zh/callback-confirmed", "/zh/goodbye", "end@reach:1]")
    assert citizen.wait(10) == 0
    spoken = stage.steps().split("s@gw-say-digits")
    assert len(spoken) > 11
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [(asked["number"], asked["reason"]) for asked in desk.asked] == [("13904510077", "overflow")]


def test_who_has_waited_too_long_goes_on_to_the_other_queue(stage: FlowStage, tmp_path: Path) -> None:
    flow = tmp_path / "default.yaml"
    flow.write_text(TO_BUSY, encoding="utf-8")
    stage.serve(IvrSettings(flow=flow))
    stage.dial()
    stage.reached("Queue(", "busy,c", "overflow-busy@reach:1]", "reserve,c")
    stage.wait_waiting(1)


@pytest.mark.parametrize("moment", ["notice", "queue"])
def test_emergency_digits_hand_over_without_the_gateway(stage: FlowStage, moment: str) -> None:
    stage.lose_gateway()
    citizen = stage.dial()
    stage.reached("person@reach", "/zh/greeting")
    if moment == "queue":
        stage.reached("Queue(")
        stage.wait_waiting(1)
    citizen.press("110" if moment == "notice" else "119")
    stage.reached(f"{'110' if moment == 'notice' else '119'}@emergency:1]")
    # No trunk goes out here: he is told, and is the next in the queue.
    stage.reached("@emergency-failed", "Queue(")
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE


@pytest.mark.parametrize("number", ["120", "112"])
def test_emergency_digits_in_the_greeting_hand_over_at_once(stage: FlowStage, number: str) -> None:
    stage.serve()
    citizen = stage.dial()
    stage.reached("/zh/greeting")
    citizen.press(number)
    stage.reached(f"{number}@emergency:1]", timeout=20)


def test_without_the_gateway_a_caller_goes_round_and_always_hears_something(stage: FlowStage) -> None:
    stage.lose_gateway()
    citizen = stage.dial()
    stage.reached("waiting-lost@reach:1]", "/zh/queue-wait", "round@reach:1]", "waiting-lost@reach:1]")
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE


def test_a_gateway_that_is_gone_is_known_by_its_last_beat(stage: FlowStage) -> None:
    stage.serve()
    stage.stop_gateway()
    wait_for(lambda: not stage.gateway_beats(), "the end of the beat", 15)
    stage.dial()
    stage.reached("lost@dialogue:1]", "hotline-lost@reach:1]", "Queue(")
    assert "AGI(" not in stage.steps()


def test_every_application_of_the_dialplan_is_loaded(stage: FlowStage) -> None:
    """Asterisk hangs up at an application that it does not have."""
    rx = stage.switch.rx
    assert check_applications(rx("dialplan show"), rx("core show applications")) == []
