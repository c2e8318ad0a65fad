"""The engine `vosk` that also notes when each word was said: the desk's events have no times of words.

`speech.engine = "tests.bench.speech.timed:TimedVosk"`. The same decoding of the same audio; at the end of
each utterance a line of JSON goes to the folder that SONGHUA_BENCH_WORDS names: its text, the words with
their ends (seconds from its start), and its first seconds of sound, by which it is found again in what the
citizen said.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, Final

from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser
from speech.engines.vosk import VoskEngine, _VoskUtterance
from speech.model import BYTES_PER_SECOND, SAMPLE_RATE

FOLDER: Final = "SONGHUA_BENCH_WORDS"
KNOWN_BY_S: Final = 3.0


class TimedVosk(VoskEngine):
    def __init__(self, options: EngineOptions) -> None:
        super().__init__(options)
        self._file = Path(os.environ[FOLDER]) / f"words-{os.getpid()}.jsonl"

    def recogniser(self, expected: Expected) -> Recogniser:
        made: Any = self._vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        made.SetWords(True)
        return _Noting(made, expected.language(), self._file)


class _Noting(_VoskUtterance):
    def __init__(self, recogniser: Any, language: str, file: Path) -> None:
        super().__init__(recogniser, language)
        self._file = file
        self._ends: list[tuple[str, float]] = []
        self._first = bytearray()

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        room = int(KNOWN_BY_S * BYTES_PER_SECOND) - len(self._first)
        self._first += pcm[: max(0, room)]
        return super().accept(pcm)

    def finish(self) -> list[Hypothesis]:
        finals = super().finish()
        for final in finals:
            line = {
                "text": final.text, "words": self._ends, "sound": base64.b64encode(self._first).decode(),
            }  # fmt: skip
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
        return finals

    def _keep(self, result: dict[str, Any]) -> None:
        super()._keep(result)
        self._ends += [(str(word["word"]), float(word["end"])) for word in result.get("result", [])]
