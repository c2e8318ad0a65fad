"""Writes messages down, each once, by opt-outs and limits; takes receipts, opt-outs and citizens' texts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases.events import CaseChanged, CaseProgress
from citizen.contract import IncomingText, mail_address
from citizen.events import MailQueued, MessageQueued
from citizen.messages import store
from citizen.messages.errors import MessageNotOver, NoMobileNumber, NoSuchMessage
from citizen.messages.model import (
    CALL,
    EMAIL,
    NOT_ARRIVED,
    MessagePurpose,
    MessageRules,
    MessageState,
    MessageWish,
    StoredMessage,
    TemplateName,
    day_began,
    in_language,
    landline,
    mobile,
    rendered,
    sent_again,
    state_of,
    step_words,
)
from citizen.messages.ports import SmsLink, SmsPart, SmsReceipt
from citizen.messages.spoken import SENTENCES, said
from citizen.messages.store import ReceivedText
from core.actor import Actor
from core.audit import TransactionAudit
from core.errors import Invalid
from core.log import logger
from core.metrics import counter
from core.storage import GroupedWrites, Storage, Transaction

_log = logger("citizen")
messages_metric = counter("citizen_messages", "Messages to citizens by what became of them", ["state"])
_receipts = counter("citizen_message_receipts", "Receipts of the SMSC by what they said", ["what"])
_texts = counter("citizen_texts", "Text messages of citizens by what they were", ["what"])

RACE_S: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""A receipt may be faster than the answer to its message: it is looked for again after so long."""
UNDER_WAY_S: Final = 5.0
"""After that a message without an answer is in doubt."""
PARTS_WAIT: Final = timedelta(hours=1)
"""After that a message of which a part is missing is taken as far as it came."""
ANSWERS_A_DAY: Final = 20
MOST_FORGOTTEN: Final = 1000


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Messages since `since` by state, those that are open in any case, and numbers that opted out."""

    since: datetime
    states: Mapping[str, int]
    opted_out: int


@dataclass(slots=True)
class _Attempt:
    """A receipt that is looked for; `what` it was, empty while nobody knows its id."""

    receipt: SmsReceipt
    last: bool
    what: str = ""


class CitizenMessages:
    """`rules` are the newest. `rings`: there is a telephone for automatic calls; `area_code` is the city's.
    Implements `citizen.messages.ports.SmsConsumer`.
    """

    def __init__(
        self,
        storage: Storage,
        link: SmsLink | None,
        audit: TransactionAudit,
        *,
        timezone_h: float,
        rings: bool = False,
        area_code: str = "",
    ) -> None:
        self._storage = storage
        self._link = link
        self._audit = audit
        self.timezone_h = timezone_h
        self._rings = rings
        self._area_code = area_code
        self.rules = MessageRules()
        self._taker: Callable[[IncomingText], Awaitable[str]] | None = None
        self._receipts = GroupedWrites(storage, self._take_receipts)
        if link is not None:
            link.use(self)

    @property
    def ready(self) -> bool:
        """Whether the settings name an SMSC."""
        return self._link is not None

    @property
    def calls(self) -> bool:
        """Whether who has no telephone for text messages, or asked for it, is told by a call."""
        return self._rings and self.rules.landline_calls

    def reached_at(self, number: str) -> str:
        """The number as it is dialled, if it can be told anything; else empty."""
        by_call = self._landline(number) if self.calls else ""
        return (mobile(number) if self.ready or self.calls else "") or by_call

    def take_texts(self, taker: Callable[[IncomingText], Awaitable[str]]) -> None:
        """Who takes what citizens write; it says in a word what it was."""
        self._taker = taker

    # --- out --------------------------------------------------------------------------------------------

    async def queue(self, transaction: Transaction, wish: MessageWish) -> MessageState | None:
        """Write it down to be sent; None when it was before, or cannot be (no SMSC, no such number)."""
        if called := await self._called_at(transaction, wish):
            return await self._queue_call(transaction, wish, called)
        number = mobile(wish.number)
        if self._link is None or not number:
            return None
        rules, now = self.rules, transaction.clock.now()
        state = await self._allowed(transaction, wish, number, now)
        text = rendered(rules, wish.template, in_language(rules, wish.language), wish.words)
        message = StoredMessage(
            message_id=wish.message_id, purpose=wish.purpose, channel="sms", number=number, text=text,
            template=wish.template.value, step=wish.step, case_id=wish.case_id, report_id=wish.report_id,
            state=state, parts=self._link.parts_of(text), tries=0, doubts=0, error="", created_at=now,
            claimed_at=None, expires_at=now + timedelta(hours=rules.expires_h), sent_at=None,
            ended_at=None if state is MessageState.WAITING else now, sent_by="",
        )  # fmt: skip
        if not await store.add(transaction.connection, message):
            return None
        messages_metric.labels(state.value if state is not MessageState.WAITING else "queued").inc()
        if state is MessageState.WAITING:
            await self.emit(transaction, message)
        return state

    async def _called_at(self, transaction: Transaction, wish: MessageWish) -> str:
        """The number that is told this by a call: a landline, or a mobile whose owner asked for calls. Empty
        for others, and for what no recorded sentence tells.
        """
        spoken = wish.purpose is MessagePurpose.PROGRESS and wish.template.value in SENTENCES
        if not self.calls or not spoken:
            return ""
        number = mobile(wish.number)
        if number and await store.calls_since(transaction.connection, number) is not None:
            return number
        return self._landline(wish.number)

    async def _queue_call(
        self, transaction: Transaction, wish: MessageWish, number: str
    ) -> MessageState | None:
        """The same as a call: `NoticeCalling` finds it."""
        now = transaction.clock.now()
        state = await self._allowed(transaction, wish, number, now)
        waits = state is MessageState.WAITING
        message = StoredMessage(
            message_id=wish.message_id, purpose=wish.purpose, channel=CALL, number=number,
            text=said(self.rules, wish.step, wish.language, wish.words.get("code", "")),
            template=wish.template.value, step=wish.step, case_id=wish.case_id, report_id=wish.report_id,
            state=state, parts=1, tries=0, doubts=0, error="", created_at=now, claimed_at=None,
            expires_at=now + timedelta(hours=self.rules.expires_h), sent_at=None,
            ended_at=None if waits else now, sent_by="",
        )  # fmt: skip
        if not await store.add(transaction.connection, message):
            return None
        messages_metric.labels("queued" if waits else state.value).inc()
        return state

    async def answer(self, wish: MessageWish) -> None:
        """The same in a transaction of its own, for what a citizen asked for just now."""
        async with self._storage.write() as transaction:
            await self.queue(transaction, wish)

    async def send_again(self, actor: Actor, message_id: UUID, op_id: UUID) -> StoredMessage:
        """Send one that did not arrive once more, with the same words. The same `op_id` again gives what was
        made of it. Raises `NoSuchMessage`, `MessageNotOver`.
        """
        async with self._storage.write() as transaction:
            found = await store.get(transaction.connection, message_id)
            # A warning leaves by its release alone.
            warns = found is not None and found.purpose is MessagePurpose.WARNING
            if found is None or warns or not found.number or not found.text:
                raise NoSuchMessage(remedy="reload the case")
            # Two who press at the same moment send it once.
            await store.hold_case(transaction.connection, found.case_id)
            before = await store.get(transaction.connection, op_id)
            if before is not None:
                if before.case_id != found.case_id or before.sent_by != actor.id:
                    raise NoSuchMessage(remedy="reload the case")
                return before
            of_case = await store.like(transaction.connection, found)
            if found.state not in NOT_ARRIVED or any(sent_again(found, other) for other in of_case):
                raise MessageNotOver(remedy="wait for what becomes of it")
            now = transaction.clock.now()
            again = replace(
                found, message_id=op_id, state=MessageState.WAITING, tries=0, doubts=0, error="",
                created_at=now, claimed_at=None, sent_at=None, ended_at=None, sent_by=actor.id,
                expires_at=now + timedelta(hours=self.rules.expires_h),
            )  # fmt: skip
            if not await store.add(transaction.connection, again):
                raise NoSuchMessage(remedy="reload the case")
            await self.emit(transaction, again)
            await self._audit.record_in(
                transaction, actor, "citizen.message-again", f"message:{message_id}",
                {"again": str(op_id), "was": found.state.value},
            )  # fmt: skip
        return again

    async def _allowed(
        self, transaction: Transaction, wish: MessageWish, number: str, now: datetime
    ) -> MessageState:
        connection, today = transaction.connection, day_began(now, self.timezone_h)
        if wish.purpose is MessagePurpose.ANSWER:
            # Two machines that answer each other come to an end.
            asked = await store.answered_since(connection, number, today)
            return MessageState.WAITING if asked < ANSWERS_A_DAY else MessageState.LIMITED
        if await store.opted_out(connection, number) is not None:
            return MessageState.SUPPRESSED
        had = await store.sent_since(connection, number, today)
        return MessageState.WAITING if had < self.rules.per_day else MessageState.LIMITED

    @staticmethod
    async def emit(transaction: Transaction, message: StoredMessage) -> None:
        """Have it leave by its channel. What tells of one case keeps its order; an answer waits for nothing.
        A call is looked for by who makes it.
        """
        if message.channel == CALL:
            return
        about = message.case_id or message.report_id
        if message.channel == EMAIL:
            await transaction.emit(MailQueued(id=message.message_id), stream=f"mail:{about}")
            return
        answers = message.purpose is MessagePurpose.ANSWER or about is None
        stream = f"message:{message.message_id if answers else about}"
        await transaction.emit(MessageQueued(id=message.message_id), stream=stream)

    async def hear_changed(self, event: CaseChanged) -> None:
        """A case became confidential: what waits to be told of it does not leave. Raises `StorageAway`: the
        event comes again.
        """
        if not event.case.confidential:
            return
        async with self._storage.write() as transaction:
            gone = await store.suppress(transaction.connection, event.case.case_id, transaction.clock.now())
        if gone:
            messages_metric.labels(MessageState.SUPPRESSED.value).inc(gone)

    # --- opt-outs ---------------------------------------------------------------------------------------

    async def opt(self, actor: Actor | None, number: str, *, out: bool) -> bool:
        """Opt a number or an e-mail address out or in again; whether that changed anything. Without an actor
        the citizen wrote it. Raises `NoMobileNumber`.
        """
        known = self._reachable(number)
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            by = "" if actor is None else actor.id
            changed = (
                await store.opt_out(connection, known, now, by)
                if out
                else await store.opt_in(connection, known)
            )
            if changed and actor is not None:
                act = "citizen.opt-out" if out else "citizen.opt-in"
                subject = f"opt-out:{store.digest_of(known)[:16]}"
                await self._audit.record_in(transaction, actor, act, subject, {})
        return changed

    async def opted_out(self, number: str) -> datetime | None:
        """Since when; None for who gets messages. Raises `NoMobileNumber`."""
        known = self._reachable(number)
        async with self._storage.read() as connection:
            return await store.opted_out(connection, known)

    async def choose_calls(self, actor: Actor, number: str, *, chosen: bool) -> bool:
        """The owner of a mobile telephone wants calls instead of text messages, or text messages again;
        whether that changed anything. Raises `NoMobileNumber`.
        """
        known = mobile(number)
        if not known:
            raise NoMobileNumber(remedy="give the number of a mobile telephone")
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            changed = await store.choose_calls(connection, known, now, actor.id, chosen=chosen)
            if changed:
                act = "citizen.by-call" if chosen else "citizen.by-text"
                subject = f"opt-out:{store.digest_of(known)[:16]}"
                await self._audit.record_in(transaction, actor, act, subject, {})
        return changed

    async def calls_since(self, number: str) -> datetime | None:
        """Since when its owner wants calls instead of text messages; None for all others."""
        async with self._storage.read() as connection:
            return await store.calls_since(connection, mobile(number)) if mobile(number) else None

    def _reachable(self, text: str) -> str:
        """As it is compared. Raises `NoMobileNumber`."""
        known = mail_address(text) if "@" in text else mobile(text) or self._landline(text)
        if not known:
            raise NoMobileNumber(remedy="give a telephone number, or an e-mail address")
        return known

    def _landline(self, text: str) -> str:
        return landline(text, self._area_code)

    # --- what is shown ----------------------------------------------------------------------------------

    async def of_case(self, case_id: UUID, most: int) -> list[StoredMessage]:
        async with self._storage.read() as connection:
            return await store.of_case(connection, case_id, most)

    async def latest(self, states: Sequence[MessageState], most: int) -> list[StoredMessage]:
        async with self._storage.read() as connection:
            return await store.latest(connection, [one.value for one in states], most)

    async def counts(self) -> MessageCounts:
        """Of the city's day."""
        since = day_began(self._storage.clock.now(), self.timezone_h)
        async with self._storage.read() as connection:
            return MessageCounts(
                since, await store.counts(connection, since), await store.opt_out_count(connection)
            )

    async def forget_old(self, kept: timedelta) -> int:
        """Erase numbers and words of messages that are older; how many."""
        async with self._storage.write() as transaction:
            before = transaction.clock.now() - kept
            return await store.forget(transaction.connection, before, MOST_FORGOTTEN)

    def step_words(self, progress: CaseProgress) -> str:
        return step_words(progress.value, self.rules.language)

    # --- in ---------------------------------------------------------------------------------------------

    async def receipt(self, receipt: SmsReceipt) -> None:
        """As `SmsConsumer.receipt`. One that fits no message is counted and forgotten."""
        for wait_s in (*RACE_S, None):
            attempt = _Attempt(receipt, last=wait_s is None)
            await self._receipts.add(attempt)
            if attempt.what:
                _receipts.labels(attempt.what).inc()
                return
            await self._storage.clock.sleep(wait_s or 0)

    async def text(self, part: SmsPart) -> None:
        """As `SmsConsumer.text`. What cannot be a report is counted and forgotten: it would come again for
        ever.
        """
        # PostgreSQL keeps no U+0000 in a text.
        part = replace(part, sender=part.sender.replace("\0", ""), text=part.text.replace("\0", ""))
        number = mobile(part.sender) or part.sender[:24]
        now = self._storage.clock.now()
        if part.total == 1:
            await self._taken(IncomingText(number, part.text, now))
            return
        key = (part.reference, part.total)
        async with self._storage.write() as transaction:
            found = await store.keep_part(transaction.connection, number, key, part.number, part.text, now)
        if found.whole:
            await self._take_parts(number, key, found)

    async def take_incomplete(self) -> int:
        """Take what has waited for a missing part for too long; how many messages."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            stale = await store.stale_parts(connection, now - PARTS_WAIT, 100)
        for number, reference, total in stale:
            async with self._storage.read() as connection:
                found = await store.parts_of(connection, number, reference, total)
            if found is not None:
                await self._take_parts(number, (reference, total), found)
        return len(stale)

    async def _take_parts(self, number: str, key: tuple[int, int], found: ReceivedText) -> None:
        """The parts stay until the text was taken: the SMSC has forgotten those that it was answered for.
        A text that is taken a second time has the same words and day, and is one report.
        """
        words = ("" if found.whole else " … ").join(found.words)
        await self._taken(IncomingText(number, words, found.began))
        async with self._storage.write() as transaction:
            await store.forget_parts(transaction.connection, number, key, found.newest)

    async def _taken(self, text: IncomingText) -> None:
        try:
            word = "untaken" if self._taker is None else await self._taker(text)
        except Invalid as error:
            word = "invalid"
            _log.warning("a text message was not taken", error=error.kind)
        _texts.labels(word).inc()

    async def _take_receipts(self, transaction: Transaction, attempts: Sequence[_Attempt]) -> None:
        for attempt in attempts:
            what = await self._take_receipt(transaction, attempt.receipt)
            attempt.what = what or ("unmatched" if attempt.last else "")

    async def _take_receipt(self, transaction: Transaction, receipt: SmsReceipt) -> str:
        connection, now = transaction.connection, transaction.clock.now()
        smsc_id = receipt.smsc_id[:65]
        message_id = await store.message_of_part(connection, smsc_id)
        if message_id is None:
            return await self._proves(transaction, receipt, now)
        said = state_of(receipt.state)
        if said is None:
            return "under way"
        await store.note_receipt(connection, smsc_id, receipt.state, now)
        message = await store.get(connection, message_id)
        if message is None or message.state not in {MessageState.SENT, MessageState.DELIVERED}:
            return "late"
        states = [state_of(one) for one in await store.receipts_of(connection, message_id)]
        state: MessageState = message.state
        if MessageState.UNDELIVERED in states:
            state = MessageState.UNDELIVERED
        elif None not in states:
            state = MessageState.DELIVERED
        if state is not message.state:
            why = receipt.state if state is MessageState.UNDELIVERED else ""
            await store.settle(connection, [replace(message, state=state, error=why, ended_at=now)])
            messages_metric.labels(state.value).inc()
        return said.value

    async def _proves(self, transaction: Transaction, receipt: SmsReceipt, now: datetime) -> str:
        """A receipt with an id that nobody knows, of a number that one message in doubt went to, says that
        the SMSC has that one.
        """
        number = mobile(receipt.number)
        left = now - timedelta(seconds=UNDER_WAY_S)
        doubtful = await store.in_doubt_of(transaction.connection, number, left) if number else []
        if len(doubtful) != 1:
            return ""
        message = doubtful[0]
        connection, smsc_id = transaction.connection, receipt.smsc_id[:65]
        await store.add_parts(connection, [(message.message_id, [smsc_id])], now)
        if state_of(receipt.state) is not None:
            await store.note_receipt(connection, smsc_id, receipt.state, now)
        said = [state_of(one) for one in await store.receipts_of(connection, message.message_id)]
        # Of a text of several parts each part has a receipt: only all of them prove that the SMSC has it.
        if self._link is None or len(said) < self._link.submits_of(message.text):
            return "proof of a part"
        state = MessageState.SENT if None in said else MessageState.DELIVERED
        if MessageState.UNDELIVERED in said:
            state = MessageState.UNDELIVERED
        await store.settle(
            connection,
            [replace(message, state=state, sent_at=message.claimed_at, ended_at=now, error="by receipt")],
        )
        messages_metric.labels(state.value).inc()
        return "proof"


def answer_wish(
    number: str, message_id: UUID, template: TemplateName, words: Mapping[str, str]
) -> MessageWish:
    """A message that answers one."""
    return MessageWish(message_id, MessagePurpose.ANSWER, number, template, words)
