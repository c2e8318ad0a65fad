"""A worker pool for a file, a trial or a comparison: ready, or the engine's last error."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from core.clock import SystemClock
from core.environment import without_secrets
from speech.engines.port import Expected, Hypothesis
from speech.recorded.errors import RecogniserFailed
from speech.workers.pool import WorkerPool
from speech.workers.process import Child, Spawn, WorkerCommand

BACKLOG: Final = 8
_LOOK_S: Final = 0.05
_TOLD: Final = 4000
PATIENCE_S: Final = 180.0
"""Without a word; more than a stuck worker is given, with its start again."""
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class RecogniserUsage:
    """What recognisers took; CPU seconds, bytes. `peak` is the largest of any of them."""

    cpu: float = 0.0
    peak: int = 0


@dataclass(slots=True)
class FileRecogniser:
    """A pool with one worker that is ready. `changed` is set whenever an utterance ends."""

    pool: WorkerPool
    load_s: float
    changed: asyncio.Event

    def usage(self) -> RecogniserUsage:
        """Since the process began; nothing for a worker that is gone."""
        found = RecogniserUsage()
        for pid in self.pool.pids:
            try:
                times = psutil.Process(pid).cpu_times()
                found.cpu += times.user + times.system
                found.peak = max(found.peak, _peak(pid))
            except (psutil.Error, OSError):
                continue
        return found

    async def understand(
        self, pcm: bytes, expected: Expected, *, pace_s: float = 0.0, piece: int = 3200
    ) -> Understood:
        """One utterance past the gate; with `pace_s` a piece is given so often, as when somebody speaks.

        Raises `RecogniserFailed` when it never ends.
        """
        began = asyncio.get_running_loop().time()
        result = Understood()
        done = asyncio.Event()

        def heard(hypothesis: Hypothesis) -> None:
            if hypothesis.final:
                result.final = hypothesis
            elif result.first_partial_s is None:
                result.first_partial_s = asyncio.get_running_loop().time() - began

        def ended(whole: bool) -> None:
            result.whole = whole
            done.set()

        job = self.pool.begin(expected, heard, ended)
        if job is None:
            return result
        for at in range(0, len(pcm), piece):
            self.pool.feed(job, pcm[at : at + piece])
            await asyncio.sleep(max(0.0, began + (at // piece + 1) * pace_s - _now()) if pace_s else 0)
        self.pool.end(job)
        await word(done)
        return result


@dataclass(slots=True)
class Understood:
    """`first_partial_s` from the first piece; `whole` is False when the worker failed."""

    final: Hypothesis | None = None
    first_partial_s: float | None = None
    whole: bool = False


async def word(heard: asyncio.Event) -> None:
    """Raises `RecogniserFailed` when it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await heard.wait()
    except TimeoutError:
        raise RecogniserFailed(
            f"no word for {PATIENCE_S:g} s", remedy="check the model: songhua speech models check PATH"
        ) from None


@asynccontextmanager
async def recogniser(command: WorkerCommand, *, spawn: Spawn | None = None) -> AsyncIterator[FileRecogniser]:
    """Raises `RecogniserFailed` when the model cannot be loaded in time, or at all."""
    changed = asyncio.Event()
    with tempfile.TemporaryFile() as told:
        start = _Start(spawn or _telling(told.fileno()))
        pool = WorkerPool(
            command, SystemClock(), workers=1, backlog=BACKLOG, on_change=changed.set, spawn=start
        )
        began = _now()
        await pool.start()
        try:
            await _until_ready(pool, start, command.start_within, lambda: _last_words(told.fileno()))
            yield FileRecogniser(pool, _now() - began, changed)
        finally:
            await pool.stop()


class _Start:
    """Counts the starts: a second one before the pool was ever ready means that the first has failed."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self.started = 0

    async def __call__(self, command: WorkerCommand) -> Child:
        self.started += 1
        return await self._spawn(command)


def _telling(stderr: int) -> Spawn:
    """As the room starts a worker, with what its libraries print kept."""

    async def start(command: WorkerCommand) -> Child:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        return await asyncio.create_subprocess_exec(
            *command.argv(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=without_secrets(PYTHONPATH=path, OMP_NUM_THREADS=str(command.threads)),
        )

    return start


async def _until_ready(pool: WorkerPool, start: _Start, within: float, words: Callable[[], str]) -> None:
    deadline = _now() + within
    while not pool.ready:
        if start.started > 1:
            raise RecogniserFailed(words(), remedy="check the model: songhua speech models check PATH")
        if _now() > deadline:
            raise RecogniserFailed(
                f"it is not ready within {within:g} s",
                remedy="raise speech.start_within in the settings, or take a smaller model",
            )
        await asyncio.sleep(_LOOK_S)


def _last_words(stderr: int) -> str:
    """The last line that was printed; a library that aborts prints its reason before."""
    size = os.fstat(stderr).st_size
    told = os.pread(stderr, _TOLD, max(0, size - _TOLD)).decode("utf-8", "replace")
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "its process ended without a word"


def _peak(pid: int) -> int:
    """The most memory that it ever held, where the system says so; else what it holds."""
    if sys.platform == "linux":
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(psutil.Process(pid).memory_info().rss)


def _now() -> float:
    return asyncio.get_running_loop().time()
