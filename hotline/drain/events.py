"""What is told of a drain."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from core.events import Event
from core.models import Frozen


class DrainView(Frozen):
    """`left`: calls that still have to end. `kept_waiting`: callers who came since, and hear that they wait.
    `until`: then calls go to agents again by themselves.
    """

    on: bool
    since: datetime | None
    until: datetime | None
    by: str
    left: int
    kept_waiting: int


class DrainChanged(Event):
    TYPE: ClassVar[str] = "hotline.drain_changed"
    drain: DrainView
