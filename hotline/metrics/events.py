"""The live board, as it is told."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from core.events import Event
from core.models import Frozen


class QueueMetricsView(Frozen):
    """One queue, or all of them when `queue` is empty. Definitions: `hotline/metrics/window.py`.

    Shares are 0 … 1; None where nothing has been counted yet, which is no hundred per cent.
    """

    queue: str
    waiting: int
    longest_since: datetime | None
    longest_wait_s: float
    offered_24h: int
    answered_24h: int
    abandoned_24h: int
    connect_rate_24h: float | None
    within_15s_24h: float | None
    offered_today: int
    answered_today: int
    abandoned_today: int
    connect_rate_today: float | None
    within_15s_today: float | None
    average_wait_today_s: float | None
    average_talk_today_s: float | None


class OtherSwitchView(Frozen):
    """Another switch of the city, as its centre told it `at` that time. `heard` is False when it has told
    nothing for half a minute: its figures are of then, or None, and its calls may go on.
    """

    switch: str
    heard: bool
    at: datetime | None
    total: QueueMetricsView | None
    agents: dict[str, int]


class BoardView(Frozen):
    """The centre at a glance; nothing personal. `agents` counts the signed-in by state. Everything but
    `others` is of this switch.

    `unheard`: legs that speak now and that nobody writes down though they may be heard; too many speak, or
    speech is away.
    """

    at: datetime
    total: QueueMetricsView
    queues: list[QueueMetricsView]
    agents: dict[str, int]
    callbacks_due: int
    callbacks_open: int
    callbacks_live: int
    unheard: int
    filled: bool
    """False while what happened before the last start has not been read back yet."""
    others: list[OtherSwitchView] = Field(default_factory=list)
    """The other switches of the city, where there are any."""


class BoardChanged(Event):
    """At most once a second."""

    TYPE: ClassVar[str] = "hotline.board_changed"
    board: BoardView
