"""After a restart: what the members of the switch's queues and the last run's rows say of each agent: pure.

The switch is believed before the rows: a sign-out may have reached it and not the database. A row alone
counts for those whom the switch cannot speak for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hotline.agents.membership import Plan, decode
from hotline.agents.model import PAUSES, Agent, AgentsState, Move, StateWish
from hotline.agents.signals import SYSTEM, LedgerSignal, SignedIn, StateRequested, WrapUpRequested
from hotline.agents.store import LastSeen
from hotline.events import AgentState
from hotline.routing.skills import penalty
from hotline.signals import MemberSeen

Members = Mapping[str, Mapping[str, MemberSeen]]
"""What the switch has, by queue and interface."""


def signals_of(
    ledger: AgentsState, plan: Plan, members: Members, technology: str, rows: Mapping[str, LastSeen]
) -> list[LedgerSignal]:
    """What the ledger must hear so that it goes on where the last run ended."""
    found: list[LedgerSignal] = []
    seen: set[str] = set()
    for queue in plan:
        for member in members.get(queue, {}).values():
            kind, _, endpoint = member.interface.partition("/")
            page = ledger.agents.get(member.name) or ledger.by_endpoint.get(endpoint)
            if kind != technology or page is None or page.id in seen or page.signed_in:
                continue
            row = rows.get(page.id)
            if not member.dynamic and not (row and row.signed_in and row.endpoint == endpoint):
                continue
            seen.add(page.id)
            found += _as_member(page, endpoint, member)
    for row in rows.values():
        page = ledger.agents.get(row.agent_id)
        if page is None or page.id in seen or page.signed_in or not row.signed_in:
            continue
        # Nobody whom the switch would show: he serves no queue.
        if all(penalty(page.skills, needs) is None for needs in plan.values()):
            found.append(SignedIn(page.id, page.name, row.endpoint))
            found += _as_row(page, row)
    return found


def _as_member(page: Agent, endpoint: str, member: MemberSeen) -> list[LedgerSignal]:
    found: list[LedgerSignal] = [SignedIn(page.id, page.name, endpoint)]
    if not member.paused:
        return found
    working, wish = decode(member.reason)
    if wish is not None:
        found.append(StateRequested(page.id, wish))
    if working and page.phone.doing == "idle" and not page.owed and wish is None:
        found.append(WrapUpRequested(page.id))
    return found


def _as_row(page: Agent, row: LastSeen) -> list[LedgerSignal]:
    if row.state not in PAUSES:
        return []
    wish = StateWish(AgentState(row.state), row.reason, row.forced_by, forced=bool(row.forced_by))
    return [StateRequested(page.id, wish)]


def continued(agents: Iterable[Agent], rows: Mapping[str, LastSeen], at: float) -> list[Move]:
    """Who goes on as he was keeps the beginning of that; the others have moved while nobody watched."""
    moves = []
    for agent in agents:
        row = rows.get(agent.id)
        if row is None:
            previous, since = AgentState.SIGNED_OUT, agent.since or at
            same = agent.shown is previous
        else:
            previous, since = _state(row.state), row.since.timestamp()
            same = (row.state, row.reason, row.forced_by) == (agent.shown.value, *agent.why)
        if same:
            agent.since = min(since, at)
        else:
            call = agent.phone.call_id
            moves.append(
                Move(agent.id, agent.endpoint, agent.shown, agent.reason, previous, since, call, SYSTEM, at)
            )
    return moves


def _state(word: str) -> AgentState:
    try:
        return AgentState(word)
    except ValueError:
        return AgentState.SIGNED_OUT
