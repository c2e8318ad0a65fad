"""A voice message as WeChat sends it, AMR at 8 kHz, through ffmpeg and the recogniser in its own process."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import av
import pytest

from citizen.contract import VoiceUnrecognised
from gateway.settings import Settings
from gateway.voice_messages.parent import VoiceMessages
from tests.peers.checkout import CHECKOUT

pytestmark = [pytest.mark.real, pytest.mark.computes, pytest.mark.timeout(180)]

SPOKEN = CHECKOUT / "tests" / "audio" / "caller_lamp_zh.wav"


@pytest.fixture(scope="module")
def message() -> bytes:
    """By OpenCORE's encoder, as telephones have it; Debian's ffmpeg reads AMR and writes none."""
    out = io.BytesIO()
    with av.open(str(SPOKEN)) as source, av.open(out, "w", format="amr") as target:
        stream = target.add_stream("libopencore_amrnb", rate=8000)
        stream.layout, stream.bit_rate = "mono", 12_200
        resampler = av.AudioResampler("s16", "mono", 8000, frame_size=160)
        for frame in (*source.decode(audio=0), None):
            for piece in resampler.resample(frame):
                target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return out.getvalue()


async def test_its_words_are_recognised(message: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert message.startswith(b"#!AMR\n")
    words = await VoiceMessages(Settings()).recognise(message)
    assert "灯" in words, words


@pytest.mark.parametrize("sound", [b"", b"no sound at all" * 100])
async def test_what_is_no_sound_is_refused(sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    with pytest.raises(VoiceUnrecognised):
        await VoiceMessages(Settings()).recognise(sound)


async def test_a_message_without_any_sound_has_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    with contextlib.suppress(VoiceUnrecognised):
        assert await VoiceMessages(Settings()).recognise(b"#!AMR\n") == ""


async def test_without_a_model_it_says_so(message: bytes, tmp_path: Path) -> None:
    settings = Settings()
    bare = settings.model_copy(update={"speech": settings.speech.model_copy(update={"model": tmp_path})})
    with pytest.raises(VoiceUnrecognised):
        await VoiceMessages(bare).recognise(message)
