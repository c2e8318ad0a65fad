"""Makes and measures 8 kHz speech-band audio: tones for each party, loudness, silence, who is heard when."""

from __future__ import annotations

import math
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.peers.checkout import program

RATE = 8000
WINDOW = 400  # 50 ms
AUDIBLE = 0.002  # RMS, -54 dBFS: below any prompt or tone, above coder noise

Samples = NDArray[np.float64]


def tone(path: Path, frequency: float, seconds: float, level: float = 0.3) -> Path:
    """A WAV file with one sine: the mark of one party."""
    times = np.arange(int(seconds * RATE)) / RATE
    return write_wav(path, level * np.sin(2 * math.pi * frequency * times))


def write_wav(path: Path, samples: Samples) -> Path:
    """Samples between -1 and 1 as 8 kHz s16le."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def read_alaw(path: Path) -> Samples:
    """Samples between -1 and 1 of headerless A-law at 8 kHz."""
    return from_alaw(path.read_bytes())


def from_alaw(octets: bytes) -> Samples:
    """Samples between -1 and 1, decoded after ITU-T G.711."""
    code = np.frombuffer(octets, dtype=np.uint8).astype(np.int32) ^ 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    size = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.float64) / 32768


def read_wav(path: Path) -> Samples:
    """Samples between -1 and 1 at 8 kHz; a wrong length in the header (a killed writer) is overlooked."""
    raw = path.read_bytes()
    start = raw.find(b"data")
    if raw[:4] != b"RIFF" or start < 0:
        raise ValueError(f"{path} is not a WAV file")
    rate = int.from_bytes(raw[24:28], "little")
    body = raw[start + 8 :]
    samples = np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    if rate % RATE:
        raise ValueError(f"{path} has {rate} Hz")
    return samples[:: rate // RATE]


def to_ulaw(wav: Path, raw: Path, *, law: str = "u-law") -> Path:
    """Headerless 8 kHz G.711 for SIPp's rtp_stream; `law` is "u-law" or "a-law"."""
    sox = program("sox", package="sox")
    subprocess.run([sox, wav, "-r", "8000", "-c", "1", "-e", law, "-t", "raw", raw], check=True, timeout=60)
    return raw


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds from the beginning of the recording."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def loudness(samples: Samples) -> Samples:
    """RMS for each 50 ms."""
    whole = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return np.asarray(np.sqrt((whole**2).mean(axis=1)), dtype=np.float64)


def silences(samples: Samples, *, audible: float = AUDIBLE) -> list[Span]:
    """Every stretch in which nothing is heard, longest first."""
    found: list[Span] = []
    begin: int | None = None
    quiet = loudness(samples) < audible
    for index, still in enumerate([*quiet.tolist(), False]):
        if still and begin is None:
            begin = index
        elif not still and begin is not None:
            found.append(Span(begin * WINDOW / RATE, index * WINDOW / RATE))
            begin = None
    return sorted(found, key=lambda span: -span.seconds)


def longest_silence(samples: Samples) -> float:
    """Seconds; 0.0 when something is heard all the time."""
    spans = silences(samples)
    return spans[0].seconds if spans else 0.0


def tone_seconds(samples: Samples, frequency: float, *, share: float = 0.4) -> float:
    """For how long this party's tone makes up at least `share` of the power (checked every 100 ms)."""
    step = RATE // 10
    times = np.arange(step) / RATE
    probe = np.exp(-2j * math.pi * frequency * times)
    heard = 0
    for start in range(0, len(samples) - step + 1, step):
        block = samples[start : start + step]
        power = float((block**2).mean())
        if power < AUDIBLE**2:
            continue
        amplitude = 2 * abs(complex(np.dot(block, probe))) / step
        heard += amplitude**2 / 2 >= share * power
    return heard / 10


def notes(samples: Samples, *frequencies: float, share: float = 0.3, stutter_s: float = 0.0) -> list[float]:
    """Which of these notes are heard, in order (looked at every 50 ms); twice when something else is between
    for longer than `stutter_s`: on a busy machine a note has gaps.
    """
    step = RATE // 20
    found: list[float] = []
    before, between = 0.0, 0
    for start in range(0, len(samples) - step + 1, step):
        block = samples[start : start + step]
        powers = {one: _power_at(block, one) for one in frequencies}
        loudest = max(powers, key=lambda one: powers[one])
        power = float((block**2).mean())
        now = loudest if power >= AUDIBLE**2 and powers[loudest] >= share * power else 0.0
        if not now:
            between += 1
            continue
        if now != before or between * step > stutter_s * RATE:
            found.append(now)
        before, between = now, 0
    return found


def _power_at(block: Samples, frequency: float) -> float:
    probe = np.exp(-2j * math.pi * frequency * np.arange(len(block)) / RATE)
    return float((2 * abs(complex(np.dot(block, probe))) / len(block)) ** 2 / 2)
