"""Notices by an automatic call, for who left a landline alone: whom to call now, and what came of it.

An attempt has an id before it is made, so that it rings once; a call of which nobody knows what became is
never made again (decision 0256).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from citizen.followup import store as follow_up_store
from citizen.followup.model import FollowUp, FollowUpAnswer
from citizen.followup.service import FollowUps
from citizen.messages import store
from citizen.messages.model import CALL, MessageState, StoredMessage, TemplateName, quiet_until
from citizen.messages.service import CitizenMessages, messages_metric
from citizen.messages.spoken import SENTENCES, Sentence, code_of
from core.log import logger
from core.storage import Storage, Transaction

_log = logger("citizen")

MOST: Final = 100
MOST_RINGS: Final = 2
"""So often a telephone rings about one notice that nobody picks up."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""After a telephone that nobody picked up, or a call that the trunk did not take."""
AGAIN: Final = frozenset({"no_answer", "busy", "unreachable"})
PICKED_UP: Final = frozenset({"no_key", "lost"})
"""Somebody, or an answering machine, heard it, and no key was kept."""
HEARD: Final = "1"
NOT_SOLVED: Final = "2"
NO_MORE: Final = "9"
BY: Final = "call"
"""Who answered, in a follow-up's `answered_by`."""
SAYS: Final = {HEARD: "", NOT_SOLVED: "not_solved", NO_MORE: "opted_out"}
"""`error` of a notice that was heard, by the key that was pressed; of any other one it is the outcome."""
LATER_STEP: Final = "later_step"
"""`error` of one that is not told any more, because a later step of its case waits to be told."""


@dataclass(frozen=True, slots=True)
class NoticeCallWanted:
    """A call that is to ring, or may be ringing. `line` is the same for the same number."""

    call_id: UUID
    message_id: UUID
    attempt: int
    line: str


@dataclass(frozen=True, slots=True)
class ToldByCall:
    """`code` is the case's short code; empty where it has none. `asks`: 2 says that it is not solved."""

    number: str
    sentence: Sentence
    code: str
    asks: bool


class NoticeCalling:
    """Each method may raise `StorageAway`, and may be called again with the same."""

    def __init__(self, storage: Storage, messages: CitizenMessages) -> None:
        self._storage = storage
        self._messages = messages

    async def wanted(self, *, new: bool) -> list[NoticeCallWanted]:
        """All calls that are to be made now or may be running, those first, then the oldest; one for each
        number. Without `new`, and in the quiet hours, those alone that may be running.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            found = await store.to_tell_by_call(connection, now - AGAIN_AFTER, MOST)
        over = [one for one in found if _never(one, now)]
        if over:
            await self._end(over)
        new = new and self._messages.calls and not self._quiet(now)
        taken: set[str] = set()
        calls = []
        for one in found:
            if one in over or one.number in taken:
                continue
            taken.add(one.number)
            if new or one.state is MessageState.SUBMITTING:
                attempt = _attempt(one)
                call_id = call_id_of(one.message_id, attempt)
                calls.append(NoticeCallWanted(call_id, one.message_id, attempt, _line(one.number)))
        return calls

    async def notice(self, message_id: UUID, attempt: int) -> ToldByCall | None:
        """What this attempt says to whom; None where it is not to be made. From now on it may be running."""
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            one = await store.get(connection, message_id, lock=True)
            if one is None or one.channel != CALL or one.ended_at is not None or _attempt(one) != attempt:
                return None
            sentence = SENTENCES.get(one.template)
            if sentence is None or not one.number or self._quiet(now):
                return None
            if await store.opted_out(connection, one.number) is not None:
                await self._settle(transaction, one, MessageState.SUPPRESSED)
                return None
            if await store.later_call(connection, one):
                await self._settle(transaction, one, MessageState.EXPIRED, LATER_STEP)
                return None
            if one.state is MessageState.WAITING:
                await store.claim(connection, [replace(one, claimed_at=now)])
            asked = await self._asked(transaction, one)
            return ToldByCall(one.number, sentence, code_of(one.text), asks=asked is not None)

    async def press(self, message_id: UUID, attempt: int, key: str, *, late: bool = False) -> bool:
        """Take the key of this attempt: it was heard. Whether it counts for more than that, also when it is
        told again. `late`: the call was given up as unknown, and goes on all the same.
        """
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, message_id, lock=True)
            if one is None or one.channel != CALL or key not in SAYS or _attempt(one) != attempt:
                return False
            if one.state is MessageState.DELIVERED:
                return one.error == SAYS[key]
            if one.state is not (MessageState.UNKNOWN if late else MessageState.SUBMITTING):
                return False
            counts = await self._do(transaction, one, key)
            await self._settle(transaction, one, MessageState.DELIVERED, SAYS[key] if counts else "")
        return counts

    async def ended(self, message_id: UUID, attempt: int, outcome: str, *, sent: bool = True) -> None:
        """What became of this attempt, once. One that was not `sent`, or that the switch did not take, is
        made later with another id; so is one that nobody picked up, `MOST_RINGS` times.
        """
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, message_id, lock=True)
            if one is None or one.ended_at is not None or _attempt(one) != attempt:
                return
            if one.state is MessageState.WAITING:
                # It was not to be made in the end; its id is used up all the same.
                await store.claim(transaction.connection, [replace(one, claimed_at=transaction.clock.now())])
            if outcome in PICKED_UP:
                await self._settle(transaction, one, MessageState.SENT, outcome)
            elif outcome == "unknown":
                await self._settle(transaction, one, MessageState.UNKNOWN, outcome)
            elif not sent or outcome == "not_placed":
                await self._again(transaction, one, outcome)
            elif outcome in AGAIN and one.doubts + 1 < MOST_RINGS:
                await self._again(transaction, replace(one, doubts=one.doubts + 1), outcome)
            else:
                await self._settle(transaction, one, MessageState.UNDELIVERED, outcome)

    # --- inside -----------------------------------------------------------------------------------------

    async def _do(self, transaction: Transaction, one: StoredMessage, key: str) -> bool:
        """What a key stands for; whether there is still something that it says."""
        if key == NO_MORE:
            await store.opt_out(transaction.connection, one.number, transaction.clock.now(), "")
        if key != NOT_SOLVED:
            return True
        asked = await self._asked(transaction, one, lock=True)
        if asked is None:
            return False
        call_id = call_id_of(one.message_id, _attempt(one))
        answer = FollowUpAnswer(solved=False)
        await FollowUps.take_answer(transaction, replace(asked, last_op=call_id), answer, BY)
        return True

    @staticmethod
    async def _asked(transaction: Transaction, one: StoredMessage, *, lock: bool = False) -> FollowUp | None:
        """The follow-up that hears that the closed case is not solved; None where nobody waits for that."""
        if one.template != TemplateName.CLOSED.value or one.case_id is None or not one.number:
            return None
        return await follow_up_store.open_of(transaction.connection, one.case_id, one.number, lock=lock)

    async def _again(self, transaction: Transaction, one: StoredMessage, outcome: str) -> None:
        again = replace(one, state=MessageState.WAITING, error=outcome)
        await store.settle(transaction.connection, [again])

    @staticmethod
    async def _settle(
        transaction: Transaction, one: StoredMessage, state: MessageState, why: str = ""
    ) -> None:
        now = transaction.clock.now()
        told = state in {MessageState.DELIVERED, MessageState.SENT}
        over = replace(one, state=state, error=why, sent_at=now if told else one.sent_at, ended_at=now)
        await store.settle(transaction.connection, [over])
        messages_metric.labels(state.value).inc()

    async def _end(self, over: Sequence[StoredMessage]) -> None:
        """Those that waited too long, or whose number was erased."""
        async with self._storage.write() as transaction:
            for known in over:
                one = await store.get(transaction.connection, known.message_id, lock=True)
                if one is None or not _never(one, transaction.clock.now()):
                    continue
                state = MessageState.EXPIRED if one.number else MessageState.REFUSED
                await self._settle(transaction, one, state, "" if one.number else "the number was erased")
        _log.warning("notices by telephone are not told any more", count=len(over))

    def _quiet(self, now: datetime) -> bool:
        return quiet_until(self._messages.rules, now, self._messages.timezone_h) is not None


def call_id_of(message_id: UUID, attempt: int) -> UUID:
    """The id of an attempt, known before it is made."""
    return uuid5(message_id, f"call {attempt}")


def _attempt(one: StoredMessage) -> int:
    """The present one, the last one of a notice that is over, or the next; from 0."""
    return one.tries - (one.state is not MessageState.WAITING)


def _never(one: StoredMessage, now: datetime) -> bool:
    return one.state is MessageState.WAITING and (one.expires_at <= now or not one.number)


def _line(number: str) -> str:
    """The same for the same telephone, and for too many others to tell its number."""
    return f"notice:{hashlib.sha256(number.encode()).hexdigest()[:6]}"
