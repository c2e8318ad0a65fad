"""Sends what was written down: within the allowed hours, once the SMSC is there, each message once.

A message is marked before it leaves. When the mark is found without an outcome (the service was killed, the
link broke), the SMSC may have it: a receipt settles that, and without one it is sent a second time after
`doubt_s`, and never a third time (decision 0218).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from citizen.events import MessageQueued
from citizen.messages import store
from citizen.messages.errors import MessageInDoubt, MessageRejected, MessageUnsent
from citizen.messages.model import MessagePurpose, MessageState, StoredMessage, quiet_until
from citizen.messages.ports import SmsLink
from citizen.messages.service import CitizenMessages, messages_metric
from core.cancellation import finish_before_cancel
from core.events import Event
from core.log import logger
from core.storage import GroupedWrites, NotBefore, OutboxRelay, Storage, Transaction
from core.tasks import Tasks

_log = logger("citizen")

SMS: Final = "sms"
"""The outbox destination of `MessageQueued`."""
LAST_RETRY_S: Final = 300.0
LOOK_EVERY_S: Final = 30.0
FINISH_S: Final = 20.0
"""How long a stop of the service waits for the answers to what has left."""
LEAST_VALID: Final = timedelta(minutes=5)
MOST_DOUBTS: Final = 2


@dataclass(slots=True)
class _Turn:
    """A message whose turn it is: it leaves, waits until then, or there is nothing to do about it."""

    message_id: UUID
    message: StoredMessage | None = None
    not_before: datetime | None = None


class MessageSender:
    def __init__(self, storage: Storage, link: SmsLink, messages: CitizenMessages, *, doubt_s: float) -> None:
        self._storage = storage
        self._link = link
        self._messages = messages
        self._doubt = timedelta(seconds=doubt_s)
        self._turns = GroupedWrites(storage, self._decide)
        self._outcomes = GroupedWrites(storage, self._settle)
        self.relay = OutboxRelay(storage, SMS, self.deliver, at_once=link.at_once, last_retry_s=LAST_RETRY_S)

    def start(self, tasks: Tasks) -> None:
        tasks.forever("send", self.relay.run)
        tasks.forever("expire", self._look)

    async def deliver(self, event: Event) -> None:
        """Send one message. Returns once there is nothing more to do about it."""
        assert isinstance(event, MessageQueued)
        # The SMSC may be away for a day: only then is it looked at what is to be done.
        await self._link.until_ready()
        await finish_before_cancel(self._send(event.id), FINISH_S)

    async def expire(self) -> int:
        """End what waited too long; how many."""
        async with self._storage.write() as transaction:
            gone = await store.expire(transaction.connection, transaction.clock.now())
        if gone:
            messages_metric.labels(MessageState.EXPIRED.value).inc(gone)
            _log.warning("messages to citizens have expired", count=gone)
        return gone

    async def _send(self, message_id: UUID) -> None:
        turn = _Turn(message_id)
        await self._turns.add(turn)
        if turn.not_before is not None:
            raise NotBefore(turn.not_before)
        if turn.message is not None:
            await self._submit(turn.message)

    async def _decide(self, transaction: Transaction, turns: Sequence[_Turn]) -> None:
        """Claim those that are to leave now, and end those that never will."""
        now = transaction.clock.now()
        found = await store.get_open(transaction.connection, [turn.message_id for turn in turns])
        out = await store.opted_out_of(transaction.connection, {one.number for one in found.values()})
        claimed, ended = [], []
        for turn in sorted(turns, key=lambda one: one.message_id):
            message = found.get(turn.message_id)
            if message is None:
                continue
            last = self._decided(message, now, opted_out=message.number in out)
            if isinstance(last, datetime):
                turn.not_before = last
            elif last.state is MessageState.SUBMITTING:
                turn.message = replace(last, claimed_at=now)
                claimed.append(turn.message)
            else:
                ended.append(replace(last, ended_at=now))
                messages_metric.labels(last.state.value).inc()
        await store.claim(transaction.connection, claimed)
        # The ids of an attempt that was in doubt say nothing of the next one.
        await store.forget_ids(transaction.connection, [one.message_id for one in claimed if one.doubts])
        await store.settle(transaction.connection, ended)

    def _decided(self, message: StoredMessage, now: datetime, *, opted_out: bool) -> StoredMessage | datetime:
        """The message as it is from now on: submitting, or over; or when to look again."""
        if message.state is MessageState.SUBMITTING:
            # It has left, and nobody knows more.
            assert message.claimed_at is not None
            until = message.claimed_at + self._doubt
            if now < until:
                return until
            message = replace(message, doubts=message.doubts + 1)
            if message.doubts >= MOST_DOUBTS:
                return replace(message, state=MessageState.UNKNOWN, error="no answer, no receipt")
        asked_for = message.purpose is MessagePurpose.ANSWER
        if not message.number:
            return replace(message, state=MessageState.REFUSED, error="the number was erased")
        if now >= message.expires_at or (opted_out and not asked_for):
            late = now >= message.expires_at
            return replace(message, state=MessageState.EXPIRED if late else MessageState.SUPPRESSED)
        later = None if asked_for else quiet_until(self._messages.rules, now, self._messages.timezone_h)
        return (
            replace(message, state=MessageState.SUBMITTING)
            if later is None
            else min(later, message.expires_at)
        )

    async def _submit(self, message: StoredMessage) -> None:
        assert message.claimed_at is not None
        valid = max(message.expires_at - message.claimed_at, LEAST_VALID).total_seconds()
        try:
            smsc_ids = await self._link.send(message.message_id, message.number, message.text, valid)
        except MessageUnsent as error:
            await self._outcomes.add((replace(message, state=MessageState.WAITING, error=_why(error)), ()))
            raise
        except MessageRejected as error:
            await self._over(message, MessageState.REFUSED, _why(error))
        except MessageInDoubt as error:
            if error.taken:
                await self._outcomes.add((message, error.taken))
            messages_metric.labels("doubt").inc()
            raise NotBefore(message.claimed_at + self._doubt) from None
        else:
            done = replace(message, state=MessageState.SENT, sent_at=self._storage.clock.now(), error="")
            await self._outcomes.add((done, smsc_ids))
            messages_metric.labels(MessageState.SENT.value).inc()

    async def _over(self, message: StoredMessage, state: MessageState, why: str = "") -> None:
        ended = replace(message, state=state, error=why, ended_at=self._storage.clock.now())
        await self._outcomes.add((ended, ()))
        messages_metric.labels(state.value).inc()

    async def _settle(
        self, transaction: Transaction, outcomes: Sequence[tuple[StoredMessage, Sequence[str]]]
    ) -> None:
        ordered = sorted((message for message, _ in outcomes), key=lambda one: one.message_id)
        await store.settle(transaction.connection, ordered)
        taken = [(message.message_id, smsc_ids) for message, smsc_ids in outcomes if smsc_ids]
        await store.add_parts(transaction.connection, taken, transaction.clock.now())

    async def _look(self) -> None:
        while True:
            await self.expire()
            await self._messages.take_incomplete()
            await asyncio.sleep(LOOK_EVERY_S)


def _why(error: MessageUnsent | MessageRejected) -> str:
    return (error.detail or error.kind)[:120]
