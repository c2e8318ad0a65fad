"""MOTOTRBO's services at the centre on a clock that stands still; the radio is a simulator."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import ars, dmrd, lrrp, tms
from radio_bridge.codecs.dmrd import Frame
from radio_bridge.drivers.dmr_homebrew.services import (
    HEARD_S,
    MOST_SIGNS,
    REGISTERED_S,
    SAME_S,
    TEXT_AGAIN_S,
    TEXT_KEPT_S,
    DmrPosition,
    DmrRegistered,
    DmrTextDelivered,
    DmrTextReceived,
    DmrTransmit,
    HomebrewDataServices,
    Step,
)
from tests.peers.homebrew import Radio

CENTRE, RADIO, OTHERS, STATION = 4_600_001, 4_604_517, 4_604_599, 460_451


class Catching:
    """Stands for a repeater; keeps what the radio says, and gives the radio what we transmit."""

    number = STATION

    def __init__(self) -> None:
        self.said: list[Frame] = []
        self.frames: list[Frame] = []

    def say(self, data: bytes) -> None:
        self.said.append(dmrd.decode(data))

    def listen(self) -> list[Frame]:
        return self.frames


class World:
    def __init__(self, centre: int = CENTRE, every_s: int = 60) -> None:
        self.now = 0.0
        self.station = Catching()
        self.radio = Radio(self.station, RADIO, CENTRE)
        self.services = HomebrewDataServices(
            centre, colour_code=1, location_every_s=every_s, now=lambda: self.now
        )

    def hear(self) -> list[Step]:
        """What comes of all that the radio has said since."""
        frames, self.station.said = self.station.said, []
        return [step for frame in frames for step in self.services.heard(STATION, frame)]

    def carry(self, steps: list[Step]) -> list[object]:
        """What the radio receives of it."""
        for step in steps:
            if isinstance(step, DmrTransmit):
                assert step.where[0] == STATION
                self.station.frames += [
                    Frame(0, CENTRE, step.radio, *step.where, True, 1, burst, kind)
                    for kind, burst in step.bursts
                ]
        return [message for _, message in self.radio.heard()]

    def register(self) -> list[Step]:
        self.radio.register()
        return self.hear()


def test_a_registration_is_answered_and_a_position_asked_for() -> None:
    world = World()
    steps = world.register()
    assert DmrRegistered(RADIO) in steps
    answer, asked = world.carry(steps)
    assert answer == ars.ArsResponse(ars.ArsKind.RESPONSE, refresh_s=1800)
    assert isinstance(asked, lrrp.Document)
    assert asked.interval_s == 60
    assert world.services.there() == {RADIO}


def test_without_an_interval_no_position_is_asked_for() -> None:
    world = World(every_s=0)
    assert len(world.carry(world.register())) == 1


def test_a_radio_that_is_not_heard_any_more_is_gone() -> None:
    world = World()
    world.radio.text("hello", 1)
    world.hear()
    world.now += HEARD_S - 1
    assert world.services.there() == {RADIO}
    world.now += 2
    assert world.services.there() == frozenset()
    world.register()
    world.now += REGISTERED_S - 1
    assert world.services.there() == {RADIO}
    world.now += 2
    world.services.tick()
    assert world.services.there() == frozenset()


def test_who_leaves_and_whose_repeater_goes_is_gone() -> None:
    world = World()
    world.register()
    world.radio.deregister()
    world.hear()
    assert world.services.there() == frozenset()
    world.register()
    world.services.lost(STATION + 1)
    assert world.services.there() == {RADIO}
    world.services.lost(STATION)
    assert world.services.there() == frozenset()


def test_a_text_is_told_once_and_reported_when_it_is_kept() -> None:
    world = World()
    world.radio.text("hello", 5)
    (said,) = world.hear()
    assert said == DmrTextReceived(RADIO, tms.TmsText(5, "hello"))
    world.radio.text("hello", 5)
    assert world.hear() == [], "it is being kept"
    assert world.carry(world.services.acknowledge(RADIO, said.text)) == [tms.TmsAck(5)]
    world.radio.text("hello", 5)
    assert world.carry(world.hear()) == [tms.TmsAck(5)], "its report was lost"
    world.radio.text("other words", 5)
    assert len(world.hear()) == 1
    world.now += SAME_S
    world.services.tick()
    world.radio.text("hello", 5)
    assert len(world.hear()) == 1, "the number has come round"


def test_a_text_that_could_not_be_kept_is_new_when_it_comes_again() -> None:
    world = World()
    world.radio.text("hello", 5)
    (said,) = world.hear()
    assert isinstance(said, DmrTextReceived)
    world.services.forget(RADIO, said.text)
    world.radio.text("hello", 5)
    assert world.hear() == [said]


def test_a_text_to_a_radio_is_sent_again_until_its_report_and_not_for_ever() -> None:
    world = World()
    ref = uuid4()
    assert world.services.text(RADIO, ref, "到现场") is None
    world.carry(world.register())
    steps = world.services.text(RADIO, ref, "到现场")
    assert steps is not None
    (text,) = world.carry(steps)
    assert isinstance(text, tms.TmsText)
    assert text.text == "到现场"
    assert world.services.text(RADIO, ref, "到现场") == []
    copies = 0
    for _ in range(200):
        world.now += 5
        copies += len(world.carry(world.services.tick()))
        world.register()
    assert copies == len(TEXT_AGAIN_S)
    assert world.now > TEXT_KEPT_S
    world.radio.acknowledge(text.sequence)
    assert world.hear() == [], "nobody waits for it any more"


def test_a_report_names_its_text_also_by_its_low_bits_alone() -> None:
    for number in (1, 40):
        world = World()
        world.register()
        refs = [uuid4() for _ in range(number)]
        for ref in refs:
            world.services.text(RADIO, ref, "x")
        world.radio.acknowledge(number)
        assert world.hear() == [DmrTextDelivered(RADIO, refs[-1])]
    world = World()
    world.register()
    for _ in range(39):
        ref = uuid4()
        world.services.text(RADIO, ref, "x")
        world.radio.acknowledge(world.services._radios[RADIO].sequence)
        world.hear()
    last = uuid4()
    world.services.text(RADIO, last, "x")
    world.radio.acknowledge(40 & 0x1F)
    assert world.hear() == [DmrTextDelivered(RADIO, last)]


def test_a_long_text_is_cut() -> None:
    world = World()
    world.carry(world.register())
    (text,) = world.carry(world.services.text(RADIO, uuid4(), "字" * 500) or [])
    assert isinstance(text, tms.TmsText)
    assert len(text.text) == MOST_SIGNS
    assert text.text.endswith("…")


def test_a_position_is_told_and_none_is_not() -> None:
    world = World()
    world.radio.is_at(45.7567, 126.6424)
    (placed,) = world.hear()
    assert isinstance(placed, DmrPosition)
    assert abs((placed.place.lat or 0) - 45.7567) < 1e-5
    world.radio.is_at(0.0, 0.0)
    assert world.hear() == []


def test_an_address_that_is_not_the_radios_is_counted_and_dropped() -> None:
    world = World()
    world.radio.text("help", 1, pretending=OTHERS)
    assert world.hear() == []
    assert world.services.counts.pretended == 1


def test_without_a_number_of_our_own_nothing_is_answered() -> None:
    world = World(centre=0)
    assert world.register() == []
    assert world.services.there() == {RADIO}
    assert world.services.text(RADIO, uuid4(), "x") is None


def test_a_radio_is_answered_where_it_was_heard_last() -> None:
    world = World()
    world.register()
    world.radio = Radio(world.station, RADIO, CENTRE, slot=1)
    world.radio.text("x", 1)
    world.hear()
    (step,) = world.services.text(RADIO, uuid4(), "y") or []
    assert isinstance(step, DmrTransmit)
    assert step.where == (STATION, 1)


def _frames() -> list[Frame]:
    world = World()
    world.register()
    world.radio.register()
    world.radio.text("some words", 3)
    world.radio.is_at(45.0, 126.0)
    world.radio.confirmed_text("confirmed", 4)
    world.radio.confirmed_text("confirmed too", 5, rate_34=True)
    world.radio.deregister()
    return world.station.said


FRAMES = _frames()


@given(st.lists(st.tuples(st.sampled_from(FRAMES), st.floats(0, 20), st.integers(-1, 263)), max_size=80))
def test_any_bursts_in_any_order_end_nothing(happens: list[tuple[Frame, float, int]]) -> None:
    world = World()
    for frame, pause, flipped in happens:
        world.now += pause
        burst = frame.burst
        if flipped >= 0:
            burst = (int.from_bytes(burst) ^ (1 << flipped)).to_bytes(33)
        heard = Frame(
            0, frame.source, frame.target, frame.repeater, frame.slot, frame.private, frame.stream, burst,
            frame.data_type,
        )  # fmt: skip
        for step in world.services.heard(STATION, heard):
            if isinstance(step, DmrTextReceived):
                assert step.text.text in {"some words", "confirmed", "confirmed too"}
        world.services.tick()


def test_the_bursts_in_their_order_with_any_one_bit_wrong_say_the_same() -> None:
    whole = [
        step for step in _told(FRAMES) if isinstance(step, DmrTextReceived | DmrPosition | DmrRegistered)
    ]
    assert len(whole) == 5
    for flipped in range(0, 264, 7):
        damaged = [
            Frame(0, f.source, f.target, f.repeater, f.slot, f.private, f.stream,
                  (int.from_bytes(f.burst) ^ (1 << flipped)).to_bytes(33), f.data_type)
            for f in FRAMES
        ]  # fmt: skip
        assert [
            step for step in _told(damaged) if isinstance(step, DmrTextReceived | DmrPosition | DmrRegistered)
        ] == whole


def _told(frames: list[Frame]) -> list[Step]:
    world = World()
    return [step for frame in frames for step in world.services.heard(STATION, frame)]


def test_a_radio_is_asked_for_its_position_now_when_it_would_answer() -> None:
    world = World(every_s=0)
    assert world.services.ask_place(RADIO) is None
    world.radio.text("here", 1)
    world.hear()
    assert world.services.ask_place(RADIO) is None, "without a registration it would not answer"
    world.carry(world.register())
    steps = world.services.ask_place(RADIO)
    assert steps is not None
    asked = world.carry(steps)[-1]
    assert isinstance(asked, lrrp.Document)
    assert (asked.kind, asked.interval_s) == (lrrp.LrrpKind.IMMEDIATE_REQUEST, None)
    world.now += REGISTERED_S + 1
    assert world.services.ask_place(RADIO) is None
    assert World(centre=0).services.ask_place(RADIO) is None
