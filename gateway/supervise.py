"""`songhua serve` on one machine: one child process for each role, restarted when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.log import logger
from gateway.processes.children import Children
from gateway.processes.link import PROGRAM, NotStarted, PreloadedProcess, spawn, spawn_preloaded
from gateway.processes.linux import SUPERVISOR, adopt_orphans, room_for
from gateway.processes.notify import ServiceNotifier
from gateway.processes.signs import LOOKS, RoleSigns

_log = logger("gateway")

FIRST_PAUSE_S = 0.2
LAST_PAUSE_S = 5.0
HEALTHY_AFTER_S = 20.0
STOP_DEADLINE_S = 15.0


class Supervisor:
    """Keeps the children running until `end`. A child that dies is started again: at once after a long
    life, with a growing pause when it dies young.

    Roles are forked by the preloaded process and are children of the supervisor: when the preloaded process
    dies they go on, and another one is started for the next that has to be.

    `notifier` is told that the service is ready when the first role is up, or has failed once: roles that
    do not come up must not have systemd end those that do. Where systemd watches this process, a role that
    was up and is silent for the same time is killed and started again.
    """

    def __init__(
        self,
        roles: Sequence[str],
        config: Path | None,
        *,
        program: Sequence[str] = PROGRAM,
        preloaded: PreloadedProcess | None = None,
        notifier: ServiceNotifier | None = None,
    ) -> None:
        """`preloaded` is there already; `program` are the words for Python that start another one."""
        self._notifier = notifier or ServiceNotifier()
        self._roles = roles
        self._config = config
        self._program = program
        self._first = preloaded
        self._end = asyncio.Event()
        self._children = Children()
        self._running: dict[str, int] = {}
        self._preloaded: PreloadedProcess | None = None
        self._signs = RoleSigns(lambda pid: pid in self._running.values(), self._is_up)
        self._up: set[str] = set()
        self._ready = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on)
        self._children.begin()
        with self._signs.listen():
            await self._keep_all()

    async def _keep_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_for_frozen(), name="supervise.frozen")
            if adopt_orphans():
                ended = self._take(self._first or self._another())
                group.create_task(self._keep_preloaded(ended), name="supervise.preloaded")
            for role in self._roles:
                group.create_task(self._keep(role), name=f"supervise.{role}")

    async def _keep(self, role: str) -> None:
        pause = FIRST_PAUSE_S
        while not self._end.is_set():
            began = asyncio.get_running_loop().time()
            try:
                ended = await self._start(role)
            except (NotStarted, OSError) as error:
                self._has_ended(role)
                pause = _next_pause(pause, began)
                _log.error("role not started, trying again", role=role, why=str(error), pause_s=pause)
            else:
                status = await self._watch(role, ended)
                self._has_ended(role)
                if self._end.is_set():
                    return
                pause = _next_pause(pause, began)
                _log.error("role ended, starting it again", role=role, status=status, pause_s=pause)
            await self._rest(pause)

    async def _start(self, role: str) -> asyncio.Future[int]:
        with self._children.expect():
            if self._preloaded is None:
                pid = spawn(self._command(role), self._environment())
            else:
                pid = await self._preloaded.start(self._words(role))
            ended = self._children.status(pid)
        self._running[role] = pid
        _log.info("role started", role=role, pid=pid)
        return ended

    def _is_up(self, pid: int) -> None:
        self._up.update(role for role, one in self._running.items() if one == pid)
        self._tell(first_is_settled=self._roles[0] in self._up)

    def _has_ended(self, role: str) -> None:
        self._up.discard(role)
        self._tell(first_is_settled=role == self._roles[0])

    def _tell(self, *, first_is_settled: bool) -> None:
        if self._end.is_set():
            return
        status = ", ".join(f"{role} {'up' if role in self._up else 'not up'}" for role in self._roles)
        if first_is_settled and not self._ready:
            self._ready = True
            self._notifier.ready(status)
        else:
            self._notifier.status(status)

    async def _look_for_frozen(self) -> None:
        """Until the end; also tells that the end has come."""
        while not self._end.is_set():
            limit_s = self._notifier.limit_s
            await self._rest(None if limit_s is None else limit_s / LOOKS)
            for pid in self._signs.look():
                role = next((one for one, known in self._running.items() if known == pid), None)
                if role is None or self._end.is_set():
                    continue
                _log.error("role shows no sign of life, killing it", role=role, pid=pid, seconds=limit_s)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)  # a stopped process takes no other signal
        self._notifier.stopping()

    async def _keep_preloaded(self, ended: asyncio.Future[int]) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = asyncio.get_running_loop().time()
            await self._ended_or_end(ended)
            if self._end.is_set():
                break
            pause = _next_pause(pause, began)
            _log.error("preloaded process ended, starting another", status=ended.result(), pause_s=pause)
            await self._rest(pause)
            if self._end.is_set():
                break
            ended = self._take(self._another())
        if not ended.done() and self._preloaded is not None:
            self._preloaded.kill()
            await ended

    def _take(self, process: PreloadedProcess) -> asyncio.Future[int]:
        """Roles are forked by this one from now on; its exit status."""
        if self._preloaded is not None:
            self._preloaded.close()
        self._preloaded = process
        with self._children.expect():
            return self._children.status(process.pid)

    def _another(self) -> PreloadedProcess:
        room = max(room_for(self._command(role)) for role in self._roles)
        return spawn_preloaded(room, self._environment(), self._program)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, SUPERVISOR: str(os.getpid())}

    def _pass_on(self) -> None:
        """SIGHUP, for the roles: they read renewed certificates."""
        for pid in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def _words(self, role: str) -> list[str]:
        config = ["--config", str(self._config)] if self._config else []
        return ["serve", "--role", role, *config]

    def _command(self, role: str) -> list[str]:
        return [sys.executable, "-m", "gateway.cli", *self._words(role)]

    async def _watch(self, role: str, ended: asyncio.Future[int]) -> int:
        pid = self._running[role]
        ended.add_done_callback(lambda _: self._forget(role, pid))
        await self._ended_or_end(ended)
        if not ended.done():
            os.kill(pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await asyncio.shield(ended)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return await ended

    def _forget(self, role: str, pid: int) -> None:
        self._running.pop(role)
        self._signs.forget(pid)

    async def _ended_or_end(self, ended: asyncio.Future[int]) -> None:
        ending = asyncio.ensure_future(self._end.wait())
        waited: set[asyncio.Future[Any]] = {ended, ending}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()

    async def _rest(self, seconds: float | None) -> None:
        """So long, without a number without end; less where the end comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._end.wait()


def _next_pause(pause: float, began: float) -> float:
    """Of a child that began then and has just ended."""
    lived = asyncio.get_running_loop().time() - began
    return FIRST_PAUSE_S if lived > HEALTHY_AFTER_S else min(LAST_PAUSE_S, pause * 2)
