"""AudioSocket frames: any split gives the same frames, any bytes do no harm."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sound.audiosocket import MAX_PAYLOAD, AudioSocketDecoder, Frame, FrameError, FrameKind, encode

FRAMES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=700)), max_size=12)


@given(FRAMES, st.lists(st.integers(1, 400), min_size=1, max_size=40))
def test_frames_survive_any_split(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    wire = b"".join(encode(kind, payload) for kind, payload in frames)
    decoder = AudioSocketDecoder()
    got: list[tuple[int, bytes]] = []
    at = turn = 0
    while at < len(wire):
        size = cuts[turn % len(cuts)]
        got += [(kind, bytes(payload)) for kind, payload in decoder.feed(wire[at : at + size])]
        at, turn = at + size, turn + 1
    assert got == frames


@given(st.binary(max_size=4000))
def test_any_bytes_give_frames_or_frame_error(data: bytes) -> None:
    decoder = AudioSocketDecoder()
    total = 0
    try:
        for _kind, payload in decoder.feed(data):
            total += 3 + len(payload)
    except FrameError:
        pass
    assert total <= len(data)
    assert len(decoder.space()) > 0


def test_a_length_that_no_peer_sends_is_refused_before_its_bytes_are_read() -> None:
    with pytest.raises(FrameError):
        list(AudioSocketDecoder().feed(b"\x10\xff\xff"))
    with pytest.raises(FrameError):
        encode(FrameKind.SLIN, bytes(MAX_PAYLOAD + 1))


def test_the_largest_frame_fits_behind_a_torn_one() -> None:
    wire = encode(FrameKind.SLIN, bytes(MAX_PAYLOAD)) * 20
    assert sum(1 for _ in AudioSocketDecoder().feed(wire)) == 20


def test_a_reader_that_stops_early_loses_only_what_it_was_given() -> None:
    decoder = AudioSocketDecoder()
    wire = b"".join(encode(FrameKind.DTMF, bytes([n])) for n in range(5))
    with contextlib.closing(cast("Generator[Frame]", decoder.feed(wire))) as frames:
        next(frames)
    assert [payload[0] for _, payload in decoder.frames()] == [1, 2, 3, 4]
