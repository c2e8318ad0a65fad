"""What the switch's queues should hold, by the ledger, and where they differ: pure.

A member's pause reason carries the agent's state and what he asked for, so that both return after a restart
of the gateway. Members that the operator wrote into the switch's own configuration stay members for ever, so
that a caller reaches somebody even when no ledger has ever run; they follow the ledger while their agent is
signed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from hotline.agents.model import TAKES_CALLS, Agent, AgentsState, StateWish
from hotline.agents.reasons import AT_THE_SWITCH, CODE
from hotline.events import AgentState
from hotline.routing.skills import SkillRequirement, penalty
from hotline.signals import MemberSeen

Plan = Mapping[str, Sequence[SkillRequirement]]
"""What each queue that our agents serve needs, by its name."""

FALLBACK_PENALTY: Final = 100
RESERVED: Final = "callback"
"""The reason of a member to whom a callback is offered: after a restart he is ready."""
"""Of `fallback_members`, as queues.conf has them."""
LONGEST_REASON: Final = 79
"""app_queue keeps 80 bytes."""

_OURS: Final = frozenset({"wrap_up", "talking", "hold", "ringing"})
"""Reasons that we give ourselves when a state closes the queue for an agent."""
_WISH: Final = re.compile(r"(busy|rest|study)(?::([a-z0-9_-]{0,24}))?(?:@([A-Za-z0-9._-]{1,63})(!)?)?")
_CODE: Final = re.compile(CODE)


@dataclass(frozen=True, slots=True)
class QueueMembership:
    """A member of one queue as it should be or was seen. `static`: of the operator's own configuration."""

    member: str
    paused: bool
    reason: str
    penalty: int = 0
    static: bool = False

    def same(self, other: QueueMembership | None) -> bool:
        """Whether the switch need not be told: a reason matters while paused, a static one's name never."""
        if other is None:
            return False
        reason = not self.paused or self.reason == other.reason
        name = self.member == other.member or self.static
        return name and reason and (self.paused, self.penalty) == (other.paused, other.penalty)


def wanted(agent: Agent, plan: Plan) -> dict[str, QueueMembership]:
    """The agent's membership by queue; empty if he should be in none."""
    if not agent.signed_in:
        return {}
    closed = bool(agent.owed) or agent.wants_pause or agent.wants_wrap_up or agent.reserved
    paused = closed or agent.shown not in TAKES_CALLS
    reason = encode(agent) if paused else ""
    found = {}
    for queue, needs in plan.items():
        rank = penalty(agent.skills, needs)
        if rank is not None:
            found[queue] = QueueMembership(agent.id, paused, reason, rank)
    return found


def encode(agent: Agent) -> str:
    """The reason of a paused member: `talking`, `busy:meeting`, `wrap_up/rest:lunch@supervisor!`."""
    wish = agent.wish if agent.wants_pause else None
    state = agent.shown.value if agent.shown.value in _OURS else ""
    if wish is None:
        return RESERVED if agent.reserved else (state or AgentState.WRAP_UP.value)
    said = f"{wish.state.value}:{wish.reason}" if wish.reason else wish.state.value
    by = f"@{wish.by}{'!' if wish.forced else ''}" if wish.by else ""
    full = "/".join(part for part in (state, said + by) if part)
    return full if len(full) <= LONGEST_REASON else "/".join(part for part in (state, said) if part)


def decode(reason: str) -> tuple[bool, StateWish | None]:
    """What `encode` wrote: whether the agent was in a call or wrap-up, and what had been asked for.

    Any text is taken; one that is not ours is a pause that somebody made at the switch.
    """
    if reason == RESERVED:
        return False, None
    first, _, rest = reason.partition("/")
    working = first in _OURS
    said = rest if working else reason
    if working and not said:
        return True, None
    match = _WISH.fullmatch(said)
    if match is None:
        code = said if _CODE.fullmatch(said) else AT_THE_SWITCH
        return working, StateWish(AgentState.BUSY, code)
    state, code, by, forced = match.groups(default="")
    return working, StateWish(AgentState(state), code, by, forced=bool(forced))


def seen(member: MemberSeen) -> QueueMembership:
    """The membership as a snapshot of the switch shows it."""
    return QueueMembership(
        member.name,
        member.paused,
        member.reason if member.paused else "",
        member.penalty,
        static=not member.dynamic,
    )


def target(
    found: QueueMembership | None, should: QueueMembership | None, own: QueueMembership | None
) -> QueueMembership | None:
    """What a member should become. One of the operator's is never removed, only given back as it was (`own`),
    and left alone where nobody has signed in at it.
    """
    if found is None or not found.static:
        return should
    return replace(should, static=True) if should is not None else (own or found)


Drift = Literal["missing", "paused", "penalty", "unexpected"]


def differs(found: QueueMembership | None, should: QueueMembership | None) -> Drift | None:
    """How what was seen differs from what the ledger wants; None if it does not."""
    if should is None:
        return None if found is None or found.static else "unexpected"
    if found is None or not (found.static or found.member == should.member):
        return "missing"
    if found.paused != should.paused:
        return "paused"
    return "penalty" if found.penalty != should.penalty else None


def drift(
    ledger: AgentsState, plan: Plan, members: Mapping[str, Mapping[str, MemberSeen]], technology: str
) -> list[tuple[str, str, Drift]]:
    """(queue, endpoint, what) where the switch differs from the ledger. `members` by queue and interface."""
    found: list[tuple[str, str, Drift]] = []
    for endpoint, agent in ledger.by_endpoint.items():
        should = wanted(agent, plan)
        for queue in plan:
            member = members.get(queue, {}).get(f"{technology}/{endpoint}")
            what = differs(None if member is None else seen(member), should.get(queue))
            if what is not None:
                found.append((queue, endpoint, what))
    return found
