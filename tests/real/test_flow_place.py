"""A caller keeps his place: by a key in the queue, between two rounds, and when the queue is full.

The rounds are long enough for two callers to wait in the same one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.events import Event
from gateway.asterisk.settings import QueueSettings
from ivr.events import CallerMarked
from tests.ivr.ports import played_ports
from tests.peers import audio
from tests.real.flow_stage import LONGEST_SILENCE, FlowStage, KnownFigures, NotedDesk
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(150)]

VOICE = 1000.0
ROUND_S = 12


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowStage]:
    """Two callers fill the queue."""
    queues = (QueueSettings(name="hotline", capacity=2),)
    with FlowStage(tmp_path_factory.mktemp("stage"), queues=queues, round_seconds=ROUND_S) as stage:
        yield stage


@pytest.fixture
def stage(shared: FlowStage) -> Iterator[FlowStage]:
    yield shared
    shared.clear()


def test_a_key_in_the_queue_changes_the_language_and_the_place_is_kept(stage: FlowStage) -> None:
    stage.serve()
    first = stage.dial()
    stage.reached("Queue(")
    mine = stage.channel("PJSIP/trunk")
    wait_for(lambda: stage.waiting() == [mine], "the first in the queue")
    stage.dial()
    stage.wait_waiting(2)
    first.press("2")
    stage.reached("2@queue-keys:1]", "Queue(")
    assert stage.wait_waiting(2)[0] == mine


def test_between_two_rounds_place_and_wait_are_spoken_and_the_place_is_kept(stage: FlowStage) -> None:
    stage.serve(ports=played_ports(figures=KnownFigures()))
    first = stage.dial()
    stage.reached("Queue(")
    mine = stage.channel("PJSIP/trunk")
    wait_for(lambda: stage.waited(mine) >= ROUND_S / 3, "some waiting", ROUND_S)
    # The second one is in the queue while the first is told how he stands, and comes back.
    stage.dial()
    stage.reached(
        "/zh/position-before", "/zh/digit-3", "/zh/position-after", "/zh/wait-before", "/zh/digit-3",
        "/zh/wait-minutes", "waiting-done@reach:1]", "Queue(",
    )  # fmt: skip
    assert stage.wait_waiting(2)[0] == mine
    assert audio.longest_silence(first.heard()[audio.RATE :]) <= LONGEST_SILENCE


def test_a_full_queue_sends_the_caller_on_and_he_still_waits_with_sound(stage: FlowStage) -> None:
    desk = NotedDesk()
    stage.serve(ports=played_ports(callbacks=desk))
    stage.dial()
    stage.dial()
    stage.wait_waiting(2)
    third = stage.dial(number="13904510088")
    stage.reached("/zh/all-busy", "/zh/callback-offer")
    third.press("1")
    stage.reached("/zh/callback-check")
    third.press("1")
    stage.reached("/zh/callback-confirmed")
    assert third.wait(15) == 0
    assert audio.longest_silence(third.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [asked["number"] for asked in desk.asked] == ["13904510088"]


@pytest.mark.parametrize(("does", "priority"), [("speaks", ""), ("presses", "20"), ("nothing", "")])
def test_a_silent_caller_is_asked_and_reaches_an_agent_marked(
    stage: FlowStage, does: str, priority: str
) -> None:
    kept: list[Event] = []
    stage.serve(ports=played_ports(keep=kept.append))
    citizen = stage.dial()
    stage.reached("Queue(")
    channel = stage.channel("PJSIP/trunk")
    stage.redirect(channel, "reach", "silent")
    stage.reached("silent@reach:1]", "/zh/silent-ask")
    if does == "speaks":
        stage.reached("/zh/silent-ask", "/listen")
        citizen.handset.speak(VOICE, 1)
    if does == "presses":
        citizen.press("1")
    stage.reached("silent@reach:1]", "silent-done@reach:1]", "Queue(")
    shown = stage.switch.rx(f"core show channel {channel}")
    assert f"FLOW_PRIORITY={priority}\n" in shown if priority else "FLOW_PRIORITY=20" not in shown
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [mark.mark for mark in kept if isinstance(mark, CallerMarked)] == (
        [] if does == "speaks" else ["silent"]
    )
