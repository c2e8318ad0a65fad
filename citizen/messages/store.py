"""Messages in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.messages.model import (
    CALL,
    EMAIL,
    OPEN,
    MessagePurpose,
    MessageState,
    StoredMessage,
)
from citizen.messages.tables import HELD, call_choices, messages, opt_outs, parts, received_parts
from core.storage.dialect import insert_if_new, lock_number, upsert

_COLUMNS = tuple(column.name for column in messages.c)


async def add(connection: AsyncConnection, message: StoredMessage) -> bool:
    """Insert it; False when it is there already."""
    row = {name: getattr(message, name) for name in _COLUMNS}
    return await insert_if_new(
        connection, messages, {**row, "purpose": message.purpose.value, "state": message.state.value}
    )


async def get(connection: AsyncConnection, message_id: UUID, *, lock: bool = False) -> StoredMessage | None:
    wanted = select(messages).where(messages.c.message_id == message_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _message(row)


async def get_open(connection: AsyncConnection, message_ids: Sequence[UUID]) -> dict[UUID, StoredMessage]:
    """Those of them that are not over."""
    wanted = select(messages).where(
        messages.c.message_id.in_(message_ids), messages.c.state.in_([one.value for one in OPEN])
    )
    return {one.message_id: one for one in await _messages(connection, wanted)}


async def to_tell_by_call(
    connection: AsyncConnection, tried_before: datetime, limit: int
) -> list[StoredMessage]:
    """Calls that may be running, then those that are to be made, the last try `tried_before`."""
    table = messages.c
    running = table.state == MessageState.SUBMITTING.value
    wanted = (
        select(messages)
        .where(
            table.channel == CALL,
            table.state.in_([one.value for one in OPEN]),
            or_(running, table.claimed_at.is_(None), table.claimed_at <= tried_before),
        )
        .order_by(table.state, table.created_at, table.message_id)
        .limit(limit)
    )
    return await _messages(connection, wanted)


async def later_call(connection: AsyncConnection, message: StoredMessage) -> bool:
    """Whether a later step of the same case waits to be told by a call to the same number."""
    table = messages.c
    wanted = select(table.message_id).where(
        table.channel == CALL,
        table.case_id == message.case_id,
        table.number == message.number,
        table.created_at > message.created_at,
        table.state == MessageState.WAITING.value,
    )
    return (await connection.execute(wanted.limit(1))).first() is not None


async def of_case(connection: AsyncConnection, case_id: UUID, limit: int) -> list[StoredMessage]:
    """The newest first."""
    wanted = select(messages).where(messages.c.case_id == case_id)
    return await _messages(connection, wanted.order_by(messages.c.created_at.desc()).limit(limit))


async def of_report(connection: AsyncConnection, report_id: UUID, limit: int) -> list[StoredMessage]:
    """The newest first."""
    wanted = select(messages).where(messages.c.report_id == report_id)
    return await _messages(connection, wanted.order_by(messages.c.created_at.desc()).limit(limit))


async def latest(connection: AsyncConnection, states: Sequence[str], limit: int) -> list[StoredMessage]:
    """The newest first, of these states or of all."""
    wanted = select(messages).order_by(messages.c.created_at.desc(), messages.c.message_id).limit(limit)
    return await _messages(connection, wanted.where(messages.c.state.in_(states)) if states else wanted)


async def last_number(connection: AsyncConnection, case_id: UUID) -> str:
    """The number that was told of the case last; empty for none, and once it is erased."""
    wanted = (
        select(messages.c.number)
        .where(
            messages.c.case_id == case_id,
            messages.c.purpose == MessagePurpose.PROGRESS.value,
            messages.c.channel != EMAIL,
        )
        .order_by(messages.c.created_at.desc(), messages.c.message_id.desc())
        .limit(1)
    )
    return (await connection.execute(wanted)).scalar_one_or_none() or ""


async def last_step(connection: AsyncConnection, case_id: UUID, number: str) -> str:
    """The step of the case that this number was told last; empty for none."""
    wanted = (
        select(messages.c.step)
        .where(
            messages.c.case_id == case_id,
            messages.c.number == number,
            messages.c.purpose == MessagePurpose.PROGRESS.value,
        )
        .order_by(messages.c.created_at.desc(), messages.c.message_id.desc())
        .limit(1)
    )
    return (await connection.execute(wanted)).scalar_one_or_none() or ""


async def sent_since(connection: AsyncConnection, number: str, since: datetime) -> int:
    """Messages to this number that count towards its limit."""
    wanted = (
        select(func.count())
        .select_from(messages)
        .where(
            messages.c.number == number,
            messages.c.created_at >= since,
            messages.c.purpose.not_in([MessagePurpose.ANSWER.value, MessagePurpose.WARNING.value]),
            messages.c.state.not_in([MessageState.SUPPRESSED.value, MessageState.LIMITED.value]),
        )
    )
    return int((await connection.execute(wanted)).scalar_one())


async def answered_since(connection: AsyncConnection, number: str, since: datetime) -> int:
    wanted = (
        select(func.count())
        .select_from(messages)
        .where(
            messages.c.number == number,
            messages.c.created_at >= since,
            messages.c.purpose == MessagePurpose.ANSWER.value,
        )
    )
    return int((await connection.execute(wanted)).scalar_one())


async def counts(connection: AsyncConnection, since: datetime) -> Mapping[str, int]:
    """How many messages since then are in each state, and all that are open."""
    wanted = (
        select(messages.c.state, func.count())
        .where(or_(messages.c.created_at >= since, messages.c.state.in_([one.value for one in OPEN])))
        .group_by(messages.c.state)
    )
    return {row[0]: row[1] for row in await connection.execute(wanted)}


_CLAIM = (
    update(messages)
    .where(messages.c.message_id == bindparam("of_id"))
    .values(
        state=MessageState.SUBMITTING.value,
        claimed_at=bindparam("at"),
        tries=messages.c.tries + 1,
        doubts=bindparam("doubtful"),
    )
)
_SETTLE = (
    update(messages)
    .where(messages.c.message_id == bindparam("of_id"))
    .values(
        state=bindparam("now_state"), error=bindparam("why"), sent_at=bindparam("left_at"),
        ended_at=bindparam("over_at"), doubts=bindparam("doubtful"),
    )
)  # fmt: skip


async def claim(connection: AsyncConnection, claimed: Sequence[StoredMessage]) -> None:
    """They are being submitted from now on. In one order everywhere: two who change the same rows would else
    wait for each other in a circle.
    """
    if claimed:
        await connection.execute(
            _CLAIM,
            [{"of_id": one.message_id, "at": one.claimed_at, "doubtful": one.doubts} for one in claimed],
        )


async def settle(connection: AsyncConnection, changed: Sequence[StoredMessage]) -> None:
    """Their state, error, times and doubts."""
    if not changed:
        return
    await connection.execute(
        _SETTLE,
        [
            {
                "of_id": one.message_id, "now_state": one.state.value, "why": one.error,
                "left_at": one.sent_at, "over_at": one.ended_at, "doubtful": one.doubts,
            }
            for one in changed
        ],
    )  # fmt: skip


async def add_parts(
    connection: AsyncConnection, taken: Sequence[tuple[UUID, Sequence[str]]], at: datetime
) -> None:
    """The SMSC's ids of these messages; an id without letters cannot be matched and is left out."""
    rows = [
        {"smsc_id": smsc_id[:65], "message_id": message_id, "receipt": "", "at": at}
        for message_id, smsc_ids in taken
        for smsc_id in smsc_ids
        if smsc_id
    ]
    await upsert(connection, parts, rows, keys=["smsc_id"])


async def forget_ids(connection: AsyncConnection, message_ids: Sequence[UUID]) -> None:
    """The SMSC's ids of these messages."""
    if message_ids:
        await connection.execute(delete(parts).where(parts.c.message_id.in_(message_ids)))


async def message_of_part(connection: AsyncConnection, smsc_id: str) -> UUID | None:
    wanted = select(parts.c.message_id).where(parts.c.smsc_id == smsc_id[:65])
    found: UUID | None = (await connection.execute(wanted)).scalar()
    return found


async def note_receipt(connection: AsyncConnection, smsc_id: str, receipt: str, at: datetime) -> None:
    await connection.execute(
        update(parts).where(parts.c.smsc_id == smsc_id).values(receipt=receipt[:8], at=at)
    )


async def receipts_of(connection: AsyncConnection, message_id: UUID) -> list[str]:
    wanted = select(parts.c.receipt).where(parts.c.message_id == message_id)
    return list((await connection.execute(wanted)).scalars())


async def in_doubt_of(connection: AsyncConnection, number: str, before: datetime) -> list[StoredMessage]:
    """Messages to this number that left before then without an answer."""
    wanted = select(messages).where(
        messages.c.number == number,
        messages.c.state == MessageState.SUBMITTING.value,
        messages.c.claimed_at < before,
    )
    return await _messages(connection, wanted)


async def expire(connection: AsyncConnection, now: datetime, channel: str) -> int:
    """End what waited too long to leave by this channel; how many."""
    wanted = update(messages).where(
        messages.c.state == MessageState.WAITING.value, messages.c.expires_at <= now,
        messages.c.channel == channel,
    )  # fmt: skip
    found = await connection.execute(wanted.values(state=MessageState.EXPIRED.value, ended_at=now))
    return int(found.rowcount)


async def hold_case(connection: AsyncConnection, case_id: UUID | None) -> None:
    """Nobody else sends messages of this case again until the transaction ends."""
    digest = hashlib.sha256(f"again:{case_id}".encode()).digest()
    await lock_number(connection, int.from_bytes(digest[:8], "big", signed=True))


async def like(connection: AsyncConnection, message: StoredMessage) -> list[StoredMessage]:
    """Those of its case to the same reader with the same words, itself included."""
    wanted = select(messages).where(
        messages.c.case_id == message.case_id,
        messages.c.number == message.number,
        messages.c.text == message.text,
    )
    if message.channel == EMAIL:  # two addresses may look the same once they are masked
        wanted = wanted.where(messages.c.report_id == message.report_id)
    return await _messages(connection, wanted)


async def suppress(connection: AsyncConnection, case_id: UUID, now: datetime) -> int:
    """End what waits to be told of this case, but no answer to its citizen; how many."""
    wanted = update(messages).where(
        messages.c.case_id == case_id,
        messages.c.state == MessageState.WAITING.value,
        messages.c.purpose != MessagePurpose.ANSWER.value,
    )
    found = await connection.execute(wanted.values(state=MessageState.SUPPRESSED.value, ended_at=now))
    return int(found.rowcount)


async def withdraw(connection: AsyncConnection, message_ids: Collection[UUID], now: datetime) -> int:
    """End those that wait to leave; how many."""
    waits = messages.c.message_id.in_(message_ids) & (messages.c.state == MessageState.WAITING.value)
    # Locked in the order in which `claim` changes them.
    locked = select(messages.c.message_id).where(waits).order_by(messages.c.message_id).with_for_update()
    await connection.execute(locked)
    found = await connection.execute(
        update(messages).where(waits).values(state=MessageState.SUPPRESSED.value, ended_at=now)
    )
    return int(found.rowcount)


async def states_of(connection: AsyncConnection, message_ids: Collection[UUID]) -> dict[UUID, MessageState]:
    """Of those that are there."""
    wanted = select(messages.c.message_id, messages.c.state).where(messages.c.message_id.in_(message_ids))
    return {row.message_id: MessageState(row.state) for row in await connection.execute(wanted)}


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Erase number and text of messages from before then; how many."""
    old = (
        select(messages.c.message_id)
        .where(messages.c.created_at < before, HELD)
        .order_by(messages.c.created_at)
        .limit(limit)
    )
    found = await connection.execute(
        update(messages).where(messages.c.message_id.in_(old)).values(number="", text="")
    )
    await connection.execute(delete(received_parts).where(received_parts.c.at < before))
    return int(found.rowcount)


# --- opt-outs -----------------------------------------------------------------------------------------------


def digest_of(number: str) -> str:
    """Of a number as it is dialled, or of an e-mail address in small letters."""
    return hashlib.sha256(f"opt-out:{number}".encode()).hexdigest()


async def opted_out(connection: AsyncConnection, number: str) -> datetime | None:
    """Since when; None for who gets messages."""
    return await out_since(connection, digest_of(number))


async def out_since(connection: AsyncConnection, digest: str) -> datetime | None:
    """The same by the digest."""
    wanted = select(opt_outs.c.since).where(opt_outs.c.digest == digest)
    found: datetime | None = (await connection.execute(wanted)).scalar()
    return found


async def opted_out_of(connection: AsyncConnection, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that opted out."""
    digests = {digest_of(number): number for number in numbers}
    wanted = select(opt_outs.c.digest).where(opt_outs.c.digest.in_(digests))
    return {digests[digest] for digest in (await connection.execute(wanted)).scalars()}


async def opt_out(connection: AsyncConnection, number: str, at: datetime, by: str) -> bool:
    """False where the number had opted out before."""
    return await opt_digest_out(connection, digest_of(number), at, by)


async def opt_digest_out(connection: AsyncConnection, digest: str, at: datetime, by: str) -> bool:
    """The same by the digest."""
    return await insert_if_new(connection, opt_outs, {"digest": digest, "since": at, "by": by[:64]})


async def opt_in(connection: AsyncConnection, number: str) -> bool:
    return await opt_digest_in(connection, digest_of(number))


async def opt_digest_in(connection: AsyncConnection, digest: str) -> bool:
    found = await connection.execute(delete(opt_outs).where(opt_outs.c.digest == digest))
    return bool(found.rowcount)


async def opt_out_count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(opt_outs))).scalar_one())


# --- calls instead of text messages -------------------------------------------------------------------------


async def calls_since(connection: AsyncConnection, number: str) -> datetime | None:
    """Since when its owner wants calls; None for who gets text messages."""
    wanted = select(call_choices.c.since).where(call_choices.c.digest == digest_of(number))
    found: datetime | None = (await connection.execute(wanted)).scalar()
    return found


async def choose_calls(
    connection: AsyncConnection, number: str, at: datetime, by: str, *, chosen: bool
) -> bool:
    """Whether that changed anything."""
    row = {"digest": digest_of(number), "since": at, "by": by[:64]}
    if chosen:
        return await insert_if_new(connection, call_choices, row)
    gone = delete(call_choices).where(call_choices.c.digest == row["digest"])
    return bool((await connection.execute(gone)).rowcount)


# --- parts of what citizens send ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """What is there of a text in parts: `words` in order, `began` when its oldest part came."""

    words: Sequence[str]
    total: int
    began: datetime
    newest: datetime

    @property
    def whole(self) -> bool:
        return len(self.words) >= self.total


async def keep_part(
    connection: AsyncConnection, number: str, key: tuple[int, int], part: int, text: str, at: datetime
) -> ReceivedText:
    """Keep a part; what is there of its text now. `key`: reference and total. They stay until
    `forget_parts`.
    """
    reference, total = key
    # Two parts that come at the same moment would else not see each other, and their text is never whole.
    await lock_number(connection, _number_of(number, reference, total))
    row = {"number": number, "reference": reference, "total": total, "part": part, "text": text, "at": at}
    await upsert(connection, received_parts, row, keys=["number", "reference", "total", "part"])
    found = await parts_of(connection, number, reference, total)
    assert found is not None
    return found


def _number_of(number: str, reference: int, total: int) -> int:
    digest = hashlib.sha256(f"part:{number}:{reference}:{total}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def parts_of(
    connection: AsyncConnection, number: str, reference: int, total: int
) -> ReceivedText | None:
    """None where they are forgotten."""
    same = _same_text(number, reference, total)
    wanted = select(received_parts.c.text, received_parts.c.at).where(same).order_by(received_parts.c.part)
    rows = (await connection.execute(wanted)).all()
    if not rows:
        return None
    return ReceivedText(
        [row.text for row in rows], total, min(row.at for row in rows), max(row.at for row in rows)
    )


async def forget_parts(
    connection: AsyncConnection, number: str, key: tuple[int, int], newest: datetime
) -> None:
    """Those that came until then: the text was taken."""
    old = and_(_same_text(number, *key), received_parts.c.at <= newest)
    await connection.execute(delete(received_parts).where(old))


def _same_text(number: str, reference: int, total: int) -> ColumnElement[bool]:
    return and_(
        received_parts.c.number == number,
        received_parts.c.reference == reference,
        received_parts.c.total == total,
    )


async def stale_parts(
    connection: AsyncConnection, before: datetime, limit: int
) -> list[tuple[str, int, int]]:
    """Messages of which a part is missing since then: number, reference, total."""
    wanted = (
        select(received_parts.c.number, received_parts.c.reference, received_parts.c.total)
        .group_by(received_parts.c.number, received_parts.c.reference, received_parts.c.total)
        .having(func.max(received_parts.c.at) < before)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in await connection.execute(wanted)]


async def _messages(connection: AsyncConnection, wanted: Any) -> list[StoredMessage]:
    return [_message(row) for row in await connection.execute(wanted)]


def _message(row: Row[Any]) -> StoredMessage:
    told = dict(row._mapping)  # noqa: SLF001
    return StoredMessage(
        **{**told, "purpose": MessagePurpose(told["purpose"]), "state": MessageState(told["state"])}
    )
