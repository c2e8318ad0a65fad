"""Who steers which camera: one person at a time, for a short time. In memory: a restart lets all go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from core.actor import Actor
from core.clock import Clock
from sensing.errors import CameraSteered


@dataclass(frozen=True, slots=True)
class SteeredCamera:
    """`by` steers the camera for `seconds` more; empty: nobody does."""

    by: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Lease:
    by: str
    until: float


class SteeringLeases:
    """A lease lasts `lasts_s` seconds from the last `take`."""

    def __init__(self, clock: Clock, lasts_s: float) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._leases: dict[str, _Lease] = {}
        self._alone: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def alone(self, code: str) -> asyncio.Lock:
        """Held by who tells this camera to turn: one after the other."""
        return self._alone.setdefault(code, asyncio.Lock())

    def of(self, code: str) -> SteeredCamera:
        """Who steers it now."""
        one = self._leases.get(code)
        left = 0.0 if one is None else one.until - self._clock.monotonic()
        return SteeredCamera() if one is None or left <= 0 else SteeredCamera(one.by, round(left, 1))

    def require(self, actor: Actor, code: str) -> None:
        """Raises `CameraSteered` while somebody else steers it."""
        now = self.of(code)
        if now.by and now.by != actor.id:
            raise CameraSteered(remedy="wait, or ask who steers it to let go", by=now.by, seconds=now.seconds)

    def take(self, actor: Actor, code: str) -> None:
        """It is this person's from now on, for as long as a new lease."""
        self._leases[code] = _Lease(actor.id, self._clock.monotonic() + self._lasts_s)

    @contextmanager
    def taken(self, actor: Actor, code: str) -> Iterator[None]:
        """It is this person's from the question on; what fails leaves it as it was."""
        before = self._leases.get(code)
        self.take(actor, code)
        try:
            yield
        except BaseException:
            if before is None:
                self._leases.pop(code, None)
            else:
                self._leases[code] = before
            raise
        self.take(actor, code)

    def release(self, actor: Actor, code: str) -> None:
        """He steers it no longer; if he did not, nothing happens."""
        if self.of(code).by == actor.id:
            del self._leases[code]
