"""One worker process seen from the server: started, fed within a window, watched, killed when stuck."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.clock import Clock
from core.environment import without_secrets
from core.log import logger
from core.metrics import counter
from speech.workers import pipe
from speech.workers.job import RecognitionJob
from speech.workers.pipe import PipeMessage, PipeMessageKind

_log = logger("speech")
_started = counter("speech_worker_starts", "Recogniser processes started")
_ended = counter("speech_worker_ends", "Recogniser processes that ended", ["why"])

WINDOW = 64  # unanswered messages: about 200 kB of audio
READ_BYTES = 65536
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class WorkerCommand:
    """How to start a worker and how patient to be with it; times in seconds."""

    engine: str
    model: Path
    threads: int = 1
    beam: int = 5
    partials: bool = True
    start_within: float = 60.0
    stuck_after: float = 30.0

    def argv(self) -> list[str]:
        line = [sys.executable, "-m", "speech.workers.child", "--engine", self.engine]
        line += ["--model", str(self.model), "--threads", str(self.threads), "--beam", str(self.beam)]
        return [*line, "--partials"] if self.partials else line


class Child(Protocol):
    """What is used of `asyncio.subprocess.Process`."""

    stdin: asyncio.StreamWriter | None
    stdout: asyncio.StreamReader | None

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    @property
    def returncode(self) -> int | None:
        """The exit status; None while it runs, minus the signal's number when one ended it."""
        ...

    def kill(self) -> None:
        """SIGKILL."""
        ...

    async def wait(self) -> int:
        """Wait for the end; the exit status."""
        ...


Spawn = Callable[[WorkerCommand], Awaitable[Child]]


async def spawn(command: WorkerCommand) -> Child:
    """The worker as a process of its own. Raises `OSError`."""
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    return await asyncio.create_subprocess_exec(
        *command.argv(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=without_secrets(PYTHONPATH=path, OMP_NUM_THREADS=str(command.threads)),
    )


class WorkerProcess:
    """Lives from spawn to exit; after `run` returns, `jobs` are those that it did not finish."""

    def __init__(
        self, command: WorkerCommand, clock: Clock, on_change: Callable[[], None], *, spawn: Spawn = spawn
    ) -> None:
        self._command = command
        self._clock = clock
        self._on_change = on_change
        self._spawn = spawn
        self._process: Child | None = None
        self._unanswered: deque[int] = deque()
        self._progress = clock.monotonic()
        self.jobs: dict[int, RecognitionJob] = {}
        self.ready = False

    @property
    def pid(self) -> int | None:
        """The process id; None while it does not run."""
        return self._process.pid if self._process else None

    @property
    def suspect(self) -> int | None:
        """The utterance that was being worked on."""
        return self._unanswered[0] if self._unanswered else None

    async def run(self) -> None:
        """Start the process and serve it until it ends, is killed, or this task is cancelled."""
        why = "start failed"
        try:
            self._process = await self._spawn(self._command)
            _started.inc()
            why = await self._serve()
        finally:
            self.ready = False
            if self._process is not None:
                await self._reap(self._process)
            _ended.labels(why).inc()
            self._on_change()
        _log.warning("recogniser process ended", why=why, unfinished=len(self.jobs))

    def take(self, job: RecognitionJob) -> None:
        self.jobs[job.number] = job
        self.pump(job)

    def pump(self, job: RecognitionJob) -> None:
        """Send what the window allows."""
        while self.ready and len(self._unanswered) < WINDOW:
            message = self._next(job)
            if message is None:
                return
            self._send(message)

    def _next(self, job: RecognitionJob) -> PipeMessage | None:
        if not job.begun:
            job.begun = True
            return pipe.begin(job.number, job.expected)
        piece = job.next_piece(waited_for=not self._unanswered)
        if piece is not None:
            return PipeMessage(PipeMessageKind.AUDIO, job.number, piece)
        if job.ended and not job.end_sent:
            job.end_sent = True
            return PipeMessage(PipeMessageKind.END, job.number)
        return None

    def _send(self, message: PipeMessage) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if not self._unanswered:
            self._progress = self._clock.monotonic()
        self._unanswered.append(message.utterance)
        self._process.stdin.write(pipe.encode(message))

    async def _serve(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        decoder = pipe.PipeDecoder()
        deadline = self._clock.monotonic() + self._command.start_within
        pending: asyncio.Task[bytes] | None = None
        try:
            while True:
                pending = pending or asyncio.ensure_future(self._process.stdout.read(READ_BYTES))
                done, _ = await asyncio.wait({pending}, timeout=self._patience(deadline))
                if not done:
                    if self._is_late(deadline):
                        return "stuck" if self.ready else "slow start"
                    continue
                data, pending = pending.result(), None
                if not data:
                    return "died"
                for message in decoder.feed(data):
                    self._received(message)
        except pipe.PipeError:
            return "talked nonsense"
        finally:
            if pending is not None:
                pending.cancel()

    def _patience(self, start_deadline: float) -> float:
        now = self._clock.monotonic()
        if not self.ready:
            return max(0.01, start_deadline - now)
        if not self._unanswered:
            return self._command.stuck_after
        return max(0.01, self._progress + self._command.stuck_after - now)

    def _is_late(self, start_deadline: float) -> bool:
        now = self._clock.monotonic()
        if not self.ready:
            return now >= start_deadline
        return bool(self._unanswered) and now >= self._progress + self._command.stuck_after

    def _received(self, message: PipeMessage) -> None:
        self._progress = self._clock.monotonic()
        job = self.jobs.get(message.utterance)
        match message.kind:
            case PipeMessageKind.READY:
                self.ready = True
                self._on_change()
            case PipeMessageKind.ACK:
                if self._unanswered:
                    self._unanswered.popleft()
                # Who has waited longest comes first: nobody else may get ahead of him again and again.
                for waiting in sorted(self.jobs.values(), key=lambda one: one.unsent, reverse=True):
                    self.pump(waiting)
            case PipeMessageKind.HEARD if job is not None:
                job.on_heard(pipe.hypothesis(message.payload))
            case PipeMessageKind.DONE | PipeMessageKind.FAILED if job is not None:
                del self.jobs[job.number]
                job.on_done(message.kind is PipeMessageKind.DONE)
                self._on_change()
            case PipeMessageKind.HEARD | PipeMessageKind.DONE | PipeMessageKind.FAILED:
                pass  # of an utterance that was given up meanwhile
            case _:
                raise pipe.PipeError("a worker sent a server's message")

    @staticmethod
    async def _reap(process: Child) -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
