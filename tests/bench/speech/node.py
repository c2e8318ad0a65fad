"""The own pipeline as a process: the speech room from its AudioSocket port to its segments, without a broker.

A companion (`companion.py`). First order: `engine`, `model`, `workers`, `partials`, `spool`; the answer has
the `port` and comes when every recogniser is ready. After each further order it waits until nothing is left
to do, and answers with every utterance since the last one: when the gate closed it, when it was done, how
long it was.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import speech.room
from speech.engines.port import Expected, Hypothesis
from speech.events import SpeechCapacity, TapRefused
from speech.model import BYTES_PER_SECOND, TapInfo
from speech.ports import DurableEvent
from speech.room import SpeechPorts, build
from speech.settings import SpeechSettings
from speech.workers.job import RecognitionJob
from speech.workers.pool import WorkerPool
from tests.bench.companion import asked, told

STREAMS = 1000
LOOK_S = 0.05
QUIET_S = 0.3
FIRST_S = 120.0


class Utterance:
    def __init__(self) -> None:
        self.ended = 0.0
        self.done: float | None = None
        self.seconds = 0.0
        self.whole = True

    def row(self) -> list[float | bool | None]:
        return [self.ended, self.done, self.seconds, self.whole]


class Watched(WorkerPool):
    """The room's own pool, which also notes when each utterance ended and was done."""

    seen: dict[int, Utterance] = {}  # noqa: RUF012  # one room in this process
    refused = 0

    def begin(
        self,
        expected: Expected,
        on_heard: Callable[[Hypothesis], None],
        on_done: Callable[[bool], None],
    ) -> RecognitionJob | None:
        utterance = Utterance()

        def done(whole: bool) -> None:
            utterance.done, utterance.whole = time.monotonic(), whole
            on_done(whole)

        job = super().begin(expected, on_heard, done)
        if job is None:
            Watched.refused += 1
        else:
            self.seen[job.number] = utterance
        return job

    def end(self, job: RecognitionJob) -> None:
        utterance = self.seen[job.number]
        utterance.ended, utterance.seconds = time.monotonic(), len(job.audio) / BYTES_PER_SECOND
        super().end(job)


class Anybody:
    """Whatever tap comes was announced: a citizen who speaks Chinese."""

    def is_announced(self, tap_id: UUID) -> bool:
        return True

    async def resolve(self, tap_id: UUID) -> TapInfo:
        return TapInfo(tap_id, tap_id, tap_id, "citizen", language="zh")

    def on_retired(self, close: Callable[[UUID], None]) -> None:
        """Nobody retires a tap here."""


class Nowhere:
    """Segments are taken at once."""

    async def publish(self, event: DurableEvent) -> None:
        del event

    async def announce(self, capacity: SpeechCapacity) -> None:
        del capacity

    async def shed(self, event: TapRefused) -> None:
        print(f"shed: {event.reason}", file=sys.stderr)

    async def answered(self, event: object) -> None:
        """Nobody here is asked for an answer."""


async def main() -> None:
    order = asked()
    if order is None:
        return
    settings = SpeechSettings(
        engine=order["engine"],
        model=Path(order["model"]),
        workers=order["workers"],
        partials=order["partials"],
        spool=Path(order["spool"]),
        languages=["zh"],
        max_streams=STREAMS,
        max_connections=2 * STREAMS,
        backlog=STREAMS,
    )
    # The room makes its pool by this name.
    speech.room.WorkerPool = Watched  # type: ignore[attr-defined]
    nowhere = Nowhere()
    room = build(settings, SpeechPorts(Anybody(), nowhere, nowhere))
    await room.start()
    try:
        async with asyncio.timeout(FIRST_S):
            while room.capacity.workers_ready < order["workers"]:
                await asyncio.sleep(LOOK_S)
        told({"port": room.port})
        while await asyncio.to_thread(asked) is not None:
            await _idle(room)
            told({"utterances": [one.row() for one in Watched.seen.values()], "refused": Watched.refused})
            Watched.seen.clear()
            Watched.refused = 0
    finally:
        await room.stop()


async def _idle(room: speech.room.SpeechRoom) -> None:
    """Until no stream is there and every utterance is done."""
    quiet = 0.0
    while quiet < QUIET_S:
        busy = room.capacity.streams_used or any(one.done is None for one in Watched.seen.values())
        quiet = 0.0 if busy else quiet + LOOK_S
        await asyncio.sleep(LOOK_S)


if __name__ == "__main__":
    asyncio.run(main())
