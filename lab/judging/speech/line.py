"""What a telephone line does to one leg, the same for the same seed. Samples are s16 at 8 kHz."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME = RATE // 50  # 20 ms, one packet
NOISE_DB = 15.0
LOSS = 0.03
BURST = 3.0  # packets lost in a row, on average
LOW_DB = -20.0
CROSSTALK_DB = -15.0

Pcm = NDArray[np.int16]
Floats = NDArray[np.float64]
Condition = Callable[[Floats, Floats, np.random.Generator], Floats]


def over(condition: str, pcm: Pcm, other: Pcm, seed: str) -> Pcm:
    """The leg as the far end gets it. `other` is a stranger's speech, used by the cross-talk alone."""
    chance = np.random.default_rng(
        int.from_bytes(hashlib.sha256(f"{condition} {seed}".encode()).digest()[:8])
    )
    plain = pcm.astype(np.float64)
    if not plain.size:
        return pcm
    if condition == "loss":
        return lossy(alaw(plain), chance)
    return alaw(CONDITIONS[condition](plain, other.astype(np.float64), chance))


def active_rms(samples: Floats) -> float:
    """Root mean square over the 20 ms within 30 dB of the loudest ones: the level of the speech."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = (frames**2).mean(axis=1) if len(frames) else np.zeros(1)
    return float(np.sqrt(power[power >= power.max() / 1000].mean()))


def noisy(samples: Floats, _: Floats, chance: np.random.Generator) -> Floats:
    """Pink noise at `NOISE_DB` below the speech, in its pauses too."""
    shape = np.fft.rfft(chance.standard_normal(len(samples)))
    frequency = np.arange(len(shape), dtype=np.float64)
    shape /= np.sqrt(np.maximum(frequency, len(samples) * 100 / RATE))  # flat below 100 Hz
    noise = np.fft.irfft(shape, len(samples))
    return samples + noise * (active_rms(samples) * _times(-NOISE_DB) / max(float(noise.std()), 1e-9))


def low(samples: Floats, _: Floats, __: np.random.Generator) -> Floats:
    return samples * _times(LOW_DB)


def crosstalk(samples: Floats, other: Floats, chance: np.random.Generator) -> Floats:
    """Somebody else's call behind this one, from a chance place in it on, again and again."""
    if not other.size:
        return samples
    behind = np.resize(np.roll(other, int(chance.integers(len(other)))), len(samples))
    level = active_rms(samples) * _times(CROSSTALK_DB) / max(active_rms(other), 1e-9)
    return samples + behind * level


def lossy(pcm: Pcm, chance: np.random.Generator) -> Pcm:
    """Packets lost in bursts (Gilbert's two states); nothing conceals them."""
    out = pcm.copy()
    lost = False
    begins = LOSS / BURST / (1 - LOSS)
    for at in range(0, len(out), FRAME):
        lost = bool(chance.random() < (1 - 1 / BURST if lost else begins))
        if lost:
            out[at : at + FRAME] = 0
    return out


CONDITIONS: Mapping[str, Condition] = {
    "clean": lambda samples, _, __: samples,
    "noise": noisy,
    "loss": lambda samples, _, __: samples,
    "low": low,
    "crosstalk": crosstalk,
}
TITLES = {
    "clean": "clean",
    "noise": f"noise, {NOISE_DB:g} dB below",
    "loss": f"{LOSS:.0%} of packets lost".replace("%", " %"),
    "low": f"{-LOW_DB:g} dB too low",
    "crosstalk": f"cross-talk, {-CROSSTALK_DB:g} dB below",
}


def alaw(samples: Floats) -> Pcm:
    """There and back through A-law (ITU-T G.711): the nearest of its 256 levels."""
    levels = _levels()
    clipped = np.clip(samples, -32768, 32767)
    right = np.clip(np.searchsorted(levels, clipped), 1, len(levels) - 1)
    nearer = clipped - levels[right - 1] < levels[right] - clipped
    found: Pcm = levels[right - nearer].astype(np.int16)
    return found


@lru_cache(maxsize=1)
def _levels() -> Floats:
    code = np.arange(128)
    mantissa, segment = (code & 0x0F) << 4, code >> 4
    size = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.sort(np.concatenate([size, -size])).astype(np.float64)


def _times(decibel: float) -> float:
    return float(10 ** (decibel / 20))
