"""Renders codes as callers say them (`tests/audio/codes`): each in one take, whatever it is understood as."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from lab.prompts.telephone import RATE, Pcm, telephone
from lab.prompts.voices import PromptVoice, Take

SPEAKERS_ZH = ("jf_nezumi", "jf_alpha", "jm_kumo", "jf_tebukuro", "jf_gongitsune")
TAKES = {
    "zh": [Take(name, speed) for speed in (0.9, 0.8) for name in SPEAKERS_ZH],
    "en": [Take("joe", speed, cents) for speed in (0.9, 0.8) for cents in (0, 250, 350, -150, 450)],
}


def render_codes(folder: Path, voices: dict[str, PromptVoice]) -> Iterator[str]:
    """Write `<language>/<code>.ulaw` (8 kHz, headerless) for each of `codes.yaml`, and tell of it."""
    listed: dict[str, list[dict[str, Any]]] = yaml.safe_load(
        (folder / "codes.yaml").read_text(encoding="utf-8")
    )
    for language, codes in listed.items():
        for number, one in enumerate(codes):
            take = TAKES[language][number % len(TAKES[language])]
            pcm = telephone(voices[language].say(one["said"], take), take)
            file = folder / language / f"{one['code']}.ulaw"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_ulaw(pcm))
            yield f"{language} {one['code']} {take.voice} {one['said']}"


def _ulaw(pcm: Pcm) -> bytes:
    form = ["-t", "raw", "-r", str(RATE), "-c", "1"]
    done = subprocess.run(
        ["sox", *form, "-e", "signed", "-b", "16", "-", *form, "-e", "u-law", "-b", "8", "-"],
        input=pcm.astype("<i2").tobytes(), capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout
