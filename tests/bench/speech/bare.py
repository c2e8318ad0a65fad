"""The bare engine in a loop: the same utterances one after the other, no socket, no gate, no process between.

A companion (`companion.py`). First order: `engine`, `model`, `library`. Then for each `{"seconds": …,
"begin": …}` it answers with seconds of speech, of wall clock and of processor time. With `library` the
engine's library is called as its own documentation does it, without our adapter.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from speech.engines import EngineOptions, certain, load
from speech.model import BYTES_PER_SECOND, SAMPLE_RATE
from speech.resample import doubled, floats
from speech.workers.child import NICE
from speech.workers.job import WHOLE_BYTES
from tests.bench.companion import asked, told
from tests.bench.speech import voices

PIECE = WHOLE_BYTES
"""What the pool gives to a worker that has work."""
BEAM = 5

Hear = Callable[[bytes], None]


def adapter(engine: str, model: Path) -> Hear:
    """Our own engine, as a worker calls it."""
    loaded = load(engine, EngineOptions(model=model, threads=1, beam=BEAM))
    expected = certain("zh")

    def hear(utterance: bytes) -> None:
        recogniser = loaded.recogniser(expected)
        for at in range(0, len(utterance), PIECE):
            recogniser.accept(utterance[at : at + PIECE])
        recogniser.finish()

    return hear


def library(engine: str, model: Path) -> Hear:
    return vosk(model) if engine == "vosk" else whisper(model)


def vosk(model: Path) -> Hear:
    import vosk as package

    package.SetLogLevel(-1)
    loaded: Any = package.Model(model_path=str(model))

    def hear(utterance: bytes) -> None:
        recogniser: Any = package.KaldiRecognizer(loaded, SAMPLE_RATE)
        recogniser.SetWords(True)
        for at in range(0, len(utterance), PIECE):
            if recogniser.AcceptWaveform(utterance[at : at + PIECE]):
                json.loads(recogniser.Result())
            else:
                json.loads(recogniser.PartialResult())
        json.loads(recogniser.FinalResult())

    return hear


def whisper(model: Path) -> Hear:
    import faster_whisper

    loaded: Any = faster_whisper.WhisperModel(
        str(model), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
    )

    def hear(utterance: bytes) -> None:
        segments, _ = loaded.transcribe(
            doubled(floats(utterance)), language="zh", beam_size=BEAM, temperature=0.0,
            condition_on_previous_text=False, without_timestamps=True,
        )  # fmt: skip
        list(segments)

    return hear


def loop(hear: Hear, said: list[bytes], seconds: float, begin: int) -> dict[str, float]:
    """Whole utterances only: the last one is worked on to its end."""
    speech, count = 0.0, 0
    began, used = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        utterance = said[(begin + count) % len(said)]
        hear(utterance)
        speech += len(utterance) / BYTES_PER_SECOND
        count += 1
    return {
        "utterances": count,
        "speech_s": speech,
        "wall_s": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
    }


def main() -> None:
    order = asked()
    if order is None:
        return
    os.nice(NICE)  # as a worker of the service
    make = library if order["library"] else adapter
    hear = make(order["engine"], Path(order["model"]))
    said = voices.utterances(voices.talk())
    hear(said[0])  # what the first one costs, no other does
    told({"ready": True})
    while (order := asked()) is not None:
        told(loop(hear, said, order["seconds"], order["begin"]))


if __name__ == "__main__":
    main()
