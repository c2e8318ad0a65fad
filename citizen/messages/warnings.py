"""Text messages of warnings: people have released them, so neither quiet hours nor limits hold them back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.messages import store
from citizen.messages.model import MessagePurpose, MessageState, StoredMessage, mobile
from citizen.messages.ports import SmsLink
from citizen.messages.service import CitizenMessages, messages_metric
from core.storage import Transaction

TEMPLATE: Final = "warning"


class WarningTexts:
    """They leave by the outbox of all messages: none is lost, and one in doubt leaves a second time at most.
    Each may raise `StorageAway`.
    """

    def __init__(self, link: SmsLink | None, messages: CitizenMessages) -> None:
        self._link = link
        self._messages = messages

    async def queue(
        self,
        transaction: Transaction,
        message_id: UUID,
        number: str,
        words: str,
        until: datetime,
        *,
        opt_outs: bool,
    ) -> str:
        """Write it down to be sent until then, the city's signature behind its words; empty, or why not. The
        same id again is the same message.
        """
        known = mobile(number)
        if self._link is None:
            return "no link to an SMSC"
        if not known:
            return "no mobile number"
        if opt_outs and await store.opted_out(transaction.connection, known) is not None:
            return "opted out"
        text = f"{words}{self._messages.rules.signature}"
        message = StoredMessage(
            message_id=message_id, purpose=MessagePurpose.WARNING, channel="sms", number=known, text=text,
            template=TEMPLATE, step="", case_id=None, report_id=None, state=MessageState.WAITING,
            parts=self._link.parts_of(text), tries=0, doubts=0, error="",
            created_at=transaction.clock.now(), claimed_at=None, expires_at=until, sent_at=None,
            ended_at=None, sent_by="",
        )  # fmt: skip
        if await store.add(transaction.connection, message):
            messages_metric.labels("queued").inc()
            await self._messages.emit(transaction, message)
        return ""

    async def withdraw(self, transaction: Transaction, message_ids: Collection[UUID]) -> None:
        """Those that have not left do not leave any more."""
        gone = await store.withdraw(transaction.connection, message_ids, transaction.clock.now())
        if gone:
            messages_metric.labels(MessageState.SUPPRESSED.value).inc(gone)

    async def states(
        self, connection: AsyncConnection, message_ids: Collection[UUID]
    ) -> Mapping[UUID, MessageState]:
        return await store.states_of(connection, message_ids)
