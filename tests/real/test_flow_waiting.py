"""A caller who waits: language, place, callback, overflow, danger; a real switch and real keys."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Literal

import pytest

from gateway.asterisk.console_checks import check_applications
from gateway.asterisk.settings import QueueSettings
from ivr.ports import IvrPorts
from ivr.settings import IvrSettings
from tests.peers import audio
from tests.real.flow_stage import Stage

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

LONGEST_SILENCE = 5.0


class NotedDesk:
    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    async def request(self, **asked: object) -> Literal["accepted", "refused"]:
        self.asked.append(asked)
        return "accepted"


class KnownFigures:
    def position(self, uniqueid: str) -> tuple[int, float] | None:
        return (3, 130.0) if uniqueid else None


def test_a_key_in_the_greeting_changes_the_language(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        citizen = stage.dial()
        stage.reached("/zh/greeting")
        time.sleep(1)
        citizen.press("2")
        stage.reached("/zh/greeting", "/en/greeting", "hotline-done@reach:1]", "Queue(")
        shown = stage.switch.rx(f"core show channel {stage.channel('PJSIP/trunk')}")
        assert re.search(r"Language: en\b", shown), shown
        citizen.hang_up()


def test_a_key_in_the_queue_changes_the_language_and_the_place_is_kept(tmp_path: Path) -> None:
    with Stage(tmp_path, round_seconds=60) as stage:
        first = stage.dial()
        stage.reached("Queue(")
        mine = stage.channel("PJSIP/trunk")
        second = stage.dial()
        stage.reached("Queue(", "Queue(")
        first.press("2")
        stage.reached("2@queue-keys:1]", "Queue(")
        time.sleep(0.5)
        assert len(stage.waiting()) == 2
        assert stage.waiting()[0] == mine
        first.hang_up()
        second.hang_up()


def test_between_two_rounds_place_and_wait_are_spoken_and_the_place_is_kept(tmp_path: Path) -> None:
    with Stage(tmp_path, ports=IvrPorts(figures=KnownFigures()), round_seconds=15) as stage:
        first = stage.dial()
        stage.reached("Queue(")
        mine = stage.channel("PJSIP/trunk")
        # The second one is in the queue while the first is told how he stands, and comes back.
        time.sleep(9)
        second = stage.dial()
        stage.reached(
            "/zh/position-before", "/zh/digit-3", "/zh/position-after", "/zh/wait-before", "/zh/digit-3",
            "/zh/wait-minutes", "waiting-done@reach:1]", "Queue(", timeout=40,
        )  # fmt: skip
        time.sleep(0.5)
        waiting = stage.waiting()
        assert len(waiting) == 2
        assert waiting[0] == mine
        assert audio.longest_silence(first.heard()[audio.RATE :]) <= LONGEST_SILENCE
        first.hang_up()
        second.hang_up()


def test_a_callback_is_offered_after_the_wait_accepted_and_asked_for_once(tmp_path: Path) -> None:
    desk = NotedDesk()
    with Stage(tmp_path, settings=IvrSettings(callback_after_s=0), ports=IvrPorts(callbacks=desk)) as stage:
        citizen = stage.dial(number="13904510077", seconds=90)
        stage.reached("/zh/callback-offer", timeout=40)
        citizen.press("1")
        stage.reached("/zh/callback-this-number", "s@gw-say-digits", "/zh/callback-check")
        time.sleep(1)
        citizen.press("1")
        stage.reached("/zh/callback-confirmed", "/zh/goodbye", "end@reach:1]", timeout=30)
        assert citizen.wait(10) == 0
        spoken = stage.steps().split("s@gw-say-digits")
        assert len(spoken) > 11
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [(asked["number"], asked["reason"]) for asked in desk.asked] == [("13904510077", "overflow")]


def test_who_has_waited_too_long_goes_on_to_the_other_queue(tmp_path: Path) -> None:
    queues = (
        QueueSettings(name="hotline", overflow_to="reserve", overflow_after_s=5),
        QueueSettings(name="reserve"),
    )
    with Stage(tmp_path, queues=queues) as stage:
        citizen = stage.dial()
        stage.reached("Queue(", "hotline,c", "overflow-hotline@reach:1]", "reserve,c", timeout=40)
        time.sleep(0.5)
        assert len(stage.waiting()) == 1
        citizen.hang_up()


def test_a_full_queue_sends_the_caller_on_and_he_still_waits_with_sound(tmp_path: Path) -> None:
    queues = (QueueSettings(name="hotline", capacity=1),)
    desk = NotedDesk()
    with Stage(tmp_path, queues=queues, ports=IvrPorts(callbacks=desk), round_seconds=30) as stage:
        first = stage.dial()
        stage.reached("Queue(")
        second = stage.dial(number="13904510088")
        stage.reached("/zh/all-busy", "/zh/callback-offer", timeout=40)
        time.sleep(1)
        second.press("1")
        stage.reached("/zh/callback-check", timeout=30)
        second.press("1")
        stage.reached("/zh/callback-confirmed", timeout=30)
        assert second.wait(15) == 0
        first.hang_up()
    assert [asked["number"] for asked in desk.asked] == ["13904510088"]


@pytest.mark.parametrize("moment", ["notice", "queue"])
def test_emergency_digits_hand_over_without_the_gateway(tmp_path: Path, moment: str) -> None:
    with Stage(tmp_path) as stage:
        stage.gateway.stop()
        time.sleep(6)
        citizen = stage.dial()
        stage.reached("person@reach", "/zh/greeting")
        if moment == "queue":
            stage.reached("Queue(")
        time.sleep(1)
        citizen.press("110" if moment == "notice" else "119")
        stage.reached(f"{'110' if moment == 'notice' else '119'}@emergency:1]")
        # No trunk goes out here: he is told, and is the next in the queue.
        stage.reached("@emergency-failed", "Queue(")
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
        citizen.hang_up()


@pytest.mark.parametrize("number", ["120", "112"])
def test_emergency_digits_in_the_greeting_hand_over_at_once(tmp_path: Path, number: str) -> None:
    with Stage(tmp_path) as stage:
        citizen = stage.dial()
        stage.reached("/zh/greeting")
        time.sleep(0.5)
        citizen.press(number)
        stage.reached(f"{number}@emergency:1]", timeout=6)
        citizen.hang_up()


def test_without_the_gateway_a_caller_goes_round_and_always_hears_something(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gateway.stop()
        citizen = stage.dial()
        stage.reached(
            "waiting-lost@reach:1]", "/zh/queue-wait", "round@reach:1]", "waiting-lost@reach:1]", timeout=50
        )
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
        citizen.hang_up()


def test_every_application_of_the_dialplan_is_loaded(tmp_path: Path) -> None:
    """Asterisk hangs up at an application that it does not have."""
    queues = (
        QueueSettings(name="hotline", overflow_to="reserve", overflow_after_s=5),
        QueueSettings(name="reserve"),
    )
    with Stage(tmp_path, queues=queues) as stage:
        rx = stage.switch.rx
        assert check_applications(rx("dialplan show"), rx("core show applications")) == []
