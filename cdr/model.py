"""Rules for masking numbers and for who may see which part of a call. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.actor import Actor, Role
from core.scopes import Scope

HIDDEN = "•••"


def mask_number(number: str) -> str:
    """`13800001234` → `138••••1234`: enough to tell two callers apart, too little to call one."""
    if len(number) < 7:
        return HIDDEN if number else ""
    return (
        f"{number[:3]}{'•' * (len(number) - 7)}{number[-4:]}" if len(number) > 7 else f"{number[:3]}{HIDDEN}"
    )


def is_close(actor: Actor, agents: Iterable[str]) -> bool:
    """True for a supervisor and for an agent who was on the call: they hear, read and see it in full."""
    return actor.has(Role.SUPERVISOR) or was_agent_on(actor, agents)


def was_agent_on(actor: Actor, agents: Iterable[str]) -> bool:
    """True for an agent who was on the call himself."""
    return actor.has(Role.AGENT) and actor.id in set(agents)


def require_queue(actor: Actor, queue: str, agents: Iterable[str]) -> None:
    """Raises `OutOfScope` for a call of a queue that is not one of the actor's, unless he was on it."""
    if actor.id not in set(agents):
        actor.require_within(Scope.QUEUE, queue)


@dataclass(frozen=True, slots=True)
class CallerHistoryEntry:
    """A call for the pop. Times are UTC, `talk_s` in seconds; `dispositions` say what it was about."""

    call_id: UUID
    at: datetime
    outcome: str
    talk_s: float
    agents: tuple[str, ...]
    dispositions: tuple[str, ...]
    confidential: bool
