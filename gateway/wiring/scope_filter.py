"""Which live events are within a viewer's scopes, and how much of the board.

What has no queue, district or talkgroup, and what is the viewer's own, is for everybody whom the audience
lets see it.
"""

from __future__ import annotations

from collections.abc import Callable

from core.actor import Actor
from core.events import Event
from core.scopes import NO_LIMIT
from hotline.events import BoardChanged, BoardView

BoardOf = Callable[[Actor], BoardView]


class ScopeFilter:
    """`board` gives the board as a person may see it."""

    def __init__(self, board: BoardOf) -> None:
        self._board = board

    def __call__(self, viewer: Actor, event: Event) -> Event | None:
        """The event as this viewer may have it; None when it is outside of his scopes."""
        if viewer.scopes is NO_LIMIT:
            return event
        if isinstance(event, BoardChanged):
            return event.model_copy(update={"board": self._board(viewer)})
        return event if within(viewer, event) else None


def within(viewer: Actor, event: Event) -> bool:
    """Whether the event is within the viewer's scopes, or his own."""
    limit = event.limited_by()
    return limit is None or viewer.id in limit.people or viewer.within(limit.scope, limit.name)
