"""The metrics that each purpose of automated calls has, under its own prefix."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import Counter, Gauge

from core.metrics import counter, gauge


@dataclass(frozen=True, slots=True)
class CallMetrics:
    live: Gauge
    failed: Counter
    dropped: Counter
    waiting: Gauge


def call_metrics(prefix: str, calls: str) -> CallMetrics:
    """`calls` names them in the descriptions, as in "calls to crews"."""
    return CallMetrics(
        live=gauge(f"{prefix}_calls_live", f"{calls.capitalize()} now"),
        failed=counter(f"{prefix}_messages_failed", f"Messages that {calls} failed on", ["event"]),
        dropped=counter(f"{prefix}_call_lines_dropped", f"Steps of {calls} that were not written down"),
        waiting=gauge(f"{prefix}_call_lines_waiting", f"Steps of {calls} that wait for the database"),
    )
