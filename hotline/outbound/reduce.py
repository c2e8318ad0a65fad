"""The reducer of automated calls: `apply(book, signal, at)`. Never raises; what does not fit changes nothing.

A call is placed by the one `Ring` that its id gets. What nobody can tell ends as `unknown`, and its telephone
rests until it cannot ring any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, Effect, HangUp, Ring, SaveCall, Say, Settle
from hotline.outbound.model import AutomatedCall, CallOutcome, T
from hotline.outbound.signals import (
    BUSY,
    NOT_SEEN,
    REJECTED,
    Alive,
    CallNotPlaced,
    CallSignal,
    InDoubt,
    KeyCommitted,
    NotKept,
    OutOfQueue,
    Over,
    PickedUp,
    PolicySignal,
    Pressed,
    Rang,
    Taken,
    Unknown,
)

SPEAK_S: Final = 15.0
"""The last words are heard to their end; then the call is ended."""


def apply(book: CallBook[T], signal: CallSignal, at: float) -> tuple[CallBook[T], Sequence[Effect]]:
    """The book after the signal, and what follows from it, in order."""
    if isinstance(signal, PolicySignal):
        return book, list(book.policy.apply(book, signal, at))
    return book, list(_HANDLERS[type(signal)](book, signal, at))


# --- for policies ------------------------------------------------------------------------------------


def ring(book: CallBook[T], target: T, at: float) -> Ring:
    """Place a call that is `book.free`."""
    return Ring(book.put(AutomatedCall(target, book.system, at)))


def restore(book: CallBook[T], calls: Iterable[AutomatedCall[T]]) -> None:
    """Calls that an earlier run placed, or another switch. Ours that are not over are in doubt."""
    for call in calls:
        if call.outcome == "unknown" and call.channel_id not in book.unknown:
            book.give_up(call)
        known = call.channel_id in book.live or call.channel_id in book.done
        if call.system == book.system and call.ended is None and not known:
            # These stages follow a key that is committed.
            kept = call.stage in {"queued", "talking"}
            book.put(replace(call, in_doubt=True, seen=False, committed=kept))


def watch(book: CallBook[T], at: float) -> Iterator[Effect]:
    """Time has passed: go on with each live call."""
    for line in [line for line, until in book.resting.items() if until <= at]:
        del book.resting[line]
    for call in list(book.live.values()):
        yield from _watch(book, call, at)


def withdraw(book: CallBook[T], call: AutomatedCall[T], at: float) -> Iterator[Effect]:
    """The call is not wanted any more: it is ended; who has picked up hears so first."""
    call = book.put(replace(call, unwanted=True))
    if call.stage in {"placing", "ringing"}:
        yield HangUp(call)
    elif call.stage == "listening" and call.last_word is None:
        yield _say_last(book, call, book.policy.gone, at)
    # What is pressed is being committed; that tells him what it is worth.


# --- time --------------------------------------------------------------------------------------------


def _watch(book: CallBook[T], call: AutomatedCall[T], at: float) -> Iterator[Effect]:
    age, longest = at - call.began, book.longest_s(call)
    if age > longest and (call.in_doubt or age > 2 * longest):
        yield from _finish(book, call, "unknown", at)
        return
    if call.in_doubt or age > longest or (not call.seen and age > book.timing.quiet_s):
        yield Settle(call)
    if call.last_word is not None:
        if at - call.last_word > SPEAK_S:
            yield HangUp(call)
    elif not call.committed and not book.policy.wants(call):
        yield from withdraw(book, call, at)


# --- how it is placed --------------------------------------------------------------------------------


def _not_kept(book: CallBook[Any], signal: NotKept, at: float) -> Iterator[Effect]:
    yield from _unmake(book, signal.channel_id, at, there=False)


def _taken(book: CallBook[Any], signal: Taken, at: float) -> Iterator[Effect]:
    yield from _unmake(book, signal.channel_id, at, there=not signal.again)


def _unmake(book: CallBook[Any], channel_id: str, at: float, *, there: bool) -> Iterator[Effect]:
    """It was never made here: its id is free again after a moment."""
    call = book.live.pop(channel_id, None)
    if call is not None:
        book.rest(call.target.line, at + book.timing.again_s)
        yield from book.policy.unmade(book, call, at, there=there)


def _not_placed(book: CallBook[Any], signal: CallNotPlaced, at: float) -> Iterator[Effect]:
    call = book.live.get(signal.channel_id)
    if call is not None and call.stage == "placing" and not (signal.searched and call.seen):
        yield from _finish(book, call, signal.outcome, at)


def _in_doubt(book: CallBook[Any], signal: InDoubt, _at: float) -> Iterator[Effect]:
    call = book.live.get(signal.channel_id)
    if call is not None and not call.in_doubt:
        yield Settle(book.put(replace(call, in_doubt=True)))


def _unknown(book: CallBook[Any], signal: Unknown, at: float) -> Iterator[Effect]:
    call = book.live.get(signal.channel_id)
    if call is not None:
        yield from _finish(book, call, "unknown", at)


# --- what the switch shows ---------------------------------------------------------------------------


def _seen(book: CallBook[Any], channel_id: str) -> AutomatedCall[Any] | None:
    call = book.live.get(channel_id)
    return None if call is None else book.put(replace(call, in_doubt=False, seen=True))


def _alive(book: CallBook[Any], signal: Alive, _at: float) -> Iterator[Effect]:
    _seen(book, signal.channel_id)
    yield from ()


def _rang(book: CallBook[Any], signal: Rang, _at: float) -> Iterator[Effect]:
    call = _seen(book, signal.channel_id)
    if call is None or call.stage != "placing":
        return
    call = book.put(replace(call, stage="ringing"))
    yield SaveCall(call)
    if call.unwanted:
        yield HangUp(call)


def _picked_up(book: CallBook[Any], signal: PickedUp, at: float) -> Iterator[Effect]:
    call = _seen(book, signal.channel_id)
    if call is None or call.stage not in {"placing", "ringing"}:
        return
    call = book.put(replace(call, stage="listening", answered=at))
    yield SaveCall(call)
    if call.unwanted:
        yield _say_last(book, call, book.policy.gone, at)


def _out_of_queue(book: CallBook[Any], signal: OutOfQueue, _at: float) -> Iterator[Effect]:
    call = _seen(book, signal.channel_id)
    if call is not None and (
        call.stage == "queued" or (call.stage == "talking" and signal.agent and not call.agent)
    ):
        call = book.put(replace(call, stage="talking", agent=signal.agent))
        yield SaveCall(call)


def _over(book: CallBook[Any], signal: Over, at: float) -> Iterator[Effect]:
    call = _seen(book, signal.channel_id)
    if call is not None:
        yield from _finish(book, call, outcome_of(book, call, signal.cause), at)


# --- keys --------------------------------------------------------------------------------------------


def _pressed(book: CallBook[Any], signal: Pressed, at: float) -> Iterator[Effect]:
    call = _seen(book, signal.channel_id) or book.unknown.get(signal.channel_id)
    if call is None or signal.key not in book.policy.keys(call.target):
        return
    if call.committed:
        yield Say(call, book.policy.reply(call).words)
        return
    # The first key that counts stays: he hears what became of it.
    if not call.key:
        call = replace(call, key=signal.key, spoken=signal.spoken)
    if call.ended is not None:
        book.unknown[call.channel_id] = call
    elif call.stage != "pressed":
        call = book.put(replace(call, stage="pressed", answered=call.answered or at))
        yield SaveCall(call)
    yield CommitKey(call)


def _key_committed(book: CallBook[Any], signal: KeyCommitted, at: float) -> Iterator[Effect]:
    call = book.live.get(signal.channel_id) or book.unknown.get(signal.channel_id)
    if call is None or not call.key or call.committed:
        return
    if signal.how == "gone":
        yield _say_last(book, replace(call, unwanted=True), book.policy.gone, at)
    elif signal.how == "refused":
        yield Say(call, "lost")
    else:
        yield from _answer(book, call, at)


def _answer(book: CallBook[Any], call: AutomatedCall[Any], at: float) -> Iterator[Effect]:
    """His key is committed: what follows for others, and what he hears."""
    reply = book.policy.reply(call)
    call = _keep(book, replace(call, committed=True))
    if reply.goes_on and call.ended is None:
        call = book.put(replace(call, stage=reply.goes_on))
        yield SaveCall(call)
    yield from book.policy.committed(book, call, at)
    yield Say(call, reply.words) if reply.goes_on else _say_last(book, call, reply.words, at)


def _say_last(book: CallBook[Any], call: AutomatedCall[Any], words: str, at: float) -> Say:
    return Say(_keep(book, replace(call, last_word=at)), words)


def _keep(book: CallBook[Any], call: AutomatedCall[Any]) -> AutomatedCall[Any]:
    """Keep this version, also of a call that was given up as unknown."""
    if call.ended is None:
        return book.put(call)
    book.unknown[call.channel_id] = call
    return call


# --- the end -----------------------------------------------------------------------------------------


def outcome_of(book: CallBook[T], call: AutomatedCall[T], cause: int) -> CallOutcome:
    """What the switch showed of a call that is over; `cause` is a Q.850 code."""
    if call.stage == "talking":
        return "talked"
    if call.committed:
        return book.policy.reply(call).outcome
    if call.stage == "listening" and not book.policy.keys(call.target):
        return "heard"
    if call.unwanted:
        return "stopped"
    if call.stage in {"pressed", "listening"}:
        return "lost" if call.stage == "pressed" else "no_key"
    return _not_picked_up(book, call, cause)


def _not_picked_up(book: CallBook[T], call: AutomatedCall[T], cause: int) -> CallOutcome:
    if cause == BUSY:
        return "busy"
    if call.stage == "ringing":
        return book.policy.rejected if cause == REJECTED else "no_answer"
    if cause in book.policy.refused:
        return "not_placed"
    return "unreachable" if cause != NOT_SEEN else "unknown"


def _finish(book: CallBook[T], call: AutomatedCall[T], outcome: CallOutcome, at: float) -> Iterator[Effect]:
    ended = replace(call, stage="over", ended=at, outcome=outcome, in_doubt=False)
    book.end(ended)
    yield SaveCall(ended)
    yield from book.policy.ended(book, ended, at)


_HANDLERS: Final[dict[type, Callable[[CallBook[Any], Any, float], Iterator[Effect]]]] = {
    NotKept: _not_kept,
    Taken: _taken,
    CallNotPlaced: _not_placed,
    InDoubt: _in_doubt,
    Unknown: _unknown,
    Alive: _alive,
    Rang: _rang,
    PickedUp: _picked_up,
    Pressed: _pressed,
    KeyCommitted: _key_committed,
    OutOfQueue: _out_of_queue,
    Over: _over,
}
