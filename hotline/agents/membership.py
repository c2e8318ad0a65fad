"""What the switch's queues should hold, by the ledger, and where they differ: pure.

Only dynamic members at desks of ours are touched: members that the operator wrote into the switch's own
configuration stay, so that a caller reaches somebody even when no ledger has ever run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hotline.agents.model import TAKES_CALLS, Agent, Ledger
from hotline.signals import MemberSeen

_OURS: Final = frozenset({"wrap_up", "talking", "hold", "ringing"})
"""Reasons that we give ourselves when a state closes the queue for an agent."""


@dataclass(frozen=True, slots=True)
class Membership:
    """None of `paused` is left to the switch: it follows the ledger."""

    member: str
    paused: bool
    reason: str


Drift = Literal["missing", "paused", "unexpected"]


def wanted(agent: Agent) -> Membership | None:
    """The agent's membership in each queue; None if he should not be a member."""
    if not agent.signed_in:
        return None
    closed = bool(agent.owed) or agent.wants_pause or agent.wants_wrap_up
    paused = closed or agent.shown not in TAKES_CALLS
    reason = (agent.reason or agent.shown.value) if paused else ""
    return Membership(agent.id, paused, reason)


def adopted(member: MemberSeen) -> Literal["ready", "wrap_up", "paused"]:
    """What a member whom an earlier run of the gateway left behind was doing."""
    if not member.paused:
        return "ready"
    return "wrap_up" if member.reason in _OURS else "paused"


def drift(
    ledger: Ledger, queues: Iterable[str], members: Mapping[str, Mapping[str, MemberSeen]], technology: str
) -> list[tuple[str, str, Drift]]:
    """(queue, endpoint, what) where the switch differs from the ledger. `members` by queue and interface."""
    found: list[tuple[str, str, Drift]] = []
    for queue in queues:
        present = members.get(queue, {})
        for agent in ledger.agents.values():
            member = present.get(f"{technology}/{agent.endpoint}")
            should = wanted(agent)
            if should is None:
                owner = ledger.by_endpoint.get(agent.endpoint)
                if member is not None and member.dynamic and owner is agent:
                    found.append((queue, agent.endpoint, "unexpected"))
            elif member is None:
                found.append((queue, agent.endpoint, "missing"))
            elif member.paused != should.paused:
                found.append((queue, agent.endpoint, "paused"))
    return found
