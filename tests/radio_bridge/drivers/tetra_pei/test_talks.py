"""Who talks, out of what the interface says of calls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.drivers.tetra_pei import at
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity
from radio_bridge.drivers.tetra_pei.talks import (
    TetraEmergencyCall,
    TetraTransmissionBegan,
    TetraTransmissionEnded,
    TetraTransmissions,
    Told,
)

ONE, OTHER, OWN = TetraIdentity(2621017), TetraIdentity(2621018), TetraIdentity(23401)
GROUP, LIMIT_S = 1001, 60.0


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.talks = TetraTransmissions([GROUP, 1002], lambda: self.now, limit_s=LIMIT_S)
        self.talks.own = OWN

    def hear(self, *texts: str) -> list[Told]:
        return [one for text in texts for one in self.talks.heard(at.read(text))]


def comes(
    call: int = 1, calling: int = ONE.ssi, called: int = GROUP, priority: int = 0, service: int = 0
) -> str:
    return f"+CTICN: {call},0,{service},0,{calling},1,1,0,1,1,0,{called},{priority}"


def test_a_call_with_two_talks() -> None:
    world = World()
    assert world.hear(comes(), "+CTXG: 1,3,0,0,0,2621017") == [TetraTransmissionBegan(GROUP, ONE)]
    assert world.hear("+CDTXC: 1,1") == [TetraTransmissionEnded(GROUP)]
    assert world.hear("+CTXG: 1,3,0,0,0,2621018") == [TetraTransmissionBegan(GROUP, OTHER)]
    assert world.hear("+CTCR: 1,13") == [TetraTransmissionEnded(GROUP)]
    # The call is over: its number says nothing any more.
    assert world.hear("+CTXG: 1,3,0,0,0,2621018") == []


def test_who_takes_the_talk_from_another_one_ends_it() -> None:
    world = World()
    world.hear(comes())
    assert world.hear("+CTXI: 1,3,0,0,0,2621018") == [
        TetraTransmissionEnded(GROUP),
        TetraTransmissionBegan(GROUP, OTHER),
    ]
    assert world.talks.talker(GROUP) == OTHER


def test_a_talk_whose_end_is_not_said_ends_by_itself() -> None:
    world = World()
    world.hear(comes())
    assert world.talks.wakeup() == LIMIT_S
    world.now = LIMIT_S
    assert world.talks.tick() == [TetraTransmissionEnded(GROUP)]
    assert world.hear("+CDTXC: 1,1") == []


def test_a_call_that_began_before_we_were_there_is_the_selected_talkgroups() -> None:
    world = World()
    world.hear(comes())
    assert world.talks.lost() == [TetraTransmissionEnded(GROUP)]
    assert world.hear("+CTXG: 1,3,0,0,0,2621018") == [TetraTransmissionBegan(GROUP, OTHER)]
    assert world.hear("+CTCR: 1,13") == [TetraTransmissionEnded(GROUP)]


def test_other_groups_single_calls_and_data_are_not_ours() -> None:
    world = World()
    assert world.hear(comes(called=1003), "+CTXG: 1,3,0,0,0,2621018") == []
    assert world.hear(comes(called=OWN.ssi), "+CTXG: 1,0,0,0") == []
    assert world.hear(comes(service=1)) == []


def test_our_own_radios_user_talks_too() -> None:
    world = World()
    assert world.hear("+CTXG: 4,0,0,0") == [TetraTransmissionBegan(GROUP, OWN)]
    assert world.hear("+CDTXC: 4,1") == [TetraTransmissionEnded(GROUP)]
    # Whose request was refused or waits does not talk.
    assert world.hear("+CTXG: 4,1,0,0", "+CTXG: 4,2,0,0") == []


def test_an_emergency_call_is_told_with_its_caller_whatever_its_group() -> None:
    world = World()
    assert world.hear(comes(priority=15)) == [TetraEmergencyCall(ONE), TetraTransmissionBegan(GROUP, ONE)]
    assert world.hear(comes(call=2, called=1003, priority=15)) == [TetraEmergencyCall(ONE)]


def test_the_interface_gone_ends_all_talks() -> None:
    world = World()
    world.hear(comes(), comes(call=2, called=1002))
    assert world.talks.lost() == [TetraTransmissionEnded(GROUP), TetraTransmissionEnded(1002)]


_CALL = st.integers(1, 3)
_WHO = st.sampled_from([ONE, OTHER, OWN])
_LINE = st.one_of(
    st.builds(
        at.CallComes,
        _CALL,
        st.sampled_from([0, 1]),
        st.none() | _WHO,
        st.sampled_from([None, TetraIdentity(GROUP), TetraIdentity(1002), TetraIdentity(1003)]),
        st.integers(0, 15),
    ),
    st.builds(at.TransmissionGrant, _CALL, st.integers(0, 3), st.none() | _WHO),
    st.builds(at.Ceased, _CALL),
    st.builds(at.Released, _CALL, st.integers(0, 20)),
)


@given(st.lists(_LINE | st.floats(0.0, 50.0), max_size=60))
def test_in_any_order_talks_begin_and_end_in_turn(deeds: list[at.Line | float]) -> None:
    world = World()
    told: list[Told] = []
    for deed in deeds:
        if isinstance(deed, float):
            world.now += deed
            told += world.talks.tick()
        else:
            told += world.talks.heard(deed)
    told += world.talks.lost()
    for group in (GROUP, 1002):
        turns = [
            isinstance(one, TetraTransmissionBegan)
            for one in told
            if isinstance(one, TetraTransmissionBegan | TetraTransmissionEnded) and one.gssi == group
        ]
        assert turns == [number % 2 == 0 for number in range(len(turns))]
        assert len(turns) % 2 == 0
