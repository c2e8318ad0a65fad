"""Who talks and who is there, on a clock that stands still."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.drivers.trunk_recorder import messages as m
from radio_bridge.drivers.trunk_recorder.calls import (
    LOST_S,
    YOUNG_S,
    CameUp,
    RecordedEmergencyCall,
    RecordedTransmissionBegan,
    RecordedTransmissionEnded,
    RecorderCalls,
    Told,
)

SYSTEM, TG, UNIT = "harbin", 4011, 899003


def call(
    call_id: str = "a", tg: int = TG, unit: int | None = UNIT, *, emergency: bool = False
) -> m.RecordedCall:
    return m.RecordedCall(call_id, SYSTEM, tg, unit, emergency=emergency)


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.calls = RecorderCalls(SYSTEM, [TG, 4012], lambda: self.now, present_s=600.0)

    def hear(self, *said: m.Message) -> list[Told]:
        return [one for message in said for one in self.calls.heard(message)]


def test_a_call_with_two_talkers() -> None:
    world = World()
    assert world.hear(m.CallStarted(call())) == [CameUp(UNIT), RecordedTransmissionBegan(TG, UNIT)]
    assert world.hear(m.CallsActive((call(),)), m.CallStarted(call())) == []
    assert world.hear(m.CallsActive((call(unit=7),))) == [
        CameUp(7),
        RecordedTransmissionEnded(TG),
        RecordedTransmissionBegan(TG, 7),
    ]
    # It does not know for a moment who talks.
    assert world.hear(m.CallsActive((call(unit=None),))) == []
    assert world.hear(m.RecordedCallEnded(call(unit=7))) == [RecordedTransmissionEnded(TG)]
    assert world.hear(m.RecordedCallEnded(call())) == []


def test_a_call_whose_end_was_lost_is_missing_from_the_list() -> None:
    world = World()
    world.hear(m.CallStarted(call()))
    assert world.hear(m.CallsActive(())) == [], "a list that was written before"
    world.now = YOUNG_S
    assert world.hear(m.CallsActive(())) == [RecordedTransmissionEnded(TG)]


def test_a_call_of_which_nothing_is_heard_is_over() -> None:
    world = World()
    world.hear(m.CallStarted(call()))
    world.now = LOST_S - 0.1
    assert world.calls.tick() == []
    world.now = LOST_S
    assert world.calls.tick() == [RecordedTransmissionEnded(TG)]


def test_of_two_sites_the_first_is_told() -> None:
    world = World()
    world.hear(m.CallStarted(call()))
    assert world.hear(m.CallStarted(call("b", unit=7)), m.RecordedCallEnded(call("b", unit=7))) == [CameUp(7)]
    assert world.hear(m.RecordedCallEnded(call())) == [RecordedTransmissionEnded(TG)]


def test_other_talkgroups_and_systems_are_not_told() -> None:
    world = World()
    assert world.hear(m.CallStarted(call(tg=1))) == [CameUp(UNIT)]
    other = m.RecordedCall("c", "nangang", TG, 7, emergency=True)
    assert world.hear(m.CallStarted(other), m.CallsActive((other,)), m.UnitHeard("nangang", 7)) == []
    assert world.calls.there() == {UNIT}


def test_an_emergency_is_told_once_a_call_when_it_is_known_whose_it_is() -> None:
    world = World()
    world.calls.heard(m.UnitHeard(SYSTEM, UNIT))
    assert world.hear(m.CallStarted(call(unit=None, emergency=True))) == [RecordedTransmissionBegan(TG, None)]
    said = world.hear(m.CallsActive((call(emergency=True),)), m.CallsActive((call(emergency=True),)))
    assert said == [
        RecordedTransmissionEnded(TG),
        RecordedTransmissionBegan(TG, UNIT),
        RecordedEmergencyCall(UNIT, "a", TG),
    ]


def test_who_is_there() -> None:
    world = World()
    assert world.hear(m.UnitHeard(SYSTEM, UNIT), m.UnitHeard(SYSTEM, UNIT)) == [CameUp(UNIT)]
    world.hear(m.UnitGone(SYSTEM, UNIT))
    assert world.calls.there() == frozenset()
    world.hear(m.UnitHeard(SYSTEM, UNIT))
    world.now = 600.0
    assert world.calls.there() == frozenset()
    assert world.hear(m.UnitHeard(SYSTEM, UNIT)) == [CameUp(UNIT)]


_CALL = st.builds(m.RecordedCall, st.sampled_from(["a", "b", "c"]), st.sampled_from([SYSTEM, "nangang"]),
                  st.sampled_from([TG, 4012, 1]), st.sampled_from([None, 1, 2]), st.booleans())  # fmt: skip
_MESSAGE = st.one_of(
    st.builds(m.CallStarted, _CALL),
    st.builds(m.RecordedCallEnded, _CALL),
    st.builds(m.CallsActive, st.lists(_CALL, max_size=4).map(tuple)),
    st.builds(m.UnitHeard, st.just(SYSTEM), st.integers(1, 3)),
    st.builds(m.UnitGone, st.just(SYSTEM), st.integers(1, 3)),
)


@given(st.lists(_MESSAGE | st.floats(0.0, 8.0), max_size=60))
def test_in_any_order_talks_begin_and_end_in_turn(deeds: list[m.Message | float]) -> None:
    world = World()
    told: list[Told] = []
    for deed in deeds:
        if isinstance(deed, float):
            world.now += deed
            told += world.calls.tick()
        else:
            told += world.calls.heard(deed)
    told += world.calls.lost()
    for tg in (TG, 4012):
        turns = [
            isinstance(one, RecordedTransmissionBegan)
            for one in told
            if isinstance(one, RecordedTransmissionBegan | RecordedTransmissionEnded) and one.tg == tg
        ]
        assert turns == [number % 2 == 0 for number in range(len(turns))]
        assert len(turns) % 2 == 0
    assert world.calls.there() == frozenset()
