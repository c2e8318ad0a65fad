"""What the hotline tells of agents: the state of each, and each change of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from core.events import PUBLIC, Delivery, Event
from hotline.view import HotlineView


class AgentState(StrEnum):
    """`busy`, `rest` and `study` close the queue for an agent; each may have a reason code."""

    SIGNED_OUT = "signed_out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    BUSY = "busy"
    REST = "rest"
    STUDY = "study"
    UNREACHABLE = "unreachable"


StateCause = Literal["missed_rings", "page_lost", "supervisor", "switch"]
"""Who or what has set an agent's state for him; `switch`: somebody paused the member at the switch itself."""


class AgentView(HotlineView):
    """`owed` are ended calls that still lack this agent's disposition; `overdue` is set when wrap-up takes
    longer than it should, `wrap_up_until` is when that is; `next_state` is what follows the present call or
    wrap-up. `forced_by` is the supervisor who asked for the state, None where the agent did. `cause` is why
    the agent has a state that he did not ask for; on the phone and in wrap-up, why `next_state` is what it
    is.

    `phone` tells whether the telephone can be rung. `page` is the desk's page: `none` before it was ever
    open, `lost` since `page_since` when it went away. `queues` are those that the agent serves.
    """

    agent_id: str
    name: str
    endpoint: str
    state: AgentState
    reason: str
    since: datetime
    call_id: UUID | None
    owed: list[UUID]
    overdue: bool
    next_state: AgentState | None
    wrap_up_until: datetime | None = None
    forced_by: str | None = None
    cause: StateCause | None = None
    missed: int = 0
    phone: Literal["here", "lost"] = "here"
    page: Literal["none", "here", "lost"] = "none"
    page_since: datetime | None = None
    skills: dict[str, int] = Field(default_factory=dict)
    queues: list[str] = Field(default_factory=list)


class AgentChanged(Event):
    TYPE: ClassVar[str] = "hotline.agent_changed"
    agent: AgentView


class AgentStateSet(Event):
    """To one agent: a state that he did not ask for has been set for him, and why. He is in it now, or will
    be after the present call or wrap-up. `missed` are the rings in a row that he let go by.
    """

    TYPE: ClassVar[str] = "hotline.agent_state_set"
    agent_id: str
    state: AgentState
    reason: str
    cause: StateCause
    by: str
    missed: int


class AgentMoved(Event):
    """An agent's state has changed `at`, from `previous`, which had begun at `since`.

    `reason` is the new state's reason code. `by` is the user who asked for it, `system` where it followed
    from the telephone, a timer or a rule. `call_id` is the call that the agent is or was on.
    """

    TYPE: ClassVar[str] = "hotline.agent_moved"
    DELIVERY: ClassVar[Delivery] = "durable"
    agent_id: str
    endpoint: str
    state: AgentState
    reason: str
    previous: AgentState
    since: datetime
    call_id: Annotated[UUID | None, PUBLIC]
    by: str
