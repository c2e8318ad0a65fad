"""What a PromQL expression asks for, compared with the metrics that there are. It is no parser: promtool
and a Prometheus are (`test_alerts.py`, `tests/real/test_dashboards_real.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tests.gateway.prometheus import Metric, declared

_NAME = re.compile(r"songhua_\w+")
_MATCHED = re.compile(r"(songhua_\w+)\{([^}]*)\}")
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_RISES = re.compile(r"\b(?:rate|increase|irate)\(\s*(\w+)")
SCRAPED = frozenset({"instance", "job", "role", "le"})
"""Labels that Prometheus, deploy/prometheus/scrape.yml and histograms bring."""


@cache
def series() -> Mapping[str, Metric]:
    """Every name that `/metrics` may show, with its metric."""
    found: dict[str, Metric] = {}
    for one in declared():
        name = f"songhua_{one.name}"
        ends = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}[one.kind]
        found |= {f"{name}{end}": one for end in ends}
    return found


def faults(expression: str) -> Iterator[str]:
    """What it asks for that is not there; a counter without its rate; a rate of a gauge."""
    asked = _NAME.findall(expression)
    if not asked and not expression.startswith("up{"):
        yield "it asks for no figure of ours"
    rising = set(_RISES.findall(expression))
    labels = set(SCRAPED)
    for name in asked:
        metric = series().get(name)
        if metric is None:
            yield f"{name}: there is no such figure"
            continue
        labels |= set(metric.labels)
        counts = metric.kind != "gauge"
        if counts != (name in rising):
            yield f"{name} is a {metric.kind}: {'it needs rate or increase' if counts else 'it has no rate'}"
    for name, matchers in _MATCHED.findall(expression):
        used = {one.partition("=")[0].rstrip("!").strip() for one in matchers.split(",")}
        wrong = used - set(series()[name].labels if name in series() else ()) - SCRAPED
        if wrong:
            yield f"{name} has no label {', '.join(sorted(wrong))}"
    for grouped in _GROUPED.findall(expression):
        wrong = {one.strip() for one in grouped.split(",") if one.strip()} - labels
        if wrong:
            yield f"none of its figures has the label {', '.join(sorted(wrong))}"
