"""Renders the test stories: a citizen's and an agent's side on one time line, each its own 8 kHz file.

Speech of machine voices, for tests and the demo only. What was said, and when, stands in `timeline.json`
and in a `.txt` beside each file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lab.prompts.choose import Casting, Chosen, choose
from lab.prompts.listener import PromptRecogniser
from lab.prompts.telephone import RATE, Pcm, write_wav
from lab.prompts.voices import PromptVoice, Take

CASTINGS = {
    ("zh", "citizen"): Casting([Take("jf_nezumi", s) for s in (0.9, 1.0, 0.95, 0.85, 0.8, 1.05)]),
    ("zh", "agent"): Casting([Take("jm_kumo", s) for s in (0.9, 1.0, 0.95, 0.85, 0.8, 1.05)]),
    ("en", "citizen"): Casting([Take("joe", s) for s in (0.9, 0.85, 0.95, 1.0)]),
    ("en", "agent"): Casting([Take("joe", s, cents=350) for s in (0.9, 0.85, 0.95, 1.0)]),
}


@dataclass(frozen=True, slots=True)
class _Spoken:
    who: str
    text: str
    start_s: float
    chosen: Chosen


def render_stories(
    folder: Path, voices: dict[str, PromptVoice], listener: PromptRecogniser, *, only: list[str]
) -> list[str]:
    """Write `<side>_<story>.wav` for each story and the time line of all; what was heard, line by line."""
    stories: dict[str, Any] = yaml.safe_load((folder / "stories.yaml").read_text(encoding="utf-8"))["stories"]
    ledger = folder / "timeline.json"
    timeline: dict[str, Any] = json.loads(ledger.read_text()) if ledger.exists() else {}
    report: list[str] = []
    for name, story in stories.items():
        if only and name not in only:
            continue
        spoken = _speak(story, voices[story["language"]], listener)
        sides = sorted({line.who for line in spoken})
        length = max(int(line.start_s * RATE) + len(line.chosen.pcm) for line in spoken)
        for side in sides:
            write_wav(folder / f"{_file_of(side)}_{name}.wav", _side(spoken, side, length))
            words = "".join(f"{line.start_s:6.2f} {line.text}\n" for line in spoken if line.who == side)
            (folder / f"{_file_of(side)}_{name}.txt").write_text(words, encoding="utf-8")
        timeline[name] = {"language": story["language"], "lines": [_row(line) for line in spoken]}
        report += [f"{name:10} {line.who:8} {line.chosen.cer:4.0%} {line.chosen.heard}" for line in spoken]
    ledger.write_text(json.dumps(timeline, ensure_ascii=False, indent=1) + "\n")
    return report


def _speak(story: dict[str, Any], voice: PromptVoice, listener: PromptRecogniser) -> list[_Spoken]:
    language = story["language"]
    at = float(story.get("lead_s", 0.5))
    spoken: list[_Spoken] = []
    for line in story["lines"]:
        (who,) = set(line) & {"citizen", "agent"}
        text = line[who]
        chosen = choose(
            voice,
            listener,
            CASTINGS[language, who],
            spoken=line.get("say", text),
            text=text,
            language=language,
        )
        spoken.append(_Spoken(who, text, round(at, 3), chosen))
        at += len(chosen.pcm) / RATE + float(line.get("pause_s", story.get("pause_s", 1.0)))
    return spoken


def _side(spoken: list[_Spoken], side: str, length: int) -> Pcm:
    pcm = np.zeros(length, np.int16)
    for line in spoken:
        if line.who == side:
            start = int(line.start_s * RATE)
            pcm[start : start + len(line.chosen.pcm)] = line.chosen.pcm
    return pcm


def _row(line: _Spoken) -> dict[str, Any]:
    return {
        "who": line.who,
        "text": line.text,
        "start_s": line.start_s,
        "end_s": round(line.start_s + len(line.chosen.pcm) / RATE, 3),
        "voice": line.chosen.take.voice,
        "speed": line.chosen.take.speed,
        "heard": line.chosen.heard,
        "cer": round(line.chosen.cer, 4),
    }


def _file_of(side: str) -> str:
    return "caller" if side == "citizen" else side
