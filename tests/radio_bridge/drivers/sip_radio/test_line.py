"""A talkgroup's call on a clock that stands still: called again with patience, and never talked over."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from core.clock import ManualClock
from radio_bridge.drivers.sip_radio.line import SipRadioLine, SipRadioTiming
from radio_bridge.drivers.sip_radio.settings import SipRadioSettings, SipTalkgroup
from radio_bridge.drivers.voice import STILL_TALKS_S
from radio_bridge.floor.model import FIELD, Cause, QueuedFloorRequest
from radio_bridge.floor.signals import (
    NetworkAway,
    NetworkDenied,
    NetworkGranted,
    NetworkIdle,
    NetworkTaken,
    Signal,
)
from tests.radio_bridge.sound.test_voice import LOUD, QUIET

GROUP = "sip:north"


class World:
    """Implements `Calls`, `FloorOwner` and `Ears` for one line."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.wanted: list[UUID | None] = []
        self.spoken: list[bytes] = []
        self.ends_said = 0
        self.signals: list[Signal] = []
        self.heard_frames: list[bytes] = []
        self.ends_heard = 0
        settings = SipRadioSettings(talkgroups=[SipTalkgroup(tg="north", endpoint="radio-north")])
        self.line = SipRadioLine(
            settings, settings.talkgroups[0], self.clock, self, rng=random.Random(1), timing=SipRadioTiming()
        )
        self.line.attach(self, self)

    def want(self, line: SipRadioLine, leg: UUID | None, instead_of: UUID | None = None) -> None:
        if leg is not None:
            assert instead_of == next((one for one in reversed(self.wanted) if one is not None), None)
        self.wanted.append(leg)

    def say(self, group: str, frame: bytes) -> None:
        self.spoken.append(frame)

    def said(self, group: str) -> None:
        self.ends_said += 1

    def take(self, group: str, signal: Signal) -> None:
        assert group == GROUP
        self.signals.append(signal)

    def audio(self, group: str, token: str) -> bool:
        return True

    def heard(self, group: str, party: str, frame: bytes) -> None:
        assert (group, party) == (GROUP, GROUP)
        self.heard_frames.append(frame)

    def ended(self, group: str) -> None:
        self.ends_heard += 1

    # --- for the test ---------------------------------------------------------------------------------

    @property
    def leg(self) -> UUID:
        legs = [one for one in self.wanted if one is not None]
        return legs[-1]

    def last(self) -> Signal:
        return self.signals[-1]

    def up(self) -> None:
        self.line.look()
        self.line.came(self.leg)
        assert self.line.state().up

    def hears(self, frame: bytes, times: int) -> None:
        for _ in range(times):
            self.line.hear(frame)
            self.clock.advance(0.02)

    def ask(self) -> QueuedFloorRequest:
        made = QueuedFloorRequest("app:17", uuid4(), FIELD, self.clock.monotonic())
        self.line.ask(made)
        return made


@pytest.fixture
def world() -> World:
    return World()


def test_it_is_called_once_and_again_when_it_does_not_answer(world: World) -> None:
    for _ in range(119):
        world.line.look()
        world.clock.advance(0.1)
    assert len(world.wanted) == 1
    waits = []
    for _ in range(8):
        begun, count = world.clock.monotonic(), len([one for one in world.wanted if one])
        while len([one for one in world.wanted if one]) == count:
            world.line.look()
            world.clock.advance(0.1)
        waits.append(world.clock.monotonic() - begun)
    assert waits == sorted(waits[:5]) + waits[5:]
    assert 12.0 < waits[0] + 11.9 < 14.5
    assert all(wait <= 48.5 for wait in waits)
    assert "does not answer" in world.line.state().why
    assert len({one for one in world.wanted if one}) == 9


def test_a_leg_of_before_is_nobodys(world: World) -> None:
    world.line.look()
    world.line.came(uuid4())
    assert not world.line.state().up
    world.line.came(world.leg)
    world.line.went(uuid4())
    assert world.line.state().up


def test_a_call_that_ends_takes_both_talks_with_it(world: World) -> None:
    world.up()
    world.hears(LOUD, 5)
    assert world.signals == [NetworkTaken(GROUP)]
    world.line.went(world.leg)
    assert world.last() == NetworkAway()
    assert world.ends_heard == 1
    assert world.wanted[-1] is None
    world.clock.advance(2.0)
    world.up()
    asked = world.ask()
    assert world.last() == NetworkGranted(*asked.key)
    world.line.went(world.leg)
    assert not world.line.speak(QUIET)


def test_who_talks_there_is_not_talked_over(world: World) -> None:
    world.up()
    world.hears(LOUD, 5)
    asked = world.ask()
    assert world.last() == NetworkDenied(*asked.key, Cause.NETWORK_BUSY)
    assert not world.line.speak(QUIET)
    world.hears(QUIET, 40)
    assert world.last() == NetworkIdle()
    asked = world.ask()
    assert world.last() == NetworkGranted(*asked.key)
    assert world.line.speak(QUIET)


def test_what_comes_back_while_we_talk_and_a_moment_after_is_nobodys_talk(world: World) -> None:
    world.up()
    asked = world.ask()
    world.hears(LOUD, 50)
    world.line.cease(*asked.key)
    world.hears(LOUD, 14)
    assert world.heard_frames == []
    world.hears(LOUD, 5)
    assert world.last() == NetworkTaken(GROUP)


def test_who_is_granted_is_not_ceased_by_another_request(world: World) -> None:
    world.up()
    asked = world.ask()
    world.line.cease("app:17", uuid4())
    assert world.line.speak(QUIET)
    world.line.cease(*asked.key)
    assert not world.line.speak(QUIET)
    assert world.spoken == [QUIET]
    assert world.ends_said == 1


def test_a_talker_who_goes_on_is_told_again(world: World) -> None:
    world.up()
    for _ in range(int(2.5 * STILL_TALKS_S / 0.02)):
        world.line.hear(LOUD)
        world.line.look()
        world.clock.advance(0.02)
    assert world.signals == [NetworkTaken(GROUP)] * 3


def test_without_a_call_nobody_talks(world: World) -> None:
    world.ask()
    assert world.signals == [NetworkAway()]
    with pytest.raises(ValueError, match="320"):
        world.line.speak(b"")


@pytest.mark.parametrize(
    "talkgroups",
    [
        [{"tg": "a", "endpoint": "radio-a"}, {"tg": "a", "endpoint": "radio-b"}],
        [{"tg": "a", "endpoint": "radio-a", "user": "1"}, {"tg": "b", "endpoint": "radio-a", "user": "1"}],
        [{"tg": "a b", "endpoint": "radio-a"}],
        [{"tg": "a", "endpoint": "radio-a", "user": "1@evil"}],
    ],
)
def test_settings_that_cannot_be_meant(talkgroups: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        SipRadioSettings.model_validate({"talkgroups": talkgroups})
