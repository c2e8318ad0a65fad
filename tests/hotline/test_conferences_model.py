"""The reducer of incident conferences, for any order of signals."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hotline.conferences.model import (
    EMPTY_S,
    ConferenceParty,
    Conferences,
    IncidentConference,
    SeenLeg,
    conference_id_of,
    room_of,
)
from hotline.conferences.reduce import (
    ConferenceFact,
    ConferenceOver,
    PartyJoined,
    PartyLeft,
    PartyMissed,
    RecordingBegan,
    RecordingEnded,
    apply,
)
from hotline.conferences.signals import (
    ClockTold,
    ConferenceLocked,
    ConferenceOpened,
    ConferenceSignal,
    EndAsked,
    LegChanged,
    LegJoined,
    LegLeft,
    PartyAsked,
    PartyNotReached,
    RoomSeen,
)

ROOM, CASE = UUID(int=1), UUID(int=2)
MEMBERS = [UUID(int=10 + n) for n in range(4)]
RECORDER = UUID(int=99)
KINDS = ("desk", "telephone", "unit", "talkgroup")
LEGS = [
    *(f"ic-{one}" for one in MEMBERS[:3]), f"tap-ic-{MEMBERS[3]}", f"tap-rec-{RECORDER}-2", "other",
    f"ic-{UUID(int=77)}",
]  # fmt: skip
OPEN = ConferenceOpened(IncidentConference(ROOM, CASE, 0.0))


def asked(n: int) -> PartyAsked:
    return PartyAsked(ROOM, ConferenceParty(MEMBERS[n], KINDS[n]))  # type: ignore[arg-type]


def leg(n: int, muted: bool = False) -> SeenLeg:
    return SeenLeg(LEGS[n], f"PJSIP/{n}-1", muted)


def run(
    signals: list[ConferenceSignal], before: Conferences | None = None
) -> tuple[Conferences, list[ConferenceFact]]:
    state: Conferences = before or {}
    facts: list[ConferenceFact] = []
    for signal in signals:
        state, more = apply(state, signal)
        facts += more
    return state, facts


def test_members_come_and_the_last_one_leaving_ends_it() -> None:
    state, facts = run(
        [OPEN, asked(0), asked(1), asked(3), LegJoined(ROOM, leg(0), 1.0), LegJoined(ROOM, leg(3), 2.0),
         LegJoined(ROOM, leg(1), 3.0), LegLeft(ROOM, LEGS[0], 4.0)]
    )  # fmt: skip
    assert ROOM in state
    assert facts[-1] == PartyLeft(ROOM, MEMBERS[0], 4.0)
    state, facts = run([LegLeft(ROOM, LEGS[1], 5.0)], state)
    assert state == {}
    # The talkgroup holds nothing open, and leaves with it.
    assert facts == [
        PartyLeft(ROOM, MEMBERS[1], 5.0), PartyLeft(ROOM, MEMBERS[3], 5.0),
        ConferenceOver(ROOM, "last-left", 5.0),
    ]  # fmt: skip


def test_a_list_of_the_switch_says_who_came_and_who_vanished() -> None:
    state, _ = run([OPEN, asked(0), asked(1), asked(2), LegJoined(ROOM, leg(0), 1.0)])
    state, facts = run([RoomSeen(ROOM, (leg(1, muted=True), leg(4)), 2.0)], state)
    assert facts == [
        PartyJoined(ROOM, MEMBERS[1], 2.0), RecordingBegan(ROOM, RECORDER, 2.0),
        PartyLeft(ROOM, MEMBERS[0], 2.0),
    ]  # fmt: skip
    assert state[ROOM].parties[MEMBERS[1]].muted
    # The same list again says nothing new.
    assert run([RoomSeen(ROOM, (leg(1), leg(4)), 3.0)], state)[1] == []


def test_after_a_restart_a_conference_that_is_gone_is_over() -> None:
    here = ConferenceParty(MEMBERS[0], "desk", joined_at=1.0)
    opened = ConferenceOpened(IncidentConference(ROOM, CASE, 0.0, {MEMBERS[0]: here}))
    state, facts = run([opened, RoomSeen(ROOM, (), 9.0)])
    assert state == {}
    assert facts == [PartyLeft(ROOM, MEMBERS[0], 9.0), ConferenceOver(ROOM, "last-left", 9.0)]


def test_nobody_came() -> None:
    state, facts = run([OPEN, asked(0), ClockTold(EMPTY_S + 1)])
    assert facts == []
    state, facts = run([PartyNotReached(ROOM, MEMBERS[0], "no_answer", 130.0), ClockTold(131.0)], state)
    assert facts == [
        PartyMissed(ROOM, MEMBERS[0], "no_answer", 130.0),
        ConferenceOver(ROOM, "nobody-came", 131.0),
    ]
    assert state == {}


def test_who_is_muted_does_not_talk() -> None:
    state, _ = run([OPEN, asked(0), LegJoined(ROOM, leg(0), 1.0), LegChanged(ROOM, LEGS[0], talks=True)])
    assert state[ROOM].parties[MEMBERS[0]].talks
    state, _ = run([LegChanged(ROOM, LEGS[0], muted=True)], state)
    assert not state[ROOM].parties[MEMBERS[0]].talks


def test_the_rooms_name_says_which_conference_it_is() -> None:
    assert conference_id_of(room_of(ROOM)) == ROOM
    for other in ("", "ic", "app*daoli", "icicle", str(ROOM)):
        assert conference_id_of(other) is None


rooms = st.sampled_from([ROOM, UUID(int=5)])
moments = st.floats(min_value=0, max_value=1_000, allow_nan=False)
numbers = st.integers(0, len(LEGS) - 1)
legs = st.builds(leg, numbers, st.booleans())
uniqueids = st.sampled_from(LEGS)
signals = st.lists(
    st.one_of(
        st.just(OPEN),
        st.builds(asked, st.integers(0, 3)),
        st.builds(
            PartyNotReached, rooms, st.sampled_from(MEMBERS), st.sampled_from(["busy", "heard"]), moments
        ),
        st.builds(LegJoined, rooms, legs, moments),
        st.builds(LegLeft, rooms, uniqueids, moments),
        st.builds(LegChanged, rooms, uniqueids, st.none() | st.booleans(), st.none() | st.booleans()),
        st.builds(RoomSeen, rooms, st.lists(legs, max_size=5).map(tuple), moments),
        st.builds(ConferenceLocked, rooms, st.booleans()),
        st.builds(EndAsked, rooms, moments),
        st.builds(ClockTold, moments),
    ),
    max_size=40,
)


@given(signals)
def test_each_fact_comes_once_and_in_its_order(given_signals: list[ConferenceSignal]) -> None:
    # A conference that is over is not opened again under its id.
    opened = False
    clean: list[ConferenceSignal] = []
    for signal in given_signals:
        if isinstance(signal, ConferenceOpened):
            if opened:
                continue
            opened = True
        clean.append(signal)
    state, facts = run(clean)
    joined = Counter(fact.member_id for fact in facts if isinstance(fact, PartyJoined))
    left = Counter(fact.member_id for fact in facts if isinstance(fact, PartyLeft))
    over = [fact for fact in facts if isinstance(fact, ConferenceOver)]
    assert all(count == 1 for count in joined.values())
    assert all(count == 1 for count in left.values())
    assert set(left) <= set(joined)
    assert len(over) <= 1
    assert (not state) == (bool(over) or not opened)
    if over:
        assert facts[-1] == over[0]
        assert joined == left
    else:
        present = {one.member_id for room in state.values() for one in room.parties.values() if one.present}
        assert present == set(joined) - set(left)
    began = [fact for fact in facts if isinstance(fact, RecordingBegan)]
    ended = [fact for fact in facts if isinstance(fact, RecordingEnded)]
    recording = any(room.recorders for room in state.values())
    assert len(began) - len(ended) == int(recording)


@given(signals)
def test_a_list_of_the_switch_brings_the_same_whatever_was_missed(
    heard: list[ConferenceSignal],
) -> None:
    """After a list, a run that missed messages has the same members there as one that heard all."""
    base: list[ConferenceSignal] = [OPEN, *(asked(n) for n in range(4)), LegJoined(ROOM, leg(0), 1.0)]
    ends = (EndAsked, RoomSeen, ClockTold, LegLeft)
    seen = RoomSeen(ROOM, (leg(0), leg(1)), 2_000.0)
    known, _ = run([*base, *(one for one in heard if not isinstance(one, ends)), seen])
    blind, _ = run([*base, seen])
    assert {one.member_id for one in known[ROOM].people if one.present} == {
        one.member_id for one in blind[ROOM].people if one.present
    }
