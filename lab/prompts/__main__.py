"""Renders every prompt (or the test stories) and writes down how well each was understood.

`python -m lab.prompts --model DIR [--stories|--codes] [--only ID ...]`, by `scripts/render-prompts`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lab.paths import CHECKOUT
from lab.prompts.choose import Casting, Chosen, choose
from lab.prompts.codes import render_codes
from lab.prompts.listener import PromptRecogniser, error_rate, word_error_rate
from lab.prompts.stories import render_stories
from lab.prompts.table import is_word, write_table
from lab.prompts.telephone import RATE, over_the_line, read_wav, write_wav
from lab.prompts.voices import English, Mandarin, PromptVoice, Take

NUMBERS = ("20261125", "30471698", "50918264")
PROMPTS = CHECKOUT / "ivr" / "prompts"

HOUSE_ZH = "jf_nezumi"
SPEAKERS_ZH = ("jf_alpha", "jf_nezumi+jf_alpha", "jm_kumo", "jf_tebukuro", "jf_gongitsune")
CASTINGS = {
    "zh": Casting(
        house=[Take(HOUSE_ZH, speed) for speed in (1.0, 0.9, 1.1, 0.8, 0.95, 1.05)],
        others=[Take(name, speed) for name in SPEAKERS_ZH for speed in (1.0, 0.9, 1.1)],
    ),
    # One syllable alone is the hardest thing to hear: more takes.
    "zh/digit": Casting(
        house=[Take(HOUSE_ZH, speed) for speed in (1.0, 0.9, 1.1, 0.8, 0.7, 1.2)],
        others=[Take(name, speed) for name in SPEAKERS_ZH for speed in (0.7, 0.8, 0.9, 1.0, 1.1)],
    ),
    "en/digit": Casting(house=[Take("joe", speed) for speed in (0.95, 0.85, 1.0, 0.9, 0.8, 0.75, 0.7)] * 2),
    "en": Casting(house=[Take("joe", speed) for speed in (0.95, 0.85, 1.0, 0.9, 0.8)]),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of Whisper base (CTranslate2)")
    parser.add_argument("--stories", action="store_true", help="render tests/audio instead")
    parser.add_argument("--codes", action="store_true", help="render tests/audio/codes instead")
    parser.add_argument("--only", nargs="*", default=[], help="ids, all others keep their files")
    asked = parser.parse_args()
    voices: dict[str, PromptVoice] = {"zh": Mandarin(), "en": English()}
    if asked.codes:
        for line in render_codes(CHECKOUT / "tests" / "audio" / "codes", voices):
            sys.stdout.write(line + "\n")
        return 0
    listener = PromptRecogniser(asked.model)
    if asked.stories:
        for line in render_stories(CHECKOUT / "tests" / "audio", voices, listener, only=asked.only):
            sys.stdout.write(line + "\n")
        return 0
    render_prompts(voices, listener, only=asked.only)
    return 0


def render_prompts(voices: dict[str, PromptVoice], listener: PromptRecogniser, *, only: list[str]) -> None:
    texts = yaml.safe_load((PROMPTS / "texts.yaml").read_text(encoding="utf-8"))["prompts"]
    ledger = PROMPTS / "rendered.json"
    rows: dict[str, dict[str, Any]] = json.loads(ledger.read_text()) if ledger.exists() else {}
    rows = {key: row for key, row in rows.items() if key.split("/")[1] in texts}
    for name, prompt in texts.items():
        for language in ("zh", "en"):
            key = f"{language}/{name}"
            text = prompt[language]
            done = key in rows and rows[key]["text"] == text and (PROMPTS / f"{key}.wav").exists()
            if name not in only if only else done:
                continue
            spoken = prompt.get("say", {}).get(language) or as_sentence(text, language)
            casting = CASTINGS[f"{language}/digit" if is_word(key) else language]
            chosen = choose(voices[language], listener, casting, spoken=spoken, text=text, language=language)
            path = PROMPTS / f"{key}.wav"
            write_wav(path, chosen.pcm)
            rows[key] = row_of(chosen, text, language, path)
            sys.stdout.write(f"{key:24} {chosen.cer:5.0%} {chosen.take.voice} {chosen.heard}\n")
            sys.stdout.flush()
            ledger.write_text(json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    strings = [
        mark_string(listener, rows, language, number) for language in ("zh", "en") for number in NUMBERS
    ]
    (PROMPTS / "numbers.json").write_text(json.dumps(strings, ensure_ascii=False, indent=1) + "\n")
    write_table(CHECKOUT / "docs" / "prompts.md", rows, strings)


def mark_string(
    listener: PromptRecogniser, rows: dict[str, dict[str, Any]], language: str, number: str
) -> dict[str, Any]:
    """How a case number is understood that is spoken digit by digit after its introduction."""
    names = ["case-number-intro", *(f"digit-{digit}" for digit in number)]
    text = "".join(f"{rows[f'{language}/{name}']['text']} " for name in names).strip()
    pcm = np.concatenate([read_wav(PROMPTS / language / f"{name}.wav") for name in names])
    heard = listener.hear(over_the_line(pcm), language)
    return {
        "language": language,
        "text": text,
        "heard": heard,
        "cer": round(error_rate(text, heard, language), 4),
    }


def as_sentence(text: str, language: str) -> str:
    """The text with a full stop, so that the voice falls at its end."""
    if text[-1] in ".?!。？！":
        return text
    return text + ("。" if language == "zh" else ".")


def row_of(chosen: Chosen, text: str, language: str, path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {
        "text": text,
        "heard": chosen.heard,
        "cer": round(chosen.cer, 4),
        "voice": chosen.take.voice,
        "speed": chosen.take.speed,
        "tried": chosen.tried,
        "seconds": round(len(chosen.pcm) / RATE, 2),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    if language == "en":
        row["wer"] = round(word_error_rate(text, chosen.heard), 4)
    return row


if __name__ == "__main__":
    sys.exit(main())
