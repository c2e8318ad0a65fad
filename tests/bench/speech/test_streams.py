"""The search for the most streams that are held, and how sound is made for it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sound.audiosocket import AudioSocketDecoder, FrameKind
from speech.model import BYTES_PER_SECOND
from tests.bench.speech import generator, voices
from tests.bench.speech.streams import WHOLE, Search


def found(first: int, held: int, noise: Iterable[int] = ()) -> Search:
    """Where `held` streams are held, and what else runs makes the runs with the numbers `noise` miss."""
    search, spoilt = Search(first), set(noise)
    runs = 0
    while (number := search.next()) is not None:
        search.add(number, number <= held and runs not in spoilt)
        runs += 1
    assert runs <= WHOLE.tries
    return search


@given(st.integers(0, 20), st.integers(0, 20), st.sets(st.integers(0, 9)))
def test_what_is_found_is_never_more_than_is_held(first: int, held: int, noise: set[int]) -> None:
    assert found(first, held, noise).most <= held


@given(st.integers(1, 40), st.integers(-1, 1))
def test_it_is_found_where_the_first_guess_is_near(held: int, off: int) -> None:
    search = found(max(1, held + off), held)
    assert search.most >= held - 1
    assert search.is_sure is (search.most == held)


@given(st.integers(1, 20))
def test_it_is_found_where_the_first_guess_is_right_and_no_more_is_tried(held: int) -> None:
    search = found(held, held)
    assert (search.most, search.is_sure) == (held, True)
    assert search.tried == {held: [True], held + 1: [False, False]}


@given(st.integers(1, 20), st.integers(0, 3))
def test_one_run_that_something_else_spoilt_does_not_end_the_search(held: int, bad: int) -> None:
    assert found(held, held, [bad]).most == held


def test_where_the_first_guess_is_far_off_it_comes_near_and_says_so() -> None:
    less, more = found(18, 12), found(5, 24)
    assert (less.most, less.is_sure) == (12, True)
    assert (more.most, more.is_sure) == (20, False)


def test_where_none_is_held_none_is_found() -> None:
    search = found(2, 0)
    assert (search.most, search.tried) == (0, {2: [False, False], 1: [False, False]})


def test_a_talk_is_mostly_speech_and_all_of_it_is_cut_into_utterances() -> None:
    sound = voices.talk()
    pieces = voices.utterances(sound)
    said = sum(len(voices.lines(story)) for story in voices.TALKS)
    assert said <= len(pieces) <= 2 * said
    assert 0.7 < voices.seconds(pieces) / (len(sound) / BYTES_PER_SECOND) <= 1.0


def test_a_looped_sound_begins_where_it_is_told_and_goes_round() -> None:
    sound = bytes(range(200)) * 160
    assert voices.looped(sound, 1.0, begin_s=0.5)[:320] == sound[8000:8320]
    assert len(voices.looped(sound, 7.0)) == 7 * BYTES_PER_SECOND
    assert voices.looped(sound, 3.0)[len(sound) : len(sound) + 10] == sound[:10]


def test_frames_carry_the_whole_sound() -> None:
    sound = voices.conversation()[:32_000]
    payloads = [
        bytes(payload)
        for kind, payload in AudioSocketDecoder().feed(b"".join(generator.framed(sound)))
        if kind == FrameKind.SLIN
    ]
    assert b"".join(payloads) == sound
    assert {len(one) for one in payloads} == {generator.FRAME_BYTES}


@given(st.integers(0, 2**32 - 1), st.floats(0, 1e9))
def test_a_tap_names_its_stream_and_when_it_is_due(number: int, due: float) -> None:
    assert generator.number_and_due(generator.named(number, due)) == (number, due)


def test_mu_law_and_back_is_the_same_sound() -> None:
    import numpy as np

    from tests.peers.earpiece import _ULAW

    sound = voices.conversation()[96_000:128_000]
    back = _ULAW[np.frombuffer(voices.ulaw(sound), np.uint8)]
    samples = np.frombuffer(sound, "<i2") / 32768
    assert np.abs(back - samples).max() == pytest.approx(0, abs=0.03)
