"""The reducer of calls for alarms: `apply(book, signal, at)`. Never raises; what does not fit changes
nothing.

A call is placed by the one `Ring` that makes it. One of which nothing is known ends as `unknown`, its
telephone rests until it cannot ring any more, and the next call is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from hotline.outbound.alarms.events import AlarmCallOutcome
from hotline.outbound.alarms.model import MOST_ALARMS, Alarm, Attempt, Book, Callee, attempt_id
from hotline.outbound.alarms.signals import (
    Acknowledge,
    Answered,
    Effect,
    Exhausted,
    HangUp,
    Keep,
    Looked,
    Opened,
    Pressed,
    Refused,
    Reread,
    Ring,
    Say,
    Settle,
    Signal,
    Taken,
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
"""Who has picked up hears to its end that the alarm is answered; then his call is ended."""


def apply(book: Book, signal: Signal, at: float) -> tuple[Book, Sequence[Effect]]:
    """The book after the signal, and what follows from it, in order."""
    return book, list(_HANDLERS[type(signal)](book, signal, at))


# --- alarms ------------------------------------------------------------------------------------------


def _opened(book: Book, signal: Opened, _at: float) -> Iterator[Effect]:
    known = book.alarms.get(signal.alarm_id)
    if signal.alarm_id in book.closed or (known is None and len(book.alarms) >= MOST_ALARMS):
        return
    if known is not None and not _is_news(book, known, signal.attempts):
        return
    mine = known.attempts if known is not None else ()
    attempts = tuple(
        mine[index] if index < len(mine) and mine[index].system == book.system else _restored(book, one)
        for index, one in enumerate(signal.attempts)
    )
    newest = max((one.round for one in attempts), default=0)
    for one in attempts:
        if one.outcome == "unknown":
            _rest(book, one)
    book.put(
        Alarm(
            signal.alarm_id,
            signal.unit_id,
            attempts,
            round=newest,
            tried=frozenset(one.callee.user_id for one in attempts if one.round == newest),
            due=0.0 if known is None else known.due,
        )
    )
    yield from ()


def _is_news(book: Book, known: Alarm, attempts: Sequence[Attempt]) -> bool:
    """Whether another process has done more for this alarm than is known here."""
    if known.answered or (known.live is not None and known.live.system == book.system):
        return False
    return len(attempts) > len(known.attempts) - (known.live is not None)


def _restored(book: Book, attempt: Attempt) -> Attempt:
    """What was live when the last run ended is in doubt."""
    ours = attempt.live and attempt.system == book.system
    return replace(attempt, in_doubt=True) if ours else attempt


def _answered(book: Book, signal: Answered, at: float) -> Iterator[Effect]:
    alarm = book.alarms.get(signal.alarm_id)
    if alarm is None:
        book.close(signal.alarm_id)
        return
    if alarm.answered:
        return
    alarm = replace(alarm, answered=True, answered_by=signal.by, due=at)
    for one in alarm.attempts:
        if one.outcome == "unknown":
            yield from _end_unknown(alarm, one)
    live = alarm.live
    if live is None or live.system != book.system:
        book.close(alarm.alarm_id)
        return
    book.put(alarm)
    yield _end(alarm, live)


def _end_unknown(alarm: Alarm, one: Attempt) -> Iterator[Effect]:
    """It was given up as unknown, and may ring or be heard all the same."""
    if alarm.answered_by == one.channel_id:
        yield Keep(replace(one, outcome="acknowledged"))
        yield Say(one, "acknowledged")
    else:
        yield HangUp(one)


def _end(alarm: Alarm, live: Attempt) -> Effect:
    """What ends the call of an alarm that is answered."""
    if live.stage in {"placing", "ringing"}:
        return HangUp(live)
    own = alarm.answered_by == live.channel_id
    return Say(live, "acknowledged" if own else "answered")


# --- time --------------------------------------------------------------------------------------------


def _looked(book: Book, signal: Looked, at: float) -> Iterator[Effect]:
    for line in [line for line, until in book.resting.items() if until <= at]:
        del book.resting[line]
    for alarm in book:
        live = alarm.live
        if live is None:
            yield from _call_next(book, alarm, signal.people, at)
        elif live.system != book.system and at - live.began <= book.rules.longest_s:
            yield Reread(alarm.alarm_id)
        elif live.system != book.system or (alarm.answered and at - live.began > book.rules.longest_s):
            yield from _finish(book, alarm, "unknown", at)
        elif alarm.answered:
            if live.stage in {"placing", "ringing"} or at - alarm.due > SPEAK_S:
                yield HangUp(live)
        else:
            yield from _watch(book, alarm, live, at)


def _watch(book: Book, alarm: Alarm, live: Attempt, at: float) -> Iterator[Effect]:
    age = at - live.began
    if live.in_doubt:
        if age > book.rules.longest_s:
            yield from _finish(book, alarm, "unknown", at)
        else:
            yield Settle(live)
    elif age > book.rules.longest_s or (not live.seen and age > book.rules.quiet_s):
        yield Settle(live)


def _call_next(book: Book, alarm: Alarm, people: Sequence[Callee], at: float) -> Iterator[Effect]:
    if alarm.answered or at < alarm.due or not people:
        return
    left = [one for one in people if one.user_id not in alarm.tried]
    if not left:
        if alarm.exhausted:
            return
        if alarm.round + 1 >= book.rules.rounds:
            yield Exhausted(book.put(replace(alarm, exhausted=True)))
            return
        last = max((one.ended or at for one in alarm.attempts), default=at)
        due = last + book.rules.pauses_s[alarm.round]
        alarm = book.put(replace(alarm, round=alarm.round + 1, tried=frozenset(), due=due))
        if at < due:
            return
        left = list(people)
    held = {one.callee.line for one in book.live()}
    for callee in left:
        if callee.line not in held and callee.line not in book.resting:
            yield from _call(book, alarm, callee, at)
            return


def _call(book: Book, alarm: Alarm, callee: Callee, at: float) -> Iterator[Effect]:
    number = alarm.attempts[-1].number + 1 if alarm.attempts else 1
    attempt = Attempt(
        attempt_id(alarm.alarm_id, number),
        alarm.alarm_id,
        alarm.unit_id,
        number,
        alarm.round,
        callee,
        book.system,
        at,
    )
    book.put(replace(alarm, attempts=(*alarm.attempts, attempt), exhausted=False))
    yield Ring(attempt)


# --- what becomes of a call --------------------------------------------------------------------------


def _not_kept(book: Book, signal: NotKept, at: float) -> Iterator[Effect]:
    yield from _unmake(book, signal.channel_id, at)


def _taken(book: Book, signal: Taken, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    yield from _unmake(book, signal.channel_id, at)
    if alarm is not None and alarm.alarm_id in book.alarms:
        yield Reread(alarm.alarm_id)


def _unmake(book: Book, channel_id: str, at: float) -> Iterator[Effect]:
    """It was never made: its number is free again."""
    alarm = book.of_channel(channel_id)
    if alarm is not None:
        if alarm.answered:
            book.close(alarm.alarm_id)
        else:
            book.put(replace(alarm, attempts=alarm.attempts[:-1], due=at + book.rules.again_s))
    yield from ()


def _not_placed(book: Book, signal: NotPlaced, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None and alarm.attempts[-1].stage == "placing":
        yield from _finish(book, alarm, signal.outcome, at)


def _in_doubt(book: Book, signal: InDoubt, _at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None and not alarm.attempts[-1].in_doubt:
        doubtful = replace(alarm.attempts[-1], in_doubt=True)
        book.put(_with(alarm, doubtful))
        yield Settle(doubtful)


def _unknown(book: Book, signal: Unknown, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None:
        yield from _finish(book, alarm, "unknown", at)


def _alive(book: Book, signal: Alive, _at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None:
        book.put(_with(alarm, _seen(alarm)))
    yield from ()


def _rang(book: Book, signal: Rang, _at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is None:
        return
    live = _seen(alarm)
    if live.stage == "placing":
        live = replace(live, stage="ringing")
        yield Keep(live)
    book.put(_with(alarm, live))
    if alarm.answered:
        yield _end(alarm, live)


def _picked_up(book: Book, signal: PickedUp, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is None:
        return
    live = _seen(alarm)
    if live.stage in {"placing", "ringing"}:
        live = replace(live, stage="listening", answered=at)
        yield Keep(live)
    book.put(_with(alarm, live))
    if alarm.answered:
        yield _end(alarm, live)


def _pressed(book: Book, signal: Pressed, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is None:
        yield from (Acknowledge(one) for one in book.unknown(signal.channel_id))
        return
    live = _seen(alarm)
    if live.stage != "pressed":
        live = replace(live, stage="pressed", answered=live.answered or at)
        yield Keep(live)
    alarm = book.put(_with(alarm, live))
    yield _end(alarm, live) if alarm.answered else Acknowledge(live)


def _seen(alarm: Alarm) -> Attempt:
    """The live call, now that the switch shows it."""
    return replace(alarm.attempts[-1], in_doubt=False, seen=True)


def _refused(book: Book, signal: Refused, _at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None:
        yield Say(alarm.attempts[-1], "lost")


def _over(book: Book, signal: Over, at: float) -> Iterator[Effect]:
    alarm = book.of_channel(signal.channel_id)
    if alarm is not None:
        yield from _finish(book, alarm, _outcome(alarm, alarm.attempts[-1], signal.cause), at)


def _outcome(alarm: Alarm, live: Attempt, cause: int) -> AlarmCallOutcome:
    """What the switch showed of a call that is over."""
    if alarm.answered:
        return "acknowledged" if alarm.answered_by == live.channel_id else "stopped"
    if live.stage == "pressed":
        return "lost"
    if live.stage == "listening":
        return "no_key"
    if cause == BUSY:
        return "busy"
    if live.stage == "ringing":
        return "declined" if cause == REJECTED else "no_answer"
    return "unreachable" if cause != NOBODY_TOLD else "unknown"


def _finish(book: Book, alarm: Alarm, outcome: AlarmCallOutcome, at: float) -> Iterator[Effect]:
    """The live call is over."""
    last = alarm.attempts[-1]
    ended = replace(last, stage="over", ended=at, outcome=outcome, in_doubt=False)
    if outcome == "unknown":
        _rest(book, last)
    yield Keep(ended)
    if alarm.answered:
        book.close(alarm.alarm_id)
        return
    due = at + book.rules.again_s if outcome == "not_placed" else at
    book.put(replace(_with(alarm, ended), tried=alarm.tried | {last.callee.user_id}, due=due))


def _rest(book: Book, attempt: Attempt) -> None:
    """Its telephone is left alone for as long as it may ring."""
    until = attempt.began + book.rules.ring_s + book.rules.quiet_s
    book.resting[attempt.callee.line] = max(until, book.resting.get(attempt.callee.line, 0.0))


def _with(alarm: Alarm, attempt: Attempt) -> Alarm:
    """With the last call replaced."""
    return replace(alarm, attempts=(*alarm.attempts[:-1], attempt))


_HANDLERS: Final[dict[type, Callable[[Book, Any, float], Iterator[Effect]]]] = {
    Opened: _opened,
    Answered: _answered,
    Looked: _looked,
    NotKept: _not_kept,
    Taken: _taken,
    NotPlaced: _not_placed,
    InDoubt: _in_doubt,
    Unknown: _unknown,
    Alive: _alive,
    Rang: _rang,
    PickedUp: _picked_up,
    Pressed: _pressed,
    Refused: _refused,
    Over: _over,
}
