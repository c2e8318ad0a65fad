"""`scripts/bench codes`: case codes that machine voices say, through the line, the gate, the recogniser and
the reader of digits, as an answer in the dialogue is heard.

What counts is the whole code: taken and right, taken and wrong (its check digit was right by chance), or
asked again. CER is edits of digits for each digit said, of all digits that were understood, in any rows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import yaml

from cases.life.numbers import CODE_DIGITS, is_code
from core.digits import code as code_of
from core.digits import every_digit
from speech.answers import AnswerOutlet, with_digits
from speech.events import AnswerHeard
from speech.model import TapInfo
from speech.recorded.recogniser import FileRecogniser, recogniser
from speech.recorded.source import open_sound
from speech.stream import LegStream
from speech.vad import GateRules, VoiceGate
from speech.workers.process import WorkerCommand
from tests.peers.checkout import CHECKOUT, HOME

CODES = CHECKOUT / "tests" / "audio" / "codes"
_START = datetime.fromtimestamp(0, UTC)
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Heard:
    language: str
    code: str
    said: str
    text: str
    understood: str
    outcome: str
    edits: int
    seconds: float


async def main(chosen: argparse.Namespace) -> int:
    listed = yaml.safe_load((CODES / "codes.yaml").read_text(encoding="utf-8"))
    command = WorkerCommand(
        engine=chosen.engine, model=chosen.model, threads=1, beam=5, partials=False, start_within=120.0,
        stuck_after=60.0,
    )  # fmt: skip
    rows: list[Heard] = []
    async with recogniser(command) as ready:
        for language, codes in listed.items():
            for one in codes:
                rows.append(await hear(ready, language, one["code"], one["said"]))
                print(f"{language} {one['code']} {rows[-1].outcome:12} {rows[-1].text}", flush=True)
    report = {language: summary([row for row in rows if row.language == language]) for language in listed}
    for language, figures in report.items():
        print(f"{language}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))
    if chosen.out:
        machine = {"machine": platform.processor() or platform.machine(), "at": time.strftime("%Y-%m-%d")}
        kept = {**machine, "engine": chosen.engine, "model": chosen.model.name, "summary": report}
        kept["rows"] = [asdict(row) for row in rows]
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


async def hear(ready: FileRecogniser, language: str, code: str, said: str) -> Heard:
    told: list[AnswerHeard] = []
    over = asyncio.Event()

    def tell(event: AnswerHeard) -> None:
        told.append(event)
        if event.over:
            over.set()

    info = with_digits(TapInfo(uuid4(), uuid4(), uuid4(), "citizen", language="auto", likely=language))
    stream = LegStream(
        info, ready.pool, VoiceGate(GateRules()), AnswerOutlet(info, tell), languages=["zh", "en"],
        engine="", node="", started=0.0, started_at=_START, monotonic=time.monotonic,
    )  # fmt: skip
    at = 0.0
    with open_sound(CODES / language / f"{code}.ulaw") as sound:
        silence = bytes(int(0.5 * 8000) * 2)  # so long, three times, and the switch knows that he has said it
        for pcm in (silence, *(piece[0] for piece in sound.pieces()), silence, silence, silence):
            at += len(pcm) / 16_000
            stream.feed(pcm, at)
            await asyncio.sleep(0)
    began = time.monotonic()
    stream.close()
    async with asyncio.timeout(PATIENCE_S):
        await over.wait()
    text = told[-1].text
    found = code_of(text, CODE_DIGITS)
    outcome = "asked again" if not is_code(found) else "right" if found == code else "WRONG"
    edits = distance(code, every_digit(text))
    return Heard(language, code, said, text, found, outcome, edits, round(time.monotonic() - began, 2))


def summary(rows: Sequence[Heard]) -> dict[str, float | int]:
    def count(outcome: str) -> int:
        return sum(row.outcome == outcome for row in rows)

    waits = sorted(row.seconds for row in rows)
    return {
        "codes": len(rows),
        "right": count("right"),
        "wrong": count("WRONG"),
        "asked again": count("asked again"),
        "CER": round(sum(row.edits for row in rows) / sum(len(row.code) for row in rows), 3),
        "median s": waits[len(waits) // 2],
        "longest s": waits[-1],
    }


def distance(said: str, heard: str) -> int:
    """Levenshtein's."""
    row = list(range(len(heard) + 1))
    for at, one in enumerate(said, 1):
        before, row[0] = row[0], at
        for to, other in enumerate(heard, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (one != other))
    return row[-1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--engine", default="whisper")
    parser.add_argument("--model", type=Path, default=HOME / "models" / "whisper-base")
    raise SystemExit(asyncio.run(main(parser.parse_args())))
