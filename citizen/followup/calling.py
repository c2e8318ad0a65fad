"""Follow-ups by an automatic call: whom to call now, and what came of each attempt.

An attempt has an id before it is made, so that it rings once, and counts once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from citizen.followup import store
from citizen.followup.model import FollowUp, FollowUpAnswer, FollowUpState, answer_of, in_hours
from citizen.followup.service import FollowUps
from citizen.messages import store as message_store
from core.metrics import counter
from core.storage import Storage, Transaction

_attempts = counter("citizen_follow_up_attempts", "Automatic calls about follow-ups by outcome", ["outcome"])

_connected = counter(
    "citizen_follow_up_connected", "Reporters whom an automatic call connected with a person"
)

BY: Final = "call"
BY_SPEECH: Final = "speech"
"""Who answered, in `answered_by`: by key, or by words that stand for one."""
SAID: Final = {"y": FollowUpAnswer(solved=True), "n": FollowUpAnswer(solved=False)}
"""What is said alone: that it is solved, or not."""
NO_CALLS: Final = "x"
"""He said that he is not to be called any more."""
PERSON: Final = "0"
MOST: Final = 50
PERSON_AFTER: Final = timedelta(minutes=4)
"""Who pressed 0 may be connected within this time; until then no agent is asked to call him."""
AGAIN_AFTER: Final = timedelta(minutes=10)
"""After a call that did not ring."""
REFUSED: Final = frozenset({"no_key", "rejected"})
"""Who picked up and said nothing, or turned the call down, is not called again."""


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A call that is to ring, or may be ringing. `line` is the same for the same number."""

    call_id: UUID
    follow_up_id: UUID
    attempt: int
    line: str


class FollowUpCalling:
    """Each method may raise `StorageAway`, and may be called again with the same."""

    def __init__(self, storage: Storage, follow_ups: FollowUps) -> None:
        self._storage = storage
        self._follow_ups = follow_ups

    async def wanted(self, *, new: bool) -> list[CallWanted]:
        """All calls that are to be made now or may be running, the longest due first; one for each number.
        Without `new`, and outside the calling hours, those alone that may be running.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            since = self._follow_ups.dialled_since(now)
            found = await store.to_dial(connection, now, since, MOST, new=new and self._open(now))
        taken: set[str] = set()
        calls = []
        for one in sorted(found, key=lambda one: not one.calling):
            if one.number not in taken:
                taken.add(one.number)
                call_id, line = call_id_of(one.follow_up_id, one.calls), line_of(one.number)
                calls.append(CallWanted(call_id, one.follow_up_id, one.calls, line))
        return calls

    async def number(self, follow_up_id: UUID, attempt: int) -> str:
        """The number of this attempt; empty where it is not to be made. Who opted out is not called. From now
        on the call may be running.
        """
        async with self._storage.write() as transaction:
            one = await self._current(transaction, follow_up_id, attempt)
            now = transaction.clock.now()
            if one is None or not self._open(now) or one.closed_at < self._follow_ups.dialled_since(now):
                return ""
            if await message_store.opted_out(transaction.connection, one.number) is not None:
                await self._to(transaction, one, FollowUpState.WITHDRAWN)
                return ""
            await store.change(transaction.connection, follow_up_id, calling=True)
            return one.number

    async def began(self, follow_up_id: UUID, attempt: int) -> None:
        """It rings, or is heard: it goes on, whatever the hour."""
        async with self._storage.write() as transaction:
            one = await self._current(transaction, follow_up_id, attempt)
            if one is not None and not one.calling:
                await store.change(transaction.connection, follow_up_id, calling=True)

    async def press(
        self, follow_up_id: UUID, attempt: int, key: str, *, late: bool = False, spoken: bool = False
    ) -> bool:
        """Take the key of this attempt, or what was `spoken` instead; whether it counts, also when it is told
        again. `late`: the call was given up as unknown, and goes on all the same.
        """
        call_id = call_id_of(follow_up_id, attempt)
        async with self._storage.write() as transaction:
            known = await store.get(transaction.connection, follow_up_id, lock=True)
            if known is not None and known.last_op == call_id:
                return True
            one = await self._current(transaction, follow_up_id, attempt, late=late)
            answer = SAID.get(key) or answer_of(key)
            if one is None or (answer is None and key not in {PERSON, NO_CALLS}):
                return False
            if key == NO_CALLS:
                await self._call_no_more(transaction, one, call_id)
            elif answer is None:
                due_at = transaction.clock.now() if late else transaction.clock.now() + PERSON_AFTER
                more: dict[str, Any] = {"last_op": call_id, "attempts": 0}
                await self._follow_ups.to_state(transaction, one, FollowUpState.CALL, due_at, **more)
            else:
                by = BY_SPEECH if spoken else BY
                await self._follow_ups.take_answer(transaction, replace(one, last_op=call_id), answer, by)
        return True

    async def connected(self, follow_up_id: UUID, attempt: int, agent: str) -> None:
        """The reporter of this attempt talks with a person: `agent` has the follow-up and enters what is
        said; empty where nobody saw who it is.
        """
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, follow_up_id, lock=True)
            if one is None or one.last_op != call_id_of(follow_up_id, attempt):
                return
            now, taken_by = transaction.clock.now(), one.taken_by or agent
            values: dict[str, Any] = {"connected_at": one.connected_at or now, "taken_by": taken_by}
            if one.state is FollowUpState.CALL and taken_by:
                values["due_at"] = now
            await store.change(transaction.connection, follow_up_id, **values)
            if one.connected_at is None:
                _connected.inc()

    async def ended(self, follow_up_id: UUID, attempt: int, outcome: str, *, sent: bool = True) -> None:
        """What became of this attempt, once: it is made again later, or not any more. One that was not
        `sent`, or that the switch did not take, is none. What rang a telephone counts for all that is to be
        asked of its number.
        """
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, follow_up_id, lock=True)
            if one is None or one.calls != attempt:
                return
            rang = sent and outcome != "not_placed"
            # Once he is to be called by an agent, the agent's attempts are counted.
            attempts = one.attempts + (rang and one.state is not FollowUpState.CALL)
            done: dict[str, Any] = {"calls": attempt + 1, "attempts": attempts, "calling": False}
            _attempts.labels(outcome).inc()
            if rang and one.number:
                pause = timedelta(hours=self._follow_ups.rules.retry_h)
                until = None if outcome in REFUSED else transaction.clock.now() + pause
                await store.spare(transaction.connection, one, until)
            if one.state is not FollowUpState.DIAL:
                if one.last_op == call_id_of(follow_up_id, attempt) and one.state is FollowUpState.CALL:
                    done["due_at"] = transaction.clock.now()
                await store.change(transaction.connection, follow_up_id, **done)
            elif outcome == "lost":
                asked = {**done, "attempts": 0, "way": "agent", "last_op": _lost_op(follow_up_id, attempt)}
                await self._to(transaction, one, FollowUpState.CALL, **asked)
            elif outcome in REFUSED or attempts >= self._follow_ups.rules.attempts:
                await self._to(transaction, one, FollowUpState.UNANSWERED, **done)
            else:
                pause = timedelta(hours=self._follow_ups.rules.retry_h) if rang else AGAIN_AFTER
                due_at = transaction.clock.now() + pause
                await store.change(transaction.connection, follow_up_id, due_at=due_at, **done)

    async def _current(
        self, transaction: Transaction, follow_up_id: UUID, attempt: int, *, late: bool = False
    ) -> FollowUp | None:
        """The follow-up of which this attempt is the present one, or with `late` the one before."""
        one = await store.get(transaction.connection, follow_up_id, lock=True)
        if one is None or not one.number:
            return None
        if late and one.calls == attempt + 1:
            return one if one.state in {FollowUpState.DIAL, FollowUpState.UNANSWERED} else None
        return one if one.state is FollowUpState.DIAL and one.calls == attempt else None

    async def _call_no_more(self, transaction: Transaction, one: FollowUp, call_id: UUID) -> None:
        """He opts out as by a text message; what else waits for a call to him is withdrawn when it is due."""
        await message_store.opt_out(transaction.connection, one.number, transaction.clock.now(), "")
        await self._to(transaction, one, FollowUpState.WITHDRAWN, last_op=call_id)

    async def _to(self, transaction: Transaction, one: FollowUp, state: FollowUpState, **more: Any) -> None:
        await self._follow_ups.to_state(transaction, one, state, transaction.clock.now(), **more)

    def _open(self, now: datetime) -> bool:
        return in_hours(self._follow_ups.rules, now, self._follow_ups.timezone_h)


def call_id_of(follow_up_id: UUID, attempt: int) -> UUID:
    """The id of an attempt, known before it is made."""
    return uuid5(follow_up_id, str(attempt))


def line_of(number: str) -> str:
    """The same for the same telephone, and for too many others to tell its number."""
    return f"follow-up:{hashlib.sha256(number.encode()).hexdigest()[:6]}"


def answer_lost(one: FollowUp) -> bool:
    """Whether the reporter pressed a key that could not be kept, and nobody has called him since."""
    lost = _lost_op(one.follow_up_id, one.calls - 1)
    return one.state is FollowUpState.CALL and one.last_op == lost


def _lost_op(follow_up_id: UUID, attempt: int) -> UUID:
    return uuid5(follow_up_id, f"lost {attempt}")
