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

from cdr.audit import show
from cdr.cel.retention import CelRetention
from cdr.chain.erase import erase
from cdr.chain.records import SealedTable
from cdr.erasing import calls_of_number, erase_call, sound_left
from cdr.erasure_state import held_row, in_running_call, is_erased, names_of_calls, why_not_erasable
from cdr.errors import UnderHold, UnknownCall
from cdr.events import CallErased
from cdr.tables import SEALED
from core.bus import Bus
from core.storage import Storage, Transaction
from gateway import tables as _all_tables  # noqa: F401  # the inventory names tables of every room
from gateway.settings import Settings
from gateway.wiring.ledger_settings import cdr_settings
from hotline.erasing import forget_operations, open_callback, open_listing
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
        return await in_running_call(self._storage, number)

    async def known(self, call_ids: Sequence[UUID]) -> KnownCalls:
        return KnownCalls(*await names_of_calls(self._storage, call_ids))

    async def why_not(self, call_id: UUID) -> str:
        return await why_not_erasable(self._storage, call_id)

    async def erase(self, call_id: UUID, *, by: str, reason: str) -> None:
        if await is_erased(self._storage, call_id):
            return  # each erasure tells the other rooms: once is enough
        try:
            await erase_call(self._storage, self._recordings, call_id, by=by, reason=reason)
        except (UnderHold, UnknownCall, OSError):
            return  # the next look says why it is not done

    async def sound_left(self, call_ids: Sequence[UUID]) -> str:
        return await sound_left(self._storage, self._recordings, call_ids)


class SealedTables:
    """Fills `privacy.ports.SealedRows`."""

    def __init__(self) -> None:
        self._by_name: Mapping[str, SealedTable] = {one.table.name: one for one in SEALED}

    def holds(self, table: str) -> bool:
        return table in self._by_name

    async def why_not(self, transaction: Transaction, table: str, key: Any) -> str:
        return await held_row(transaction, self._by_name[table], key)

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
