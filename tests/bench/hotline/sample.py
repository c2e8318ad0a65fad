"""Looks at the service every second while a part of the bench runs; tells every ten what it sees."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import psutil

from tests.bench.hotline.stage import Stage, cpu_seconds

EVERY_S = 1.0
TELL_S = 10.0
METRICS_S = 2.0
LINE = re.compile(r"^songhua_(\w+?)(?:_total)?(\{[^}]*\})? (\S+)$", re.MULTILINE)
SHED = (
    "hotline_taps_shed", "hotline_agent_moves_dropped", "hotline_closings_dropped", "hotline_acts_dropped",
    "bus_dropped", "live_queue_overflows", "live_desks_closed", "agi_refused", "ami_dropped",
    "hotline_history_late", "hotline_callbacks_refused",
)  # fmt: skip
"""What the service gives up under load, by its own count."""


@dataclass(slots=True)
class Sample:
    at: float
    cpu_s: float
    switch_cpu_s: float
    rss_mb: float
    calls: float
    taps: float
    behind_bytes: float


@dataclass(slots=True)
class Seen:
    samples: list[Sample] = field(default_factory=list)
    shed: dict[str, float] = field(default_factory=dict)
    first_shed_s: dict[str, float] = field(default_factory=dict)

    def between(self, since: float, until: float) -> list[Sample]:
        return [one for one in self.samples if since <= one.at <= until]


class Sampler:
    """A thread of its own; `also` is called once in each round (what it raises is counted)."""

    def __init__(self, stage: Stage, name: str, *, also: Callable[[], None] | None = None) -> None:
        self._stage = stage
        self._name = name
        self._also = also
        self._process = stage.process()
        self._switch = psutil.Process(stage.switch.program.pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began = time.time()
        self._before: dict[str, float] = {}
        self.seen = Seen()
        self.troubles: list[str] = []
        self.line: Callable[[], str] = lambda: ""

    def __enter__(self) -> Self:
        self._before = self._metrics()
        self._began = time.time()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _run(self) -> None:
        told, asked, metrics = 0.0, 0.0, dict[str, float]()
        while not self._stop.wait(EVERY_S):
            now = time.time()
            try:
                if now - asked >= METRICS_S:
                    asked, metrics = now, self._metrics()
                    self._note_shed(metrics, now)
                self._sample(metrics, now)
                if self._also is not None:
                    self._also()
            except Exception as error:  # noqa: BLE001  # a look that failed is counted and told, the next one comes
                self.troubles.append(f"{now - self._began:.0f} s: {type(error).__name__}: {error}"[:300])
            if now - told >= TELL_S:
                told = now
                self._tell(now)

    def _sample(self, metrics: dict[str, float], now: float) -> None:
        with self._process.oneshot():
            self.seen.samples.append(
                Sample(
                    at=now,
                    cpu_s=cpu_seconds(self._process),
                    switch_cpu_s=cpu_seconds(self._switch),
                    rss_mb=self._process.memory_info().rss / 1e6,
                    calls=metrics.get("hotline_calls", 0.0),
                    taps=metrics.get("hotline_taps_running", 0.0),
                    behind_bytes=metrics.get("cdr_cel_behind_bytes", 0.0),
                )
            )

    def _note_shed(self, metrics: dict[str, float], now: float) -> None:
        for name, value in metrics.items():
            if name.startswith(SHED) and (more := value - self._before.get(name, 0.0)) > 0:
                self.seen.first_shed_s.setdefault(name, round(now - self._began, 1))
                self.seen.shed[name] = more

    def _metrics(self) -> dict[str, float]:
        service = self._stage.service
        with urllib.request.urlopen(
            f"{service.address}/metrics", timeout=10, context=service.trust
        ) as answer:
            text = answer.read().decode()
        found = {f"{name}{labels}": float(value) for name, labels, value in LINE.findall(text)}
        return {name: value for name, value in found.items() if "_created" not in name}

    def _tell(self, now: float) -> None:
        samples = self.seen.between(now - TELL_S, now)
        if len(samples) < 2:
            return
        first, last = samples[0], samples[-1]
        share = (last.cpu_s - first.cpu_s) / max(0.1, last.at - first.at)
        switch = (last.switch_cpu_s - first.switch_cpu_s) / max(0.1, last.at - first.at)
        print(
            f"{self._name} {now - self._began:4.0f} s: {last.calls:.0f} calls, {last.taps:.0f} taps, "
            f"centre {share:.2f} core {last.rss_mb:.0f} MB, switch {switch:.2f} core, "
            f"behind {last.behind_bytes:.0f} B {self.line()}",
            flush=True,
        )


def share_of_core(samples: list[Sample]) -> tuple[float, float]:
    """Cores that centre and switch took, on average, over these samples."""
    if len(samples) < 2:
        return 0.0, 0.0
    first, last = samples[0], samples[-1]
    seconds = max(0.1, last.at - first.at)
    return (last.cpu_s - first.cpu_s) / seconds, (last.switch_cpu_s - first.switch_cpu_s) / seconds


def memory(samples: list[Sample]) -> dict[str, Any]:
    """RSS over time; `growth_mb` is between the means of the second and the last fifth."""
    if len(samples) < 10:
        return {"first_mb": 0.0, "last_mb": 0.0, "peak_mb": 0.0, "growth_mb": 0.0}
    fifth = len(samples) // 5

    def mean(some: list[Sample]) -> float:
        return sum(one.rss_mb for one in some) / len(some)

    second, last = mean(samples[fifth : 2 * fifth]), mean(samples[-fifth:])
    return {
        "first_mb": round(samples[0].rss_mb, 1),
        "last_mb": round(samples[-1].rss_mb, 1),
        "peak_mb": round(max(one.rss_mb for one in samples), 1),
        "growth_mb": round(last - second, 1),
    }
