"""Erases a person: stores the order first, then clears each store, again after an interruption, until a
search finds nothing. Only then the row is marked as done and its number is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.storage import Storage
from core.storage.remains import clear
from privacy import store
from privacy.errors import NothingToErase, ReasonNamesThePerson, StillInUse
from privacy.forms import Forms, forms_of
from privacy.ports import CallLedgerPort, ErasureSubject, NeedCheck, OutsideStore, SealedRows
from privacy.scrub import OUTBOX, Tables, lines
from privacy.store import ERASED, Erasure
from privacy.waiting_events import WaitingEvents

_log = logger("privacy")

CALLS: Final = "calls"
TABLES: Final = "tables"
SOUND: Final = "sound"
DATABASE: Final = "database"
STORES: Final = (CALLS, TABLES, SOUND, DATABASE)
"""Names of the stores that are always there; each `OutsideStore` has a name of its own."""
AFTER: Final = "after the others"
_CHANGED: Final = (*(line.table for line in lines()), OUTBOX, store.erasures.name)
"""Tables that an erasure changes, in this pass or in one before."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where personal data can be. `needs` say what is not over yet; `places` are outside the tables."""

    ledger: CallLedgerPort
    sealed: SealedRows
    needs: Sequence[NeedCheck] = ()
    places: Sequence[OutsideStore] = ()


class Erasures:
    """Every method may raise `StorageAway`; nothing is lost by that."""

    def __init__(self, storage: Storage, stores: Stores, *, area_code: str = "") -> None:
        self._storage = storage
        self._stores = stores
        self._area_code = area_code
        self._places: tuple[OutsideStore, ...] = (WaitingEvents(storage), *stores.places)

    async def order_number(self, number: str, *, by: Actor, reason: str, audit: Audit) -> Erasure:
        """Write down that this person is to be forgotten. Raises as `check_number`."""
        number = await self.check_number(number, reason=reason)
        call_ids = await self._stores.ledger.calls_of(number)
        return await self._order(number, call_ids, by=by, reason=reason, audit=audit)

    async def check_number(self, number: str, *, reason: str) -> str:
        """The number of a person who can be forgotten, as it is kept. Raises `NoNumber`,
        `ReasonNamesThePerson`, `StillInUse` and `NothingToErase`.
        """
        forms = forms_of(number, area_code=self._area_code)
        if forms.found_in(reason):
            raise ReasonNamesThePerson(remedy="give a reason without the number: the reason is kept")
        await self._require_over(forms)
        call_ids = await self._stores.ledger.calls_of(forms.number)
        for call_id in call_ids:
            await self._require_free(call_id)
        if not call_ids and not await Tables(self._storage, self._stores.sealed).rows(forms):
            raise NothingToErase(
                "no record holds this number", remedy="check that the whole file was written"
            )
        return forms.number

    async def check_call(self, call_id: UUID) -> None:
        """Raises `StillInUse`."""
        await self._require_free(call_id)

    async def order_call(self, call_id: UUID, *, by: Actor, reason: str, audit: Audit) -> Erasure:
        """The same for the person of one ended call; his number stays where other calls have it."""
        await self._require_free(call_id)
        return await self._order("", [call_id], by=by, reason=reason, audit=audit)

    async def go_on(self, erasure_id: UUID) -> Erasure:
        """Do what can be done now. Raises `NothingToErase` for an id that nothing has."""
        async with self._storage.read() as connection:
            erasure = await store.get(connection, erasure_id)
        if erasure is None:
            raise NothingToErase("no erasure has this id", remedy="see songhua cdr erasures")
        return erasure if erasure.state == ERASED else await self._pass(erasure)

    async def go_on_with_all(self) -> Sequence[Erasure]:
        """The same with every one that is not done; what is left of them."""
        async with self._storage.read() as connection:
            waiting = await store.running(connection)
        after = [await self._pass(erasure) for erasure in waiting]
        return [one for one in after if one.state != ERASED]

    async def follow(self, call_id: UUID, *, by: str) -> None:
        """A call was erased in the ledger alone: have the other stores done too, unless that was ordered."""
        async with self._storage.write() as transaction:
            if await store.covered(transaction.connection, call_id):
                return
            erasure = self._new("", [call_id], by=by, reason="with the call")
            await store.add(transaction.connection, erasure)

    async def _require_free(self, call_id: UUID) -> None:
        why = await self._stores.ledger.why_not(call_id)
        if why:
            raise StillInUse(why, remedy="wait until the call is over; have holds lifted: songhua cdr holds")

    async def _require_over(self, forms: Forms) -> None:
        if await self._stores.ledger.running(forms.number):
            raise StillInUse("a call of this number runs", remedy="wait until it is over")
        for need in self._stores.needs:
            why = await need(forms.number)
            if why:
                raise StillInUse(why, remedy="end the call first, then erase")

    async def _order(
        self, number: str, call_ids: Sequence[UUID], *, by: Actor, reason: str, audit: Audit
    ) -> Erasure:
        erasure = self._new(number, call_ids, by=by.id, reason=reason)
        await audit.record(by, "erase-number" if number else "erase-call", f"erasure:{erasure.erasure_id}")
        async with self._storage.write() as transaction:
            await store.add(transaction.connection, erasure)
        return erasure

    def _new(self, number: str, call_ids: Sequence[UUID], *, by: str, reason: str) -> Erasure:
        steps = dict.fromkeys((*STORES, *(place.name for place in self._places)), "not begun")
        return Erasure(uuid7(), number, tuple(call_ids), reason, by, self._storage.clock.now(), steps=steps)

    async def _pass(self, erasure: Erasure) -> Erasure:
        """Erase every store that is left, in this order: what writes into others comes first."""
        if erasure.number:
            more = await self._stores.ledger.calls_of(erasure.number)
            erasure = await self._save(
                replace(erasure, call_ids=tuple(dict.fromkeys((*erasure.call_ids, *more))))
            )
        forms = forms_of(erasure.number, area_code=self._area_code) if erasure.number else None
        known = await self._stores.ledger.known(erasure.call_ids)
        wanted = ErasureSubject(forms, known.ids, known.linkedids, erasure.by, erasure.reason)
        tables = Tables(self._storage, self._stores.sealed)
        steps: dict[str, str] = {CALLS: await self._erase_calls(erasure)}
        if steps[CALLS]:
            # What is under a hold stands in other tables too: nothing is touched before it is lifted.
            later = {name: AFTER for name in erasure.steps if name != CALLS}
            return await self._save(replace(erasure, steps={**steps, **later}))
        steps[TABLES] = await self._scrub(tables, wanted)
        for place in self._places:
            steps[place.name] = await self._try(place, wanted)
        steps[SOUND] = await self._stores.ledger.sound_left(wanted.call_ids)
        steps[DATABASE] = AFTER
        if set(steps.values()) != {"", AFTER}:
            return await self._save(replace(erasure, steps=steps))
        return await self._finish(replace(erasure, steps=steps), forms)

    async def _finish(self, erasure: Erasure, forms: Forms | None) -> Erasure:
        """The row forgets the number before the files of the database are searched for it, and gets it back
        when something is found that cannot be taken away now. Killed in between, it is not searched again.
        """
        await self._save(replace(erasure, number=""))
        words = forms.octets if forms is not None else ()
        why = await clear(self._storage, words, _CHANGED)
        if why:
            return await self._save(replace(erasure, steps={**erasure.steps, DATABASE: why}))
        steps = dict.fromkeys(erasure.steps, "")
        done = replace(erasure, number="", steps=steps, state=ERASED, done_at=self._storage.clock.now())
        _log.info("a person was erased", erasure_id=str(done.erasure_id), calls=len(done.call_ids))
        return await self._save(done)

    async def _save(self, erasure: Erasure) -> Erasure:
        async with self._storage.write() as transaction:
            await store.save(transaction.connection, erasure)
        return erasure

    async def _erase_calls(self, erasure: Erasure) -> str:
        refused: list[str] = []
        for call_id in erasure.call_ids:
            why = await self._stores.ledger.why_not(call_id)
            if why:
                refused.append(why)
                continue
            await self._stores.ledger.erase(call_id, by=erasure.by, reason=erasure.reason)
        return "; ".join(dict.fromkeys(refused))

    async def _scrub(self, tables: Tables, wanted: ErasureSubject) -> str:
        """Twice: the second look finds nothing, or it is not done."""
        await tables.scrub(wanted)
        left = await tables.scrub(wanted)
        if tables.held:
            return "; ".join(sorted(tables.held))
        return f"{left} rows came back: it is tried again" if left else ""

    async def _try(self, place: OutsideStore, wanted: ErasureSubject) -> str:
        try:
            return await place.erase(wanted)
        except (SonghuaError, OSError) as error:
            return f"{type(error).__name__}: {error}"
