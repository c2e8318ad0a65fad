"""From a voice's studio sound to telephone sound: 8 kHz mono s16le, speech band, one loudness for all."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.prompts.voices import Samples, Speech, Take

RATE = 8000
LOUDNESS_DB = -20.0  # RMS of the parts where somebody speaks, below full scale
PEAK_DB = -3.0

Pcm = NDArray[np.int16]


def telephone(speech: Speech, take: Take, *, lead_s: float = 0.1, tail_s: float = 0.2) -> Pcm:
    """8 kHz samples at the common loudness, with a little silence before and after."""
    pitch = ["pitch", str(take.cents)] if take.cents else []
    narrow = _sox(speech, ["highpass", "150", *pitch, "rate", "-v", str(RATE)])
    gain = 10 ** (LOUDNESS_DB / 20) / max(active_rms(narrow), 1e-6)
    loud = _limit(narrow * gain)
    padded = np.concatenate([np.zeros(int(lead_s * RATE)), loud, np.zeros(int(tail_s * RATE))])
    return np.round(padded * 32767).astype(np.int16)


def active_rms(samples: Samples) -> float:
    """Root mean square over the 20 ms frames within 30 dB of the loudest one."""
    size = RATE // 50
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    if not len(frames):
        return 0.0
    power = (frames**2).mean(axis=1)
    return float(np.sqrt(power[power >= power.max() / 1000].mean()))


def over_the_line(pcm: Pcm) -> Samples:
    """What a recogniser gets: through G.711 µ-law and up to 16 kHz."""
    done = subprocess.run(
        ["sox", *_raw(RATE, "signed", 16), "-", "-t", "raw", "-e", "u-law", "-b", "8", "-"],
        input=pcm.astype("<i2").tobytes(), capture_output=True, check=True,
    )  # fmt: skip
    wide = subprocess.run(
        ["sox", *_raw(RATE, "u-law", 8), "-", *_raw(16000, "floating-point", 32), "-"],
        input=done.stdout, capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(wide.stdout, np.float32)


def read_wav(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def write_wav(path: Path, pcm: Pcm) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.astype("<i2").tobytes())


def _limit(samples: Samples) -> Samples:
    """Bend the peaks softly under the ceiling; what is below two thirds of it stays as it is."""
    ceiling = 10 ** (PEAK_DB / 20)
    knee = ceiling * 2 / 3
    over = np.abs(samples) > knee
    bent = knee + (ceiling - knee) * np.tanh((np.abs(samples) - knee) / (ceiling - knee))
    return np.where(over, np.sign(samples) * bent, samples).astype(np.float32)


def _sox(speech: Speech, effects: list[str]) -> Samples:
    done = subprocess.run(
        ["sox", "-D", *_raw(speech.rate, "floating-point", 32), "-",
         *_raw(RATE, "floating-point", 32), "-", "gain", "-6", *effects],
        input=speech.samples.astype("<f4").tobytes(), capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(done.stdout, np.float32)


def _raw(rate: int, encoding: str, bits: int) -> list[str]:
    return ["-t", "raw", "-r", str(rate), "-c", "1", "-e", encoding, "-b", str(bits)]
