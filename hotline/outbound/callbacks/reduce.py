"""The reducer of callbacks: `apply(book, signal, at)`. Never raises; what does not fit the entry's stage
changes nothing. What becomes of an attempt stands in `attempts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from hotline.outbound.callbacks import attempts
from hotline.outbound.callbacks.attempts import after, finish
from hotline.outbound.callbacks.model import FINAL, LIVE, MOST_CALLS, CallbackBook, Entry
from hotline.outbound.callbacks.offering import offer
from hotline.outbound.callbacks.signals import (
    Asked,
    Assigned,
    Cancelled,
    Declined,
    Effect,
    Floor,
    Full,
    Lost,
    Noted,
    OfferEnd,
    Reached,
)
from hotline.outbound.callbacks.steps import close, end_offer, keep
from hotline.outbound.signals import CallSignal


def apply(book: CallbackBook, signal: CallSignal, at: float) -> tuple[CallbackBook, Sequence[Effect]]:
    """The book after the signal, and what follows from it, in order."""
    handler = _HANDLERS.get(type(signal))
    return book, [] if handler is None else list(handler(book, signal, at))


def restore(book: CallbackBook, entries: Iterable[Entry], at: float) -> None:
    """What was open when the last run ended. What it was about to dial, or was dialling, is in doubt from now
    on: however long nobody ran, the switch is asked before it counts as made.
    """
    book.restored_at = at
    for entry in entries:
        attempt = entry.attempt
        if entry.live and attempt is not None:
            book.put(entry.with_attempt(replace(attempt, in_doubt=True)))
        else:
            book.put(replace(entry, stage="waiting", offered_to="", offered_until=0.0))


# --- calls that were lost, and citizens who were spoken with -----------------------------------------


def _lost(book: CallbackBook, signal: Lost, at: float) -> Iterator[Effect]:
    call = signal.call
    known = book.of_number(signal.number)
    if known is None:
        yield _opened(book, signal, at, place=call.place, caller=signal.caller, calls=(call,))
        return
    same = next((one for one in known.calls if one.call_id == call.call_id), None)
    if same is not None:
        # Its caller asked first and hung up then: one call, told twice.
        if call.voicemail is None or same.voicemail is not None:
            return
        calls = tuple(replace(one, voicemail=call.voicemail) if one is same else one for one in known.calls)
    else:
        calls = (*known.calls[:1], *known.calls[1:][-(MOST_CALLS - 2) :], call)
    yield keep(book, replace(known, calls=calls, place=min(known.place, call.place)), "merged")


def _asked(book: CallbackBook, signal: Asked, at: float) -> Iterator[Effect]:
    known = book.of_number(signal.number)
    if known is not None:
        assigned = signal.agent_id or known.assigned_to
        yield keep(
            book, replace(known, note=signal.note or known.note, assigned_to=assigned), "merged", signal.by
        )
        return
    yield _opened(
        book, signal, at, place=at, by=signal.by, note=signal.note, assigned_to=signal.agent_id
    )  # fmt: skip


def _opened(
    book: CallbackBook, signal: Lost | Asked, at: float, *, place: float, by: str = "system", **more: Any
) -> Effect:
    """A new entry, if there is room for one."""
    if len(book.open) >= book.rules.most:
        return Full(signal.number)
    made = Entry(
        id=signal.entry_id,
        number=signal.number,
        dial=signal.dial,
        queue=signal.queue,
        language=signal.language,
        place=place,
        created=at,
        due=book.rules.retries.hours.next_open(at),
        expires=at + book.rules.expires_s,
        **more,
    )
    return keep(book, made, "requested", by)


def _reached(book: CallbackBook, signal: Reached, _at: float) -> Iterator[Effect]:
    entry = book.of_number(signal.number)
    if entry is None:
        return
    if entry.live:
        if not entry.superseded:
            yield keep(book, replace(entry, superseded=True), "superseded")
        return
    yield from end_offer(entry, "withdrawn")
    yield close(book, entry, "withdrawn")


# --- offers ------------------------------------------------------------------------------------------


def _floor(book: CallbackBook, floor: Floor, at: float) -> Iterator[Effect]:
    ready = {agent.id for agent in floor.ready}
    for agent_id in [agent_id for agent_id, until in book.resting.items() if until <= at]:
        del book.resting[agent_id]
    for entry in list(book):
        if entry.stage == "offered":
            yield from _look_at_offer(book, entry, floor, ready, at)
        elif _too_long_in_doubt(book, entry, at):
            yield from finish(book, entry, "unknown", at)
        if (now := book.open.get(entry.id)) and now.stage == "waiting" and now.expires <= at:
            yield close(book, now, "expired")
    yield from offer(book, floor, at)


def _too_long_in_doubt(book: CallbackBook, entry: Entry, at: float) -> bool:
    attempt = entry.attempt
    if entry.stage != "placing" or attempt is None or not attempt.in_doubt:
        return False
    return at - max(attempt.began, book.restored_at) >= book.rules.doubt_s


def _look_at_offer(
    book: CallbackBook, entry: Entry, floor: Floor, ready: set[str], at: float
) -> Iterator[Effect]:
    agent_id = entry.offered_to
    if at >= entry.offered_until:
        book.resting[agent_id] = at + book.rules.rest_s
        yield from _take_back(book, entry, "expired", at, passed=True)
    elif agent_id not in ready or entry.number in floor.on_line:
        yield from _take_back(book, entry, "withdrawn", at, passed=False)


def _declined(book: CallbackBook, signal: Declined, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.stage != "offered" or entry.offered_to != signal.agent_id:
        return
    yield from _take_back(book, entry, "declined", at, passed=True)
    yield keep(book, book.open[entry.id], "passed", signal.by)


def _take_back(
    book: CallbackBook, entry: Entry, why: OfferEnd, at: float, *, passed: bool
) -> Iterator[Effect]:
    yield from end_offer(entry, why)
    gone_by = entry.passed | {entry.offered_to} if passed else entry.passed
    # Whom it is assigned to gets it again after a pause: there is nobody else to ask meanwhile.
    due = at + book.rules.again_s if passed and entry.assigned_to else entry.due
    waiting = replace(entry, stage="waiting", offered_to="", offered_until=0.0, passed=gone_by, due=due)
    book.put(waiting)


# --- what people say ---------------------------------------------------------------------------------


def _noted(book: CallbackBook, signal: Noted, at: float) -> Iterator[Effect]:
    """May correct what the switch showed: an answering machine answers, too."""
    entry = book.find(signal.entry_id)
    if entry is None or entry.stage in LIVE or entry.attempt is None or entry.attempt.ended is None:
        return
    other = book.of_number(entry.number)
    yield from end_offer(entry, "withdrawn")
    said = entry.with_attempt(replace(entry.attempt, outcome=signal.outcome, note=signal.note))
    if other is not None and other.id != entry.id and signal.outcome not in FINAL:
        # He has been lost once more since: that entry goes on, this one stays closed.
        yield keep(book, said, "noted", signal.by)
        return
    yield from after(book, said, at, signal.by)


def _cancelled(book: CallbackBook, signal: Cancelled, _at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is not None and not entry.live:
        yield from end_offer(entry, "withdrawn")
        yield close(book, replace(entry, note=signal.note or entry.note), "cancelled", signal.by)


def _assigned(book: CallbackBook, signal: Assigned, at: float) -> Iterator[Effect]:
    entry = book.open.get(signal.entry_id)
    if entry is None or entry.live or entry.assigned_to == signal.agent_id:
        return
    if entry.stage == "offered" and entry.offered_to != signal.agent_id:
        yield from _take_back(book, entry, "withdrawn", at, passed=False)
    entry = replace(book.open[entry.id], assigned_to=signal.agent_id, passed=frozenset())
    yield keep(book, entry, "assigned", signal.by)


_HANDLERS: Final[dict[type, Callable[[CallbackBook, Any, float], Iterator[Effect]]]] = {
    **attempts.HANDLERS,
    Lost: _lost,
    Asked: _asked,
    Reached: _reached,
    Floor: _floor,
    Declined: _declined,
    Noted: _noted,
    Cancelled: _cancelled,
    Assigned: _assigned,
}
