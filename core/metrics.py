"""Prometheus metrics: one registry for the process, names `songhua_<room>_<what>`."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry(auto_describe=True)


def counter(name: str, what: str, labels: Sequence[str] = ()) -> Counter:
    """A counter `songhua_NAME_total`; `what` is its help text."""
    return Counter(f"songhua_{name}", what, labels, registry=REGISTRY)


def gauge(name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge `songhua_NAME`; `what` is its help text."""
    return Gauge(f"songhua_{name}", what, labels, registry=REGISTRY)


def histogram(name: str, what: str, buckets: Sequence[float], labels: Sequence[str] = ()) -> Histogram:
    """`buckets` in the unit that the name says (seconds by default)."""
    return Histogram(f"songhua_{name}", what, labels, buckets=buckets, registry=REGISTRY)
