"""Who is loud talks: no word loses its beginning, and nothing of a talk is lost or said twice."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.sound.voice import FRAME_BYTES, VoiceKey, VoiceSettings

RULES = VoiceSettings(attack_s=0.04, before_s=0.06, hang_s=0.1, longest_s=2.0)
QUIET = bytes(FRAME_BYTES)


def frame(db: float, mark: int = 0) -> bytes:
    """20 ms of a level; `mark` tells frames of one level apart."""
    top = 32768 * 10 ** (db / 20) * math.sqrt(2)
    samples = array("h", (round(top * math.sin(2 * math.pi * 5 * at / 160)) for at in range(160)))
    samples[0] = mark
    return samples.tobytes()


LOUD, FAINT, NOISE = frame(-20), frame(-43), frame(-60)


def test_a_talk_begins_with_what_was_said_before_it_was_loud_enough() -> None:
    key = VoiceKey(RULES)
    before = [frame(-60, mark) for mark in range(5)]
    for one in before:
        assert key.feed(one).frames == ()
    assert not key.feed(LOUD).began
    heard = key.feed(LOUD)
    assert heard.began
    assert heard.frames == (*before[-3:], LOUD, LOUD)


def test_a_click_is_no_talk() -> None:
    key = VoiceKey(RULES)
    for one in [NOISE, LOUD, NOISE, LOUD, NOISE] * 5:
        assert not key.feed(one).began
    assert not key.talks


def test_it_goes_on_through_faint_words_and_ends_after_the_silence() -> None:
    key = VoiceKey(RULES)
    key.feed(LOUD)
    key.feed(LOUD)
    for _ in range(20):
        assert key.feed(FAINT).frames == (FAINT,)
    ends = [key.feed(NOISE).ended for _ in range(5)]
    assert ends == [False, False, False, False, True]
    assert not key.talks


def test_faint_noise_alone_begins_nothing() -> None:
    key = VoiceKey(RULES)
    assert not any(key.feed(FAINT).began for _ in range(100))


def test_an_open_carrier_is_ended_and_begins_anew_only_after_silence() -> None:
    key = VoiceKey(RULES)
    heard = [key.feed(LOUD) for _ in range(300)]
    assert [one.began for one in heard].count(True) == 1
    assert [one.ended for one in heard].count(True) == 1
    for _ in range(5):
        key.feed(NOISE)
    key.feed(LOUD)
    assert key.feed(LOUD).began


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="320"):
        VoiceKey(RULES).feed(b"\x00" * 100)


@given(st.lists(st.sampled_from([LOUD, FAINT, NOISE, QUIET]), max_size=400))
def test_whatever_is_heard_talks_begin_and_end_in_turn(frames: list[bytes]) -> None:
    key = VoiceKey(RULES)
    marked = [one[:-2] + number.to_bytes(2, "little") for number, one in enumerate(frames)]
    open_ = False
    passed: list[bytes] = []
    for one in marked:
        heard = key.feed(one)
        assert not (heard.began and open_)
        assert open_ or heard.began or not heard.frames
        open_ = (open_ or heard.began) and not heard.ended
        assert key.talks == open_
        passed += heard.frames
    numbers = [marked.index(one) for one in passed]
    assert numbers == sorted(set(numbers))


@given(st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES))
def test_any_sound_is_measured(data: bytes) -> None:
    key = VoiceKey(RULES)
    for _ in range(10):
        key.feed(data)
