"""Who is told by e-mail, and who wants none any more. The address stands with the report alone: an e-mail
that waits has none of its own, and whoever erases the report's has nothing more sent there.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.contract import masked_address
from citizen.mails import store
from citizen.mails.errors import NoSuchMailKey
from citizen.mails.writing import CODE, LINK, Site, written
from citizen.messages import store as message_store
from citizen.messages.model import (
    EMAIL,
    MessageState,
    MessageWish,
    StoredMessage,
    day_began,
    in_language,
    mobile,
    own_code,
)
from citizen.messages.service import CitizenMessages
from citizen.reports.model import StoredReport
from core.metrics import counter
from core.storage import Storage, Transaction

mails_metric = counter("citizen_mails", "Notices by e-mail by what became of them", ["state"])
_stops = counter("citizen_mail_choices", "Readers who stopped e-mails or had them again", ["what"])


class CitizenMails:
    """`site` is None where nothing is sent by e-mail."""

    def __init__(self, storage: Storage, messages: CitizenMessages, site: Site | None) -> None:
        self._storage = storage
        self._messages = messages
        self._site = site

    def takes(self, report: StoredReport) -> bool:
        """Whether this reporter is told by e-mail: the way that the rules name first, where he left both."""
        if self._site is None or not report.email:
            return False
        by_text = self._messages.ready and bool(mobile(report.phone))
        return not by_text or self._messages.rules.first_way == EMAIL

    async def queue(
        self, transaction: Transaction, wish: MessageWish, report: StoredReport
    ) -> MessageState | None:
        """Write it down to be sent; None when it was before."""
        rules, now = self._messages.rules, transaction.clock.now()
        # Whoever may read the case reads the message, but must not follow and rate in the reporter's place.
        words = {**wish.words, "link": LINK}
        if words.get("code") == own_code(report.number, report.code):
            words["code"] = CODE
        state = await self._allowed(transaction, report.email)
        waits = state is MessageState.WAITING
        message = StoredMessage(
            message_id=wish.message_id, purpose=wish.purpose, channel=EMAIL,
            number=masked_address(report.email),
            text=written(rules, wish.template, in_language(rules, report.language), words),
            template=wish.template.value, step=wish.step, case_id=wish.case_id, report_id=report.report_id,
            state=state, parts=1, tries=0, doubts=0, error="", created_at=now, claimed_at=None,
            expires_at=now + timedelta(hours=rules.expires_h), sent_at=None, ended_at=None if waits else now,
            sent_by="",
        )  # fmt: skip
        if not await message_store.add(transaction.connection, message):
            return None
        mails_metric.labels("queued" if waits else state.value).inc()
        if waits:
            await self._messages.emit(transaction, message)
        return state

    async def _allowed(self, transaction: Transaction, address: str) -> MessageState:
        connection, now = transaction.connection, transaction.clock.now()
        if await message_store.opted_out(connection, address) is not None:
            return MessageState.SUPPRESSED
        today = day_began(now, self._messages.timezone_h)
        had = await store.sent_since(connection, address, today)
        return MessageState.WAITING if had < self._messages.rules.per_day else MessageState.LIMITED

    # --- what a reader chooses ----------------------------------------------------------------------------

    async def stopped(self, key: str) -> bool:
        """Whether the address of this key gets no e-mails. Raises `NoSuchMailKey`."""
        async with self._storage.read() as connection:
            digest = await _digest(connection, key)
            return await message_store.out_since(connection, digest) is not None

    async def choose(self, key: str, *, out: bool) -> None:
        """Stop e-mails to the address of this key, or have them again. Raises `NoSuchMailKey`."""
        async with self._storage.write() as transaction:
            connection = transaction.connection
            digest = await _digest(connection, key)
            changed = (
                await message_store.opt_digest_out(connection, digest, transaction.clock.now(), "")
                if out
                else await message_store.opt_digest_in(connection, digest)
            )
        if changed:
            _stops.labels("stop" if out else "start").inc()


async def _digest(connection: AsyncConnection, key: str) -> str:
    digest = await store.digest_of_key(connection, key)
    if not digest:
        raise NoSuchMailKey(remedy="open the whole link of the e-mail")
    return digest
