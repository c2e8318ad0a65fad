"""What the role `radio` does about chains in time: the next bearer, the dispatcher, texts to radios.

It looks at the database and not at the broker: a job whose broker is away goes on by radio and telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.errors import SonghuaError, Unavailable
from core.log import logger
from core.storage import Storage
from field.contract.bearer import TextBearer, reports_of
from field.contract.capabilities import Can
from field.delivery import store, words
from field.delivery.model import DeliveryAttempt, Route
from field.delivery.reduce import Carried, DeliveryTick, Signal, UnitReached
from field.delivery.service import DeliveryService
from field.delivery.talk import PHONE
from field.dispatches import store as job_store
from field.units.model import Unit

_log = logger("field")

LOOK_EVERY_S: Final = 1.0
FORGET_EVERY_S: Final = 3_600.0
TRY_AGAIN_S: Final = 5.0


class Bearers:
    """The ways to units that there are: terminals of one network, texts of some, telephones."""

    def __init__(self, terminals: str, *, language: words.Language = "zh") -> None:
        self._terminals = terminals
        self.language: words.Language = language
        self.texts: dict[str, TextBearer] = {}

    def attach(self, driver: TextBearer) -> None:
        """One that declares that it can carry texts. Raises `ValueError` for one that does not."""
        if Can.TEXT not in driver.caps.can:
            raise ValueError(f"{driver.network} carries no texts")
        self.texts[driver.network] = driver

    def ways(self, unit: Unit) -> Sequence[Route]:
        """By what this unit can be told; the rules put them into their order."""
        found: list[Route] = []
        for address in (unit.unit_id, *unit.addresses):
            network = address.partition(":")[0]
            if network == self._terminals:
                found.append(Route("terminal", address))
            elif network == PHONE:
                found.append(Route("call", address))
            elif network in self.texts:
                found.append(Route("text", address, reports_of(self.texts[network].caps)))
        return found


class DeliveryWatch:
    """Looks once a second. Each method may raise `StorageAway`."""

    def __init__(
        self, storage: Storage, delivery_service: DeliveryService, bearers: Bearers, *, kept_days: float
    ) -> None:
        self._storage = storage
        self._delivery_service = delivery_service
        self._bearers = bearers
        self._kept = timedelta(days=kept_days)
        self._resting: dict[str, datetime] = {}
        """Networks that were away, and until when they are left alone."""

    async def run(self) -> None:
        while True:
            try:
                await self.look()
                await self.send_texts()
            except Unavailable as error:
                _log.info("dispatches are looked at later", error=error.kind)
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def forget(self) -> None:
        """Delete, for ever, what was kept long enough."""
        while True:
            try:
                await self.forget_old()
            except Unavailable as error:
                _log.info("old deliveries are deleted later", error=error.kind)
            await self._storage.clock.sleep(FORGET_EVERY_S)

    async def forget_old(self) -> int:
        """Delete deliveries older than `kept_days`; how many."""
        async with self._storage.write() as transaction:
            return await store.forget(transaction, self._storage.clock.now() - self._kept)

    async def look(self) -> int:
        """Go on with what is due; how many dispatches."""
        async with self._storage.read() as connection:
            due = await store.due(connection, self._storage.clock.now())
        for dispatch_id in due:
            async with self._storage.write() as transaction:
                await self._delivery_service.apply(transaction, dispatch_id, DeliveryTick())
        return len(due)

    async def send_texts(self) -> int:
        """Hand texts to their networks; how many were taken. A network that is away holds up no other."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            waiting = await store.waiting(connection, "text")
        sent = 0
        for one in waiting:
            network = one.address.partition(":")[0]
            driver = self._bearers.texts.get(network)
            if driver is None:
                await self._take(one.dispatch_id, Carried(one.delivery_id, "failed", "no_driver"))
                continue
            if self._resting.get(one.address, now) > now or self._resting.get(network, now) > now:
                continue
            signal = await self._send(driver, one, now)
            if signal is not None:
                await self._take(one.dispatch_id, signal)
                sent += signal.how == "sent"
        return sent

    async def reached(self, delivery_id: UUID, signal: Signal) -> None:
        """A network's report on a text."""
        async with self._storage.write() as transaction:
            one = await store.delivery(transaction.connection, delivery_id)
            if one is not None:
                await self._delivery_service.apply(transaction, one.dispatch_id, signal)

    async def delivered(self, ref: UUID) -> None:
        """The bearer says that the unit's device has the attempt `ref`."""
        await self.reached(ref, UnitReached(ref, "delivered"))

    async def displayed(self, ref: UUID) -> None:
        """The bearer says that the crew was shown the attempt `ref`."""
        await self.reached(ref, UnitReached(ref, "displayed"))

    async def failed(self, ref: UUID, why: str) -> None:
        """The bearer gives the attempt `ref` up."""
        await self.reached(ref, Carried(ref, "failed", why[:80]))

    async def _send(self, driver: TextBearer, one: DeliveryAttempt, now: datetime) -> Carried | None:
        text = await self._text(driver, one)
        try:
            taken = await driver.send_short(one.address, text, ref=one.delivery_id)
        except Unavailable:
            # It may come back before the next bearer is due.
            self._rest(driver.network, now)
            return None
        except SonghuaError as error:
            _log.warning("a network refuses a text", network=driver.network, error=error.kind)
            return Carried(one.delivery_id, "failed", error.kind)
        if not taken:
            self._rest(one.address, now)
        return Carried(one.delivery_id, "sent" if taken else "unreachable")

    def _rest(self, what: str, now: datetime) -> None:
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        self._resting[what] = now + timedelta(seconds=TRY_AGAIN_S)

    async def _text(self, driver: TextBearer, one: DeliveryAttempt) -> str:
        async with self._storage.read() as connection:
            job = await job_store.find(connection, one.dispatch_id)
        content = None if job is None else job.content
        if one.purpose == "recall" or content is None:
            return words.recall_text(content, self._bearers.language, driver.most_characters)
        return words.job_text(content, self._bearers.language, driver.most_characters)

    async def _take(self, dispatch_id: UUID, signal: Signal) -> None:
        async with self._storage.write() as transaction:
            await self._delivery_service.apply(transaction, dispatch_id, signal)
