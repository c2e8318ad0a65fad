"""Who is let in: a fixed number of streams, and none while no worker lives. Pure, on an injected clock.

Overload refuses new streams so that the running ones stay whole; it never touches a call.
"""

from __future__ import annotations

from typing import Literal

Refusal = Literal["full", "no_worker"]

PATIENCE_S = 10.0  # a worker that is being restarted is back before this
SHEDDING_S = 30.0  # how long after a refusal the node still says that it sheds


class Admission:
    def __init__(self, streams_max: int, now: float) -> None:
        self.streams_max = streams_max
        self.shed_total = 0
        self._worker_seen = now
        self._shed_at: float | None = None

    def workers(self, ready: int, now: float) -> None:
        """Told whenever the number of ready workers may have changed, and before each question."""
        if ready:
            self._worker_seen = now

    def refuses(self, streams: int, now: float) -> Refusal | None:
        """Why one more stream is not taken, or None."""
        refusal: Refusal | None = None
        if streams >= self.streams_max:
            refusal = "full"
        elif now - self._worker_seen > PATIENCE_S:
            refusal = "no_worker"
        if refusal is not None:
            self.shed_total += 1
            self._shed_at = now
        return refusal

    def is_shedding(self, streams: int, now: float) -> bool:
        """True while full, and for a while after a refusal, so that a person sees it."""
        recently = self._shed_at is not None and now - self._shed_at < SHEDDING_S
        return recently or streams >= self.streams_max
