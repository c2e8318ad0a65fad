"""What the citizen and the agent say: recorded speech, laid out so that both begin when the agent answers."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.peers.audio import to_ulaw
from tests.peers.checkout import CHECKOUT

STORIES = CHECKOUT / "tests" / "audio"
ANSWERS = Path(__file__).parent / "answers.yaml"
ULAW_SILENCE = b"\xff"
RATE = 8000


@dataclass(frozen=True, slots=True)
class Voices:
    """`citizen` is headerless µ-law that is silent for `lead_s` and then speaks for `speech_s`."""

    citizen: Path
    agent: Path | None
    lead_s: float
    speech_s: float


def of_story(story: str, folder: Path, lead_s: float) -> Voices:
    """A story of `tests/audio`, with the agent's side."""
    agent = STORIES / f"agent_{story}.wav"
    return of_file(STORIES / f"caller_{story}.wav", folder, lead_s, agent if agent.exists() else None)


def answer(story: str) -> dict[str, str]:
    """What the story really says, by field; empty for one that has nothing to file."""
    known = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))
    return {str(name): str(value) for name, value in known.get(story, {}).items()}


def of_file(file: Path, folder: Path, lead_s: float, agent: Path | None = None) -> Voices:
    """Any report: a WAV file, or headerless 8 kHz µ-law. Raises `ValueError` when it is neither."""
    if not file.is_file():
        raise ValueError(f"{file} is not a file")
    folder.mkdir(parents=True, exist_ok=True)
    head = file.read_bytes()[:12]
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        spoken = to_ulaw(file, folder / "spoken.ulaw").read_bytes()
    elif file.suffix.lower() in {".wav", ".mp3", ".ogg"}:
        raise ValueError(f"{file} is no WAV file: give WAV, or headerless 8 kHz µ-law (.ulaw)")
    else:
        spoken = file.read_bytes()
    citizen = folder / "citizen.ulaw"
    citizen.write_bytes(ULAW_SILENCE * round(lead_s * RATE) + spoken + ULAW_SILENCE * RATE)
    return Voices(citizen, agent, lead_s, len(spoken) / RATE)


def silence(file: Path, seconds: float = 1.0) -> Path:
    """A microphone that hears nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(round(seconds * RATE) * 2))
    return file
