"""Who is treated as a malicious caller: listed and lifted by supervisors and admins, for the next call on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.operations import OperationReused
from core.storage import Storage, StorageAway
from hotline import rights
from hotline.nuisance import store
from hotline.nuisance.errors import AlreadyListed, ListingOver, NoSuchListing
from hotline.nuisance.model import Listing, checked_number, checked_reason, checked_until, key
from hotline.nuisance.settings import NuisanceSettings
from hotline.nuisance.view import ListingView, view

_log = logger("hotline")
_late = counter(
    "hotline_nuisance_late", "Callers looked up in the memory's list: the database was away or slow"
)

MOST_LISTED: Final = 10_000
READ_EVERY_S: Final = 60.0
"""How old the list in memory may be: it counts while the database cannot be asked."""


class Nuisance:
    """`by_settings` are numbers that the settings list for good. Each method may raise `StorageAway`."""

    def __init__(
        self,
        settings: NuisanceSettings,
        storage: Storage,
        clock: Clock,
        *,
        audit: Audit,
        area_code: str,
        by_settings: Iterable[str],
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._clock = clock
        self._audit = audit
        self._area_code = area_code
        self.by_settings = tuple(by_settings)
        self._fixed = frozenset(self._key(number) for number in self.by_settings) - {""}
        self._known: Mapping[str, datetime] = {}
        """Until when each number was listed, as last read."""

    # --- people -------------------------------------------------------------------------------------

    async def add(self, actor: Actor, op_id: UUID, number: str, *, reason: str, until: datetime) -> Listing:
        """List a number; the listing's id is `op_id`, so asked twice it is one.

        Raises `Forbidden`, `NumberNotListed`, `ReasonMissing`, `BadEnd`, `AlreadyListed`, and `Conflict` for
        an op_id of something else.
        """
        rights.LIST_NUISANCE.check(actor)
        now = self._clock.now()
        wanted = Listing(
            op_id, checked_number(number, area_code=self._area_code), checked_reason(reason),
            checked_until(until, now), actor.id, now,
        )  # fmt: skip
        if wanted.number in self._fixed:
            raise AlreadyListed("the settings list it", remedy="see [ivr] nuisance_numbers", listing_id="")
        async with self._storage.read() as connection:
            known = await store.by_id(connection, op_id)
            there = await store.open_one(connection, wanted.number, now)
        if known is None and there is None:
            await self._record(actor, "nuisance-add", op_id)
            async with self._storage.write() as transaction:
                await store.add(transaction.connection, wanted)
                known = await store.by_id(transaction.connection, op_id)
                there = await store.open_one(transaction.connection, wanted.number, now)
        if known is not None and known.number == wanted.number:
            if known.state(now) == "in_force":
                self._known = {**self._known, known.number: known.until}
            return known
        if known is not None:
            raise OperationReused
        raise AlreadyListed(
            remedy="lift that listing first, or wait for its end",
            listing_id=str(there.listing_id) if there else "",
            until=there.until.isoformat() if there else "",
        )

    async def lift(self, actor: Actor, listing_id: UUID, op_id: UUID, *, reason: str) -> Listing:
        """Take a number off the list. Raises `Forbidden`, `ReasonMissing`, `NoSuchListing`, `ListingOver`."""
        rights.LIST_NUISANCE.check(actor)
        said, now = checked_reason(reason), self._clock.now()
        async with self._storage.read() as connection:
            found = await store.by_id(connection, listing_id)
        if found is not None and found.state(now) == "in_force":
            await self._record(actor, "nuisance-lift", listing_id)
            async with self._storage.write() as transaction:
                await store.lift(transaction.connection, listing_id, op_id, by=actor.id, at=now, reason=said)
                found = await store.by_id(transaction.connection, listing_id)
        if found is None:
            raise NoSuchListing(remedy="see GET /api/nuisance")
        if found.lift_op != op_id:
            raise ListingOver(remedy="nothing is left to be done")
        self._known = {number: until for number, until in self._known.items() if number != found.number}
        return found

    async def listed(
        self, actor: Actor, *, ended: bool = False, limit: int = MOST_LISTED
    ) -> Sequence[Listing]:
        """Those in force, or with `ended` all that are remembered; the newest first. Raises `Forbidden`."""
        rights.LIST_NUISANCE.check(actor)
        async with self._storage.read() as connection:
            if ended:
                return await store.all_of_them(connection, limit)
            return await store.open_ones(connection, self._clock.now(), limit)

    async def revealed(self, actor: Actor) -> None:
        """Somebody is shown the numbers in full outside of a desk; audited."""
        await self._audit.record(actor, "list-nuisance", "nuisance")

    async def find(self, actor: Actor, number: str) -> Listing | None:
        """The listing of this number that is in force. Raises `Forbidden`."""
        rights.LIST_NUISANCE.check(actor)
        wanted = self._key(number)
        if not wanted:
            return None
        async with self._storage.read() as connection:
            return await store.open_one(connection, wanted, self._clock.now())

    def is_fixed(self, number: str) -> bool:
        """Whether the settings list this number: then nobody lifts it here."""
        return self._key(number) in self._fixed

    def view(self, listing: Listing) -> ListingView:
        """The listing as desks see it now."""
        return view(listing, self._clock.now())

    # --- a caller comes -----------------------------------------------------------------------------

    async def look_up(self, number: str) -> str:
        """`yes` or `no` for a caller's number; never raises, and takes no longer than `look_up_s`."""
        wanted = self._key(number)
        if not wanted:
            return "no"
        return "yes" if wanted in self._fixed or await self._is_listed(wanted) else "no"

    async def _is_listed(self, number: str) -> bool:
        now = self._clock.now()
        try:
            async with asyncio.timeout(self._settings.look_up_s), self._storage.read() as connection:
                return await store.open_one(connection, number, now) is not None
        except (StorageAway, TimeoutError):
            _late.inc()
        except Exception as error:  # noqa: BLE001  # a list that fails must not keep a caller waiting
            _late.inc()
            _log.warning("the list of malicious callers failed", error=type(error).__name__)
        until = self._known.get(number)
        return until is not None and now < until

    # --- in the background --------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the list in memory fresh; until cancelled."""
        while True:
            try:
                await self.read()
            except StorageAway:
                _log.info("the list of malicious callers was not read: the database is away")
            await asyncio.sleep(READ_EVERY_S)

    async def read(self) -> None:
        """Read what is in force, and forget numbers of listings that were over long ago."""
        now = self._clock.now()
        long_ago = now - timedelta(days=self._settings.kept_days)
        async with self._storage.read() as connection:
            rows = await store.open_ones(connection, now, MOST_LISTED)
            stale = await store.any_stale(connection, long_ago)
        self._known = {row.number: row.until for row in rows}
        if stale:
            async with self._storage.write() as transaction:
                await store.forget(transaction.connection, long_ago)

    def _key(self, number: str) -> str:
        return key(number, area_code=self._area_code)

    async def _record(self, actor: Actor, action: str, listing_id: UUID) -> None:
        """The trail has no number: it stands in the listing, which loses it in time."""
        await self._audit.record(actor, action, f"nuisance:{listing_id}")
