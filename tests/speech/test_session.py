"""One AudioSocket connection: UUID first and in time, then audio, then one end."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.sound.audiosocket import FrameKind
from speech.audiosocket.session import (
    AudioReceived,
    AudioSocketClosed,
    AudioSocketOpened,
    AudioSocketSession,
    CloseReason,
    Ignored,
)

TAP = uuid4()


def session() -> AudioSocketSession:
    return AudioSocketSession(100.0, hello_within=2.0, idle_for=60.0)


def opened() -> AudioSocketSession:
    new = session()
    assert new.frame(FrameKind.UUID, memoryview(TAP.bytes), 100.5) == AudioSocketOpened(TAP)
    return new


def test_audio_after_the_uuid_is_handed_on() -> None:
    assert opened().frame(FrameKind.SLIN, memoryview(b"\1\0" * 160), 101) == AudioReceived(
        memoryview(b"\1\0" * 160)
    )


def test_audio_before_the_uuid_ends_the_connection() -> None:
    assert session().frame(FrameKind.SLIN, memoryview(b"\0\0"), 100) == AudioSocketClosed(CloseReason.NO_UUID)


def test_a_peer_that_says_nothing_is_closed_after_the_hello_time() -> None:
    quiet = session()
    assert quiet.expire(101.9) is None
    assert quiet.expire(102.0) == AudioSocketClosed(CloseReason.SILENT)


def test_a_held_leg_may_be_silent_for_long_but_not_for_ever() -> None:
    held = opened()
    held.frame(FrameKind.SLIN, memoryview(b"\0\0"), 110)
    assert held.expire(169) is None
    assert held.expire(170) == AudioSocketClosed(CloseReason.IDLE)


def test_a_tap_that_says_nothing_is_prodded_once_a_second() -> None:
    silent = opened()  # at 100.5
    assert not silent.prod(101.4)
    assert silent.prod(101.5)
    assert not silent.prod(102.4)
    assert silent.prod(102.5)
    silent.frame(FrameKind.SLIN, memoryview(b"\0\0"), 103)
    assert not silent.prod(103.9)
    assert silent.prod(104)
    silent.frame(FrameKind.HANGUP, memoryview(b""), 105)
    assert not silent.prod(120)


def test_nobody_is_prodded_before_his_uuid() -> None:
    assert not session().prod(101.5)


def test_a_second_uuid_is_a_protocol_error() -> None:
    assert opened().frame(FrameKind.UUID, memoryview(uuid4().bytes), 101) == AudioSocketClosed(
        CloseReason.TWO_UUIDS
    )


def test_dtmf_other_rates_and_odd_audio_are_ignored() -> None:
    running = opened()
    assert running.frame(FrameKind.DTMF, memoryview(b"5"), 101) == Ignored(FrameKind.DTMF)
    assert running.frame(FrameKind.SLIN16, memoryview(bytes(640)), 101) == Ignored(FrameKind.SLIN16)
    assert running.frame(FrameKind.SLIN, memoryview(b"\0\0\0"), 101) == Ignored(FrameKind.SLIN)


def test_hangup_is_the_normal_end() -> None:
    assert opened().frame(FrameKind.HANGUP, memoryview(b""), 101) == AudioSocketClosed(CloseReason.HANGUP)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=30))
def test_after_the_end_nothing_is_accepted(frames: list[tuple[int, bytes]]) -> None:
    new = session()
    for kind, payload in frames:
        before = new.ended
        outcome = new.frame(kind, memoryview(payload), 100.1)
        if before is not None:
            assert outcome == AudioSocketClosed(before)
        if isinstance(outcome, AudioReceived):
            assert new.tap_id is not None
