"""Whose sound passes: of who has the floor, while the others are muted; a revoked token is silent."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.clock import ManualClock
from core.ids import uuid7
from radio_bridge.floor.model import FloorRules, FloorState, Hold, Outsider, QueuedFloorRequest
from radio_bridge.sound.gate import REACH_S, SETTLES_S, SOUND_FOR_S, TAIL_S, SoundGate

GROUP, FRAME = "svx:4011", bytes(320)


class Floors:
    """A floor that the test sets."""

    def __init__(self) -> None:
        self.now = FloorState(GROUP, "run", FloorRules(owned_by_network=True))

    def floor(self, group: str) -> FloorState | None:
        return self.now if group == GROUP else None

    def granted(self, request_id: UUID, token: str) -> None:
        ask = QueuedFloorRequest("phone:1.1", request_id, 3, 0.0)
        self.now = FloorState(GROUP, "run", FloorRules(), hold=Hold(ask, token, 0.0, 60.0, 0.0))

    def idle(self) -> None:
        self.now = FloorState(GROUP, "run", FloorRules())

    def talks(self, party: str) -> None:
        self.now = FloorState(GROUP, "run", FloorRules(), outsider=Outsider(party, 0.0, 60.0))


class Network:
    def __init__(self) -> None:
        self.tokens: list[str] = []

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        self.tokens.append(token)
        return True


class Air:
    def __init__(self) -> None:
        self.clock, self.floors, self.network = ManualClock(), Floors(), Network()
        self.gate = SoundGate(self.floors, {"svx": self.network}, self.clock)

    def carried(self) -> bool:
        return self.gate.outwards(GROUP, FRAME)


def test_sound_goes_out_with_the_token_when_the_others_are_muted_and_not_before() -> None:
    air, request = Air(), uuid7()
    assert not air.carried()
    air.floors.granted(request, "run.1")
    assert not air.carried()
    air.gate.opens(GROUP, request)
    assert not air.carried()
    air.clock.advance(SETTLES_S)
    assert air.carried()
    assert air.network.tokens == ["run.1"]


def test_the_next_talker_is_not_heard_by_the_word_about_the_one_before() -> None:
    air, first, second = Air(), uuid7(), uuid7()
    air.floors.granted(first, "run.1")
    air.gate.opens(GROUP, first)
    air.clock.advance(SETTLES_S)
    assert air.carried()
    # Pre-empted: the switch has not muted him yet, and his sound is not carried as the other one's.
    air.floors.granted(second, "run.2")
    assert not air.carried()
    air.gate.opens(GROUP, second)
    assert not air.carried()
    air.clock.advance(SETTLES_S)
    assert air.carried()
    assert air.network.tokens == ["run.1", "run.2"]


def test_what_is_not_said_again_carries_nothing_any_more() -> None:
    air, request = Air(), uuid7()
    air.floors.granted(request, "run.1")
    for _ in range(5):
        air.gate.opens(GROUP, request)
        air.clock.advance(1.0)
        assert air.carried()
    air.clock.advance(SOUND_FOR_S)
    assert not air.carried()
    air.gate.opens(GROUP, None)
    assert not air.carried()


def test_in_comes_only_who_talks_in_the_network_now() -> None:
    air = Air()
    assert not air.gate.inwards(GROUP, "svx:CREW-A")
    air.floors.talks("svx:CREW-A")
    assert air.gate.inwards(GROUP, "svx:CREW-A")
    assert not air.gate.inwards(GROUP, "svx:CREW-B")
    assert not air.gate.inwards("svx:4012", "svx:CREW-A")


def test_the_last_frames_of_a_networks_talk_are_heard_although_it_is_over() -> None:
    air = Air()
    air.floors.talks("svx:CREW-A")
    assert air.gate.inwards(GROUP, "svx:CREW-A")
    air.floors.idle()
    for _ in range(3):
        air.clock.advance(TAIL_S / 4)
        assert air.gate.inwards(GROUP, "svx:CREW-A")
    assert not air.gate.inwards(GROUP, "svx:CREW-B")
    # They do not keep it open.
    air.clock.advance(TAIL_S / 2)
    assert not air.gate.inwards(GROUP, "svx:CREW-A")


def test_what_is_left_of_a_talk_is_not_heard_beside_the_next_one() -> None:
    for follows in ("svx:CREW-B", None):
        air = Air()
        air.floors.talks("svx:CREW-A")
        assert air.gate.inwards(GROUP, "svx:CREW-A")
        if follows is None:
            air.floors.granted(uuid7(), "run.1")
        else:
            air.floors.talks(follows)
        assert not air.gate.inwards(GROUP, "svx:CREW-A")


def test_a_telephone_that_talks_by_voice_is_carried_from_before_its_request_on() -> None:
    air, request = Air(), uuid7()
    said: list[bytes] = []

    def speak(group: str, token: str, frame: bytes) -> bool:
        said.append(frame)
        return True

    air.network.speak = speak  # type: ignore[method-assign]
    number = iter(range(1000))

    def frames(seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            air.gate.outwards(GROUP, next(number).to_bytes(2, "little") * 160)
            air.clock.advance(0.02)

    air.gate.opens(GROUP, None, voice=True)
    frames(2.0)
    asked = air.clock.monotonic()
    ask = QueuedFloorRequest("phone:1.1", request, 3, asked)
    frames(0.2)
    air.floors.now = FloorState(GROUP, "run", FloorRules(), hold=Hold(ask, "run.1", asked, asked + 60, asked))
    air.gate.opens(GROUP, request, voice=True)
    frames(1.0)
    first = int.from_bytes(said[0][:2], "little") * 0.02
    assert asked - first == pytest.approx(0.2 + REACH_S, abs=0.021)
    assert [int.from_bytes(one[:2], "little") for one in said] == list(
        range(int.from_bytes(said[0][:2], "little"), int.from_bytes(said[0][:2], "little") + len(said))
    ), "a frame was lost or came twice"
    assert len(said) == pytest.approx((1.0 - SETTLES_S) / 0.02, abs=1)


def test_what_somebody_else_has_said_is_not_carried_as_the_telephones_first_words() -> None:
    air, first, second = Air(), uuid7(), uuid7()
    said: list[bytes] = []

    def speak(group: str, token: str, frame: bytes) -> bool:
        said.append(frame)
        return True

    air.network.speak = speak  # type: ignore[method-assign]
    theirs, ours = b"\x01" * 320, b"\x02" * 320

    def frames(seconds: float, frame: bytes) -> None:
        for _ in range(round(seconds / 0.02)):
            air.gate.outwards(GROUP, frame)
            air.clock.advance(0.02)

    desk = QueuedFloorRequest("user:li.na", first, 5, 0.0)
    air.floors.now = FloorState(GROUP, "run", FloorRules(), hold=Hold(desk, "run.1", 0.0, 60, 0.0))
    air.gate.opens(GROUP, first, voice=True)
    frames(1.0, theirs)
    assert set(said) == {theirs}
    said.clear()
    air.floors.idle()
    air.gate.opens(GROUP, None, voice=True)
    # Its last words are still in the switch.
    frames(SETTLES_S - 0.02, theirs)
    frames(0.1, ours)
    asked = air.clock.monotonic()
    line = QueuedFloorRequest("phone:1.1", second, 3, asked)
    air.floors.now = FloorState(
        GROUP, "run", FloorRules(), hold=Hold(line, "run.2", asked, asked + 60, asked)
    )
    air.gate.opens(GROUP, second, voice=True)
    frames(0.5, ours)
    assert set(said) == {ours}
