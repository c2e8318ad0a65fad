"""The recognising process: `python -m gateway.voice_messages.child`, an order on stdin, words on stdout.

It takes what calls leave: it is niced, and it goes first where memory runs out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from core.errors import SonghuaError
from core.log import configure
from gateway.voice_messages.order import VoiceOrder, VoiceWords
from speech.recorded.recogniser import recogniser
from speech.recorded.source import open_sound
from speech.recorded.transcription import TranscriptionOptions, transcribe
from speech.workers.process import WorkerCommand

NICE = 15
MOST_HOURS = 2 / 60
"""A voice message of WeChat has at most a minute."""
FAILED = 1


def main() -> int:
    os.nice(NICE)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    configure(level="error", json=False)
    order = VoiceOrder.model_validate_json(sys.stdin.readline())
    try:
        words = asyncio.run(recognised(order))
    except SonghuaError:
        return FAILED
    out.write(VoiceWords(text=words).model_dump_json() + "\n")
    out.flush()
    return 0


async def recognised(order: VoiceOrder) -> str:
    """The words of the file, its utterances joined. Raises what `open_sound` and `recogniser` raise."""
    command = WorkerCommand(
        engine=order.engine, model=Path(order.model), threads=order.threads, beam=order.beam,
        partials=False, start_within=order.start_within, stuck_after=order.stuck_after,
    )  # fmt: skip
    options = TranscriptionOptions(
        language="auto",
        likely="zh",
        languages=order.languages,
        hints={name: tuple(words) for name, words in order.hints.items()},
        utterance_max_s=order.utterance_max_s,
        engine=order.engine,
    )
    with open_sound(order.file, most_hours=MOST_HOURS) as sound:
        async with recogniser(command) as ready:
            found = await transcribe(sound, ready, options)
    return " ".join(one.text for one in found.segments)


if __name__ == "__main__":
    sys.exit(main())
