"""The reducer of calls to crews: `apply(book, signal, at)`. Never raises; what does not fit changes nothing.

A call is placed by the one `Ring` that its id ever gets. What nobody can tell ends as `unknown`, and its
telephone rests until it cannot ring any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from hotline.outbound.crews.model import KEYS, MOST_LIVE, Book, Call, Outcome
from hotline.outbound.crews.signals import (
    Effect,
    HangUp,
    Keep,
    Looked,
    Pressed,
    Restored,
    Ring,
    Say,
    Settle,
    Signal,
    Taken,
    Words,
    Write,
    Written,
)
from hotline.outbound.signals import (
    BUSY,
    NOBODY_TOLD,
    REJECTED,
    Alive,
    InDoubt,
    NotKept,
    NotPlaced,
    Over,
    PickedUp,
    Rang,
    Unknown,
)

SPEAK_S: Final = 15.0
"""Who has picked up hears to its end that the job is not his any more; then his call is ended."""


def apply(book: Book, signal: Signal, at: float) -> tuple[Book, Sequence[Effect]]:
    """The book after the signal, and what follows from it, in order."""
    return book, list(_HANDLERS[type(signal)](book, signal, at))


def _looked(book: Book, signal: Looked, at: float) -> Iterator[Effect]:
    for line in [line for line, until in book.resting.items() if until <= at]:
        del book.resting[line]
    wanted = {one.call_id for one in signal.wanted}
    for call in list(book.live.values()):
        yield from _watch(book, call, at, wanted=call.wanted.call_id in wanted)
    held = {call.wanted.line for call in book.live.values()}
    for one in signal.wanted:
        known = one.call_id in book.live or one.call_id in book.done
        if known or one.line in held or one.line in book.resting or len(book.live) >= MOST_LIVE:
            continue
        held.add(one.line)
        book.live[one.call_id] = Call(one, book.system, at)
        yield Ring(book.live[one.call_id])


def _watch(book: Book, call: Call, at: float, *, wanted: bool) -> Iterator[Effect]:
    age = at - call.began
    if age > book.rules.longest_s(call) and (call.in_doubt or age > 2 * book.rules.longest_s(call)):
        yield from _finish(book, call, "unknown", at)
    elif call.in_doubt or age > book.rules.longest_s(call) or (not call.seen and age > book.rules.quiet_s):
        yield Settle(call)
    elif not wanted and not call.kept:
        yield from _not_wanted(book, call, at)


def _not_wanted(book: Book, call: Call, at: float) -> Iterator[Effect]:
    if call.unwanted_since is None:
        call = _put(book, replace(call, unwanted_since=at))
        if call.stage == "listening":
            yield Say(call, "gone")
    # What is pressed is being written down; that tells him what it is worth.
    ends = call.stage in {"placing", "ringing"} or (
        call.stage == "listening" and at - (call.unwanted_since or at) > SPEAK_S
    )
    if ends:
        yield HangUp(call)


def _restored(book: Book, signal: Restored, _at: float) -> Iterator[Effect]:
    for call in signal.calls:
        known = call.wanted.call_id in book.live or call.wanted.call_id in book.done
        if call.system == book.system and call.ended is None and not known:
            book.live[call.wanted.call_id] = replace(call, in_doubt=True, seen=False)
    yield from ()


def _not_kept(book: Book, signal: NotKept, at: float) -> Iterator[Effect]:
    yield from _unmake(book, signal.channel_id, at)


def _taken(book: Book, signal: Taken, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    yield from _unmake(book, signal.channel_id, at)
    if call is not None and not signal.again:
        book.done[call.wanted.call_id] = None


def _unmake(book: Book, channel_id: str, at: float) -> Iterator[Effect]:
    """It was never made: its id is free again after a moment."""
    call = book.of_channel(channel_id)
    if call is not None:
        del book.live[call.wanted.call_id]
        book.resting[call.wanted.line] = at + book.rules.again_s
    yield from ()


def _not_placed(book: Book, signal: NotPlaced, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is not None and call.stage == "placing":
        yield from _finish(book, call, signal.outcome, at)


def _in_doubt(book: Book, signal: InDoubt, _at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is not None and not call.in_doubt:
        yield Settle(_put(book, replace(call, in_doubt=True)))


def _unknown(book: Book, signal: Unknown, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is not None:
        yield from _finish(book, call, "unknown", at)


def _alive(book: Book, signal: Alive, _at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is not None:
        _put(book, _seen(call))
    yield from ()


def _rang(book: Book, signal: Rang, _at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is None:
        return
    call = _put(book, _seen(call))
    if call.stage == "placing":
        yield Keep(_put(book, replace(call, stage="ringing")))


def _picked_up(book: Book, signal: PickedUp, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is None:
        return
    call = _put(book, _seen(call))
    if call.stage in {"placing", "ringing"}:
        call = _put(book, replace(call, stage="listening", answered=at))
        yield Keep(call)
        if call.unwanted_since is not None:
            yield Say(call, "gone")


def _pressed(book: Book, signal: Pressed, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is None:
        for one in book.unknown.values():
            if one.channel_id == signal.channel_id and signal.key in KEYS[one.wanted.purpose]:
                yield Write(replace(one, key=signal.key))
        return
    if signal.key not in KEYS[call.wanted.purpose]:
        return
    call = _put(book, _seen(call))
    if call.kept:
        yield Say(call, _words(call))
        return
    if call.stage not in {"pressed", "talking"}:
        # The first key that counts stays: he hears what became of it.
        call = replace(call, stage="pressed", key=signal.key, answered=call.answered or at)
        yield Keep(_put(book, call))
    yield Write(call)


def _written(book: Book, signal: Written, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is None:
        for one in book.unknown.values():
            if one.channel_id == signal.channel_id:
                yield Say(one, "gone" if signal.how == "gone" or not one.key else _words(one))
        return
    if call.stage != "pressed":
        return
    if signal.how == "gone":
        _put(book, replace(call, unwanted_since=call.unwanted_since or at))
        yield Say(call, "gone")
        return
    talks = call.wanted.purpose == "talk"
    call = _put(book, replace(call, kept=True, stage="talking" if talks else call.stage))
    if talks:
        yield Keep(call)
    yield Say(call, _words(call))


def _words(call: Call) -> Words:
    if call.wanted.purpose == "talk":
        return "connect"
    return "accepted" if call.key == "1" else "declined"


def _over(book: Book, signal: Over, at: float) -> Iterator[Effect]:
    call = book.of_channel(signal.channel_id)
    if call is not None:
        yield from _finish(book, call, _outcome(call, signal.cause), at)


def _outcome(call: Call, cause: int) -> Outcome:
    """What the switch showed of a call that is over."""
    if call.kept:
        return "talked" if call.wanted.purpose == "talk" else "answered"
    if call.stage == "listening" and call.wanted.purpose == "recall":
        return "heard"
    if call.unwanted_since is not None:
        return "stopped"
    if call.stage in {"pressed", "listening"}:
        return "lost" if call.stage == "pressed" else "no_key"
    return _not_picked_up(call, cause)


def _not_picked_up(call: Call, cause: int) -> Outcome:
    if cause == BUSY:
        return "busy"
    if call.stage == "ringing":
        return "rejected" if cause == REJECTED else "no_answer"
    return "unreachable" if cause != NOBODY_TOLD else "unknown"


def _finish(book: Book, call: Call, outcome: Outcome, at: float) -> Iterator[Effect]:
    ended = replace(call, stage="over", ended=at, outcome=outcome, in_doubt=False)
    if outcome == "unknown":
        until = call.began + book.rules.ring_s + book.rules.quiet_s
        book.resting[call.wanted.line] = max(until, book.resting.get(call.wanted.line, 0.0))
    book.end(ended)
    yield Keep(ended)


def _seen(call: Call) -> Call:
    return replace(call, in_doubt=False, seen=True)


def _put(book: Book, call: Call) -> Call:
    book.live[call.wanted.call_id] = call
    return call


_HANDLERS: Final[dict[type, Callable[[Book, Any, float], Iterator[Effect]]]] = {
    Looked: _looked,
    Restored: _restored,
    NotKept: _not_kept,
    Taken: _taken,
    NotPlaced: _not_placed,
    InDoubt: _in_doubt,
    Unknown: _unknown,
    Alive: _alive,
    Rang: _rang,
    PickedUp: _picked_up,
    Pressed: _pressed,
    Written: _written,
    Over: _over,
}
