"""Moves the session's plain counts into Prometheus, away from the hot path."""

from __future__ import annotations

from gateway.ami import metrics
from gateway.ami.session import AmiSession

_KINDS = {
    "event": "events",
    "response": "responses",
    "ignored": "ignored",
    "resynchronised": "resynchronised",
    "malformed": "malformed",
    "oversize": "oversize",
    "unproved": "unproved",
}


class LinkMetrics:
    """`flush` adds what was counted since the last call."""

    def __init__(self, session: AmiSession) -> None:
        self._session = session
        self._told: dict[str, int] = {}

    def flush(self) -> None:
        counts = self._session.decoder_counts
        metrics.RECEIVED.inc(self._since("received", counts.received))
        for kind, field in _KINDS.items():
            metrics.MESSAGES.labels(kind).inc(self._since(kind, getattr(counts, field)))
        metrics.MESSAGES.labels("orphan").inc(self._since("orphan", self._session.orphans))

    def _since(self, kind: str, now: int) -> int:
        before = self._told.get(kind, 0)
        self._told[kind] = now
        return now - before
