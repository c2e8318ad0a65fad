"""Two kinds of recogniser workers for tests: real processes, and the worker's own loop in a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from itertools import count
from typing import BinaryIO, cast

from speech.engines.port import EngineOptions
from speech.workers.child import WorkerLoop
from speech.workers.pipe import PipeMessage, PipeMessageKind, encode
from speech.workers.process import Child, WorkerCommand, spawn
from tests.speech.fakes import ObedientEngine


class ThreadChild:
    """Fills `Child`: dies, hangs and is killed as a process would be, and starts in no time."""

    def __init__(self, command: WorkerCommand, pid: int, far: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self._command = command
        self._far = far
        self._killed = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    async def start(self, near: socket.socket) -> None:
        self.stdout, self.stdin = await asyncio.open_connection(sock=near)
        self._thread.start()

    def kill(self) -> None:
        self._killed.set()
        self._hang_up()

    async def wait(self) -> int:
        while self._thread.is_alive():
            await asyncio.sleep(0.001)
        assert self.stdin is not None
        self.stdin.close()
        self._far.close()
        self.returncode = -signal.SIGKILL
        return self.returncode

    def _live(self) -> None:
        inward = cast("BinaryIO", self._far.makefile("rb", buffering=0))
        outward = cast("BinaryIO", self._far.makefile("wb", buffering=0))
        try:
            engine = ObedientEngine(EngineOptions(self._command.model), die=_die, hang=self._hang)
            outward.write(encode(PipeMessage(PipeMessageKind.READY)))
            WorkerLoop(engine, inward, outward, partials=self._command.partials).work()
        except (_Died, OSError, RuntimeError):
            return  # the other side sees the end, as it does when a process ends
        finally:
            self._hang_up()

    def _hang(self) -> None:
        self._killed.wait()
        _die()

    def _hang_up(self) -> None:
        try:
            self._far.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # both sides may hang up


class _Died(BaseException):
    """What SIGKILL is to a process: nothing in the worker can catch it."""


def _die() -> None:
    raise _Died


class Threads:
    """Spawns workers as threads."""

    stuck_after = 0.05

    def __init__(self) -> None:
        self.started = 0
        self._pids = count(1)
        self._children: dict[int, ThreadChild] = {}

    async def spawn(self, command: WorkerCommand) -> Child:
        self.started += 1
        near, far = socket.socketpair()
        child = ThreadChild(command, next(self._pids), far)
        self._children[child.pid] = child
        await child.start(near)
        return child

    def kill(self, pid: int) -> None:
        self._children[pid].kill()


class Processes:
    """Spawns workers as the room does."""

    stuck_after = 0.3

    def __init__(self) -> None:
        self.started = 0

    async def spawn(self, command: WorkerCommand) -> Child:
        self.started += 1
        return await spawn(command)

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
