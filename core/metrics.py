"""Prometheus metrics: one registry for the process, names `songhua_<room>_<what>`."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

UNKNOWN: Final = math.nan
"""Of a gauge that nothing has measured yet: no comparison with it is true, as one with 0 would be."""

REGISTRY = CollectorRegistry(auto_describe=True)
_Metric = TypeVar("_Metric", bound=Collector)
_of_module: dict[Collector, str] = {}


def counter(name: str, what: str, labels: Sequence[str] = ()) -> Counter:
    """A counter `songhua_NAME_total`; `what` is its help text."""
    return _of_caller(Counter(f"songhua_{name}", what, labels, registry=REGISTRY))


def gauge(name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge `songhua_NAME`; `what` is its help text."""
    return _of_caller(Gauge(f"songhua_{name}", what, labels, registry=REGISTRY))


def histogram(name: str, what: str, buckets: Sequence[float], labels: Sequence[str] = ()) -> Histogram:
    """`buckets` in the unit that the name says (seconds by default)."""
    return _of_caller(Histogram(f"songhua_{name}", what, labels, buckets=buckets, registry=REGISTRY))


def keep_only(modules: Collection[str]) -> None:
    """Show what these modules made, and of what others made only what has been counted: a process may have
    imported more than it works with, and a zero of that would look like a measurement.
    """
    for metric, module in list(_of_module.items()):
        if module not in modules:
            REGISTRY.unregister(metric)
            REGISTRY.register(_WithoutZeros(metric))
            del _of_module[metric]


class _WithoutZeros(Collector):
    """A metric that is shown as soon as one of its values is not 0."""

    def __init__(self, metric: Collector) -> None:
        self._metric = metric

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        for family in self._metric.collect():
            seen = (one.value for one in family.samples if not one.name.endswith("_created"))
            if any(value and not math.isnan(value) for value in seen):
                yield family


def _of_caller(metric: _Metric) -> _Metric:
    _of_module[metric] = str(sys._getframe(2).f_globals["__name__"])  # noqa: SLF001  # as logging finds it
    return metric
