"""What the recognising process is told, on its stdin, in one line of JSON, and what it answers."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from cases.settings import CasesSettings
from speech.settings import SpeechSettings


class VoiceOrder(BaseModel):
    """A sound file, and the settings that say which engine listens and which words it expects."""

    file: Path
    speech: SpeechSettings
    cases: CasesSettings


class VoiceWords(BaseModel):
    """The answer, on stdout."""

    text: str
