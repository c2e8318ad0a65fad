"""The reducer of callbacks: `apply(book, signal, at)`. Never raises; what does not fit the entry's stage
changes nothing.

At most once is kept here: an attempt is dialled by the one effect that follows its acceptance, and one of
which nothing is known is never dialled again. It ends as `unknown`, and a new attempt is a new decision of an
agent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from hotline.callbacks.model import COUNTED, FINAL, LIVE, MOST_ATTEMPTS, MOST_CALLS, Attempt, Book, Entry
from hotline.callbacks.offering import offer
from hotline.callbacks.signals import (
    Accepted,
    AgentUp,
    Alive,
    Asked,
    Assigned,
    AttemptOver,
    Cancelled,
    CitizenDialled,
    CitizenUp,
    Declined,
    Dial,
    DialOver,
    Effect,
    Floor,
    Full,
    Keep,
    Lost,
    Noted,
    OfferEnd,
    OfferOver,
    PlaceInDoubt,
    PlaceRefused,
    Reached,
    Signal,
)
from hotline.events import AttemptOutcome, CallbackOutcome, CallbackStep

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


def apply(book: Book, signal: Signal, at: float) -> tuple[Book, Sequence[Effect]]:
    """The book after the signal, and what follows from it, in order."""
    return book, list(_HANDLERS[type(signal)](book, signal, at))


def restore(book: Book, entries: Iterable[Entry]) -> None:
    """What was open when the last run ended. What it was about to dial, or was dialling, is in doubt."""
    for entry in entries:
        attempt = entry.attempt
        if entry.live and attempt is not None:
            book.put(entry.with_attempt(replace(attempt, in_doubt=True)))
        else:
            book.put(replace(entry, stage="waiting", offered_to="", offered_until=0.0))


# --- calls that were lost, and citizens who were spoken with -----------------------------------------


def _lost(book: Book, signal: Lost, at: float) -> Iterator[Effect]:
    call = signal.call
    known = book.of_number(signal.number)
    if known is None:
        if len(book.open) >= book.rules.most:
            yield Full(signal.number)
            return
        made = Entry(
            id=signal.entry_id,
            number=signal.number,
            dial=signal.dial,
            queue=signal.queue,
            language=signal.language,
            place=call.place,
            created=at,
            due=book.rules.hours.next_open(at),
            expires=at + book.rules.expires_s,
            caller=signal.caller,
            calls=(call,),
        )
        yield _keep(book, made, "requested")
        return
    same = next((one for one in known.calls if one.call_id == call.call_id), None)
    if same is not None:
        # Its caller asked first and hung up then: one call, told twice.
        if call.voicemail is None or same.voicemail is not None:
            return
        calls = tuple(replace(one, voicemail=call.voicemail) if one is same else one for one in known.calls)
    else:
        calls = (*known.calls[:1], *known.calls[1:][-(MOST_CALLS - 2) :], call)
    yield _keep(book, replace(known, calls=calls, place=min(known.place, call.place)), "merged")


def _asked(book: Book, signal: Asked, at: float) -> Iterator[Effect]:
    known = book.of_number(signal.number)
    if known is not None:
        assigned = signal.agent_id or known.assigned_to
        yield _keep(
            book, replace(known, note=signal.note or known.note, assigned_to=assigned), "merged", signal.by
        )
        return
    if len(book.open) >= book.rules.most:
        yield Full(signal.number)
        return
    made = Entry(
        id=signal.entry_id,
        number=signal.number,
        dial=signal.dial,
        queue=signal.queue,
        language=signal.language,
        place=at,
        created=at,
        due=book.rules.hours.next_open(at),
        expires=at + book.rules.expires_s,
        note=signal.note,
        assigned_to=signal.agent_id,
    )
    yield _keep(book, made, "requested", signal.by)


def _reached(book: Book, signal: Reached, _at: float) -> Iterator[Effect]:
    entry = book.of_number(signal.number)
    if entry is None:
        return
    if entry.live:
        if not entry.superseded:
            yield _keep(book, replace(entry, superseded=True), "superseded")
        return
    yield from _end_offer(entry, "withdrawn")
    yield _close(book, entry, "withdrawn")


# --- offers ------------------------------------------------------------------------------------------


def _floor(book: Book, floor: Floor, at: float) -> Iterator[Effect]:
    ready = {agent.id for agent in floor.ready}
    for agent_id in [agent_id for agent_id, until in book.resting.items() if until <= at]:
        del book.resting[agent_id]
    for entry in list(book):
        if entry.stage == "offered":
            yield from _look_at_offer(book, entry, floor, ready, at)
        elif _too_long_in_doubt(book, entry, at):
            yield from _finish(book, entry, "unknown", at)
        if (now := book.open.get(entry.id)) and now.stage == "waiting" and now.expires <= at:
            yield _close(book, now, "expired")
    yield from offer(book, floor, at)


def _too_long_in_doubt(book: Book, entry: Entry, at: float) -> bool:
    attempt = entry.attempt
    doubtful = entry.stage == "placing" and attempt is not None and attempt.in_doubt
    return doubtful and attempt is not None and at - attempt.began >= book.rules.doubt_s


def _look_at_offer(book: Book, entry: Entry, floor: Floor, ready: set[str], at: float) -> Iterator[Effect]:
    agent_id = entry.offered_to
    if at >= entry.offered_until:
        book.resting[agent_id] = at + book.rules.rest_s
        yield from _take_back(book, entry, "expired", at, passed=True)
    elif agent_id not in ready or entry.number in floor.on_line:
        yield from _take_back(book, entry, "withdrawn", at, passed=False)


def _declined(book: Book, signal: Declined, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.stage != "offered" or entry.offered_to != signal.agent_id:
        return
    yield from _take_back(book, entry, "declined", at, passed=True)
    yield _keep(book, book.open[entry.id], "passed", signal.by)


def _take_back(book: Book, entry: Entry, why: OfferEnd, at: float, *, passed: bool) -> Iterator[Effect]:
    yield from _end_offer(entry, why)
    gone_by = entry.passed | {entry.offered_to} if passed else entry.passed
    # Whom it is assigned to gets it again after a pause: there is nobody else to ask meanwhile.
    due = at + book.rules.again_s if passed and entry.assigned_to else entry.due
    waiting = replace(entry, stage="waiting", offered_to="", offered_until=0.0, passed=gone_by, due=due)
    book.put(waiting)


def _end_offer(entry: Entry, why: OfferEnd) -> Iterator[Effect]:
    if entry.stage == "offered":
        yield OfferOver(entry, entry.offered_to, why)


# --- one attempt -------------------------------------------------------------------------------------


def _accepted(book: Book, signal: Accepted, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.stage != "offered" or entry.offered_to != signal.agent_id:
        return
    yield from _end_offer(entry, "accepted")
    attempt = Attempt(signal.channel_id, signal.call_id, signal.agent_id, signal.endpoint, at)
    made = replace(
        entry,
        stage="placing",
        offered_to="",
        offered_until=0.0,
        passed=frozenset(),
        attempts=(*entry.attempts[-(MOST_ATTEMPTS - 1) :], attempt),
    )
    yield _keep(book, made, "accepted", signal.agent_id)
    yield Dial(made, attempt)


def _refused(book: Book, signal: PlaceRefused, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage == "placing":
        yield from _finish(book, entry, "not_placed", at)


def _in_doubt(book: Book, signal: PlaceInDoubt, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage == "placing" and not entry.attempts[-1].in_doubt:
        yield _keep(book, entry.with_attempt(replace(entry.attempts[-1], in_doubt=True)), "in_doubt")


def _alive(book: Book, signal: Alive, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.attempts[-1].in_doubt:
        book.put(entry.with_attempt(replace(entry.attempts[-1], in_doubt=False)))
    yield from ()


def _agent_up(book: Book, signal: AgentUp, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage == "placing":
        certain = replace(entry.attempts[-1], in_doubt=False)
        book.put(replace(entry.with_attempt(certain), stage="dialling"))
    yield from ()


def _citizen_dialled(book: Book, signal: CitizenDialled, _at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and not entry.attempts[-1].rang:
        rung = replace(entry.attempts[-1], rang=True, in_doubt=False)
        stage = "dialling" if entry.stage == "placing" else entry.stage
        yield _keep(book, replace(entry.with_attempt(rung), stage=stage), "dialled")


def _citizen_up(book: Book, signal: CitizenUp, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage != "talking":
        heard = replace(entry.attempts[-1], rang=True, answered=at, in_doubt=False, dial_status="ANSWER")
        yield _keep(book, replace(entry.with_attempt(heard), stage="talking"), "answered")


def _dial_over(book: Book, signal: DialOver, at: float) -> Iterator[Effect]:
    if signal.status == "ANSWER":
        yield from _citizen_up(book, CitizenUp(signal.channel_id), at)
        return
    entry = book.of_channel(signal.channel_id)
    if entry is not None and entry.stage != "talking":
        told = replace(entry.attempts[-1], rang=True, in_doubt=False, dial_status=signal.status)
        book.put(replace(entry.with_attempt(told), stage="dialling"))


def _over(book: Book, signal: AttemptOver, at: float) -> Iterator[Effect]:
    entry = book.of_channel(signal.channel_id)
    if entry is not None:
        yield from _finish(book, entry, outcome_of(entry.attempts[-1], entry.stage == "dialling"), at)


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


def _finish(book: Book, entry: Entry, outcome: AttemptOutcome, at: float) -> Iterator[Effect]:
    """The live attempt is over."""
    ended = entry.with_attempt(replace(entry.attempts[-1], ended=at, outcome=outcome, in_doubt=False))
    yield from _after(book, ended, at, "system")


def _after(book: Book, entry: Entry, at: float, by: str) -> Iterator[Effect]:
    """Where the last attempt's outcome leads: done, once more later, or given up."""
    attempt = entry.attempts[-1]
    outcome = attempt.outcome
    assert outcome is not None, "an attempt that is over has an outcome"
    if outcome in FINAL:
        yield _close(book, entry, FINAL[outcome], by)
    elif entry.superseded:
        yield _close(book, entry, "withdrawn", by)
    elif outcome in COUNTED:
        pause = book.rules.pause_after(entry.counted)
        if pause is None:
            yield _close(book, entry, "exhausted", by)
            return
        due = book.rules.hours.next_open(at + pause)
        yield _keep(book, _waiting(entry, due), "attempted", by)
    else:
        # The citizen's telephone did not ring: somebody else may try at once.
        waiting = _waiting(entry, at)
        if outcome == "agent_missed":
            book.resting[attempt.agent_id] = at + book.rules.rest_s
            waiting = replace(waiting, passed=frozenset({attempt.agent_id}))
        elif outcome == "not_placed":
            waiting = replace(waiting, due=at + book.rules.again_s)
        yield _keep(book, waiting, "attempted", by)


def _waiting(entry: Entry, due: float) -> Entry:
    return replace(entry, stage="waiting", due=due, passed=frozenset(), offered_to="", outcome=None)


# --- what people say ---------------------------------------------------------------------------------


def _noted(book: Book, signal: Noted, at: float) -> Iterator[Effect]:
    """May correct what the switch showed: an answering machine answers, too."""
    entry = book.find(signal.entry_id)
    if entry is None or entry.stage in LIVE or entry.attempt is None or entry.attempt.ended is None:
        return
    other = book.of_number(entry.number)
    yield from _end_offer(entry, "withdrawn")
    said = entry.with_attempt(replace(entry.attempt, outcome=signal.outcome, note=signal.note))
    if other is not None and other.id != entry.id and signal.outcome not in FINAL:
        # He has been lost once more since: that entry goes on, this one stays closed.
        yield _keep(book, said, "noted", signal.by)
        return
    yield from _after(book, said, at, signal.by)


def _cancelled(book: Book, signal: Cancelled, _at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is not None and not entry.live:
        yield from _end_offer(entry, "withdrawn")
        yield _close(book, replace(entry, note=signal.note or entry.note), "cancelled", signal.by)


def _assigned(book: Book, signal: Assigned, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.live or entry.assigned_to == signal.agent_id:
        return
    if entry.stage == "offered" and entry.offered_to != signal.agent_id:
        yield from _take_back(book, entry, "withdrawn", at, passed=False)
    entry = replace(book.open[entry.id], assigned_to=signal.agent_id, passed=frozenset())
    yield _keep(book, entry, "assigned", signal.by)


def _keep(book: Book, entry: Entry, step: CallbackStep, by: str = "system") -> Keep:
    return Keep(book.put(replace(entry, rev=entry.rev + 1)), step, by)


def _close(book: Book, entry: Entry, outcome: CallbackOutcome, by: str = "system") -> Keep:
    closed = replace(entry, stage="closed", outcome=outcome, offered_to="", offered_until=0.0)
    return _keep(book, closed, "closed", by)


_HANDLERS: Final[dict[type, Callable[[Book, Any, float], Iterator[Effect]]]] = {
    Lost: _lost,
    Asked: _asked,
    Reached: _reached,
    Floor: _floor,
    Accepted: _accepted,
    Declined: _declined,
    PlaceRefused: _refused,
    PlaceInDoubt: _in_doubt,
    Alive: _alive,
    AgentUp: _agent_up,
    CitizenDialled: _citizen_dialled,
    CitizenUp: _citizen_up,
    DialOver: _dial_over,
    AttemptOver: _over,
    Noted: _noted,
    Cancelled: _cancelled,
    Assigned: _assigned,
}
