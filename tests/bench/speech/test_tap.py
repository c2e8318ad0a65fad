"""One leg through codec and gate, and streams from the generator into the service's server."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.vad import VoiceGate
from tests.bench.speech import tap, voices


def test_each_second_of_a_leg_is_measured_and_silence_costs_less_than_speech() -> None:
    speech = tap.one_leg(voices.talk(), 6.0, VoiceGate)
    silence = tap.one_leg(bytes(16_000), 6.0, VoiceGate)
    assert len(speech) == len(silence) == 6
    assert 0 < sum(silence[2:]) < sum(speech[2:])


@pytest.mark.real
def test_every_frame_of_many_streams_arrives(tmp_path: Path) -> None:
    found = tap.many(tmp_path, 20, 6.0)
    assert found["heard_streams"] == 20
    assert (found["frames_lost"], found["gone"], found["streams_not_whole"]) == (0, 0, 0)
    assert found["frames_sent"] == 20 * 300
    assert found["utterances"] > 5
    # One time for each piece, however many frames of a slow machine come in one.
    assert found["late_s"]["n"] * found["frames_a_piece"] == pytest.approx(20 * 300, rel=0.01)
    assert 0 < found["late_s"]["p50"] <= found["late_s"]["worst"]
