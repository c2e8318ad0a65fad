"""Saturates the recognisers: the speech room's own worker pool, with utterances that never run out.

`python -m tests.bench.pop.recognisers WAV WORKERS` says `ready` when each worker has its model and work; ends
with its standard input and prints how many utterances were recognised.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from core.clock import SystemClock
from speech.engines.port import Hypothesis
from speech.settings import SpeechSettings
from speech.workers.pool import WorkerPool
from speech.workers.process import WorkerCommand
from tests.peers import audio
from tests.peers.checkout import HOME

UTTERANCE_S = 6.0


class Speakers:
    """Keeps `at_once` utterances unfinished for as long as it runs."""

    def __init__(self, pool: WorkerPool, pcm: bytes) -> None:
        self._pool = pool
        self._pcm = pcm[: int(UTTERANCE_S * audio.RATE * 2)]
        self.done = 0

    def speak(self) -> None:
        job = self._pool.begin("zh", (), self._heard, self._finished)
        if job is not None:
            self._pool.feed(job, self._pcm)
            self._pool.end(job)

    def _heard(self, _: Hypothesis) -> None:
        """What was said matters to nobody here."""

    def _finished(self, worked: bool) -> None:
        self.done += worked
        self.speak()


async def main() -> None:
    wav, workers = Path(sys.argv[1]), int(sys.argv[2])
    settings = SpeechSettings(model=HOME / "models" / "whisper-base")
    command = WorkerCommand(engine=settings.engine, model=settings.model, beam=settings.beam)
    pool = WorkerPool(command, SystemClock(), workers=workers, backlog=4 * workers)
    await pool.start()
    while pool.ready < workers:
        await asyncio.sleep(0.1)
    pcm = (audio.read_wav(wav) * 32767).astype("<i2").tobytes()
    speakers = Speakers(pool, pcm)
    for _ in range(3 * workers):
        speakers.speak()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(speakers.done, flush=True)
    await pool.stop()


if __name__ == "__main__":
    asyncio.run(main())
