"""The looks that the sound figures stand on: a delay that was made is found again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.radio.onsets import Block, bursts, delays, last_heard, looks, loud_s, onsets
from tests.peers.audio import Samples

GAPS = (0.3, 0.513, 0.471)
RATE = 8000


def blocks(sound: Samples, rate: int, began: float, size: int) -> list[Block]:
    return [(began + at / rate, sound[at : at + size]) for at in range(0, len(sound), size)]


@pytest.mark.parametrize(("rate", "size"), [(8000, 160), (16_000, 320), (16_000, 256)])
def test_bursts_are_found_where_they_begin(rate: int, size: int) -> None:
    seen = looks(blocks(bursts(rate, 1300, GAPS, level=0.3, hum=0.15), rate, 50.0, size), rate, 1300)
    assert onsets(seen) == pytest.approx([50.3, 51.013, 51.684], abs=0.01)
    end = last_heard(seen)
    assert end == pytest.approx(51.884, abs=0.01)
    assert loud_s(seen) == pytest.approx(0.6, abs=0.04)


def test_a_delay_is_told_and_a_burst_that_never_came_is_counted() -> None:
    sound = bursts(RATE, 1000, GAPS, level=0.3)
    said = onsets(looks(blocks(sound, RATE, 50.0, 160), RATE, 1000))
    late = sound.copy()
    late[int(0.9 * RATE) : int(1.3 * RATE)] = 0
    heard = onsets(looks(blocks(late, RATE, 50.123, 160), RATE, 1000))
    found, lost = delays(said, heard, within=0.4)
    assert found == pytest.approx([0.123, 0.123], abs=0.011)
    assert lost == 1


def test_a_missing_frame_is_no_new_beginning_and_is_missed_in_the_length() -> None:
    sound = bursts(RATE, 1000, (0.2,), level=0.3)
    sound[int(0.26 * RATE) : int(0.28 * RATE)] = 0
    seen = looks(blocks(sound, RATE, 0.0, 160), RATE, 1000)
    assert len(onsets(seen)) == 1
    assert loud_s(seen) == pytest.approx(0.18, abs=0.011)


def test_silence_and_another_tone_are_nothing() -> None:
    for sound in (np.zeros(RATE), bursts(RATE, 400, GAPS, level=0.3)):
        seen = looks(blocks(sound, RATE, 0.0, 160), RATE, 1000)
        assert onsets(seen, least=0.2) == []
        assert last_heard(seen, least=0.2) is None
