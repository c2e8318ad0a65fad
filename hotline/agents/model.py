"""The ledger of agents, pure data. An agent's state is derived from few facts: signed in, what the telephone
does, which ended calls still lack a disposition, and what was asked for. Only facts are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from hotline.agents.reasons import AT_THE_SWITCH, NO_ANSWER, PAGE_LOST
from hotline.calls.model import IDLE, Phone, Remembered
from hotline.events import AgentState, StateCause

ON_THE_PHONE: Final = frozenset({AgentState.RINGING, AgentState.TALKING, AgentState.HOLD})
TAKES_CALLS: Final = frozenset({AgentState.READY, AgentState.RINGING, AgentState.UNREACHABLE})
"""In these states the queue may ring the agent. The switch itself skips a telephone that is away: were such a
member paused, a telephone that comes back while no gateway runs would not be rung."""
PAUSES: Final = frozenset({AgentState.BUSY, AgentState.REST, AgentState.STUDY})

MOST_OWED: Final = 50
SYSTEM_WISH: Final = "system"
"""`StateWish.by` of what a rule has asked for."""


_CAUSES: Final[dict[str, StateCause]] = {NO_ANSWER: "missed_rings", PAGE_LOST: "page_lost"}


@dataclass(frozen=True, slots=True)
class StateWish:
    """What was asked for: a state of `PAUSES`, or, by a supervisor, `ready` or `signed_out`.

    `by` is empty where the agent asked himself.
    """

    state: AgentState
    reason: str = ""
    by: str = ""
    forced: bool = False


@dataclass(slots=True, eq=False)
class Agent:
    """`shown`, `why` and `since` are what was last derived, and from when on; all else are facts."""

    id: str
    name: str
    endpoint: str
    signed_in: bool = False
    wish: StateWish | None = None
    wants_wrap_up: bool = False
    wrap_up_more: float = 0.0
    phone: Phone = IDLE
    reachable: bool = True
    page: Literal["none", "here", "lost"] = "none"
    page_since: float = 0.0
    page_acted: bool = False
    missed: int = 0
    owed: list[UUID] = field(default_factory=list)
    skills: Mapping[str, int] = field(default_factory=dict)
    reserved: bool = False
    """A callback is offered to him or dialled by him: the queue does not ring him meanwhile."""
    since: float = 0.0
    shown: AgentState = AgentState.SIGNED_OUT
    why: tuple[str, str] = ("", "")
    last_call: UUID | None = None
    overdue: bool = False

    @property
    def state(self) -> AgentState:
        if self.phone.doing != "idle":
            return AgentState(self.phone.doing)
        if not self.signed_in:
            return AgentState.SIGNED_OUT
        if self.owed or self.wants_wrap_up:
            return AgentState.WRAP_UP
        if self.wants_pause:
            return self.wish.state if self.wish else AgentState.BUSY
        return AgentState.READY if self.reachable else AgentState.UNREACHABLE

    @property
    def wants_pause(self) -> bool:
        return self.wish is not None and self.wish.state in PAUSES

    @property
    def next_state(self) -> AgentState | None:
        """What follows the call or wrap-up, where it is not simply `ready`."""
        if self.shown not in ON_THE_PHONE and self.shown is not AgentState.WRAP_UP:
            return None
        if not self.signed_in:
            return AgentState.SIGNED_OUT
        return self.wish.state if self.wish and self.wants_pause else None

    @property
    def reason(self) -> str:
        """The reason code of the present state."""
        return self.wish.reason if self.wish and self._wish_shows else ""

    @property
    def forced_by(self) -> str:
        """The supervisor who asked for the present state, empty if none did."""
        return self.wish.by if self.wish and self.wish.forced and self._wish_shows else ""

    @property
    def cause(self) -> StateCause | None:
        """Why he has, or is about to have, a state that he did not ask for himself."""
        wish = self.wish
        if wish is None:
            return None
        if wish.forced:
            return "supervisor"
        if wish.reason == AT_THE_SWITCH:
            return "switch"
        return _CAUSES.get(wish.reason) if wish.by == SYSTEM_WISH else None

    @property
    def _wish_shows(self) -> bool:
        return self.wish is not None and self.state is self.wish.state


@dataclass(frozen=True, slots=True)
class Move:
    """An agent's state has changed `at`; `previous` had begun at `since`."""

    agent_id: str
    endpoint: str
    state: AgentState
    reason: str
    previous: AgentState
    since: float
    call_id: UUID | None
    by: str
    at: float


@dataclass(slots=True, eq=False)
class AgentsState:
    """All agents by user id. `missed_to_pause` 0: nobody is paused for missing calls; `page_lost_s` 0: nobody
    for a page that went away. `away` are the desks whose telephone the switch cannot reach.
    """

    wrap_up_s: float
    missed_to_pause: int
    page_lost_s: float
    agents: dict[str, Agent] = field(default_factory=dict)
    by_endpoint: dict[str, Agent] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    disposed: Remembered = field(default_factory=lambda: Remembered(20_000))

    def agent_at(self, endpoint: str) -> str | None:
        agent = self.by_endpoint.get(endpoint)
        return None if agent is None else agent.id

    def know(self, agent_id: str, name: str, endpoint: str) -> Agent:
        """The agent's page in the ledger, at this desk unless he is signed in at another one."""
        agent = self.agents.get(agent_id)
        if agent is None:
            agent = self.agents[agent_id] = Agent(agent_id, name, endpoint)
        agent.name = name
        if not agent.signed_in:
            self.seat(agent, endpoint)
        return agent

    def seat(self, agent: Agent, endpoint: str) -> None:
        if self.by_endpoint.get(agent.endpoint) is agent and agent.endpoint != endpoint:
            del self.by_endpoint[agent.endpoint]
        agent.endpoint = endpoint
        agent.reachable = endpoint not in self.away
        occupant = self.by_endpoint.get(endpoint)
        if occupant is None or not occupant.signed_in:
            self.by_endpoint[endpoint] = agent

    def wrap_up_until(self, agent: Agent) -> float:
        return agent.since + self.wrap_up_s + agent.wrap_up_more
