"""Awaits a coroutine to its end even when the caller is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from core.log import logger

T = TypeVar("T")
_log = logger("core")


async def finish_before_cancel(work: Coroutine[Any, Any, T], most_s: float | None = None) -> T:
    """What `work` gives or raises. A cancellation meanwhile is passed on once `work` has ended, or once it is
    `most_s` old: `work` goes on then.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task}, timeout=None if cancelled is None else most_s)
        except asyncio.CancelledError as now:
            cancelled = now
            continue
        if cancelled is not None and not task.done():
            _log.warning("what was to be finished before a cancellation takes too long")
            raise cancelled
    if cancelled is None:
        return task.result()
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("what was to be finished before a cancellation failed", error=type(error).__name__)
    raise cancelled
