"""What the hotline tells of its queues."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from core.events import Event
from core.models import Frozen
from core.scopes import Scope, ScopeLimit


class QueueView(Frozen):
    """`longest_since` is when the caller who waits longest joined; counts are since the gateway started.

    `paused` are the agents who are busy, at rest or in study. `drift` is how many members differ from the
    ledger of agents at this moment: it goes back to 0 by itself.
    """

    queue: str
    waiting: int
    longest_since: datetime | None
    members: int
    ready: int
    busy: int
    paused: int
    joined: int
    answered: int
    abandoned: int
    drift: int = 0


class QueueChanged(Event):
    TYPE: ClassVar[str] = "hotline.queue_changed"
    queue: QueueView

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.QUEUE, self.queue.queue)
