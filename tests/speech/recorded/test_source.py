"""Any sound file becomes 8 kHz for each speaker, or an error that names cause and remedy."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.recorded.errors import SoundRefused
from speech.recorded.rates import ToTelephone
from speech.recorded.source import open_sound
from speech.recorded.wav import Form, NotPlain, frames, header
from tests.speech.recorded.files import Signal, pcm16, riff, tone, written

FULL = "SONGHUA_FULL" in os.environ
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def heard(path: Path, **options: float) -> tuple[tuple[str, ...], list[Signal]]:
    """The speakers of a file and what each said, in samples of -1..1."""
    with open_sound(path, **options) as sound:
        pieces = list(sound.pieces())
        speakers = sound.speakers
    joined = [b"".join(piece[at] for piece in pieces) for at in range(len(speakers))]
    return speakers, [np.frombuffer(one, "<i2") / 32768 for one in joined]


def loudness(signal: Signal, hertz: float) -> float:
    """How strong one tone is in the middle of an 8 kHz signal."""
    middle = signal[len(signal) // 4 : 3 * len(signal) // 4]
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / 8000)
    return float(abs((middle * wave).mean()) * 2)


@pytest.mark.parametrize("rate", [4000, 6000, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 44101])
def test_a_tone_keeps_its_pitch_level_and_length_at_any_rate(tmp_path: Path, rate: int) -> None:
    path = written(tmp_path / "a.wav", riff(pcm16(tone(700, 1.3, rate)), rate=rate))
    speakers, (signal,) = heard(path)
    assert speakers == ("citizen",)
    assert abs(len(signal) - 1.3 * 8000) <= 1
    assert loudness(signal, 700) == pytest.approx(0.5, abs=0.01)


def test_what_a_telephone_cannot_carry_does_not_come_back_as_another_tone(tmp_path: Path) -> None:
    rate = 44100
    path = written(tmp_path / "a.wav", riff(pcm16(tone(6000, 1, rate) + tone(500, 1, rate, 0.3)), rate=rate))
    _, (signal,) = heard(path)
    assert loudness(signal, 2000) < 0.001
    assert loudness(signal, 500) == pytest.approx(0.3, abs=0.01)


def test_at_eight_kilohertz_no_sample_is_changed(tmp_path: Path) -> None:
    data = np.arange(-32768, 32768, 7, dtype="<i2").tobytes()
    with open_sound(written(tmp_path / "a.wav", riff(data))) as sound:
        assert b"".join(piece[0] for piece in sound.pieces()) == data


def test_two_channels_are_citizen_and_agent_and_three_are_one(tmp_path: Path) -> None:
    left, right = tone(400, 1, 8000), tone(900, 1, 8000)
    two = written(tmp_path / "two.wav", riff(pcm16(left, right), channels=2))
    speakers, (citizen, agent) = heard(two)
    assert speakers == ("citizen", "agent")
    assert (loudness(citizen, 400) > 0.4, loudness(citizen, 900) < 0.01) == (True, True)
    assert (loudness(agent, 900) > 0.4, loudness(agent, 400) < 0.01) == (True, True)
    three = written(tmp_path / "three.wav", riff(pcm16(left, right, right), channels=3))
    speakers, (mixed,) = heard(three)
    assert speakers == ("citizen",)
    assert loudness(mixed, 900) == pytest.approx(2 * loudness(mixed, 400), rel=0.05)


@pytest.mark.parametrize(
    ("tag", "bits", "kind"), [(1, 8, "u8"), (1, 24, "s24"), (1, 32, "s32"), (3, 32, "f32"), (3, 64, "f64")]
)
def test_every_plain_coding_says_the_same(tmp_path: Path, tag: int, bits: int, kind: str) -> None:
    wave = tone(600, 1, 8000)
    wide = (wave * 2147483647).astype("<i4")
    data = {
        "u8": ((wave * 127) + 128).astype("u1").tobytes(),
        "s24": wide.view("u1").reshape(-1, 4)[:, 1:].tobytes(),
        "s32": wide.tobytes(),
        "f32": wave.astype("<f4").tobytes(),
        "f64": wave.astype("<f8").tobytes(),
    }[kind]
    _, (signal,) = heard(written(tmp_path / "a.wav", riff(data, tag=tag, bits=bits)))
    assert loudness(signal, 600) == pytest.approx(0.5, abs=0.01)


@needs_ffmpeg
@pytest.mark.parametrize("coding", ["pcm_alaw", "pcm_mulaw"])
def test_g711_is_read_as_ffmpeg_reads_it(tmp_path: Path, coding: str) -> None:
    codes = bytes(range(256))
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", coding.replace("pcm_", "").replace("mulaw", "mulaw"),
         "-ar", "8000", "-i", "pipe:0", "-f", "s16le", "pipe:1"],
        input=codes, capture_output=True, check=True,
    ).stdout  # fmt: skip
    form = Form("alaw" if coding == "pcm_alaw" else "ulaw", 1, 8000)
    assert (frames(form, codes)[0] * 32768).astype(int).tolist() == np.frombuffer(raw, "<i2").tolist()


def test_a_recording_of_the_hotline_needs_no_header(tmp_path: Path) -> None:
    _, (signal,) = heard(written(tmp_path / "1795612161.0.alaw", bytes([0xD5]) * 8000))
    assert len(signal) == 8000
    assert abs(signal).max() < 0.001


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 40_000])
def test_a_size_that_a_killed_writer_left_is_not_believed(tmp_path: Path, size: int) -> None:
    path = written(tmp_path / "a.wav", riff(pcm16(tone(500, 1, 8000)), size=size))
    with open_sound(path) as sound:
        assert sound.seconds == 1.0
        assert sum(len(piece[0]) for piece in sound.pieces()) == 16000


def test_chunks_before_the_audio_and_an_odd_byte_behind_it_do_no_harm(tmp_path: Path) -> None:
    chunk = struct.pack("<4sI", b"LIST", 5) + b"abcde\0"
    path = written(tmp_path / "a.wav", riff(pcm16(tone(500, 1, 8000)) + b"x", before=chunk))
    _, (signal,) = heard(path)
    assert len(signal) == 8000


@needs_ffmpeg
@pytest.mark.parametrize("ending", ["mp3", "ogg", "flac", "m4a"])
def test_what_ffmpeg_reads_is_read_with_its_channels(tmp_path: Path, ending: str) -> None:
    path = written(
        tmp_path / "a.wav", riff(pcm16(tone(400, 2, 44100), tone(900, 2, 44100)), channels=2, rate=44100)
    )
    other = tmp_path / f"b.{ending}"
    subprocess.run(["ffmpeg", "-v", "error", "-i", path, other], check=True)
    speakers, (citizen, agent) = heard(other)
    assert speakers == ("citizen", "agent")
    assert loudness(citizen, 400) > 0.4
    assert loudness(agent, 900) > 0.4


def refused(path: Path, **options: float) -> SoundRefused:
    with pytest.raises(SoundRefused) as caught:
        heard(path, **options)
    assert caught.value.detail
    assert caught.value.remedy
    return caught.value


def test_what_is_no_sound_says_so_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "empty" in refused(written(tmp_path / "empty.wav", b"")).detail
    assert "not a file" in refused(tmp_path).detail
    refused(tmp_path / "absent.wav")
    assert "no audio" in refused(written(tmp_path / "none.wav", riff(b""))).detail
    assert "0 channels" in refused(written(tmp_path / "no.wav", riff(bytes(9), channels=0))).detail
    text = written(tmp_path / "text.wav", b"this is no sound, whatever its name says" * 50)
    if shutil.which("ffmpeg"):
        assert "not a readable sound" in refused(text).detail
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "ffmpeg is not installed" in refused(text).detail


@needs_ffmpeg
def test_a_playlist_reads_no_other_file(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.wav", riff(pcm16(tone(500, 1, 8000))))
    for name, content in {
        "a.m3u8": f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "a.ffconcat": f"ffconcat version 1.0\nfile {secret}\n",
    }.items():
        refused(written(tmp_path / name, content.encode()))


def test_a_file_that_is_too_long_is_refused_before_or_while_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", riff(bytes(16000 * 8)))
    assert "longer than" in refused(path, most_hours=7 / 3600).detail
    if shutil.which("ffmpeg"):
        other = tmp_path / "b.flac"
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, other], check=True)
        assert "longer than" in refused(other, most_hours=7 / 3600).detail
    heard(path, most_hours=9 / 3600)


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    hours = 2.0 if FULL else 0.1
    data = int(hours * 3600) * 48000 * 4
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(riff(b"", rate=48000, channels=2, size=data))
        file.truncate(file.tell() + data)
    tracemalloc.start()
    try:
        with open_sound(tmp_path / "long.wav") as sound:
            assert sum(len(piece[1]) for piece in sound.pieces()) == int(hours * 3600) * 16000
        assert tracemalloc.get_traced_memory()[1] < 25e6
    finally:
        tracemalloc.stop()


@given(st.integers(4000, 192_000), st.lists(st.integers(0, 700), max_size=12))
def test_pieces_of_any_size_give_the_same_as_one_piece(rate: int, sizes: list[int]) -> None:
    signal = np.random.default_rng(1).normal(size=sum(sizes)).astype(np.float32)
    whole, pieces = ToTelephone(rate), ToTelephone(rate)
    cuts = np.split(signal, np.cumsum(sizes)[:-1]) if sizes else [signal]
    one = np.concatenate([whole.feed(signal), whole.flush()])
    many = np.concatenate([*(pieces.feed(cut) for cut in cuts), pieces.flush()])
    assert len(one) == -(-len(signal) * 8000 // rate)
    np.testing.assert_allclose(one, many, atol=1e-5)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_header_or_not_plain_or_refused(junk: bytes, begins_well: bool) -> None:
    file = io.BytesIO((b"RIFF\0\0\0\0WAVE" if begins_well else b"") + junk)
    try:
        form = header(file)
    except (NotPlain, SoundRefused):
        return
    assert frames(form, file.read(1000)).shape[0] == form.channels
