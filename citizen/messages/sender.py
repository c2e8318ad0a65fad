"""Sends what was written down: within the allowed hours, once the SMSC or mail server is there, each message
once.

A message is marked before it leaves. When the mark is found without an outcome (the service was killed, the
link broke), the peer may have it: a receipt settles that, and without one it is sent a second time after
`doubt_s`, and never a third time (decisions 0218, 0235).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.events import MailQueued, MessageQueued
from citizen.messages import store
from citizen.messages.errors import MessageInDoubt, MessageRejected, MessageUnsent
from citizen.messages.model import AT_ANY_HOUR, MessageState, StoredMessage, quiet_until
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


@dataclass(frozen=True, slots=True)
class MessageAddress:
    """Where a message goes now; an empty `address` was erased."""

    address: str
    opted_out: bool


NOBODY: Final = MessageAddress("", opted_out=False)


@dataclass(slots=True)
class _Turn:
    """A message whose turn it is: it leaves, waits until then, or there is nothing to do about it."""

    message_id: UUID
    message: StoredMessage | None = None
    not_before: datetime | None = None


class MessageSender(ABC):
    """`until_ready` returns while the peer takes messages. One subclass for each channel."""

    channel: ClassVar[str]
    """Of its messages."""
    destination: ClassVar[str]
    """Of its events in the outbox."""
    metric: ClassVar[Counter]

    def __init__(
        self,
        storage: Storage,
        until_ready: Callable[[], Awaitable[None]],
        messages: CitizenMessages,
        *,
        doubt_s: float,
        at_once: int,
    ) -> None:
        self._storage = storage
        self._until_ready = until_ready
        self._messages = messages
        self._doubt = timedelta(seconds=doubt_s)
        self._turns = GroupedWrites(storage, self._decide)
        self._outcomes = GroupedWrites(storage, self._settle)
        self.relay = OutboxRelay(
            storage, self.destination, self.deliver, at_once=at_once, last_retry_s=LAST_RETRY_S
        )

    def start(self, tasks: Tasks) -> None:
        tasks.forever(f"send-{self.channel}", self.relay.run)
        tasks.forever(f"expire-{self.channel}", self._look)

    # --- what a channel says ------------------------------------------------------------------------------

    @abstractmethod
    async def _reached(
        self, connection: AsyncConnection, found: Sequence[StoredMessage]
    ) -> Mapping[UUID, MessageAddress]:
        """Where each of these messages goes now; those whose address was erased may be left out."""

    @abstractmethod
    def _later(self, now: datetime) -> datetime | None:
        """When the hours end in which nothing leaves; None while it may leave."""

    @abstractmethod
    async def _leave(self, message: StoredMessage, valid_s: float) -> Sequence[str]:
        """Bring it to the peer; the peer's id of each part. Raises `MessageUnsent`, `MessageRejected`,
        `MessageInDoubt`.
        """

    # --- sending ------------------------------------------------------------------------------------------

    async def deliver(self, event: Event) -> None:
        """Send one message. Returns once there is nothing more to do about it."""
        assert isinstance(event, MessageQueued | MailQueued)
        # The peer may be away for a day: only then is it looked at what is to be done.
        await self._until_ready()
        await finish_before_cancel(self._send(event.id), FINISH_S)

    async def expire(self) -> int:
        """End what waited too long; how many."""
        async with self._storage.write() as transaction:
            gone = await store.expire(transaction.connection, transaction.clock.now(), self.channel)
        if gone:
            self.metric.labels(MessageState.EXPIRED.value).inc(gone)
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
        reached = await self._reached(transaction.connection, list(found.values()))
        claimed, ended = [], []
        for turn in sorted(turns, key=lambda one: one.message_id):
            message = found.get(turn.message_id)
            if message is None:
                continue
            last = self._decided(message, now, reached.get(turn.message_id, NOBODY))
            if isinstance(last, datetime):
                turn.not_before = last
            elif last.state is MessageState.SUBMITTING:
                turn.message = replace(last, claimed_at=now)
                claimed.append(turn.message)
            else:
                ended.append(replace(last, ended_at=now))
                self.metric.labels(last.state.value).inc()
        await store.claim(transaction.connection, claimed)
        # The ids of an attempt that was in doubt say nothing of the next one.
        await store.forget_ids(transaction.connection, [one.message_id for one in claimed if one.doubts])
        await store.settle(transaction.connection, ended)

    def _decided(self, message: StoredMessage, now: datetime, to: MessageAddress) -> StoredMessage | datetime:
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
        asked_for = message.purpose in AT_ANY_HOUR
        if not to.address:
            return replace(message, state=MessageState.REFUSED, error="the number was erased")
        if now >= message.expires_at or (to.opted_out and not asked_for):
            late = now >= message.expires_at
            return replace(message, state=MessageState.EXPIRED if late else MessageState.SUPPRESSED)
        later = None if asked_for else self._later(now)
        return (
            replace(message, state=MessageState.SUBMITTING)
            if later is None
            else min(later, message.expires_at)
        )

    async def _submit(self, message: StoredMessage) -> None:
        assert message.claimed_at is not None
        valid = max(message.expires_at - message.claimed_at, LEAST_VALID).total_seconds()
        try:
            smsc_ids = await self._leave(message, valid)
        except MessageUnsent as error:
            await self._outcomes.add((replace(message, state=MessageState.WAITING, error=_why(error)), ()))
            raise
        except MessageRejected as error:
            await self._over(message, MessageState.REFUSED, _why(error))
        except MessageInDoubt as error:
            if error.taken:
                await self._outcomes.add((message, error.taken))
            self.metric.labels("doubt").inc()
            raise NotBefore(message.claimed_at + self._doubt) from None
        else:
            done = replace(message, state=MessageState.SENT, sent_at=self._storage.clock.now(), error="")
            await self._outcomes.add((done, smsc_ids))
            self.metric.labels(MessageState.SENT.value).inc()

    async def _over(self, message: StoredMessage, state: MessageState, why: str = "") -> None:
        ended = replace(message, state=state, error=why, ended_at=self._storage.clock.now())
        await self._outcomes.add((ended, ()))
        self.metric.labels(state.value).inc()

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
            await self._clear_up()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _clear_up(self) -> None:
        """What else the channel does from time to time: nothing, unless it says so."""
        return


class SmsSender(MessageSender):
    channel = "sms"
    destination = SMS
    metric = messages_metric

    def __init__(self, storage: Storage, link: SmsLink, messages: CitizenMessages, *, doubt_s: float) -> None:
        super().__init__(storage, link.until_ready, messages, doubt_s=doubt_s, at_once=link.at_once)
        self._link = link

    async def _reached(
        self, connection: AsyncConnection, found: Sequence[StoredMessage]
    ) -> Mapping[UUID, MessageAddress]:
        out = await store.opted_out_of(connection, {one.number for one in found})
        return {one.message_id: MessageAddress(one.number, opted_out=one.number in out) for one in found}

    def _later(self, now: datetime) -> datetime | None:
        return quiet_until(self._messages.rules, now, self._messages.timezone_h)

    async def _leave(self, message: StoredMessage, valid_s: float) -> Sequence[str]:
        return await self._link.send(message.message_id, message.number, message.text, valid_s)

    async def _clear_up(self) -> None:
        await self._messages.take_incomplete()


def _why(error: MessageUnsent | MessageRejected) -> str:
    return (error.detail or error.kind)[:120]
