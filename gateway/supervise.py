"""`songhua serve` on one machine: one child process for each role, restarted when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from core.log import logger

_log = logger("gateway")

FIRST_PAUSE_S = 0.2
LAST_PAUSE_S = 5.0
HEALTHY_AFTER_S = 20.0
STOP_DEADLINE_S = 15.0


SUPERVISOR = "SONGHUA_SUPERVISOR"
"""Environment variable by which a child knows whose child it is."""
_PR_SET_PDEATHSIG = 1


def end_with_supervisor() -> None:
    """A supervised role ends when its supervisor is gone, even by kill -9: a role must never run twice."""
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415  # the supervisor itself needs none of it

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):
        # It went away before the line above.
        raise SystemExit(0)


class Supervisor:
    """Keeps the children running until `end`. A child that dies is started again: at once after a long
    life, with a growing pause when it dies young.
    """

    def __init__(self, roles: Sequence[str], config: Path | None) -> None:
        self._roles = roles
        self._config = config
        self._end = asyncio.Event()
        self._children: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on)
        async with asyncio.TaskGroup() as group:
            for role in self._roles:
                group.create_task(self._keep(role), name=f"supervise.{role}")

    async def _keep(self, role: str) -> None:
        pause = FIRST_PAUSE_S
        while not self._end.is_set():
            began = asyncio.get_running_loop().time()
            child = await asyncio.create_subprocess_exec(
                *self._command(role), env={**os.environ, SUPERVISOR: str(os.getpid())}
            )
            self._children[role] = child
            _log.info("role started", role=role, pid=child.pid)
            status = await self._watch(child)
            if self._end.is_set():
                return
            lived = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE_S if lived > HEALTHY_AFTER_S else min(LAST_PAUSE_S, pause * 2)
            _log.error("role ended, starting it again", role=role, status=status, pause_s=pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._end.wait()

    def _pass_on(self) -> None:
        """SIGHUP, for the roles: they read renewed certificates."""
        for child in self._children.values():
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.send_signal(signal.SIGHUP)

    def _command(self, role: str) -> list[str]:
        config = ["--config", str(self._config)] if self._config else []
        return [sys.executable, "-m", "gateway.cli", "serve", "--role", role, *config]

    async def _watch(self, child: asyncio.subprocess.Process) -> int | None:
        waiting = asyncio.ensure_future(child.wait())
        ending = asyncio.ensure_future(self._end.wait())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not waiting.done():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await asyncio.shield(waiting)
            except TimeoutError:
                child.kill()
        return await waiting
