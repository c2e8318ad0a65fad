"""The ledger's rules, pure: `apply(ledger, signal, at)`. Never raises; unknown agents change nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from hotline.agents.model import MOST_OWED, PAUSES, Agent, AgentsState, Move, StateWish
from hotline.agents.reasons import NO_ANSWER, PAGE_LOST
from hotline.agents.signals import (
    SYSTEM,
    Asked,
    CallDisposed,
    CallMerged,
    CallOwed,
    DeviceSeen,
    LedgerSignal,
    PageSeen,
    PhoneSeen,
    ReadyRequested,
    RingMissed,
    SignedIn,
    SignedOut,
    StateRequested,
    TakenOver,
    TelephoneSeen,
    Ticked,
    WrapUpExtended,
    WrapUpRequested,
    by_of,
)
from hotline.calls.model import IDLE, Phone
from hotline.events import AgentState

_FREE: Final = 1
_UNREACHABLE: Final = frozenset({4, 5})
"""Device states. While a channel exists, the switch shows what that does and not whether it is reached."""


def apply(
    ledger: AgentsState, signal: LedgerSignal, at: float
) -> tuple[AgentsState, Sequence[Agent], Sequence[Move]]:
    """The ledger after the signal, the agents whose page has changed, and the changes of state."""
    moves: list[Move] = []
    by = by_of(signal)
    pages = []
    for agent in _touched(ledger, signal, at):
        changed = _settle(ledger, agent, at, by, moves)
        if changed or not isinstance(signal, Ticked):
            pages.append(agent)
    return ledger, pages, moves


def _settle(ledger: AgentsState, agent: Agent, at: float, by: str, moves: list[Move]) -> bool:
    """Bring what is shown in line with the facts; True if that changed something."""
    changed = _show(agent, at, by, moves)
    if agent.shown is not AgentState.WRAP_UP or at < ledger.wrap_up_until(agent):
        return changed
    if not agent.owed:
        # Asked for and long enough: with nothing owed it ends by itself.
        agent.wants_wrap_up = False
        return _show(agent, at, SYSTEM, moves) or changed
    if not agent.overdue:
        agent.overdue = changed = True
    return changed


def _show(agent: Agent, at: float, by: str, moves: list[Move]) -> bool:
    state, why = agent.state, (agent.reason, agent.forced_by)
    if (state, why) == (agent.shown, agent.why):
        return False
    call_id = agent.phone.call_id or (agent.owed[-1] if state is AgentState.WRAP_UP and agent.owed else None)
    known = call_id or (agent.last_call if state is not agent.shown else None)
    moves.append(Move(agent.id, agent.endpoint, state, agent.reason, agent.shown, agent.since, known, by, at))
    agent.last_call = call_id
    agent.shown, agent.why, agent.since = state, why, at
    agent.overdue = False
    agent.wrap_up_more = 0.0
    return True


def _touched(ledger: AgentsState, signal: LedgerSignal, at: float) -> Collection[Agent]:  # noqa: C901, PLR0911  # one line a signal
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
        case TelephoneSeen():
            return _reached(ledger, signal.endpoint, signal.reachable)
        case PageSeen():
            return _page_seen(ledger, signal, at)
        case Ticked():
            return _ticked(ledger, at)
        case _:
            agent = ledger.agents.get(signal.agent_id)
            if agent is None:
                return []
            _ask(ledger, agent, signal)
            return [agent]


def _ask(ledger: AgentsState, agent: Agent, signal: Asked) -> None:
    match signal:
        case SignedOut():
            agent.signed_in = agent.wants_wrap_up = False
            agent.wish = (
                StateWish(AgentState.SIGNED_OUT, signal.reason, signal.by, forced=True)
                if signal.forced
                else None
            )
        case ReadyRequested():
            agent.wish = None
            agent.wants_wrap_up = False
            agent.missed = 0
        case StateRequested():
            agent.wish = signal.wish
            agent.wants_wrap_up = False
            if signal.wish.state not in PAUSES:
                agent.missed = 0
        case WrapUpRequested():
            agent.wants_wrap_up = True
        case WrapUpExtended():
            if agent.shown is AgentState.WRAP_UP and signal.seconds > 0:
                agent.wrap_up_more += signal.seconds
                agent.overdue = False
        case CallOwed():
            _owe(ledger, agent, signal.call_id)


def _sign_in(ledger: AgentsState, signal: SignedIn) -> list[Agent]:
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
    agent.missed = 0
    if agent.wish is not None and agent.wish.state is AgentState.SIGNED_OUT:
        agent.wish = None
    return [*touched, agent]


def _phone_seen(ledger: AgentsState, signal: PhoneSeen) -> list[Agent]:
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


def _owe(ledger: AgentsState, agent: Agent, call_id: UUID) -> None:
    if call_id.hex not in ledger.disposed and call_id not in agent.owed:
        agent.owed.append(call_id)
        del agent.owed[:-MOST_OWED]


def _free_of(ledger: AgentsState, call_id: UUID, kept: Agent | None) -> list[Agent]:
    touched = []
    for agent in ledger.agents.values():
        if agent is not kept and call_id in agent.owed:
            agent.owed.remove(call_id)
            touched.append(agent)
    return touched


def _merged(ledger: AgentsState, signal: CallMerged) -> list[Agent]:
    """What was served or owed under the old id is so under the surviving one."""
    touched: dict[str, Agent] = {}
    for agent in ledger.agents.values():
        phone = agent.phone
        if signal.call_id in phone.served or phone.call_id == signal.call_id:
            served = tuple(signal.into if one == signal.call_id else one for one in phone.served)
            shown = signal.into if phone.call_id == signal.call_id else phone.call_id
            agent.phone = Phone(phone.doing, shown, tuple(dict.fromkeys(served)))
            touched[agent.id] = agent
        if signal.call_id in agent.owed:
            agent.owed.remove(signal.call_id)
            _owe(ledger, agent, signal.into)
            touched[agent.id] = agent
    return list(touched.values())


def _missed(ledger: AgentsState, signal: RingMissed) -> list[Agent]:
    agent = ledger.by_endpoint.get(signal.endpoint)
    if agent is None:
        return []
    agent.missed += 1
    enough = ledger.missed_to_pause and agent.missed >= ledger.missed_to_pause
    if agent.signed_in and enough and not agent.wants_pause:
        agent.wish = StateWish(AgentState.BUSY, NO_ANSWER, SYSTEM)
    return [agent]


def _device_seen(ledger: AgentsState, signal: DeviceSeen) -> list[Agent]:
    if signal.status in _UNREACHABLE:
        return _reached(ledger, signal.endpoint, reachable=False)
    return _reached(ledger, signal.endpoint, reachable=True) if signal.status == _FREE else []


def _reached(ledger: AgentsState, endpoint: str, reachable: bool) -> list[Agent]:
    if reachable:
        ledger.away.discard(endpoint)
    else:
        ledger.away.add(endpoint)
    agent = ledger.by_endpoint.get(endpoint)
    if agent is None or agent.reachable == reachable:
        return []
    agent.reachable = reachable
    return [agent]


def _page_seen(ledger: AgentsState, signal: PageSeen, at: float) -> list[Agent]:
    agent = ledger.agents.get(signal.agent_id)
    page = "here" if signal.here else "lost"
    if agent is None or agent.page == page or (agent.page == "none" and not signal.here):
        return []
    agent.page = "here" if signal.here else "lost"
    agent.page_since = at
    agent.page_acted = False
    if signal.here and agent.wish == _PAGE_WISH:
        agent.wish = None
    return [agent]


_PAGE_WISH: Final = StateWish(AgentState.BUSY, PAGE_LOST, SYSTEM)


def _ticked(ledger: AgentsState, at: float) -> Collection[Agent]:
    if ledger.page_lost_s:
        for agent in ledger.agents.values():
            gone = agent.page == "lost" and at - agent.page_since >= ledger.page_lost_s
            if gone and agent.signed_in and not agent.page_acted:
                # Once for each loss: who says "ready" without a page means it.
                agent.page_acted = True
                if not agent.wants_pause:
                    agent.wish = _PAGE_WISH
    return list(ledger.agents.values())
