"""Calls as the desk sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from hotline.calls.model import Call, Leg
from hotline.events import (
    CallbackCall,
    CallClosed,
    CallView,
    DispositionKind,
    EndCause,
    HandoverView,
    HelpView,
    LegView,
)

AgentAt = Callable[[str], str | None]
"""The agent at an endpoint, if somebody is."""


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def agents_of(call: Call, agent_at: AgentAt) -> list[str]:
    """Who has spoken in the call or is being rung for it, in order, each once."""
    endpoints = [*call.endpoints, *(leg.endpoint for leg in call.of_role("agent"))]
    found = (agent_at(endpoint) for endpoint in dict.fromkeys(endpoints))
    return list(dict.fromkeys(agent for agent in found if agent is not None))


def view(
    call: Call,
    agent_at: AgentAt,
    disposition: DispositionKind | None,
    help_: HelpView | None = None,
    handover: HandoverView | None = None,
    callback: CallbackCall | None = None,
) -> CallView:
    return CallView(
        call_id=call.id,
        direction=call.direction,
        state=call.state,
        caller=call.caller or ("" if callback is None else callback.number),
        caller_name=call.caller_name,
        called=call.called,
        queue=call.queue,
        language=call.language,
        since=moment(call.began),
        queued_at=None if call.queued_at is None else moment(call.queued_at),
        answered_at=None if call.answered_at is None else moment(call.answered_at),
        agent_ids=agents_of(call, agent_at),
        legs=[_leg(leg, agent_at) for leg in call.legs.values() if leg.role != "local"],
        confidential=call.confidential,
        disposition=disposition,
        help=help_,
        handover=handover,
        callback=callback,
    )


def _leg(leg: Leg, agent_at: AgentAt) -> LegView:
    role: Literal["citizen", "agent", "other"] = "other" if leg.role == "local" else leg.role
    return LegView(
        leg_id=leg.id,
        role=role,
        agent_id=agent_at(leg.endpoint) if leg.role == "agent" else None,
        endpoint=leg.endpoint,
        state="up" if leg.up else ("ringing" if leg.dialled else "dialling"),
        on_hold=leg.on_hold,
        muted=leg.muted,
        since=moment(leg.began),
    )


def closed(call: Call, cause: EndCause, agent_ids: list[str], at: float) -> CallClosed:
    """What is kept of a call that has ended at `at`."""
    return CallClosed(
        at=moment(at),
        call_id=call.id,
        linkedids=list(call.linkedids),
        outcome=call.outcome(cause),
        cause=cause,
        queue=call.queue,
        agent_ids=agent_ids,
        began_at=moment(call.began),
        answered_at=None if call.answered_at is None else moment(call.answered_at),
        ended_at=moment(at),
        caller=call.caller,
        confidential=call.confidential,
        queued_at=None if call.queued_at is None else moment(call.queued_at),
        direction="inbound" if call.inbound else "outbound",
    )
