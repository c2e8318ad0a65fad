"""The pool of worker processes: gives out utterances, starts dead workers again, retries what they held.

Bounded: at most `backlog` utterances are unfinished; one more is refused and becomes a gap in the transcript.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from speech.engines.port import Expected, Hypothesis
from speech.workers.job import FAULTS_MAX, MOVES_MAX, RecognitionJob
from speech.workers.process import Spawn, WorkerCommand, WorkerProcess, spawn

_log = logger("speech")
_retried = counter("speech_utterances_retried", "Utterances given to another worker after theirs ended")
_lost = counter("speech_utterances_lost", "Utterances without text", ["why"])
_unfinished = gauge("speech_utterances_unfinished", "Utterances in a worker or waiting for one")

FIRST_RESTART_S = 0.1
LAST_RESTART_S = 30.0
LIVED_WELL_S = 60.0


class WorkerPool:
    def __init__(
        self,
        command: WorkerCommand,
        clock: Clock,
        *,
        workers: int,
        backlog: int,
        on_change: Callable[[], None] = lambda: None,
        spawn: Spawn = spawn,
        first_restart_s: float = FIRST_RESTART_S,
    ) -> None:
        self._command = command
        self._clock = clock
        self._wanted = workers
        self._backlog = backlog
        self._on_change = on_change
        self._spawn = spawn
        self._first_restart_s = first_restart_s
        self._workers: list[WorkerProcess] = []
        self._waiting: list[RecognitionJob] = []
        self._numbers = count(1)
        self._tasks = Tasks("speech.workers")
        self._stopping = False
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Begin to start the workers; does not wait for their models."""
        for number in range(self._wanted):
            self._tasks.forever(f"worker-{number}", self._keep_one)

    async def stop(self) -> None:
        """Kill the workers; unfinished utterances are given up."""
        self._stopping = True
        await self._tasks.stop()
        for job in [*self._waiting, *(job for worker in self._workers for job in worker.jobs.values())]:
            job.on_done(False)
        self._waiting.clear()
        self._workers.clear()

    async def until_ready(self) -> None:
        """Return when at least one worker can take work."""
        await self._ready.wait()

    @property
    def ready(self) -> int:
        """Workers whose model is loaded."""
        return sum(worker.ready for worker in self._workers)

    @property
    def unfinished(self) -> int:
        """Utterances that have no final text."""
        return len(self._waiting) + sum(len(worker.jobs) for worker in self._workers)

    @property
    def behind(self) -> int:
        """Utterances without text that are spoken to their end, or that no worker has taken yet."""
        held = (job for worker in self._workers for job in worker.jobs.values())
        return len(self._waiting) + sum(job.ended for job in held)

    @property
    def idle(self) -> bool:
        """A worker has nothing to do and nobody who speaks waits; a recording that is held up is nothing."""
        return all(job.late for job in self._waiting) and any(
            worker.ready and all(job.late and not job.ended for job in worker.jobs.values())
            for worker in self._workers
        )

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def begin(
        self,
        expected: Expected,
        on_heard: Callable[[Hypothesis], None],
        on_done: Callable[[bool], None],
    ) -> RecognitionJob | None:
        """A new utterance, or None when too many are unfinished."""
        if self._stopping or self.unfinished >= self._backlog:
            _lost.labels("overload").inc()
            return None
        job = RecognitionJob(next(self._numbers), expected, on_heard, on_done)
        self._assign(job)
        return job

    def feed(self, job: RecognitionJob, pcm: bytes) -> None:
        job.audio += pcm
        self._pump(job)

    def end(self, job: RecognitionJob) -> None:
        job.ended = True
        self._pump(job)
        self._on_change()

    def _pump(self, job: RecognitionJob) -> None:
        for worker in self._workers:
            if job.number in worker.jobs:
                worker.pump(job)
                return

    def _assign(self, job: RecognitionJob) -> None:
        able = [worker for worker in self._workers if worker.ready]
        if able:
            min(able, key=lambda worker: len(worker.jobs)).take(job)
        else:
            self._waiting.append(job)
        _unfinished.set(self.unfinished)

    async def _keep_one(self) -> None:
        delay = self._first_restart_s
        while True:
            worker = WorkerProcess(self._command, self._clock, self._changed, spawn=self._spawn)
            self._workers.append(worker)
            born = self._clock.monotonic()
            try:
                await worker.run()
            except OSError:
                _log.exception("cannot start a recogniser process")
            finally:
                self._workers.remove(worker)
                if not self._stopping:
                    self._inherit(worker)
            if self._clock.monotonic() - born > LIVED_WELL_S:
                delay = self._first_restart_s
            await asyncio.sleep(delay)
            delay = min(LAST_RESTART_S, delay * 2)

    def _inherit(self, dead: WorkerProcess) -> None:
        """Give the utterances of a dead worker to others; the one it was working on is the suspect."""
        for job in list(dead.jobs.values()):
            job.moves += 1
            job.faults += job.number == dead.suspect
            if job.faults >= FAULTS_MAX or job.moves >= MOVES_MAX:
                _lost.labels("engine").inc()
                job.on_done(False)
                continue
            _retried.inc()
            job.rewind()
            self._assign(job)
        dead.jobs.clear()
        self._on_change()

    def _changed(self) -> None:
        if self.ready:
            self._ready.set()
            waiting, self._waiting = self._waiting, []
            for job in waiting:
                self._assign(job)
        else:
            self._ready.clear()
        self._on_change()
