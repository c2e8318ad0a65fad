"""Speaks reports: each leg its own 8 kHz file, the silence of one while the other speaks included.

Runs in the throw-away environment of `scripts/render-prompts`, where the voices are. Prints ids and seconds,
and never a word of a report: `python -m lab.judging.speech.render FOLDER ID…`.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lab.corpora.calls import Report, holdouts
from lab.judging.speech.cast import Part, digest, parts, spoken
from lab.judging.speech.store import Spoken
from lab.prompts.telephone import RATE, Pcm, telephone, write_wav
from lab.prompts.voices import English, Mandarin, PromptVoice, Speech, Take

LEAD_S, PAUSE_S, TAIL_S, BREATH_S = 0.5, 1.0, 1.2, 0.12
LONGEST = 60
"""Characters that Mandarin's voice takes in one go."""
SHORTEST = 8


def render(report: Report, cast: tuple[Part, Part], voice: PromptVoice, store: Spoken) -> float:
    """Write both legs; the seconds of the call."""
    at = LEAD_S
    legs: dict[str, list[tuple[int, Pcm]]] = {"c": [], "a": []}
    for turn in report["turns"]:
        who, text = turn[0], turn[2:].strip()
        part = cast[who == "a"]
        pcm = _say(voice, text, part, str(report["language"]))
        legs[who].append((int(at * RATE), pcm))
        at += len(pcm) / RATE + PAUSE_S
    length = int((at - PAUSE_S + TAIL_S) * RATE)
    for who, pieces in legs.items():
        whole = np.zeros(length, np.int16)
        for start, pcm in pieces:
            whole[start : start + len(pcm)] = pcm
        store.keep(report["id"], who, lambda path, whole=whole: write_wav(path, whole))  # type: ignore[misc]
    store.done(report["id"], digest(report, cast), length / RATE)
    return length / RATE


def _say(voice: PromptVoice, text: str, part: Part, language: str) -> Pcm:
    take = Take(part.voice, part.speed, part.cents)
    pieces = [said for piece in _pieces(text, language) for said in _in_parts(voice, piece, take)]
    rate = pieces[0].rate
    breath = np.zeros(int(BREATH_S * rate), np.float32)
    whole = np.concatenate([part for piece in pieces for part in (piece.samples, breath)])
    return telephone(Speech(whole, rate), take)


def _in_parts(voice: PromptVoice, piece: str, take: Take) -> list[Speech]:
    """The voice counts sounds, and numerals have many: what it refuses is said in two parts."""
    try:
        return [voice.say(piece, take)]
    except Exception:
        middle = len(piece) // 2
        if middle < SHORTEST:
            raise
        return [
            *_in_parts(voice, piece[:middle], take),
            *_in_parts(voice, piece[middle:], take),
        ]


def _pieces(text: str, language: str) -> list[str]:
    """Sentences; for Mandarin's voice none longer than it takes."""
    if language == "en":
        return [text]
    out: list[str] = []
    for sentence in re.findall(r"[^。？！?!…]+[。？！?!…]*", text):
        whole = ""
        for clause in re.findall(r"[^，、,]+[，、,]*", sentence):
            if whole and len(whole) + len(clause) > LONGEST:
                out.append(whole)
                whole = ""
            whole += clause
        out.append(whole)
    return [piece for piece in out if re.search(r"\w", piece)] or [text]


def main() -> int:
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    voices: dict[str, Callable[[], PromptVoice]] = {"zh": Mandarin, "en": English}
    loaded: dict[str, PromptVoice] = {}
    left = len(wanted)
    for call_set in holdouts():
        reports = spoken(call_set)
        for report in reports:
            name, language = str(report["id"]), str(report["language"])
            if name not in wanted:
                continue
            if language not in loaded:
                loaded[language] = voices[language]()
            began = time.monotonic()
            try:
                seconds = render(report, parts(reports, name), loaded[language], Spoken(folder))
            except Exception as error:  # noqa: BLE001  # its text may quote the report
                sys.stderr.write(f"{name}: {type(error).__name__}\n")
                return 1
            left -= 1
            took = time.monotonic() - began
            sys.stdout.write(f"spoken {name}: {seconds:.0f} s in {took:.0f} s, {left} left\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
