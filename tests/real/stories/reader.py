"""A simulated recogniser: what it understands in the n-th utterance is the n-th line of a script.

All else of a transcript is real: the tap, the gate, the worker, the way to the desk. `said.txt` stands in the
folder of the model; a line that is taken has a file of its own beside it, for workers are processes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser

ENGINE: Final = "tests.real.stories.reader:ReadingEngine"
SCRIPT: Final = "said.txt"


def write_script(model: Path, *lines: str) -> None:
    """What the next utterances say; what was left of the script before is forgotten."""
    for taken in model.glob("line-*"):
        taken.unlink()
    (model / SCRIPT).write_text("\n".join(lines), encoding="utf-8")


class ReadingEngine:
    """Loaded by `[speech] engine`."""

    name = "reader"

    def __init__(self, options: EngineOptions) -> None:
        self._model = options.model

    def recogniser(self, expected: Expected) -> Recogniser:
        return _Reader(self._model, expected.language())


class _Reader:
    def __init__(self, model: Path, language: str) -> None:
        self._model = model
        self._language = language

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        return []

    def peek(self) -> list[Hypothesis]:
        return []

    def finish(self) -> list[Hypothesis]:
        script = self._model / SCRIPT
        lines = script.read_text(encoding="utf-8").splitlines() if script.exists() else []
        for at, line in enumerate(lines):
            try:
                (self._model / f"line-{at}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return [Hypothesis(line, final=True, language=self._language, confidence=0.9)]
        return []
