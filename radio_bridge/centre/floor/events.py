"""What desks are shown of the floor. Both are live: the next one, or the snapshot, makes a lost one good."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.events import PUBLIC, Event
from core.scopes import Scope, ScopeLimit
from radio_bridge.floor.model import FloorStage


class FloorView(BaseModel):
    """The talker of a talkgroup now. `closed`: the group is no more; `away`: nobody keeps its floor.

    `talker` is a unit's name, `dispatch` for a desk; never a person's.
    """

    model_config = ConfigDict(frozen=True)

    talkgroup: Annotated[str, PUBLIC]
    stage: Annotated[FloorStage | Literal["away", "closed"], PUBLIC]
    talker: Annotated[str, PUBLIC] = ""
    talker_name: str = ""
    emergency: Annotated[bool, PUBLIC] = False
    since: datetime | None = None
    waiting: int = 0

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.TALKGROUP, self.talkgroup)


class FloorChanged(FloorView, Event):
    """The talker of a talkgroup has changed."""

    TYPE: ClassVar[str] = "radio_bridge.floor_changed"

    priority: int | None = None


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
