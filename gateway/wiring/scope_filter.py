"""Which live events are within a viewer's scopes, and how much of the board.

What has no queue, district or talkgroup, and what is the viewer's own, is for everybody whom the audience
lets see it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from cases.events import CaseChanged, CaseFiled
from core.actor import Actor
from core.events import Event
from core.scopes import NO_LIMIT, Scope
from field.events import TalkgroupChanged
from hotline.events import BoardChanged, BoardView, CallbackChanged, CallChanged, QueueChanged
from radio_bridge.centre.floor.events import FloorChanged
from radio_bridge.switch.patches.events import PatchChanged

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
    about, people = _about(event)
    return viewer.id in people or about is None or viewer.within(*about)


def _about(event: Event) -> tuple[tuple[Scope, str | None] | None, Collection[str | None]]:
    """What the event is limited by, and whose it is."""
    match event:
        case CallChanged():
            return (Scope.QUEUE, event.call.queue), event.call.agent_ids
        case QueueChanged():
            return (Scope.QUEUE, event.queue.queue), ()
        case CallbackChanged():
            return (Scope.QUEUE, event.callback.queue), (
                event.callback.offered_to,
                event.callback.assigned_to,
            )
        case CaseFiled() | CaseChanged():
            return (Scope.DISTRICT, event.case.district), (event.case.filed_by,)
        case FloorChanged() | PatchChanged() | TalkgroupChanged():
            name = event.tg_id if isinstance(event, TalkgroupChanged) else event.talkgroup
            return (Scope.TALKGROUP, name), ()
        case _:
            return None, ()
