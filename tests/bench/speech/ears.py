"""Streams that are only listened to: the service's AudioSocket server, timeline, gate and streams, and no
engine.

A companion (`companion.py`). First order: `connections`; the answer has the `port`. At the next order it
answers with what each stream brought: how many frames, how late the worst of each piece was, how many
utterances began.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from core.clock import SystemClock
from speech.audiosocket.server import AudioSocketServer
from speech.engines.port import Expected, Hypothesis
from speech.events import TranscriptSegment
from speech.model import BYTES_PER_SECOND, TapInfo
from speech.ports import DurableEvent
from speech.stream import LegStream
from speech.vad import VoiceGate
from speech.workers.job import RecognitionJob
from speech.workers.pool import WorkerPool
from tests.bench.companion import asked, told
from tests.bench.speech.figures import FRAME_S, shown
from tests.bench.speech.generator import FRAME_BYTES, number_and_due

DRAINED_S = 60.0
STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class NoEngine:
    """In the pool's place: takes every utterance and understands nothing."""

    def __init__(self) -> None:
        self.begun = 0
        self.octets = 0

    def begin(
        self,
        expected: Expected,
        on_heard: Callable[[Hypothesis], None],
        on_done: Callable[[bool], None],
    ) -> RecognitionJob:
        self.begun += 1
        return RecognitionJob(self.begun, expected, on_heard, on_done)

    def feed(self, job: RecognitionJob, pcm: bytes) -> None:
        del job
        self.octets += len(pcm)

    def end(self, job: RecognitionJob) -> None:
        job.on_done(True)


class Nobody:
    """No segment is ever made."""

    def partial(self, event: TranscriptSegment) -> None:
        del event

    def durable(self, event: DurableEvent) -> None:
        del event


def stream_of(tap_id: UUID, engine: NoEngine, gate: VoiceGate | None = None) -> LegStream:
    return LegStream(
        TapInfo(tap_id, tap_id, tap_id, "citizen", language="zh"),
        cast("WorkerPool", engine),
        gate or VoiceGate(),
        Nobody(),
        languages=["zh"],
        engine="none",
        node="",
        started=time.monotonic(),
        started_at=STARTED_AT,
        monotonic=time.monotonic,
    )


class Ear:
    """Fills the server's port `Listener` for one stream whose UUID says when its first frame is due."""

    patient = False
    ready = True
    known = True

    def __init__(self, tap_id: UUID, engine: NoEngine) -> None:
        _, self._due = number_and_due(tap_id)
        self._stream = stream_of(tap_id, engine)
        self.octets = 0
        self.pieces = 0
        self.late = array("f")
        self.done = array("f")
        self.over = False

    def audio(self, pcm: bytes, now: float) -> None:
        due = self._due + self.octets / FRAME_BYTES * FRAME_S
        self.octets += len(pcm)
        self.pieces += 1
        self._stream.feed(pcm, now)
        self.late.append(now - due)
        self.done.append(time.monotonic() - due)

    def silent(self) -> None:
        """A pause is no matter here."""

    def closed(self, now: float) -> None:
        del now
        self.over = True
        self._stream.close()


async def main() -> None:
    order = await asyncio.to_thread(asked)
    if order is None:
        return
    engine = NoEngine()
    ears: list[Ear] = []

    def accept(tap_id: UUID) -> Ear:
        ears.append(Ear(tap_id, engine))
        return ears[-1]

    server = AudioSocketServer(
        SystemClock(), accept, max_connections=order["connections"], hello_within=30.0, idle_for=60.0
    )
    stream_of(UUID(int=0), engine)  # the voice model is loaded once for all
    port = await server.start("127.0.0.1", 0)
    sweeping = asyncio.ensure_future(server.sweep())
    told({"port": port})
    while await asyncio.to_thread(asked) is not None:
        await _over(ears)
        told(
            {
                "streams": len(ears),
                "frames": [one.octets // FRAME_BYTES for one in ears],
                "pieces": sum(one.pieces for one in ears),
                "late_s": shown(value for one in ears for value in one.late),
                "done_s": shown(value for one in ears for value in one.done),
                "late_at_the_end_s": shown(value for one in ears for value in one.late[-5:]),
                "utterances": engine.begun,
                "speech_s": engine.octets / BYTES_PER_SECOND,
            }
        )
    sweeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweeping
    await server.stop()


async def _over(ears: list[Ear]) -> None:
    """Until what lies in the kernel has been read, too."""
    deadline = time.monotonic() + DRAINED_S
    while not all(one.over for one in ears) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main())
