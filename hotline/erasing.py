"""What the hotline keeps of a person: what an erasure empties here, and what it waits for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from core.numbers import read
from core.storage import Storage
from hotline.control.store import operations
from hotline.dispositions.store import dispositions
from hotline.nuisance.store import listings
from hotline.outbound.callbacks.store import callbacks, lost_calls


async def forget_calls(storage: Storage, call_ids: Collection[UUID]) -> None:
    """Empty the notes of these calls, and delete their callbacks that are closed. Raises `StorageAway`."""
    async with storage.write() as transaction:
        await transaction.connection.execute(
            update(dispositions).where(dispositions.c.call_id.in_(call_ids)).values(note="")
        )
        lost = select(lost_calls.c.callback_id).where(lost_calls.c.call_id.in_(call_ids))
        await transaction.connection.execute(
            delete(callbacks).where(callbacks.c.callback_id.in_(lost), callbacks.c.stage == "closed")
        )


async def forget_operations(storage: Storage, before: datetime) -> None:
    """Delete the operations of call control that began before then. Raises `StorageAway`."""
    async with storage.write() as transaction:
        await transaction.connection.execute(delete(operations).where(operations.c.begun_at < before))


async def open_callback(storage: Storage, number: str) -> str:
    """Why this number is still needed for a callback; empty when it is not. Raises `StorageAway`."""
    known = read(number)
    keys = [number] if known is None else [number, known.key]
    wanted = select(callbacks.c.callback_id).where(
        callbacks.c.number.in_(keys), callbacks.c.stage != "closed"
    )
    async with storage.read() as connection:
        waits = (await connection.execute(wanted.limit(1))).first() is not None
    return "a callback to this number waits: cancel it on the desk" if waits else ""


async def open_listing(storage: Storage, number: str) -> str:
    """Why this number is still needed as that of a malicious caller; empty when it is not. Raises
    `StorageAway`.
    """
    known = read(number)
    keys = [number] if known is None else [number, known.key, known.national]
    wanted = select(listings.c.until).where(
        listings.c.open_number.in_(keys), listings.c.until > storage.clock.now()
    )
    async with storage.read() as connection:
        row = (await connection.execute(wanted.limit(1))).first()
    if row is None:
        return ""
    return f"the number is listed as malicious until {row.until:%Y-%m-%d}: lift it (songhua nuisance lift)"
