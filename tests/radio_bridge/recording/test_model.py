"""One recorder, two while one takes over from the other, none where none is wanted; and never a moment
without.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from field.contract.names import is_unit
from radio_bridge.switch.recording.model import (
    OVERLAP_S,
    PLACED_S,
    AddRecorder,
    ConferenceRecorder,
    ConferenceSnapshot,
    StopRecorder,
    longest,
    next_step,
    recorder_of,
)

LONGEST = 600.0


def step(
    *since: float, now: float, wanted: bool = True, asked: float | None = None
) -> AddRecorder | StopRecorder | None:
    recorders = [ConferenceRecorder(f"Local/{one}", one) for one in since]
    return next_step(ConferenceSnapshot(recorders, asked=asked), wanted=wanted, now=now, longest_s=LONGEST)


def test_a_recorder_comes_and_is_not_asked_for_twice() -> None:
    assert step(now=0) == AddRecorder()
    assert step(now=1, asked=1.0) is None
    assert step(now=PLACED_S, asked=PLACED_S) == AddRecorder()
    assert step(0, now=10) is None


def test_who_is_in_a_conference_is_known_before_a_recorder_comes() -> None:
    assert next_step(ConferenceSnapshot([], unknown=True), wanted=True, now=0, longest_s=LONGEST) is None


def test_the_next_one_comes_before_the_former_leaves() -> None:
    assert step(0, now=LONGEST) == AddRecorder()
    assert step(0, LONGEST, now=LONGEST + OVERLAP_S / 2) is None
    assert step(0, LONGEST, now=LONGEST + OVERLAP_S) == StopRecorder("Local/0")


def test_where_none_is_wanted_all_leave() -> None:
    assert step(0, 5, now=6, wanted=False) == StopRecorder("Local/0")
    assert step(now=6, wanted=False) is None


def test_a_party_that_is_no_recorder_is_none() -> None:
    assert recorder_of("c", "recorder:1795612161") == ConferenceRecorder("c", 1795612161.0)
    assert recorder_of("c", "app:17") is None
    assert not is_unit("recorder:1795612161"), "it would be sent out as one that may not hear the talkgroup"
    assert recorder_of("c", "recorder:") == ConferenceRecorder("c", 0.0)


@given(st.text(min_size=1, max_size=20), st.floats(10, 3600))
def test_files_of_several_talkgroups_do_not_end_at_once_and_not_much_later(
    group: str, piece_s: float
) -> None:
    assert piece_s <= longest(group, piece_s) <= piece_s * 1.1


@given(st.lists(st.tuples(st.floats(0.05, 40), st.booleans(), st.floats(0, 5)), max_size=60))
def test_once_there_one_is_always_there_and_never_more_than_two(
    looks: list[tuple[float, bool, float]],
) -> None:
    """The switch does what it is asked to, sooner or later, or not at all."""
    now, asked, there = 0.0, None, [ConferenceRecorder("first", 0.0)]
    for pause, does, late in looks:
        now += pause
        seen = ConferenceSnapshot(list(there), asked=None if asked is None else now - asked)
        done = next_step(seen, wanted=True, now=now, longest_s=20)
        if isinstance(done, AddRecorder):
            asked = now
            if does and late < PLACED_S:
                there.append(ConferenceRecorder(f"at {now}", now + late))
        elif isinstance(done, StopRecorder):
            there = [one for one in there if one.channel != done.channel]
        assert 1 <= len(there) <= 2
