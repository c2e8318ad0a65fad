"""Sends notices by e-mail, at any hour: a mailbox wakes nobody. In all else as text messages leave, once each
but for a kill between the server's having one and our knowing it (decision 0235).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.mails import store
from citizen.mails.ports import MailLink
from citizen.mails.service import mails_metric
from citizen.mails.writing import Site, mail_of
from citizen.messages import store as message_store
from citizen.messages.errors import MessageRejected
from citizen.messages.model import EMAIL, StoredMessage, in_language
from citizen.messages.sender import MessageAddress, MessageSender
from citizen.messages.service import CitizenMessages
from core.storage import Storage

CITIZEN_MAIL: Final = "citizen-mail"
"""The outbox destination of `MailQueued`."""


class MailSender(MessageSender):
    channel = EMAIL
    destination = CITIZEN_MAIL
    metric = mails_metric

    def __init__(
        self, storage: Storage, link: MailLink, messages: CitizenMessages, site: Site, *, doubt_s: float,
        at_once: int,
    ) -> None:  # fmt: skip
        super().__init__(storage, link.until_ready, messages, doubt_s=doubt_s, at_once=at_once)
        self._mails = link
        self._site = site

    async def _reached(
        self, connection: AsyncConnection, found: Sequence[StoredMessage]
    ) -> Mapping[UUID, MessageAddress]:
        readers = await store.readers(connection, [one.message_id for one in found])
        out = await message_store.opted_out_of(connection, {one.address for one in readers.values()})
        return {
            message_id: MessageAddress(one.address, opted_out=one.address in out)
            for message_id, one in readers.items()
        }

    def _later(self, now: datetime) -> datetime | None:  # noqa: ARG002  # no hour is quiet
        return None

    async def _leave(self, message: StoredMessage, valid_s: float) -> Sequence[str]:  # noqa: ARG002
        """What became of the address meanwhile counts."""
        async with self._storage.write() as transaction:
            connection = transaction.connection
            reader = (await store.readers(connection, [message.message_id])).get(message.message_id)
            if reader is None:
                raise MessageRejected("the address was erased", remedy="telephone the reporter")
            key = await store.key_of(connection, reader.address, transaction.clock.now())
        rules = self._messages.rules
        mail = mail_of(
            rules, message.message_id, message.text, reader, site=self._site, key=key,
            language=in_language(rules, reader.language),
        )  # fmt: skip
        await self._mails.send(mail)
        return ()
