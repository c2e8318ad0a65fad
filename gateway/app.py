"""The life of one role's process: parts start in order, live until a signal, and stop in reverse order."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from core.log import logger
from core.room import Health, ServicePart
from gateway.processes.notify import ServiceNotifier

_log = logger("gateway")

STOP_DEADLINE_S = 10.0
Turn = Callable[[], Coroutine[Any, Any, None]]


class Process:
    """The parts of one role. `health` asks those that can say how they are."""

    def __init__(self, role: str, parts: Sequence[ServicePart], *, turn: Turn | None = None) -> None:
        """`turn` returns when this process may begin: until then it stands by for another one."""
        self._role = role
        self._parts = parts
        self._turn = turn
        self._end = asyncio.Event()

    def health(self) -> Sequence[Health]:
        found: list[Health] = []
        for part in self._parts:
            ask = getattr(part, "health", None)
            if ask is None:
                continue
            said = ask()
            found.extend([said] if isinstance(said, Health) else said)
        return found

    def end(self) -> None:
        """Ask the process to stop its parts and end."""
        self._end.set()

    def reread(self) -> None:
        """Let the parts that have files, as certificates, read them again."""
        for part in self._parts:
            again = getattr(part, "reread", None)
            if again is not None:
                again()

    async def run(self) -> None:
        """Start, wait for SIGTERM or SIGINT, stop. SIGHUP rereads files. A part that cannot start ends the
        process.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.reread)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        started: list[ServicePart] = []
        notifier = ServiceNotifier.asked()
        try:
            if self._turn is not None and not await self._stand_by(self._turn, notifier):
                return
            for part in self._parts:
                started.append(part)
                await part.start()
            # What the start made lives as long as the process: looking through it again and again held
            # everything up, pops too, for 130 ms each time.
            gc.collect()
            gc.freeze()
            gc.enable()
            _log.info("role is up", role=self._role)
            notifier.ready(f"{self._role} up")
            await self._end.wait()
        finally:
            notifier.stopping()
            await _stop(started)
            _log.info("role has ended", role=self._role)

    async def _stand_by(self, turn: Turn, notifier: ServiceNotifier) -> bool:
        """Whether it is this process's turn; False when it is to end."""
        notifier.ready(f"{self._role} stands by")
        _log.info("role stands by", role=self._role)
        gc.enable()  # it may take weeks
        await _either(turn(), self._end.wait())
        gc.disable()
        return not self._end.is_set()


async def _either(one: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> None:
    """Return when the first of them does; raises what it raises. The other is cancelled."""
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


async def _stop(parts: list[ServicePart]) -> None:
    for part in reversed(parts):
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await part.stop()
        except Exception as error:  # noqa: BLE001  # the other parts must still be stopped
            _log.warning("part did not stop cleanly", part=part.name, error=type(error).__name__)
