"""Who has a channel that nobody arbitrates, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    Refusal,
    SoundFrame,
    TalkerBegan,
    TalkerEnded,
)
from radio_bridge.drivers.unarbitrated.turns import GONE_S, ChannelTurns, Step

A, B = "CREW-A", "CREW-B"


def test_whoever_begins_first_is_heard_until_he_ends() -> None:
    turns = ChannelTurns(ManualClock().monotonic)
    assert turns.heard(A, [b"1"]) == [TalkerBegan(A), SoundFrame(b"1")]
    assert turns.heard(B, [b"2"]) == []
    assert turns.key() == [KeyRefused(Refusal.BUSY)]
    assert turns.over(B) == []
    assert turns.over(A) == [TalkerEnded()]
    assert turns.heard(B, [b"3"]) == [TalkerBegan(B), SoundFrame(b"3")]


def test_nobody_is_heard_while_we_talk_and_who_goes_on_is_next() -> None:
    clock = ManualClock()
    turns = ChannelTurns(clock.monotonic)
    assert turns.key() == [KeyGranted()]
    assert turns.key() == []
    assert turns.heard(A, [b"1"]) == []
    assert turns.unkey()
    assert turns.key() == [KeyRefused(Refusal.BUSY)]
    assert turns.heard(A, [b"2"]) == [TalkerBegan(A), SoundFrame(b"2")]
    assert not turns.unkey()


def test_who_ended_while_we_talked_does_not_hold_us_up() -> None:
    clock = ManualClock()
    turns = ChannelTurns(clock.monotonic)
    turns.key()
    turns.heard(A, [b"1"])
    clock.advance(GONE_S)
    turns.unkey()
    assert turns.key() == [KeyGranted()]


def test_a_lost_end_is_found_by_time() -> None:
    clock = ManualClock()
    turns = ChannelTurns(clock.monotonic)
    turns.heard(A, [])
    clock.advance(GONE_S - 0.01)
    assert turns.tick() == []
    assert list(turns.moments()) == [GONE_S]
    clock.advance(0.01)
    assert turns.tick() == [TalkerEnded()]
    assert list(turns.moments()) == []


def test_a_name_may_come_later() -> None:
    turns = ChannelTurns(ManualClock().monotonic)
    assert turns.renamed(A) == []
    turns.heard(B, [])
    assert turns.renamed(B) == []
    assert turns.renamed(A) == [TalkerBegan(A)]


def test_both_sides_end_with_the_link() -> None:
    turns = ChannelTurns(ManualClock().monotonic)
    turns.key()
    assert turns.cut() == [KeyRefused(Refusal.DOWN)]
    turns.heard(A, [])
    assert turns.cut() == [TalkerEnded()]
    assert turns.cut() == []


_step = st.one_of(
    st.tuples(st.sampled_from(["key", "unkey", "cut", "stop"])),
    st.tuples(st.just("heard"), st.sampled_from([A, B])),
    st.tuples(st.just("over"), st.sampled_from([A, B, None])),
    st.tuples(st.just("renamed"), st.sampled_from([A, B])),
    st.tuples(st.just("wait"), st.floats(0.0, 1.0)),
)


def take(turns: ChannelTurns, clock: ManualClock, step: tuple[object, ...]) -> list[Step]:
    def wait(seconds: float) -> list[Step]:
        clock.advance(seconds)
        return turns.tick()

    def unkey() -> list[Step]:
        turns.unkey()
        return []

    what, *values = step
    does: dict[object, Callable[..., list[Step]]] = {
        "key": turns.key,
        "unkey": unkey,
        "cut": turns.cut,
        "stop": lambda: turns.stop(Refusal.STOPPED),
        "heard": lambda name: turns.heard(name, [name.encode()]),
        "over": turns.over,
        "renamed": turns.renamed,
        "wait": wait,
    }
    return does[what](*values)


@given(st.lists(_step, max_size=60))
def test_whatever_happens_one_at_a_time_talks_and_each_talk_ends(steps: list[tuple[object, ...]]) -> None:
    clock = ManualClock()
    turns = ChannelTurns(clock.monotonic)
    ours, talker = False, None
    for step in steps:
        for told in take(turns, clock, step):
            match told:
                case KeyGranted():
                    assert not ours
                    ours = True
                case KeyRefused(refusal):
                    assert ours == (refusal is not Refusal.BUSY)
                    ours = False
                case TalkerBegan(name):
                    assert talker != name
                    talker = name
                case TalkerEnded():
                    assert talker is not None
                    talker = None
                case SoundFrame():
                    assert talker is not None
        if step == ("unkey",):
            ours = False
        assert (ours, talker) == (turns.ours, turns.talker)
        assert not (ours and talker)
    clock.advance(GONE_S)
    turns.unkey()
    turns.tick()
    assert turns.key() == [KeyGranted()]
