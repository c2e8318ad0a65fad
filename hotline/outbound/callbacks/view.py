"""Callbacks as people see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.actor import Actor, Role
from core.events import mask
from core.scopes import Scope
from hotline.events import AttemptView, CallbackView, LostCallView
from hotline.outbound.callbacks.model import Attempt, Entry, LostCall
from hotline.privacy import EVERYTHING, WITHOUT_PERSONAL


def moment(at: float) -> datetime:
    """A Unix second as a UTC time."""
    return datetime.fromtimestamp(at, UTC)


def view(entry: Entry) -> CallbackView:
    """The callback as desks see it."""
    return CallbackView(
        callback_id=entry.id,
        number=entry.number,
        stage=entry.stage,
        queue=entry.queue,
        language=entry.language,
        place=moment(entry.place),
        created=moment(entry.created),
        due=moment(entry.due),
        expires=moment(entry.expires),
        calls=[_call(call) for call in entry.calls],
        attempts=[_attempt(attempt) for attempt in entry.attempts],
        offered_to=entry.offered_to or None,
        assigned_to=entry.assigned_to or None,
        outcome=entry.outcome,
        note=entry.note,
    )


def shown(entry: Entry, viewer: Actor) -> dict[str, Any]:
    """JSON-ready. Number and notes are for supervisors and for the agent whose callback it is."""
    theirs = viewer.has(Role.SUPERVISOR) or viewer.id in whose(entry)
    return mask(view(entry), EVERYTHING if theirs else WITHOUT_PERSONAL)


def whose(entry: Entry) -> frozenset[str]:
    """The agents who have to do with it: offered or assigned to, or who dialled last."""
    last = entry.attempts[-1].agent_id if entry.attempts else ""
    return frozenset({entry.offered_to, entry.assigned_to, last} - {""})


def within(viewer: Actor, entry: Entry) -> bool:
    """Whether the callback is of one of the viewer's queues, or his own."""
    return viewer.id in whose(entry) or viewer.within(Scope.QUEUE, entry.queue)


def _call(call: LostCall) -> LostCallView:
    return LostCallView(
        call_id=call.call_id,
        reason=call.reason,
        place=moment(call.place),
        at=moment(call.at),
        voicemail=call.voicemail,
    )


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(
        call_id=attempt.call_id,
        agent_id=attempt.agent_id,
        began=moment(attempt.began),
        answered=None if attempt.answered is None else moment(attempt.answered),
        ended=None if attempt.ended is None else moment(attempt.ended),
        outcome=attempt.outcome,
        in_doubt=attempt.in_doubt,
        note=attempt.note,
    )
