"""Routes of agents and queues, each a few lines. A request that changes something carries an `op_id`; for
those that an agent sends about himself it may be left out, since each sets a state.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from core.actor import Actor, Role
from core.answers import answers
from core.events import mask
from core.operations import OperationMemory
from core.routes import RoomRouter
from core.scopes import Scope
from hotline import rights
from hotline.agents.reasons import OWN, ReasonCode
from hotline.agents.service import AgentRegistry
from hotline.board import Board
from hotline.events import AgentState, AgentView, QueueView
from hotline.people import StaffDirectory
from hotline.ports import CurrentUser
from hotline.privacy import EVERYTHING, WITHOUT_PERSONAL
from hotline.queue.service import QueueViews, WaitingView
from hotline.routing.model import HIGHEST


class SignIn(BaseModel):
    op_id: UUID | None = None
    endpoint: str | None = Field(default=None, max_length=64)


class SignOut(BaseModel):
    op_id: UUID | None = None


class StateRequest(BaseModel):
    """`paused` is the older word for `busy`."""

    op_id: UUID | None = None
    state: AgentState | Literal["paused"]
    reason: str = Field(default="", max_length=24)

    @property
    def wanted(self) -> AgentState:
        """The state that is asked for; a pause is `busy` in the ledger."""
        return AgentState.BUSY if self.state == "paused" else AgentState(self.state)


class ExtendRequest(BaseModel):
    op_id: UUID
    seconds: float = Field(gt=0, le=86_400, allow_inf_nan=False)


class ForceRequest(BaseModel):
    op_id: UUID
    state: AgentState
    reason: str = Field(min_length=1, max_length=24)


class PriorityRequest(BaseModel):
    op_id: UUID
    priority: int = Field(ge=0, le=HIGHEST)


class Agents(BaseModel):
    agents: list[AgentView]


class QueueList(BaseModel):
    queues: list[QueueView]


class WaitingCallers(BaseModel):
    waiting: list[WaitingView]


class Reasons(BaseModel):
    """`own` are what the ledger itself gives."""

    reasons: list[ReasonCode]
    own: list[ReasonCode]


class Drift(BaseModel):
    """A queue's member that differs from the ledger: `what` is missing, paused, penalty or unexpected."""

    queue: str
    endpoint: str
    what: str


class Drifts(BaseModel):
    drift: list[Drift]


@dataclass(frozen=True, slots=True)
class AgentRoutes:
    """What the routes ask."""

    registry: AgentRegistry
    board: Board
    lines: QueueViews
    people: StaffDirectory


def router(asked: AgentRoutes, current_user: CurrentUser) -> APIRouter:
    """`/agents` and `/queues`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(tags=["hotline", "agents"])
    once: OperationMemory[AgentView] = OperationMemory()
    _own_routes(routes, asked.registry, current_user, once)
    _supervisor_routes(routes, asked.people, current_user, once)
    _views(routes, asked, current_user)
    return routes


def _own_routes(
    routes: APIRouter, registry: AgentRegistry, current_user: CurrentUser, once: OperationMemory[AgentView]
) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.post("/agents/me/sign-in")
    async def sign_in(user: User, body: SignIn) -> AgentView:
        return once.do(body.op_id, f"sign-in:{user.id}", lambda: registry.sign_in(user, body.endpoint))

    @routes.post("/agents/me/sign-out")
    async def sign_out(user: User, body: SignOut | None = None) -> AgentView:
        return once.do(body.op_id if body else None, f"sign-out:{user.id}", lambda: registry.sign_out(user))

    @routes.post("/agents/me/state")
    async def ask_state(user: User, body: StateRequest) -> AgentView:
        return once.do(body.op_id, f"state:{user.id}", lambda: registry.ask(user, body.wanted, body.reason))

    @routes.post("/agents/me/wrap-up/extend")
    async def extend_wrap_up(user: User, body: ExtendRequest) -> AgentView:
        return once.do(body.op_id, f"extend:{user.id}", lambda: registry.extend_wrap_up(user, body.seconds))


def _supervisor_routes(
    routes: APIRouter, people: StaffDirectory, current_user: CurrentUser, once: OperationMemory[AgentView]
) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes
    placed: OperationMemory[WaitingView] = OperationMemory()

    @routes.post("/agents/{agent_id}/state")
    async def force(user: User, agent_id: str, body: ForceRequest) -> AgentView:
        return once.do(
            body.op_id,
            f"force:{agent_id}:{user.id}",
            lambda: people.force_state(user, agent_id, body.state, body.reason),
        )

    @routes.post("/queues/waiting/{call_id}/priority")
    async def set_priority(user: User, call_id: UUID, body: PriorityRequest) -> WaitingView:
        what = f"priority:{call_id}"
        known = placed.known(body.op_id, what)
        if known is None:
            known = placed.keep(body.op_id, what, await people.set_priority(user, call_id, body.priority))
        return known


def _views(routes: APIRouter, asked: AgentRoutes, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/agents")
    async def agents(user: User) -> Agents:
        rights.SEE_AGENTS.check(user)
        return Agents(agents=asked.board.agents())

    @routes.get("/agents/reasons")
    async def reasons(user: User) -> Reasons:
        rights.SEE_AGENTS.check(user)
        return Reasons(reasons=list(asked.registry.rules.reasons), own=list(OWN))

    @routes.get("/agents/drift")
    async def drift(user: User) -> Drifts:
        rights.SEE_DRIFT.check(user)
        found = asked.registry.watch.standing
        return Drifts(drift=[Drift(queue=one[0], endpoint=one[1], what=one[2]) for one in found])

    @routes.get("/queues")
    async def queues(user: User) -> QueueList:
        rights.SEE_QUEUES.check(user)
        return QueueList(queues=asked.board.queues(user))

    @routes.get("/queues/waiting", **answers(WaitingCallers))
    async def waiting(
        user: User, queue: Annotated[str | None, Query(max_length=80)] = None
    ) -> dict[str, Any]:
        rights.SEE_WAITING.check(user)
        chief = user.has(Role.SUPERVISOR)
        within = [one for one in asked.lines.waiting(queue) if user.within(Scope.QUEUE, one.queue)]
        found = [one for one in within if chief or not one.confidential]
        if chief and found:
            await asked.people.looks(user, "watch-calls", "queues")
        return {"waiting": [mask(one, EVERYTHING if chief else WITHOUT_PERSONAL) for one in found]}
