"""Sends what was written down: within the allowed hours, once the SMSC is there, each message once.

A message is marked before it leaves. When the mark is found without an outcome (the service was killed, the
link broke), the SMSC may have it: a receipt settles that, and without one it is sent a second time after
`doubt_s`, and never a third time (decision 0218).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from citizen.events import MessageQueued
from citizen.messages import store
from citizen.messages.errors import MessageInDoubt, MessageRejected, MessageUnsent
from citizen.messages.model import OPEN, MessagePurpose, MessageState, StoredMessage, quiet_until
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


class MessageSender:
    def __init__(self, storage: Storage, link: SmsLink, messages: CitizenMessages, *, doubt_s: float) -> None:
        self._storage = storage
        self._link = link
        self._messages = messages
        self._doubt = timedelta(seconds=doubt_s)
        self._claims = GroupedWrites(storage, self._claim)
        self._outcomes = GroupedWrites(storage, self._settle)
        self.relay = OutboxRelay(storage, SMS, self.deliver, at_once=link.at_once, last_retry_s=LAST_RETRY_S)

    def start(self, tasks: Tasks) -> None:
        tasks.forever("send", self.relay.run)
        tasks.forever("expire", self._look)

    async def deliver(self, event: Event) -> None:
        """Send one message. Returns once there is nothing more to do about it."""
        assert isinstance(event, MessageQueued)
        message = await self._due(event.id)
        if message is None:
            return
        await self._link.until_ready()
        # The SMSC may have been away for a day: what was true before need not be.
        message = await self._due(event.id)
        if message is not None:
            await finish_before_cancel(self._submit(message), FINISH_S)

    async def expire(self) -> int:
        """End what waited too long; how many."""
        async with self._storage.write() as transaction:
            gone = await store.expire(transaction.connection, transaction.clock.now())
        if gone:
            messages_metric.labels(MessageState.EXPIRED.value).inc(gone)
            _log.warning("messages to citizens have expired", count=gone)
        return gone

    async def _due(self, message_id: UUID) -> StoredMessage | None:
        """The message if it is to be sent now; None when it is over. Raises `NotBefore`."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            message = await store.get(connection, message_id)
            if message is None or message.state not in OPEN:
                return None
            out = message.purpose is not MessagePurpose.ANSWER and await store.opted_out(
                connection, message.number
            )
        if message.state is MessageState.SUBMITTING:
            message = await self._doubtful(message)
            if message is None:
                return None
        if not message.number:
            await self._over(message, MessageState.REFUSED, "the number was erased")
        elif now >= message.expires_at:
            await self._over(message, MessageState.EXPIRED)
        elif out:
            await self._over(message, MessageState.SUPPRESSED)
        elif message.purpose is not MessagePurpose.ANSWER and (
            later := quiet_until(self._messages.rules, now, self._messages.timezone_h)
        ):
            raise NotBefore(min(later, message.expires_at))
        else:
            return message
        return None

    async def _doubtful(self, message: StoredMessage) -> StoredMessage | None:
        """It has left, and nobody knows more. Raises `NotBefore` while a receipt may still tell."""
        assert message.claimed_at is not None
        until = message.claimed_at + self._doubt
        if self._storage.clock.now() < until:
            raise NotBefore(until)
        doubts = message.doubts + 1
        if doubts >= MOST_DOUBTS:
            await self._over(replace(message, doubts=doubts), MessageState.UNKNOWN, "no answer, no receipt")
            return None
        messages_metric.labels("again").inc()
        return replace(message, doubts=doubts)

    async def _submit(self, message: StoredMessage) -> None:
        await self._claims.add(message)
        claimed_at = self._storage.clock.now()
        valid = max(message.expires_at - claimed_at, LEAST_VALID).total_seconds()
        try:
            smsc_ids = await self._link.send(message.message_id, message.number, message.text, valid)
        except MessageUnsent as error:
            await self._outcomes.add((replace(message, state=MessageState.WAITING, error=_why(error)), ()))
            raise
        except MessageRejected as error:
            await self._over(message, MessageState.REFUSED, _why(error))
        except MessageInDoubt:
            messages_metric.labels("doubt").inc()
            raise NotBefore(claimed_at + self._doubt) from None
        else:
            done = replace(message, state=MessageState.SENT, sent_at=self._storage.clock.now(), error="")
            await self._outcomes.add((done, smsc_ids))
            messages_metric.labels(MessageState.SENT.value).inc()

    async def _over(self, message: StoredMessage, state: MessageState, why: str = "") -> None:
        ended = replace(message, state=state, error=why, ended_at=self._storage.clock.now())
        await self._outcomes.add((ended, ()))
        messages_metric.labels(state.value).inc()

    async def _claim(self, transaction: Transaction, claimed: Sequence[StoredMessage]) -> None:
        at = transaction.clock.now()
        # In one order everywhere: two who change the same rows would else wait for each other in a circle.
        await store.claim(transaction.connection, sorted(one.message_id for one in claimed), at)
        for one in claimed:
            if one.doubts:
                await store.change(transaction.connection, one.message_id, doubts=one.doubts)

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
