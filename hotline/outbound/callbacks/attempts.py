"""One attempt to reach a citizen, from its acceptance to its outcome and to where that leads: pure.

At most once is kept here: an attempt is dialled by the one effect that follows its acceptance, and one of
which nothing is known is never dialled again. It ends as `unknown`, and a new attempt is a new decision of an
agent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from hotline.events import AttemptOutcome
from hotline.outbound.callbacks.model import COUNTED, FINAL, MOST_ATTEMPTS, Attempt, CallbackBook, Entry
from hotline.outbound.callbacks.signals import Accepted, CitizenDialled, CitizenUp, Dial, DialOver, Effect
from hotline.outbound.callbacks.steps import close, end_offer, keep
from hotline.outbound.signals import Alive, CallNotPlaced, InDoubt, Over, PickedUp, Rang

DIALLED: Final[dict[str, AttemptOutcome]] = {
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "CANCEL": "hung_up",
    "CONGESTION": "failed",
    "CHANUNAVAIL": "failed",
    "INVALIDARGS": "failed",
    "DONTCALL": "declined",
    "TORTURE": "declined",
}
"""What Asterisk says of a dial that was not answered."""


def _accepted(book: CallbackBook, signal: Accepted, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.stage != "offered" or entry.offered_to != signal.agent_id:
        return
    yield from end_offer(entry, "accepted")
    attempt = Attempt(signal.channel_id, signal.call_id, signal.agent_id, signal.endpoint, at)
    made = replace(
        entry,
        stage="placing",
        offered_to="",
        offered_until=0.0,
        passed=frozenset(),
        attempts=(*entry.attempts[-(MOST_ATTEMPTS - 1) :], attempt),
    )
    yield keep(book, made, "accepted", signal.agent_id)
    yield Dial(made, attempt)


def _not_placed(book: CallbackBook, signal: CallNotPlaced, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is None or entry.stage != "placing" or (signal.searched and not entry.attempts[-1].in_doubt):
        return
    yield from finish(book, entry, "not_placed", at)


def _in_doubt(book: CallbackBook, signal: InDoubt, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage == "placing" and not entry.attempts[-1].in_doubt:
        yield keep(book, entry.with_attempt(replace(entry.attempts[-1], in_doubt=True)), "in_doubt")


def _alive(book: CallbackBook, signal: Alive | Rang, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.attempts[-1].in_doubt:
        book.put(entry.with_attempt(replace(entry.attempts[-1], in_doubt=False)))
    yield from ()


def _agent_up(book: CallbackBook, signal: PickedUp, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage == "placing":
        certain = replace(entry.attempts[-1], in_doubt=False)
        book.put(replace(entry.with_attempt(certain), stage="dialling"))
    yield from ()


def _citizen_dialled(book: CallbackBook, signal: CitizenDialled, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and not entry.attempts[-1].rang:
        rung = replace(entry.attempts[-1], rang=True, in_doubt=False)
        stage = "dialling" if entry.stage == "placing" else entry.stage
        yield keep(book, replace(entry.with_attempt(rung), stage=stage), "dialled")


def _citizen_up(book: CallbackBook, signal: CitizenUp, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage != "talking":
        heard = replace(entry.attempts[-1], rang=True, answered=at, in_doubt=False, dial_status="ANSWER")
        yield keep(book, replace(entry.with_attempt(heard), stage="talking"), "answered")


def _dial_over(book: CallbackBook, signal: DialOver, at: float) -> Iterator[Effect]:
    if signal.status == "ANSWER":
        yield from _citizen_up(book, CitizenUp(signal.channel_id), at)
        return
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage != "talking":
        told = replace(entry.attempts[-1], rang=True, in_doubt=False, dial_status=signal.status)
        book.put(replace(entry.with_attempt(told), stage="dialling"))


def _over(book: CallbackBook, signal: Over, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None:
        yield from finish(book, entry, outcome_of(entry.attempts[-1], entry.stage == "dialling"), at)


def outcome_of(attempt: Attempt, agent_up: bool) -> AttemptOutcome:
    """What the switch showed of an attempt that is over."""
    if attempt.answered is not None:
        return "reached"
    if attempt.dial_status:
        return DIALLED.get(attempt.dial_status, "failed")
    if attempt.in_doubt:
        return "unknown"
    if attempt.rang:
        return "hung_up"
    return "failed" if agent_up else "agent_missed"


def finish(book: CallbackBook, entry: Entry, outcome: AttemptOutcome, at: float) -> Iterator[Effect]:
    """The live attempt is over."""
    ended = entry.with_attempt(replace(entry.attempts[-1], ended=at, outcome=outcome, in_doubt=False))
    yield from after(book, ended, at, "system")


def after(book: CallbackBook, entry: Entry, at: float, by: str) -> Iterator[Effect]:
    """Where the last attempt's outcome leads: done, once more later, or given up."""
    attempt = entry.attempts[-1]
    outcome = attempt.outcome
    assert outcome is not None, "an attempt that is over has an outcome"
    if outcome in FINAL:
        yield close(book, entry, FINAL[outcome], by)
    elif entry.superseded:
        yield close(book, entry, "withdrawn", by)
    elif outcome in COUNTED:
        due = book.rules.retries.after(entry.counted, at)
        if due is None:
            yield close(book, entry, "exhausted", by)
            return
        yield keep(book, _waiting(entry, due), "attempted", by)
    else:
        # The citizen's telephone did not ring: somebody else may try at once.
        waiting = _waiting(entry, at)
        if outcome == "agent_missed":
            book.resting[attempt.agent_id] = at + book.rules.rest_s
            waiting = replace(waiting, passed=frozenset({attempt.agent_id}))
        elif outcome == "not_placed":
            waiting = replace(waiting, due=at + book.rules.again_s)
        yield keep(book, waiting, "attempted", by)


def _waiting(entry: Entry, due: float) -> Entry:
    return replace(entry, stage="waiting", due=due, passed=frozenset(), offered_to="", outcome=None)


HANDLERS: Final[dict[type, Callable[[CallbackBook, Any, float], Iterator[Effect]]]] = {
    Accepted: _accepted,
    CallNotPlaced: _not_placed,
    InDoubt: _in_doubt,
    Alive: _alive,
    Rang: _alive,
    PickedUp: _agent_up,
    CitizenDialled: _citizen_dialled,
    CitizenUp: _citizen_up,
    DialOver: _dial_over,
    Over: _over,
}
