"""The recognising process: `python -m gateway.voice_messages.child`, an order on stdin, words on stdout.

It is niced: it takes what calls leave.
"""

from __future__ import annotations

import asyncio
import os
import sys

from core.errors import SonghuaError
from gateway.recorded.hearing import RecordedLanguage, recognise
from gateway.settings import Settings
from gateway.voice_messages.order import VoiceOrder, VoiceWords

NICE = 15
MOST_HOURS = 2 / 60
"""A voice message of WeChat has at most a minute."""
FAILED = 1


def main() -> int:
    os.nice(NICE)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    order = VoiceOrder.model_validate_json(sys.stdin.readline())
    try:
        words = asyncio.run(recognised(order))
    except SonghuaError:
        return FAILED
    out.write(VoiceWords(text=words).model_dump_json() + "\n")
    out.flush()
    return 0


async def recognised(order: VoiceOrder) -> str:
    """The words of the file, its utterances joined. Raises what `recognise` raises."""
    settings = Settings.model_construct(speech=order.speech, cases=order.cases)
    found = await recognise(order.file, settings, RecordedLanguage.AUTO, most_hours=MOST_HOURS)
    return " ".join(one.text for one in found.transcript.segments)


if __name__ == "__main__":
    sys.exit(main())
