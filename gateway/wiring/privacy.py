"""What the room of personal data needs: the ledger, the tables under its chain, the switch's files, and what
is not over yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from cdr.audit import show
from cdr.calls import store as calls
from cdr.cel.retention import CelRetention
from cdr.chain.erase import erase
from cdr.chain.records import SealedTable
from cdr.erasing import calls_of_number, erase_call, sound_left
from cdr.errors import UnderHold, UnknownCall
from cdr.events import CallErased
from cdr.filings.store import filings, subject_calls
from cdr.retention import store as retention
from cdr.retention.model import RetentionKind
from cdr.tables import SEALED
from core.bus import Bus
from core.numbers import read
from core.storage import Storage, Transaction
from gateway import tables as _all_tables  # noqa: F401  # the inventory names tables of every room
from gateway.settings import Settings
from gateway.wiring.cdr import cdr_settings
from hotline.control.store import operations
from hotline.nuisance.store import listings
from hotline.outbound.callbacks.store import callbacks
from privacy.disclosure import Disclosure
from privacy.logs import Logs
from privacy.ports import ErasureSubject, KnownCalls, OutsideStore
from privacy.room import PrivacyRoom
from privacy.service import Erasures, Stores

RULES = "system:retention"


class LedgerErasure:
    """Fills `privacy.ports.CallLedgerPort`."""

    def __init__(self, storage: Storage, recordings: Path | None) -> None:
        self._storage = storage
        self._recordings = recordings

    async def calls_of(self, number: str) -> Sequence[UUID]:
        return await calls_of_number(self._storage, number)

    async def running(self, number: str) -> bool:
        wanted = select(calls.calls.c.call_id).where(
            calls.calls.c.number == number, calls.calls.c.ended_at.is_(None)
        )
        async with self._storage.read() as connection:
            return (await connection.execute(wanted.limit(1))).first() is not None

    async def known(self, call_ids: Sequence[UUID]) -> KnownCalls:
        ids: list[UUID] = []
        linkedids: list[str] = []
        async with self._storage.read() as connection:
            for call_id in call_ids:
                known = await calls.resolve(connection, call_id) or call_id
                ids += await calls.names_of(connection, known)
                row = await calls.call_of(connection, known)
                linkedids += row.linkedids if row is not None else []
        return KnownCalls(list(dict.fromkeys(ids)), list(dict.fromkeys(linkedids)))

    async def why_not(self, call_id: UUID) -> str:
        async with self._storage.read() as connection:
            known = await calls.resolve(connection, call_id)
            row = await calls.call_of(connection, known) if known else None
            if known is None or row is None:
                return f"the ledger knows no call {call_id}"
            if row.ended_at is None:
                return f"call {call_id} is not over"
            names = await calls.names_of(connection, known)
            held = await retention.holds_on(connection, names)
        return f"a legal hold stands on call {call_id}" if held else ""

    async def erase(self, call_id: UUID, *, by: str, reason: str) -> None:
        if await self._is_erased(call_id):
            return  # each erasure tells the other rooms: once is enough
        try:
            await erase_call(self._storage, self._recordings, call_id, by=by, reason=reason)
        except (UnderHold, UnknownCall, OSError):
            return  # the next look says why it is not done

    async def _is_erased(self, call_id: UUID) -> bool:
        """A late line of the switch brings the number back: then it is not."""
        async with self._storage.read() as connection:
            known = await calls.resolve(connection, call_id)
            row = await calls.call_of(connection, known) if known else None
            if row is None or row.number or row.name or row.dialled:
                return False
            done = await connection.execute(
                select(retention.done.c.kind).where(retention.done.c.call_id == known)
            )
            return {kind.value for kind in RetentionKind} <= set(done.scalars())

    async def sound_left(self, call_ids: Sequence[UUID]) -> str:
        return await sound_left(self._storage, self._recordings, call_ids)


class SealedTables:
    """Fills `privacy.ports.SealedRows`."""

    def __init__(self) -> None:
        self._by_name: Mapping[str, SealedTable] = {one.table.name: one for one in SEALED}

    def holds(self, table: str) -> bool:
        return table in self._by_name

    async def why_not(self, transaction: Transaction, table: str, key: Any) -> str:
        connection = transaction.connection
        sealed = self._by_name[table]
        place = sealed.table.c[sealed.key] == key
        if table == filings.name:
            of_filing = select(filings.c.subject).where(place)
            linked = select(subject_calls.c.call_id).where(subject_calls.c.subject.in_(of_filing))
            ids = list((await connection.execute(linked)).scalars())
        elif "call_id" in sealed.table.c:
            ids = list((await connection.execute(select(sealed.table.c.call_id).where(place))).scalars())
        else:
            return ""
        names = [name for one in ids for name in await calls.names_of(connection, one)]
        if not names or not await retention.holds_on(connection, names):
            return ""
        return f"a legal hold stands on call {names[0]}, in which the number stands too"

    async def erase(
        self,
        transaction: Transaction,
        table: str,
        keys: Sequence[Any],
        *,
        by: str,
        reason: str,
        now: datetime,
    ) -> None:
        await erase(transaction, self._by_name[table], keys, by=by, reason=reason, now=now)

    async def seal(self, transaction: Transaction, table: str, keys: Sequence[Any], now: datetime) -> None:
        await self._by_name[table].seal(transaction, keys, now)


class SwitchLines:
    """Fills `privacy.ports.OutsideStore` from the ledger's reader of Asterisk's files."""

    name = "switch-lines"

    def __init__(self, keeping: CelRetention) -> None:
        self._keeping = keeping

    async def erase(self, wanted: ErasureSubject) -> str:
        return await self._keeping.erase(wanted.octets)


async def open_callback(storage: Storage, number: str) -> str:
    """Fills `privacy.ports.NeedCheck`."""
    known = read(number)
    keys = [number] if known is None else [number, known.key]
    wanted = select(callbacks.c.callback_id).where(
        callbacks.c.number.in_(keys), callbacks.c.stage != "closed"
    )
    async with storage.read() as connection:
        waits = (await connection.execute(wanted.limit(1))).first() is not None
    return "a callback to this number waits: cancel it on the desk" if waits else ""


async def open_listing(storage: Storage, number: str) -> str:
    """Fills `privacy.ports.NeedCheck`."""
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


async def forget_operations(storage: Storage, before: datetime) -> None:
    """Fills `privacy.ports.ForgetOperations`."""
    async with storage.write() as transaction:
        await transaction.connection.execute(delete(operations).where(operations.c.begun_at < before))


def erasures(settings: Settings, storage: Storage) -> Erasures:
    """For the service and for the command line alike: what one began, the other goes on with."""
    ledger = cdr_settings(settings)
    places: list[OutsideStore] = []
    if ledger.cel_file is not None:
        keeping = CelRetention(
            storage, ledger.cel_file, ledger.system_name, kept_h=ledger.cel_kept_h, clock=storage.clock
        )
        places.append(SwitchLines(keeping))
    if settings.asterisk is not None:
        folders = settings.asterisk.directories
        places.append(Logs(folders.log, apart=[folders.cel.parent]))
    stores = Stores(
        LedgerErasure(storage, ledger.recordings),
        SealedTables(),
        needs=(partial(open_callback, storage), partial(open_listing, storage)),
        places=tuple(places),
    )
    return Erasures(storage, stores, area_code=ledger.area_code)


class WholeRecords:
    """Fills `privacy.ports.Records`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_number(self, number: str) -> Sequence[dict[str, Any]]:
        return [
            await show(self._storage, str(call_id))
            for call_id in await calls_of_number(self._storage, number)
        ]


def disclosure(settings: Settings, storage: Storage) -> Disclosure:
    area_code = cdr_settings(settings).area_code
    return Disclosure(storage, WholeRecords(storage), SealedTables(), area_code=area_code)


def room(settings: Settings, storage: Storage) -> PrivacyRoom:
    """The room with every place that can erase."""
    return PrivacyRoom(
        settings.privacy, storage, erasures(settings, storage), partial(forget_operations, storage)
    )


class ErasedByHand:
    """A call that somebody erased on the desk gets an erasure of its own: the other stores are done too."""

    def __init__(self, service: Erasures) -> None:
        self._service = service

    def subscribe(self, bus: Bus) -> None:
        """The person's other data follow when somebody erases a single call."""
        bus.subscribe(CallErased, self.on_erased, name="privacy.call-erased")

    async def on_erased(self, event: CallErased) -> None:
        if event.by == RULES or "personal" not in event.kinds:
            return
        await self._service.follow(event.call_id, by=event.by)
