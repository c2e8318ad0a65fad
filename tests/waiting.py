"""Waiting for a state in tests: poll until it holds, within a deadline. No test sleeps for a fixed time to
let something happen; it sleeps only where the passing of time is itself what it checks.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from tests.peers.program import PeerFailed

T = TypeVar("T")

WITHIN_S = 15.0
# The pause after a look, by the seconds waited so far. A look is often a request to the service: eight tests
# that ask fifty times a second would be what loads the machine.
PAUSES_S = ((0.3, 0.02), (2.0, 0.05), (6.0, 0.1), (float("inf"), 0.25))
# What a state that is not there yet looks like: a refused connection, or a peer that says no.
NOT_YET = (OSError, PeerFailed)


def wait_for(find: Callable[[], T], what: str, within: float = WITHIN_S) -> T:
    """The first truthy answer of `find`. `PeerFailed` when there is none within so many seconds; an error of
    `NOT_YET` counts as no answer, and the last one is told.
    """
    began = time.monotonic()
    while True:
        last: Exception | None = None
        try:
            if found := find():
                return found
        except NOT_YET as error:
            last = error
        waited = time.monotonic() - began
        if waited > within:
            raise _late(what, within, last)
        time.sleep(_pause(waited))


def seconds_until(find: Callable[[], object], what: str, within: float = WITHIN_S) -> float:
    """How long it took until `find` was true."""
    began = time.monotonic()
    wait_for(find, what, within)
    return time.monotonic() - began


@overload
async def until(find: Callable[[], Awaitable[T]], what: str, within: float = WITHIN_S) -> T: ...
@overload
async def until(find: Callable[[], T], what: str, within: float = WITHIN_S) -> T: ...
async def until(find: Callable[[], Any], what: str, within: float = WITHIN_S) -> Any:
    """As `wait_for`, without holding up the event loop; `find` may be a coroutine function."""
    began = time.monotonic()
    while True:
        last: Exception | None = None
        try:
            answer = find()
            if found := (await answer if inspect.isawaitable(answer) else answer):
                return found
        except NOT_YET as error:
            last = error
        waited = time.monotonic() - began
        if waited > within:
            raise _late(what, within, last)
        await asyncio.sleep(_pause(waited))


def _pause(waited: float) -> float:
    return next(pause for until_s, pause in PAUSES_S if waited < until_s)


def _late(what: str, within: float, last: Exception | None) -> PeerFailed:
    return PeerFailed(f"no {what} within {within:g} s" + (f" ({last})" if last else ""))
