"""Notices queues that only grow, long before they are full and something gives way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from prometheus_client import CollectorRegistry

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import REGISTRY, gauge
from core.room import Health
from core.tasks import Tasks

_log = logger("gateway")
_grows = gauge("queue_grows", "1 while a queue of this process has not become shorter for minutes", ["queue"])

QUEUES: Final = (
    "ami_subscription_queued", "bus_queued", "cdr_recording_pauses_waiting", "citizen_wechat_jobs_waiting",
    "field_positions_waiting", "hotline_acts_waiting", "hotline_agent_moves_waiting",
    "hotline_alarm_call_lines_waiting", "hotline_callback_lines_waiting", "hotline_closings_waiting",
    "hotline_conference_call_lines_waiting", "hotline_conference_lines_waiting",
    "hotline_crew_call_lines_waiting", "hotline_follow_up_call_lines_waiting", "hotline_handovers_waiting",
    "hotline_notice_call_lines_waiting", "hotline_unheard_waiting", "hotline_warning_call_lines_waiting",
    "ivr_events_waiting", "outbox_waiting", "radio_bridge_patch_spans_waiting",
    "radio_bridge_transmissions_waiting", "sensing_feed_waiting", "sms_link_waiting", "speech_events_waiting",
    "speech_utterances_unfinished",
)  # fmt: skip
"""Gauges of what programs wait for."""
PEOPLE: Final = (
    "hotline_callers_waiting", "identity_approvals_waiting", "identity_sign_ins_waiting",
    "radio_bridge_floor_waiting",
)  # fmt: skip
"""Gauges of what people wait for: these are figures of the shift."""
OWN: Final = ("telemetry_spans_queued",)
"""Gauges of queues that may be full: a part of their own tells of it."""
LOOK_EVERY_S: Final = 10.0
WINDOW_S: Final = 60.0
WINDOWS: Final = 5
LEAST: Final = 100.0
"""A shorter queue is ordinary work."""


class QueueGrowth:
    """One queue. It grows when its least length of a minute has not fallen in five minutes running. Pure."""

    def __init__(self) -> None:
        self._least: float | None = None
        self._windows: deque[float] = deque(maxlen=WINDOWS)

    def see(self, length: float) -> None:
        self._least = length if self._least is None else min(self._least, length)

    def end_window(self) -> None:
        self._windows.append(self._least or 0.0)
        self._least = None

    @property
    def length(self) -> float:
        """The least of the last whole minute."""
        return self._windows[-1] if self._windows else 0.0

    @property
    def grows(self) -> bool:
        seen = list(self._windows)
        never_fell = all(one <= other for one, other in pairwise(seen))
        return len(seen) == WINDOWS and seen[0] >= LEAST and never_fell


class QueueWatch:
    """A part of each role: looks at the lengths that its figures have."""

    name = "queues"

    def __init__(self, registry: CollectorRegistry = REGISTRY, clock: Clock | None = None) -> None:
        self._registry = registry
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._queues: dict[str, QueueGrowth] = {}
        self._window_ends = self._clock.monotonic() + WINDOW_S

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        growing = [f"{name} ({one.length:.0f})" for name, one in self._queues.items() if one.grows]
        if not growing:
            return Health(self.name, "up")
        return Health(
            self.name,
            "degraded",
            f"only growing for {WINDOWS} minutes: {', '.join(growing)}; see whether database and broker "
            "answer, and what else is degraded",
        )

    def look(self) -> None:
        """One look."""
        for name, length in self._lengths():
            self._queues.setdefault(name, QueueGrowth()).see(length)
        if self._clock.monotonic() < self._window_ends:
            return
        self._window_ends = self._clock.monotonic() + WINDOW_S
        for name, one in self._queues.items():
            before = one.grows
            one.end_window()
            _grows.labels(name).set(one.grows)
            if one.grows and not before:
                _log.warning("a queue only grows", queue=name, length=one.length)

    def _lengths(self) -> Iterator[tuple[str, float]]:
        wanted = self._registry.restricted_registry([f"songhua_{name}" for name in QUEUES])
        for family in wanted.collect():
            for sample in family.samples:
                label = ",".join(sample.labels.values())
                name = sample.name.removeprefix("songhua_")
                yield (f"{name}:{label}" if label else name), sample.value

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            self.look()
