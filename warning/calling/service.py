"""Recipients of a warning by telephone: whom to call now, and what came of each attempt.

An attempt has an id before it is made, so that it rings once. One of which nobody can tell whether it rang is
the last: its recipient is not called again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.metrics import counter
from core.storage import Storage, Transaction
from core.storage.chunks import chunks
from warning.area import DistrictsOf, WarningArea
from warning.calling import store
from warning.calling.settings import WarningCallRules
from warning.calling.store import RecipientCall, RecipientCallState
from warning.cap.model import CapStatus, CapType
from warning.channels import WarningChannel
from warning.ports import WarningOutcome, WarningText
from warning.recipients import store as register
from warning.recipients.texting import PlacesOf, among

_attempts = counter("warning_call_attempts", "Calls to recipients of warnings by outcome", ["outcome"])
MOST: Final = 200
AGAIN_AFTER: Final = timedelta(seconds=30)
"""After a call that our own switch or trunk did not take."""
MARKS: Final = {CapStatus.ACTUAL: "actual", CapStatus.EXERCISE: "exercise", CapStatus.TEST: "test"}
ABOUT: Final = {CapType.ALERT: "alert", CapType.UPDATE: "update", CapType.CANCEL: "clear"}
KEYS: Final = {"1": RecipientCallState.ACKNOWLEDGED, "2": RecipientCallState.REFUSED}
HEARD: Final = frozenset({"no_key", "lost", "answered", "heard"})
FINAL: Final = {"rejected": RecipientCallState.REFUSED, "unknown": RecipientCallState.FAILED}
"""Outcomes after which nobody is called again: turned down; or it may have rung."""
_OUTCOMES: Final = {
    RecipientCallState.WAITING: WarningOutcome.UNDER_WAY,
    RecipientCallState.ACKNOWLEDGED: WarningOutcome.ACKNOWLEDGED,
    RecipientCallState.REFUSED: WarningOutcome.REFUSED,
    RecipientCallState.HEARD: WarningOutcome.REACHED,
    RecipientCallState.FAILED: WarningOutcome.FAILED,
    RecipientCallState.WITHDRAWN: WarningOutcome.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class WarningCallWanted:
    """A call that is to ring, or may be ringing. `line` is the same for the same number."""

    call_id: UUID
    delivery_id: UUID
    attempt: int
    line: str
    mark: str
    about: str


class RecipientCalls:
    """Implements `warning.ports.AudienceChannel`: an address is a recipient's id."""

    channel = WarningChannel.CALLS
    most = 1
    registered = True

    def __init__(self, places_of: PlacesOf, clock: Clock, why_not: Callable[[], str]) -> None:
        """`why_not`: nobody can be called now (a short word), else empty."""
        self._places_of = places_of
        self._clock = clock
        self._why_not = why_not

    async def within(
        self,
        connection: AsyncConnection,
        area: WarningArea,
        districts_of: DistrictsOf,  # noqa: ARG002
    ) -> Sequence[str]:
        rows = await register.rows(connection)
        return await asyncio.to_thread(among, rows, area, self._places_of, "call") if rows else ()

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        why = self._why_not()
        if why:
            return why
        now = transaction.clock.now()
        call = RecipientCall(
            text.delivery_id, UUID(text.address), MARKS[text.status], ABOUT[text.msg_type], text.until,
            RecipientCallState.WAITING, attempt=0, rang=0, heard=False, calling=False, due_at=now,
        )  # fmt: skip
        await store.add(transaction.connection, call)
        return ""

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        for ids in chunks(delivery_ids):
            await store.withdraw(transaction.connection, ids)

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        found: dict[UUID, WarningOutcome] = {}
        for ids in chunks(delivery_ids):
            of_them = await store.of_deliveries(connection, ids)
            found |= {delivery_id: self._outcome(call) for delivery_id, call in of_them.items()}
        return found

    def _outcome(self, call: RecipientCall) -> WarningOutcome:
        """Who was not reached before its end is not called any more."""
        late = not call.calling and call.until <= self._clock.now()
        if late and call.state is RecipientCallState.WAITING:
            return WarningOutcome.REACHED if call.heard else WarningOutcome.FAILED
        return _OUTCOMES[call.state]


class WarningCalling:
    """Each method may raise `StorageAway`, and may be called again with the same."""

    def __init__(self, storage: Storage, rules: WarningCallRules) -> None:
        self._storage = storage
        self._rules = rules

    async def wanted(self, *, new: Collection[str]) -> list[WarningCallWanted]:
        """All calls that may be running, and those that are to be made now with one of these marks; one for
        each number.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            found = await store.to_call(connection, now, MOST, new=new)
        taken: set[str] = set()
        calls = []
        for one, number in found:
            if number not in taken:
                taken.add(number)
                call_id = call_id_of(one.delivery_id, one.attempt)
                calls.append(
                    WarningCallWanted(
                        call_id, one.delivery_id, one.attempt, line_of(number), one.mark, one.about
                    )
                )
        return calls

    async def number(self, delivery_id: UUID, attempt: int) -> str:
        """The number of this attempt; empty where it is not to be made. From now on the call may be
        running.
        """
        async with self._storage.write() as transaction:
            one = await self._current(transaction, delivery_id, attempt)
            if one is None or one.until <= transaction.clock.now():
                return ""
            number = await register.number_of(transaction.connection, one.recipient_id)
            if number:
                await store.change(transaction.connection, delivery_id, calling=True)
            return number

    async def began(self, delivery_id: UUID, attempt: int) -> None:
        """It rings, or is heard."""
        async with self._storage.write() as transaction:
            one = await self._current(transaction, delivery_id, attempt)
            if one is not None and not one.calling:
                await store.change(transaction.connection, delivery_id, calling=True)

    async def press(self, delivery_id: UUID, attempt: int, key: str) -> bool:
        """Take the key of this attempt; whether it counts, also when it is told again, and when the call was
        given up as unknown meanwhile.
        """
        state = KEYS.get(key)
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, delivery_id)
            if one is None or state is None or attempt not in {one.attempt, one.attempt - 1}:
                return False
            if one.state is state:
                return True
            if one.state not in {RecipientCallState.WAITING, RecipientCallState.FAILED}:
                return False
            await store.change(transaction.connection, delivery_id, state=state.value, heard=True)
        return True

    async def ended(self, delivery_id: UUID, attempt: int, outcome: str, *, sent: bool = True) -> None:
        """What became of this attempt, once: it is made again later, or not any more. One that was not
        `sent`, or that the switch did not take, is none.
        """
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, delivery_id)
            if one is None or one.attempt != attempt:
                return
            _attempts.labels(outcome).inc()
            rang = sent and outcome != "not_placed"
            pause = timedelta(seconds=self._rules.pause_s) if rang else AGAIN_AFTER
            heard = one.heard or outcome in HEARD
            done: dict[str, Any] = {
                "attempt": attempt + 1, "rang": one.rang + rang, "heard": heard, "calling": False,
                "due_at": transaction.clock.now() + pause,
            }  # fmt: skip
            if one.state is RecipientCallState.WAITING:
                if sent and outcome in FINAL:
                    done["state"] = FINAL[outcome].value
                elif done["rang"] >= self._rules.attempts:
                    last = RecipientCallState.HEARD if heard else RecipientCallState.FAILED
                    done["state"] = last.value
            await store.change(transaction.connection, delivery_id, **done)

    async def _current(
        self, transaction: Transaction, delivery_id: UUID, attempt: int
    ) -> RecipientCall | None:
        one = await store.get(transaction.connection, delivery_id)
        if one is None or one.attempt != attempt or one.state is not RecipientCallState.WAITING:
            return None
        return one


def call_id_of(delivery_id: UUID, attempt: int) -> UUID:
    """The id of an attempt, known before it is made."""
    return uuid5(delivery_id, f"call {attempt}")


def line_of(number: str) -> str:
    """The same for the same telephone, and for too many others to tell its number."""
    return f"warning:{hashlib.sha256(number.encode()).hexdigest()[:6]}"
