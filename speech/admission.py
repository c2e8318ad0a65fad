"""How many streams are taken: a fixed number while all goes well, fewer while workers are missing or behind.

Pure, on an injected clock. Overload refuses new streams, and has the newest stopped, so that the others stay
whole; it never touches a call.
"""

from __future__ import annotations

from typing import Literal

Refusal = Literal["full", "no_worker"]

PATIENCE_S = 10.0  # a worker that is being restarted is back before this
SHEDDING_S = 30.0  # how long after a refusal the node still says that it sheds
STEP_S = 10.0  # so long behind costs one stream; so long not behind gives one back


class Admission:
    def __init__(self, streams_max: int, now: float, *, workers: int = 1) -> None:
        self.streams_max = streams_max
        self.shed_total = 0
        self._workers = workers
        self._ready = workers
        self._complete_at = now
        self._worker_seen = now
        self._shed_at: float | None = None
        self._withheld = 0
        self._behind = False
        self._turned_at = now

    def workers(self, ready: int, now: float) -> None:
        """Told whenever the number of ready workers may have changed, and before each question."""
        if ready:
            self._worker_seen = now
        if ready >= self._workers:
            self._complete_at = now
        self._ready = ready

    def load(self, streams: int, *, behind: bool, now: float) -> None:
        """Told now and then: whether text comes too late for the streams that there are."""
        if behind != self._behind:
            self._behind = behind
            self._turned_at = now
        while now - self._turned_at >= STEP_S:
            self._turned_at += STEP_S
            if behind:
                base = self._by_workers(now)
                self._withheld = max(0, min(base - 1, base - min(streams, base - self._withheld) + 1))
            else:
                self._withheld = max(0, self._withheld - 1)

    def takes(self, now: float) -> int:
        """How many streams there may be now."""
        if now - self._worker_seen > PATIENCE_S:
            return 0
        base = self._by_workers(now)
        return max(1, base - self._withheld)

    def refuses(self, streams: int, now: float) -> Refusal | None:
        """Why one more stream is not taken, or None."""
        refusal: Refusal | None = None
        if now - self._worker_seen > PATIENCE_S:
            refusal = "no_worker"
        elif streams >= self.takes(now):
            refusal = "full"
        if refusal is not None:
            self.shed_total += 1
            self._shed_at = now
        return refusal

    def is_shedding(self, streams: int, now: float) -> bool:
        """True while full, and for a while after a refusal, so that a person sees it."""
        recently = self._shed_at is not None and now - self._shed_at < SHEDDING_S
        return recently or streams >= (self.takes(now) or self.streams_max)

    def _by_workers(self, now: float) -> int:
        """A share of the streams for each worker; one that is being restarted is counted for a while."""
        if now - self._complete_at <= PATIENCE_S:
            return self.streams_max
        return max(1, self.streams_max * min(self._ready, self._workers) // self._workers)
