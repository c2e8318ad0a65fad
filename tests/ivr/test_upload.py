"""Sounds from people: any format becomes telephone sound of one loudness, or is refused; no bytes do more."""

from __future__ import annotations

import asyncio
import io
import math
import shutil
import subprocess
import tempfile
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.upload import level
from ivr.upload.convert import MOST_BYTES, Converter
from ivr.upload.errors import ConverterMissing, UploadRefused

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed: scripts/setup"
)


def tone(seconds: float = 1.0, size: float = 0.1, rate: int = 44100) -> bytes:
    """A WAV as a studio makes it: stereo, 44.1 kHz."""
    found = array("h")
    for index in range(int(seconds * rate)):
        value = round(size * 32767 * math.sin(2 * math.pi * 700 * index / rate))
        found.extend((value, value))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(level.pcm(found))
    return out.getvalue()


@needs_ffmpeg
@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "flac", "m4a", "webm", "aiff", "amr"])
async def test_any_format_becomes_telephone_sound_of_the_common_loudness(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "studio.wav"
    source.write_bytes(tone(1.5, 0.02))
    encoded = tmp_path / f"sound.{kind}"
    more = ["-ar", "8000", "-ac", "1"] if kind == "amr" else []
    argv = ["ffmpeg", "-loglevel", "error", "-i", str(source), *more, str(encoded)]
    if subprocess.run(argv, check=False).returncode:
        pytest.skip(f"this ffmpeg writes no {kind}")
    got = await Converter().convert(encoded.read_bytes())
    with wave.open(io.BytesIO(got.wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() / 8000 == pytest.approx(1.5, abs=0.15)
    assert got.after.rms_db == pytest.approx(-20, abs=1)
    assert got.after.peak_db <= -3
    assert got.before.rms_db < -35
    assert got.facts["rms_db"] == got.after.rms_db


@needs_ffmpeg
@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (b"", "not a readable sound"),
        (b"not a sound at all" * 100, "not a readable sound"),
        (tone(0.05), "nothing is heard"),
        (tone(1.0, 0.0), "nothing is heard"),
        (tone(52, rate=8000), "longer than"),
        (bytes(MOST_BYTES + 1), "over 20 MB"),
        (tone()[:60], "no"),
    ],
    ids=["empty", "text", "a click", "silence", "too long", "too large", "cut off"],
)
async def test_what_cannot_be_a_prompt_is_refused_with_the_reason(sound: bytes, why: str) -> None:
    with pytest.raises(UploadRefused, match=why) as refused:
        await Converter().convert(sound)
    assert refused.value.remedy


@needs_ffmpeg
@pytest.mark.parametrize("kind", ["ffconcat", "m3u8", "sdp", "image"])
async def test_a_list_of_files_makes_ffmpeg_read_none_of_them(kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(tone())
    lists = {
        "ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{secret}\n#EXT-X-ENDLIST\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        "image": f"<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='file://{secret}'/></svg>",
    }
    with pytest.raises(UploadRefused, match="not a readable sound"):
        await Converter().convert(lists[kind].encode())


async def test_without_ffmpeg_the_remedy_is_said() -> None:
    with pytest.raises(ConverterMissing) as missing:
        await Converter("no-such-ffmpeg").convert(tone())
    assert "scripts/setup" in missing.value.remedy


@pytest.mark.parametrize(
    "behaviour",
    ["sleep 60", "yes | tr -d '\\n'; sleep 60", "kill -SEGV $$", "exit 3", "echo told >&2; exit 1"],
)
async def test_a_converter_that_misbehaves_costs_a_refusal(
    behaviour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{behaviour}\n")
    program.chmod(0o755)
    monkeypatch.setattr("ivr.upload.convert.DEADLINE_S", 0.5)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(UploadRefused):
        await asyncio.wait_for(Converter(str(program)).convert(tone()), 5)
    assert [file.name for file in tmp_path.iterdir()] == ["ffmpeg"]


@given(st.binary(max_size=2000))
def test_any_samples_are_levelled_within_range(raw: bytes) -> None:
    found = level.samples(raw)
    out = level.level(found)
    assert len(out) == len(found)
    assert level.measure(out).peak_db <= -2.9
    assert level.pcm(level.samples(raw)) == raw[: len(raw) // 2 * 2]


HEADS = st.sampled_from(
    [
        b"", b"RIFF$\x00\x00\x00WAVEfmt ", b"OggS\x00\x02", b"ID3\x04\x00", b"fLaC\x00\x00\x00\x22",
        b"#!AMR\n",
        b"\xff\xfb\x90\x00", b"\x00\x00\x00\x18ftypmp42", b"FORM\x00\x00\x00\x10AIFF", b"\x1aE\xdf\xa3",
        b"#EXTM3U\n", b"ffconcat version 1.0\n",
    ]
)  # fmt: skip


@needs_ffmpeg
@settings(max_examples=12)
@given(head=HEADS, rest=st.binary(max_size=4000), cut=st.integers(0, 3000))
async def test_any_bytes_are_converted_or_refused(head: bytes, rest: bytes, cut: int) -> None:
    for sound in (head + rest, tone(0.3, rate=8000)[:cut] + rest):
        try:
            got = await Converter().convert(sound)
        except UploadRefused:
            continue
        with wave.open(io.BytesIO(got.wav)) as file:
            assert (file.getnchannels(), file.getframerate()) == (1, 8000)
