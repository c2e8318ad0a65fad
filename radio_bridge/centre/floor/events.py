"""What desks are shown of the floor. Both are live: the next one, or the snapshot, makes a lost one good."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from core.events import PUBLIC, Event
from core.scopes import Scope, ScopeLimit


class FloorChanged(Event):
    """Who talks in a talkgroup now. `stage`: `idle`, `requested`, `taken`, `hang`; `closed`: the group is no
    more; `away`: nobody keeps its floor. `talker` is a unit's name, `dispatch` for a desk; never a person's.
    """

    TYPE: ClassVar[str] = "radio_bridge.floor_changed"

    talkgroup: Annotated[str, PUBLIC]
    stage: Annotated[str, PUBLIC]
    talker: Annotated[str, PUBLIC] = ""
    talker_name: str = ""
    priority: int | None = None
    emergency: Annotated[bool, PUBLIC] = False
    since: datetime | None = None
    waiting: int = 0

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.TALKGROUP, self.talkgroup)


class FloorAnswered(Event):
    """What became of this person's request, also when it changes later: granted from the queue, revoked."""

    TYPE: ClassVar[str] = "radio_bridge.floor_answered"

    agent_id: str
    op_id: UUID
    talkgroup: str
    result: str
    cause: str = ""
    limit_s: float | None = None
    position: int | None = None
