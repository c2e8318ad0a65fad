"""Background tasks: each is named, watched, restarted and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter

_failures = counter("task_failures", "Background tasks that ended by an error", ["task"])
_log = logger("core")

RESTART_AFTER_S = 1.0


class Tasks:
    """The background tasks of one room. `limit` bounds short-lived ones started by `spawn`."""

    def __init__(self, room: str, *, limit: int = 1000) -> None:
        self._room = room
        self._limit = limit
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def forever(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` until `stop`; if it fails or returns, log, count and run it again after a second."""
        self._add(self._keep(name, body), name)

    def spawn(self, name: str, body: Callable[[], Awaitable[None]]) -> bool:
        """Run `body` once; errors are logged and counted. False when the limit is reached: nothing runs."""
        if len(self._tasks) >= self._limit:
            _failures.labels(f"{self._room}.{name}.refused").inc()
            return False
        self._add(self._once(name, body), name)
        return True

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _add(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"{self._room}.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _once(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        try:
            await body()
        except SonghuaError as error:
            # A known state of affairs, as when the database is away: its place in the code is no news.
            _failures.labels(f"{self._room}.{name}").inc()
            _log.warning("background task failed", task=f"{self._room}.{name}", error=error.kind)
        except Exception:  # noqa: BLE001  # logged and counted; the task is run again
            _failures.labels(f"{self._room}.{name}").inc()
            _log.exception("background task failed", task=f"{self._room}.{name}")

    async def _keep(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._once(name, body)
            await asyncio.sleep(RESTART_AFTER_S)
