"""The ledger's rules, pure. An agent's state is derived from four facts: signed in, what the telephone
does, which ended calls still lack a disposition, and what the agent asked for. Only facts are stored.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hotline.calls.model import IDLE, Phone, Remembered
from hotline.events import AgentState

ON_THE_PHONE: Final = frozenset({AgentState.RINGING, AgentState.TALKING, AgentState.HOLD})
TAKES_CALLS: Final = frozenset({AgentState.READY, AgentState.RINGING, AgentState.UNREACHABLE})
"""In these states the queue may ring the agent; the switch itself skips a telephone that is away."""

NO_ANSWER: Final = "no_answer"
_UNREACHABLE_STATUS: Final = frozenset({4, 5})
MOST_OWED: Final = 50


@dataclass(slots=True, eq=False)
class Agent:
    id: str
    name: str
    endpoint: str
    signed_in: bool = False
    wants_pause: bool = False
    wants_wrap_up: bool = False
    reason: str = ""
    phone: Phone = IDLE
    reachable: bool = True
    missed: int = 0
    owed: list[UUID] = field(default_factory=list)
    since: float = 0.0
    shown: AgentState = AgentState.SIGNED_OUT
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
            return AgentState.PAUSED
        return AgentState.READY if self.reachable else AgentState.UNREACHABLE

    @property
    def next_state(self) -> AgentState | None:
        """What follows the call or wrap-up, where it is not simply `ready`."""
        if self.shown not in ON_THE_PHONE and self.shown is not AgentState.WRAP_UP:
            return None
        if not self.signed_in:
            return AgentState.SIGNED_OUT
        return AgentState.PAUSED if self.wants_pause else None


@dataclass(frozen=True, slots=True)
class SignedIn:
    agent_id: str
    name: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    agent_id: str


@dataclass(frozen=True, slots=True)
class ReadyAsked:
    agent_id: str


@dataclass(frozen=True, slots=True)
class PauseAsked:
    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrapUpAsked:
    agent_id: str


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """`handed_on` are calls in which another agent speaks now: who leaves such a call owes nothing for it."""

    endpoint: str
    phone: Phone
    handed_on: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A desk has answered a call that others may have spoken in before: it is theirs no more."""

    call_id: UUID
    endpoint: str


@dataclass(frozen=True, slots=True)
class CallMerged:
    call_id: UUID
    into: UUID


@dataclass(frozen=True, slots=True)
class CallDisposed:
    call_id: UUID


@dataclass(frozen=True, slots=True)
class CallOwed:
    """A call of before this process started that still lacks the agent's disposition."""

    agent_id: str
    call_id: UUID


@dataclass(frozen=True, slots=True)
class RingMissed:
    endpoint: str


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    endpoint: str
    status: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


LedgerSignal = (
    SignedIn
    | SignedOut
    | ReadyAsked
    | PauseAsked
    | WrapUpAsked
    | PhoneSeen
    | TakenOver
    | CallMerged
    | CallDisposed
    | CallOwed
    | RingMissed
    | DeviceSeen
    | Ticked
)


@dataclass(slots=True, eq=False)
class Ledger:
    """All agents by user id. `missed_to_pause` 0: nobody is paused for missing calls."""

    wrap_up_s: float = 60.0
    missed_to_pause: int = 3
    agents: dict[str, Agent] = field(default_factory=dict)
    by_endpoint: dict[str, Agent] = field(default_factory=dict)
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
            self._seat(agent, endpoint)
        return agent

    def _seat(self, agent: Agent, endpoint: str) -> None:
        if self.by_endpoint.get(agent.endpoint) is agent and agent.endpoint != endpoint:
            del self.by_endpoint[agent.endpoint]
        agent.endpoint = endpoint
        occupant = self.by_endpoint.get(endpoint)
        if occupant is None or not occupant.signed_in:
            self.by_endpoint[endpoint] = agent


def apply(ledger: Ledger, signal: LedgerSignal, at: float) -> tuple[Ledger, Collection[Agent]]:
    """The ledger after the signal, and the agents whose page has changed. Unknown agents change nothing."""
    touched = _touched(ledger, signal)
    return ledger, [
        agent for agent in touched if _settle(ledger, agent, at) or not isinstance(signal, Ticked)
    ]


def _settle(ledger: Ledger, agent: Agent, at: float) -> bool:
    """Bring what is shown in line with the facts; True if that changed something."""
    state = agent.state
    changed = state is not agent.shown
    if changed:
        agent.shown = state
        agent.since = at
        agent.overdue = False
    late = state is AgentState.WRAP_UP and at - agent.since >= ledger.wrap_up_s
    if late and not agent.overdue:
        agent.overdue = changed = True
    return changed


def _touched(ledger: Ledger, signal: LedgerSignal) -> Collection[Agent]:  # noqa: C901, PLR0911  # one line a signal
    match signal:
        case SignedIn():
            return _sign_in(ledger, signal)
        case PhoneSeen():
            return _phone_seen(ledger, signal)
        case TakenOver():
            taker = ledger.by_endpoint.get(signal.endpoint)
            return _free_of(ledger, signal.call_id, taker)
        case CallDisposed():
            ledger.disposed.add(signal.call_id.hex)
            return _free_of(ledger, signal.call_id, None)
        case CallMerged():
            return _merged(ledger, signal)
        case RingMissed():
            return _missed(ledger, signal)
        case DeviceSeen():
            return _device_seen(ledger, signal)
        case Ticked():
            return list(ledger.agents.values())
        case SignedOut() | ReadyAsked() | PauseAsked() | WrapUpAsked() | CallOwed():
            agent = ledger.agents.get(signal.agent_id)
            if agent is None:
                return []
            _ask(ledger, agent, signal)
            return [agent]


def _ask(
    ledger: Ledger, agent: Agent, signal: SignedOut | ReadyAsked | PauseAsked | WrapUpAsked | CallOwed
) -> None:
    match signal:
        case SignedOut():
            agent.signed_in = False
            agent.wants_pause = agent.wants_wrap_up = False
            agent.reason = ""
        case ReadyAsked():
            agent.wants_pause = agent.wants_wrap_up = False
            agent.missed = 0
            agent.reason = ""
        case PauseAsked():
            agent.wants_pause = True
            agent.wants_wrap_up = False
            agent.reason = signal.reason
        case WrapUpAsked():
            agent.wants_wrap_up = True
        case CallOwed():
            _owe(ledger, agent, signal.call_id)


def _sign_in(ledger: Ledger, signal: SignedIn) -> list[Agent]:
    """Nothing changes where somebody else is signed in, or for one who is signed in there already."""
    before = ledger.by_endpoint.get(signal.endpoint)
    agent = ledger.agents.get(signal.agent_id)
    if before is not None and before.signed_in:
        return []
    touched = []
    if agent is not None:
        agent.signed_in = False
    agent = ledger.know(signal.agent_id, signal.name, signal.endpoint)
    # The telephone changes hands together with what it is doing now.
    if before is not agent:
        agent.phone = IDLE if before is None else before.phone
        if before is not None:
            before.phone = IDLE
            touched.append(before)
    agent.signed_in = True
    agent.reachable = True
    agent.missed = 0
    return [*touched, agent]


def _phone_seen(ledger: Ledger, signal: PhoneSeen) -> list[Agent]:
    agent = ledger.by_endpoint.get(signal.endpoint)
    if agent is None or agent.phone == signal.phone:
        return []
    for call_id in agent.phone.served:
        if call_id not in signal.phone.served and call_id not in signal.handed_on:
            _owe(ledger, agent, call_id)
    # Back in a call that he had left: it is not over for him.
    agent.owed = [call_id for call_id in agent.owed if call_id not in signal.phone.served]
    agent.phone = signal.phone
    if signal.phone.served:
        agent.missed = 0
    return [agent]


def _owe(ledger: Ledger, agent: Agent, call_id: UUID) -> None:
    if call_id.hex not in ledger.disposed and call_id not in agent.owed:
        agent.owed.append(call_id)
        del agent.owed[:-MOST_OWED]


def _free_of(ledger: Ledger, call_id: UUID, kept: Agent | None) -> list[Agent]:
    touched = []
    for agent in ledger.agents.values():
        if agent is not kept and call_id in agent.owed:
            agent.owed.remove(call_id)
            touched.append(agent)
    return touched


def _merged(ledger: Ledger, signal: CallMerged) -> list[Agent]:
    """What was served or owed under the old id is so under the surviving one."""
    touched = []
    for agent in ledger.agents.values():
        phone = agent.phone
        if signal.call_id in phone.served or phone.call_id == signal.call_id:
            served = tuple(signal.into if one == signal.call_id else one for one in phone.served)
            shown = signal.into if phone.call_id == signal.call_id else phone.call_id
            agent.phone = Phone(phone.doing, shown, tuple(dict.fromkeys(served)))
            touched.append(agent)
        if signal.call_id in agent.owed:
            agent.owed.remove(signal.call_id)
            _owe(ledger, agent, signal.into)
            touched.append(agent)
    return touched


def _missed(ledger: Ledger, signal: RingMissed) -> list[Agent]:
    agent = ledger.by_endpoint.get(signal.endpoint)
    if agent is None:
        return []
    agent.missed += 1
    if agent.signed_in and ledger.missed_to_pause and agent.missed >= ledger.missed_to_pause:
        agent.wants_pause = True
        agent.reason = NO_ANSWER
    return [agent]


def _device_seen(ledger: Ledger, signal: DeviceSeen) -> list[Agent]:
    agent = ledger.by_endpoint.get(signal.endpoint)
    reachable = signal.status not in _UNREACHABLE_STATUS
    if agent is None or agent.reachable == reachable:
        return []
    agent.reachable = reachable
    return [agent]
