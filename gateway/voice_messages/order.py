"""What the recognising process is told, on its stdin, in one line of JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel


class VoiceOrder(BaseModel):
    """A sound file, the engine with its model, and the words to expect for each language."""

    file: Path
    engine: str
    model: Path
    threads: int
    beam: int
    start_within: float
    stuck_after: float
    languages: list[str]
    hints: dict[str, list[str]]
    utterance_max_s: float


class VoiceWords(BaseModel):
    """The answer, on stdout."""

    text: str
