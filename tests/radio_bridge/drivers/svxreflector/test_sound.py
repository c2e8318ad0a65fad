"""Our frames in a reflector's codecs and back: a tone stays the tone that it was, nonsense is refused."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.drivers.sound import FRAME_BYTES, FRAME_SAMPLES, RATE, SILENCE
from radio_bridge.drivers.svxreflector.sound import codecs
from tests.peers.audio import loudness, tone_seconds

NAMES = sorted(codecs())


def frames(frequency: float, seconds: float, level: float = 0.3) -> list[bytes]:
    times = np.arange(int(seconds * RATE)) / RATE
    pcm = (level * np.sin(2 * math.pi * frequency * times) * 32767).astype("<i2").tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]


def samples(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32768


def test_opus_is_there_where_scripts_setup_has_run() -> None:
    assert NAMES == ["OPUS", "S16"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("frequency", [300, 1000, 3000])
def test_a_tone_goes_there_and_comes_back(name: str, frequency: int) -> None:
    codec = codecs()[name]
    speaker, listener = codec.speaker(), codec.listener()
    heard: list[bytes] = []
    for frame in frames(frequency, 1.0):
        heard += listener.feed(speaker.frame(frame))
    heard += listener.rest()
    assert {len(frame) for frame in heard} == {FRAME_BYTES}
    assert len(heard) == 50
    back = samples(b"".join(heard))
    assert tone_seconds(back, frequency) >= 0.9
    assert loudness(back)[5:-1].min() == pytest.approx(0.3 / math.sqrt(2), rel=0.15)


def test_s16_has_twice_our_rate_and_no_image_of_the_tone() -> None:
    speaker = codecs()["S16"].speaker()
    wire = samples(b"".join(speaker.frame(frame) for frame in frames(1000, 1.0)))
    assert len(wire) == 2 * RATE
    spectrum = np.abs(np.fft.rfft(wire[400:]))
    bins = np.fft.rfftfreq(len(wire) - 400, 1 / (2 * RATE))
    tone = spectrum[(bins > 950) & (bins < 1050)].max()
    image = spectrum[(bins > 6900) & (bins < 7100)].max()
    assert image < tone / 100


def test_what_is_above_our_band_does_not_come_back_inside_it() -> None:
    listener = codecs()["S16"].listener()
    times = np.arange(16_000) / 16_000
    wire = (0.3 * np.sin(2 * math.pi * 6000 * times) * 32767).astype("<i2").tobytes()
    heard = samples(b"".join(listener.feed(wire[:32_000])))
    assert loudness(heard)[1:].max() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_silence_is_silence(name: str) -> None:
    codec = codecs()[name]
    listener = codec.listener()
    heard = b"".join(frame for _ in range(10) for frame in listener.feed(codec.silence))
    assert len(heard) == 10 * FRAME_BYTES
    assert np.abs(samples(heard)).max() < 0.001


@pytest.mark.parametrize("name", NAMES)
def test_only_frames_of_20_ms_are_spoken(name: str) -> None:
    with pytest.raises(ValueError, match="320 bytes"):
        codecs()[name].speaker().frame(SILENCE[:-2])


def test_too_much_sound_in_one_datagram_is_refused() -> None:
    for codec in codecs().values():
        with pytest.raises(Malformed):
            list(codec.listener().feed(bytes(60_000)))


@given(st.lists(st.integers(1, 900), max_size=12))
def test_frames_are_whole_however_the_datagrams_are_cut(lengths: list[int]) -> None:
    listener = codecs()["S16"].listener()
    heard = [frame for length in lengths for frame in listener.feed(bytes(length))]
    heard += listener.rest()
    assert {len(frame) for frame in heard} <= {FRAME_BYTES}
    assert len(heard) == math.ceil(sum(lengths) // 4 / FRAME_SAMPLES)


@given(st.sampled_from(NAMES), st.lists(st.binary(max_size=1600), max_size=4))
def test_any_bytes_are_sound_or_malformed(name: str, datagrams: list[bytes]) -> None:
    listener = codecs()[name].listener()
    for datagram in datagrams:
        with contextlib.suppress(Malformed):
            assert {len(frame) for frame in listener.feed(datagram)} <= {FRAME_BYTES}
