"""Erases persons from calls: deletes numbers, names, notes, text and sound; times and the chain stay.

A legal hold stops every erasure, automatic or by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls import store as calls
from cdr.cel import store as cel
from cdr.chain.erase import erase, order
from cdr.errors import UnderHold, UnknownCall
from cdr.events import CallErased
from cdr.filings.store import FILINGS, filing_of, filings, subject_calls
from cdr.outside_numbers import masked_channels, masked_transfers
from cdr.quality.store import forget as forget_quality_notes
from cdr.recordings import store as recordings
from cdr.recordings.erasing import SoundEraser, give_up
from cdr.retention import store as retention
from cdr.retention.model import RetentionKind
from cdr.transcripts.store import SEGMENTS
from core.storage import Storage, Transaction

ABOUT_THE_PERSON = ("disposition", "call-act", "survey", "callback", "voicemail")
"""Filings of the call. Drafts, cases and dispatches belong to the case, which has a life of its own."""
NAMED_IN = ("draft", "case")
"""Of these, the ones that say who called or whom to call back."""
_WHO = ("caller", "callback")
EVERYTHING = frozenset(RetentionKind)
_PAGE = 500
_SHORTEST = 5
"""A shorter number is an extension or nothing: it is not searched for in rejected lines."""


async def erase_call(
    storage: Storage,
    recordings_root: Path | None,
    call_id: UUID,
    *,
    by: str,
    reason: str,
    kinds: Collection[RetentionKind] = EVERYTHING,
) -> int:
    """Empty what names a person in an ended call, its legs, its words, what was filed about it, and its rows;
    delete its sound: what cannot be deleted now is tried again by the service. What was filed about a case
    belongs to the case and stays, unless it says who called.

    Returns how many records were emptied. Raises `UnknownCall` when no ended call has this id, `UnderHold`.
    """
    now = storage.clock.now()
    given_up: list[UUID] = []
    async with storage.write() as transaction:
        call, names = await _erasable(transaction.connection, call_id)
        known = names[0]
        emptied = 0
        if RetentionKind.TRANSCRIPTS in kinds:
            emptied += await _empty(transaction, SEGMENTS, names, by=by, reason=reason, now=now)
        if RetentionKind.PERSONAL in kinds:
            await _mask_outside(transaction, names, now)
            for sealed in (calls.CALLS, calls.LEGS):
                emptied += await _empty(transaction, sealed, names, by=by, reason=reason, now=now)
            emptied += await _empty_filings(transaction, names, by=by, reason=reason, now=now)
            await _empty_rows(transaction, call)
            await _empty_quarantine(transaction, call)
            await forget_quality_notes(transaction, names)
        if RetentionKind.RECORDINGS in kinds:
            given_up = await _give_up_sound(transaction, names, by=by, reason=reason, now=now)
        await retention.note(transaction, known, kinds, now)
        await transaction.emit(
            CallErased(call_id=known, known_as=names[1:], kinds=sorted(kinds), by=by),
            stream=f"cdr.call:{known}",
        )
    if given_up:
        await SoundEraser(storage, recordings_root).finish(given_up)
    return emptied + len(given_up)


async def check_erasable(storage: Storage, call_id: UUID) -> None:
    """Raises `UnknownCall` and `UnderHold`, as `erase_call` would."""
    async with storage.read() as connection:
        await _erasable(connection, call_id)


async def calls_of_number(storage: Storage, number: str) -> list[UUID]:
    """The ended calls of a person's number, oldest first."""
    async with storage.read() as connection:
        found = await connection.execute(
            select(calls.calls.c.call_id)
            .where(
                calls.calls.c.number == number,
                calls.calls.c.ended_at.is_not(None),
                calls.calls.c.merged_into.is_(None),
            )
            .order_by(calls.calls.c.started_at)
        )
        return list(found.scalars())


async def _erasable(connection: AsyncConnection, call_id: UUID) -> tuple[Row[Any], list[UUID]]:
    """The ended call of this id, and its ids, its own first. Raises `UnknownCall`, `UnderHold`."""
    known = await calls.resolve(connection, call_id)
    call = await calls.call_of(connection, known) if known else None
    if known is None or call is None or call.ended_at is None:
        raise UnknownCall("no ended call has this id", remedy="wait until the call is over")
    names = await calls.names_of(connection, known)
    held = await retention.holds_on(connection, names)
    if held:
        raise UnderHold(
            f"{len(held)} legal hold(s), the first since {held[0].set_at:%Y-%m-%d}",
            remedy="lift the hold first: songhua cdr holds",
            hold_id=str(held[0].hold_id),
        )
    return call, names


async def _empty(
    transaction: Transaction, sealed: Any, names: Sequence[UUID], *, by: str, reason: str, now: datetime
) -> int:
    keys = await transaction.connection.execute(
        select(sealed.table.c[sealed.key]).where(sealed.table.c.call_id.in_(names))
    )
    return await erase(transaction, sealed, list(keys.scalars()), by=by, reason=reason, now=now)


async def _empty_filings(
    transaction: Transaction, names: Sequence[UUID], *, by: str, reason: str, now: datetime
) -> int:
    linked = filings.c.subject.in_(select(subject_calls.c.subject).where(subject_calls.c.call_id.in_(names)))
    found = await transaction.connection.execute(
        select(filings).where(filings.c.kind.in_((*ABOUT_THE_PERSON, *NAMED_IN)), linked)
    )
    keys = [row.filing_id for row in found if row.kind in ABOUT_THE_PERSON or _names_somebody(row)]
    return await erase(transaction, FILINGS, keys, by=by, reason=reason, now=now)


def _names_somebody(row: Row[Any]) -> bool:
    told = filing_of(row).told()
    forms = (told.get("final"), told.get("drafted"))
    return any(form.get(name) for form in forms if isinstance(form, dict) for name in _WHO)


async def _mask_outside(transaction: Transaction, names: Sequence[UUID], now: datetime) -> None:
    """Take outside numbers out of columns that stay; each row that had one gets a further entry."""
    connection = transaction.connection
    changed: list[UUID] = []
    for leg in await connection.execute(
        select(calls.legs.c.leg_id, calls.legs.c.channel, calls.legs.c.endpoint).where(
            calls.legs.c.call_id.in_(names)
        )
    ):
        masked = {"channel": masked_channels(leg.channel), "endpoint": masked_channels(leg.endpoint)}
        if masked != {"channel": leg.channel, "endpoint": leg.endpoint}:
            await connection.execute(
                update(calls.legs).where(calls.legs.c.leg_id == leg.leg_id).values(**masked)
            )
            changed.append(leg.leg_id)
    await calls.LEGS.seal(transaction, changed, now)
    passed = await connection.execute(
        select(calls.calls.c.call_id, calls.calls.c.transfers).where(calls.calls.c.call_id.in_(names))
    )
    for call in passed.all():
        without = masked_transfers(call.transfers)
        if without != call.transfers:
            await connection.execute(
                update(calls.calls).where(calls.calls.c.call_id == call.call_id).values(transfers=without)
            )
            await calls.CALLS.seal(transaction, [call.call_id], now)


async def _empty_rows(transaction: Transaction, call: Row[Any]) -> None:
    of_call = (cel.rows.c.system_name == call.system_name, cel.rows.c.linkedid.in_(call.linkedids))
    await transaction.connection.execute(update(cel.rows).where(*of_call).values(name="", number=""))
    placed = await transaction.connection.execute(
        select(cel.rows.c.seq, cel.rows.c.channel, cel.rows.c.peer, cel.rows.c.extra).where(*of_call)
    )
    for row in placed.all():
        named = {name: getattr(row, name) for name in ("channel", "peer", "extra")}
        masked = {name: masked_channels(value) for name, value in named.items()}
        if masked != named:
            await transaction.connection.execute(
                update(cel.rows).where(cel.rows.c.seq == row.seq).values(**masked)
            )
    # Pressed digits and what an application was given may be numbers; a queue's name is none and needed.
    await transaction.connection.execute(
        update(cel.rows).where(*of_call, cel.rows.c.event == "DTMF").values(extra="")
    )
    await transaction.connection.execute(
        update(cel.rows).where(*of_call, func.lower(cel.rows.c.app) != "queue").values(app_data="", exten="")
    )


async def keep_erased(transaction: Transaction, system_name: str, linkedids: Collection[str]) -> None:
    """Lines that came after their call was erased bring nobody back."""
    connection = transaction.connection
    erased = (
        select(calls.aliases.c.call_id)
        .join(retention.done, retention.done.c.call_id == calls.aliases.c.call_id)
        .where(
            calls.aliases.c.system_name == system_name,
            calls.aliases.c.linkedid.in_(linkedids),
            retention.done.c.kind == RetentionKind.PERSONAL.value,
        )
        .distinct()
    )
    for call_id in (await connection.execute(erased)).scalars().all():
        call = await calls.call_of(connection, call_id)
        if call is not None:
            await _empty_rows(transaction, call)


async def _empty_quarantine(transaction: Transaction, call: Row[Any]) -> None:
    """Rejected lines that speak of the call or of the number: they prove nothing, so they go whole."""
    words = [one.encode() for one in call.linkedids]
    if len(call.number) >= _SHORTEST:
        words.append(call.number.encode())
    last = ""
    while True:
        page = (
            await transaction.connection.execute(
                select(cel.quarantine.c.line_id, cel.quarantine.c.raw)
                .where(cel.quarantine.c.line_id > last)
                .order_by(cel.quarantine.c.line_id)
                .limit(_PAGE)
            )
        ).all()
        if not page:
            return
        last = page[-1].line_id
        about = [row.line_id for row in page if any(word in row.raw for word in words)]
        if about:
            await transaction.connection.execute(
                delete(cel.quarantine).where(cel.quarantine.c.line_id.in_(about))
            )


async def _give_up_sound(
    transaction: Transaction, names: Sequence[UUID], *, by: str, reason: str, now: datetime
) -> list[UUID]:
    """Give the call's recordings up; those whose files are to be deleted."""
    found = [
        one.recording_id
        for one in await recordings.recordings_of(transaction.connection, names)
        if one.state not in recordings.GIVEN_UP
    ]
    await give_up(transaction, found, now)
    await order(transaction, [f"recording:{one}" for one in found], by=by, reason=reason, now=now)
    return found


async def sound_left(storage: Storage, root: Path | None, names: Sequence[UUID]) -> str:
    """Why files of erased recordings are still there, after one more attempt; empty when none is."""
    if root is None:
        return ""
    async with storage.read() as connection:
        found = await recordings.recordings_of(connection, names)
    for one in found:
        if one.state not in recordings.GIVEN_UP:
            return "a recording came after the call was erased: it is erased next"
    return await SoundEraser(storage, root).finish([one.recording_id for one in found])
