"""Who talks, out of bursts in any order and with any loss."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import dmrd
from radio_bridge.codecs.dmr import link_control
from radio_bridge.codecs.dmrd import Frame
from radio_bridge.drivers.dmr_homebrew.talkers import (
    LOST_S,
    DmrEmergencyCall,
    DmrTalkers,
    DmrTransmissionBegan,
    DmrTransmissionEnded,
    TalkerNamed,
    Told,
    Where,
)
from tests.peers.homebrew import Radio

TG, ONE, OTHER = 9, 4_604_517, 4_604_518


class Repeater:
    """Stands for a station; frames are made by the simulated radio."""

    def __init__(self, number: int) -> None:
        self.number = number

    def say(self, data: bytes) -> None:
        raise AssertionError

    def listen(self) -> list[Frame]:
        return []


class Air:
    """Talkers with a clock of their own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.talkers = DmrTalkers({TG: 2}, lambda: self.now)
        self.told: list[Told] = []

    def hear(self, frame: Frame, station: int = 1) -> None:
        self.now += 0.06
        self.told += self.talkers.take(station, frame)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.told += self.talkers.tick()


def frames(radio: int = ONE, tg: int = TG, seconds: float = 0.72, **more: object) -> list[Frame]:
    made = Radio(Repeater(1), radio, 0)
    return [dmrd.decode(data) for data in made.talk_frames(tg, seconds, **more)]  # type: ignore[arg-type]


def test_a_talk_begins_with_its_header_and_ends_with_its_terminator() -> None:
    air = Air()
    for frame in frames():
        air.hear(frame)
    assert air.told == [DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)]


def test_one_whose_beginning_was_lost_is_told_and_its_late_bursts_begin_nothing() -> None:
    air = Air()
    talk = frames()
    for frame in talk[5:]:
        air.hear(frame)
    air.hear(talk[-3])
    assert air.told == [DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)]


def test_one_whose_end_was_lost_ends_after_two_seconds_and_may_go_on() -> None:
    air = Air()
    talk = frames(end=False)
    for frame in talk:
        air.hear(frame)
    wakeup = air.talkers.wakeup()
    assert wakeup is not None
    air.wait(wakeup - air.now)
    assert air.told == [DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)]
    air.hear(talk[4])
    assert air.told[-1] == DmrTransmissionBegan(TG, ONE)


def test_who_talks_at_the_same_time_is_not_told() -> None:
    air = Air()
    one, other = frames(), frames(OTHER)
    for a, b in zip(one, other, strict=True):
        air.hear(a)
        air.hear(b)
    assert air.told == [DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)] or air.told[:2] == [
        DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)
    ]  # fmt: skip
    assert air.talkers.collisions > 0


def test_the_same_talk_by_another_repeater_adds_nothing() -> None:
    air = Air()
    for frame in frames():
        air.hear(frame, station=1)
        air.hear(frame, station=2)
    assert air.told == [DmrTransmissionBegan(TG, ONE), DmrTransmissionEnded(TG, ONE)]


def test_a_repeater_that_goes_takes_its_talk_along() -> None:
    air = Air()
    air.hear(frames()[0], station=1)
    assert air.talkers.lost(2) == []
    assert air.talkers.lost(1) == [DmrTransmissionEnded(TG, ONE)]


def test_an_emergency_is_told_once_a_call() -> None:
    air = Air()
    for frame in frames(emergency=True):
        air.hear(frame)
    calls = [one for one in air.told if isinstance(one, DmrEmergencyCall)]
    assert [(one.radio, one.tg) for one in calls] == [(ONE, TG)]
    for frame in frames(emergency=True):
        air.hear(replace(frame, stream=77))
    assert sum(isinstance(one, DmrEmergencyCall) for one in air.told) == 2


def test_the_alias_is_read_out_of_the_voice_and_told_once() -> None:
    air = Air()
    for frame in frames(seconds=4.0, alias="巡查一组 BY2A"):
        air.hear(frame)
    assert [one for one in air.told if isinstance(one, TalkerNamed)] == [TalkerNamed(ONE, "巡查一组 BY2A")]


def test_a_position_within_voice_is_told() -> None:
    gps = link_control.GpsInfo(126.6424, 45.7567, 20.0)
    air = Air()
    radio = Radio(Repeater(1), ONE, 0)
    for data in radio.talk_frames(TG, 0.72, signalled=[gps]):
        air.hear(dmrd.decode(data))
    (found,) = (one for one in air.told if isinstance(one, Where))
    assert abs(found.gps.lat - 45.7567) < 1e-4


def test_other_talkgroups_other_slots_and_private_calls_are_not_ours() -> None:
    air = Air()
    for frame in frames(tg=TG + 1):
        air.hear(frame)
    for frame in frames():
        air.hear(
            Frame(
                frame.seq,
                frame.source,
                frame.target,
                1,
                1,
                False,
                5,
                frame.burst,
                frame.data_type,
                frame.voice,
            )
        )
        air.hear(
            Frame(
                frame.seq,
                frame.source,
                frame.target,
                1,
                2,
                True,
                5,
                frame.burst,
                frame.data_type,
                frame.voice,
            )
        )
    assert air.told == []


bursts = st.sampled_from(frames() + frames(OTHER) + frames(seconds=0.3, end=False))


@given(
    st.lists(st.tuples(bursts, st.sampled_from([1, 2]), st.floats(0, 3)), max_size=60), st.binary(max_size=33)
)
def test_in_any_order_talks_begin_and_end_in_turn(
    happens: list[tuple[Frame, int, float]], noise: bytes
) -> None:
    air = Air()
    for frame, station, pause in happens:
        damaged = frame if pause < 1 else replace(frame, burst=noise.ljust(33, b"\xa5"))
        air.hear(damaged, station)
        air.wait(pause)
    air.wait(LOST_S + 0.1)
    talks = [one for one in air.told if isinstance(one, DmrTransmissionBegan | DmrTransmissionEnded)]
    assert [isinstance(one, DmrTransmissionBegan) for one in talks] == [True, False] * (len(talks) // 2)
    assert all(began.radio == ended.radio for began, ended in zip(talks[::2], talks[1::2], strict=True))
    assert air.talkers.talker(TG) is None
