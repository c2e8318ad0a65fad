"""The engine `vosk` alone, given the same sound as it comes: how long after its end a word is text there.

A companion (`companion.py`). Orders: the model first, then `{"story": …}` for each story, answered with the
seconds of each word. Nothing waits: a piece of sound is given when its last sample was said, and its text is
there when the engine has worked on it, by processor time. What the desk has later than this is the service's.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Final

from speech.model import BYTES_PER_SECOND, SAMPLE_RATE
from speech.workers.child import NICE
from tests.bench.companion import asked, told
from tests.bench.speech import voices
from tests.bench.speech.delays import Shown, Word, words_shown

PIECE: Final = BYTES_PER_SECOND // 10
"""100 ms: what a worker that waits is given (decision 0163)."""


def heard(package: Any, model: Any, utterance: bytes) -> list[float]:
    recogniser = package.KaldiRecognizer(model, SAMPLE_RATE)
    recogniser.SetWords(True)
    done: list[str] = []
    words: list[Word] = []
    texts: list[Shown] = []
    ready = 0.0

    def keep(result: dict[str, Any]) -> None:
        done.append(str(result.get("text", "")))
        words.extend(Word(str(one["word"]), float(one["end"])) for one in result.get("result", []))

    for at in range(0, len(utterance), PIECE):
        piece = utterance[at : at + PIECE]
        begun = time.thread_time()
        if recogniser.AcceptWaveform(piece):
            keep(json.loads(recogniser.Result()))
            text = ""
        else:
            text = json.loads(recogniser.PartialResult())["partial"]
        said_at = (at + len(piece)) / BYTES_PER_SECOND
        ready = max(ready, said_at) + time.thread_time() - begun
        texts.append(Shown(ready, " ".join([*done, text]).strip()))
    begun = time.thread_time()
    keep(json.loads(recogniser.FinalResult()))
    texts.append(Shown(ready + time.thread_time() - begun, " ".join(done).strip()))
    return words_shown(words, texts)


def main() -> None:
    order = asked()
    if order is None:
        return
    import vosk

    os.nice(NICE)  # as a worker of the service
    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path=order["model"])
    told({"ready": True})
    while (order := asked()) is not None:
        said = voices.utterances(voices.caller(order["story"]))
        told({"late_s": [late for utterance in said for late in heard(vosk, model, utterance)]})


if __name__ == "__main__":
    main()
