"""The channel `sirens`: which sirens a warning starts, and their orders from the first try to the end.

The number of an order is fixed before it is written, so that it starts a siren once, whatever is killed or
cut. A siren that a warning has started stops when people end the warning, and at its end; an exercise stops
where an actual warning begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from core.storage.chunks import chunks
from warning.area import DistrictsOf, WarningArea
from warning.cap.model import CapStatus, CapType
from warning.channels import WarningChannel
from warning.ports import WarningOutcome, WarningText
from warning.sirens import controller, store
from warning.sirens.controller import STOP, SirenActivity, SirenAway, SirenStatus
from warning.sirens.settings import SirenPrograms, SirenSettings
from warning.sirens.store import SirenOrder, SirenOrderState
from warning.sirens.turns import in_the_way, turns

_log = logger("warning")
_orders = counter("warning_siren_orders", "Orders to sirens by what became of them", ["state"])

AT_ONCE: Final = 64
"""Controllers that are asked at the same time."""
LOOK_EVERY_S: Final = 1.0
AGAIN_AFTER: Final = timedelta(seconds=10)
LOOKED_AFTER: Final = timedelta(seconds=2)
"""So often a siren that sounds is asked whether it has ended."""
TRIES: Final = 6
"""A siren that does not answer so often in a row has failed."""
STOP_TRIES: Final = 60
NUMBERS: Final = 65_535

_OUTCOMES: Final = {
    SirenOrderState.WAITING: WarningOutcome.UNDER_WAY,
    SirenOrderState.ORDERED: WarningOutcome.UNDER_WAY,
    SirenOrderState.TAKEN: WarningOutcome.REACHED,
    SirenOrderState.STOPPING: WarningOutcome.REACHED,
    SirenOrderState.STOPPED: WarningOutcome.REACHED,
    SirenOrderState.SOUNDED: WarningOutcome.ACKNOWLEDGED,
    SirenOrderState.REFUSED: WarningOutcome.REFUSED,
    SirenOrderState.FAILED: WarningOutcome.FAILED,
    SirenOrderState.WITHDRAWN: WarningOutcome.WITHDRAWN,
}
_ENDS: Final = {
    SirenActivity.SOUNDED: SirenOrderState.SOUNDED,
    SirenActivity.REFUSED: SirenOrderState.REFUSED,
    SirenActivity.FAULTY: SirenOrderState.FAILED,
}


_BEGINS: Final = frozenset({SirenOrderState.WAITING, SirenOrderState.ORDERED})


class SirensInArea:
    """Implements `warning.ports.AudienceChannel`: an address is a siren's name. Reached: it has begun;
    acknowledged: it has sounded to the end.
    """

    channel = WarningChannel.SIRENS
    most = 1
    registered = True

    def __init__(self, sirens: Mapping[str, SirenSettings], programs: SirenPrograms) -> None:
        self._sirens = sirens
        self._programs = programs

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        del connection
        # In a thread: an area may have thousands of points, and the loop carries calls.
        return await asyncio.to_thread(
            lambda: [
                name for name, one in self._sirens.items() if area.holds((one.lon, one.lat), districts_of)
            ]
        )

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        program = self._program(text.status, text.msg_type)
        if text.address not in self._sirens:
            return "no such siren"
        if program == STOP:
            return "no program"
        now = transaction.clock.now()
        order = SirenOrder(
            text.delivery_id, text.address, not text.exercise, program, now, text.until,
            SirenOrderState.WAITING, number=None, tries=0, due_at=now,
        )  # fmt: skip
        await store.add(transaction.connection, order)
        return ""

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        for ids in chunks(delivery_ids):
            await store.withdraw(transaction.connection, ids, transaction.clock.now())

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        found: dict[UUID, WarningOutcome] = {}
        for ids in chunks(delivery_ids):
            states = await store.states_of(connection, ids)
            found |= {delivery_id: _OUTCOMES[state] for delivery_id, state in states.items()}
        return found

    def _program(self, status: CapStatus, about: CapType) -> int:
        programs = self._programs
        if status is not CapStatus.ACTUAL:
            return programs.exercise
        by_type = {
            CapType.ALERT: programs.alert,
            CapType.UPDATE: programs.update,
            CapType.CANCEL: programs.clear,
        }
        return by_type.get(about, STOP)


class SirenControl:
    """Carries out what is ordered; each siren by itself, one order after the other."""

    def __init__(self, storage: Storage, sirens: Mapping[str, SirenSettings]) -> None:
        self._storage = storage
        self._sirens = sirens
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Look each second, for ever."""
        while True:
            await self.step()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def step(self) -> int:
        """Do what is due; how many orders. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            known = await store.open_ones(connection)
        now = self._storage.clock.now()
        ending = in_the_way(known)
        for order in ending:
            await self._change(order, SirenOrderState.STOPPING, tries=0, due_at=now)
        orders = [order for order in turns(known, now) if order not in ending]
        done = await asyncio.gather(*(self._one(order) for order in orders), return_exceptions=True)
        for failed in done:
            if failed is not None:
                raise failed
        return len(orders)

    async def _one(self, order: SirenOrder) -> None:
        siren = self._sirens.get(order.siren)
        async with self._places:
            if siren is None or self._is_late(order):
                await self._end(order, SirenOrderState.FAILED)
                return
            try:
                await _STEPS[order.state](self, order, siren)
            except SirenAway as error:
                _log.warning("a siren does not answer", siren=order.siren, why=str(error))
                await self._again(order)

    def _is_late(self, order: SirenOrder) -> bool:
        """Nothing begins to sound after the end of its warning."""
        return order.state in _BEGINS and self._is_over(order)

    def _is_over(self, order: SirenOrder) -> bool:
        return order.until <= self._storage.clock.now()

    async def _fix(self, order: SirenOrder, siren: SirenSettings) -> None:
        """The number is fixed; the next step writes it."""
        status = await controller.status_of(siren)
        await self._change(order, SirenOrderState.ORDERED, number=_after(status.order), tries=0)

    async def _order(self, order: SirenOrder, siren: SirenSettings) -> None:
        await self._watched(order, await controller.order_to(siren, order.number or 1, order.program))

    async def _watch(self, order: SirenOrder, siren: SirenSettings) -> None:
        status = await controller.status_of(siren)
        if status.order != order.number:
            # Somebody else has ordered something since: it has begun, and that is all that is known.
            await self._end(order, SirenOrderState.STOPPED)
        else:
            await self._watched(order, status)

    async def _watched(self, order: SirenOrder, status: SirenStatus) -> None:
        end = _ENDS.get(status.activity)
        if end is not None:
            await self._end(order, end)
        elif self._is_over(order):
            await self._change(order, SirenOrderState.STOPPING, tries=0, due_at=self._storage.clock.now())
        else:
            later = self._storage.clock.now() + LOOKED_AFTER
            await self._change(order, SirenOrderState.TAKEN, tries=0, due_at=later)

    async def _stop(self, order: SirenOrder, siren: SirenSettings) -> None:
        number = order.number or 1
        status = await controller.status_of(siren)
        if status.order == number:
            await controller.order_to(siren, _after(number), STOP)
        never = _after(status.order) == number
        await self._end(order, SirenOrderState.WITHDRAWN if never else SirenOrderState.STOPPED)

    async def _again(self, order: SirenOrder) -> None:
        tries = order.tries + 1
        stops = order.state is SirenOrderState.STOPPING
        if tries >= (STOP_TRIES if stops else TRIES):
            begun = order.state in {SirenOrderState.TAKEN, SirenOrderState.STOPPING}
            await self._end(order, SirenOrderState.STOPPED if begun else SirenOrderState.FAILED)
            return
        later = self._storage.clock.now() + AGAIN_AFTER
        await self._change(order, order.state, tries=tries, due_at=later)

    async def _end(self, order: SirenOrder, state: SirenOrderState) -> None:
        if await self._change(order, state):
            _orders.labels(state.value).inc()

    async def _change(self, order: SirenOrder, state: SirenOrderState, **values: object) -> bool:
        """What people have ended meanwhile stays ended."""
        async with self._storage.write() as transaction:
            return await store.change(transaction.connection, order, state, **values)


_Step = Callable[[SirenControl, SirenOrder, SirenSettings], Awaitable[None]]
_STEPS: Final[Mapping[SirenOrderState, _Step]] = {
    SirenOrderState.WAITING: SirenControl._fix,  # noqa: SLF001
    SirenOrderState.ORDERED: SirenControl._order,  # noqa: SLF001
    SirenOrderState.TAKEN: SirenControl._watch,  # noqa: SLF001
    SirenOrderState.STOPPING: SirenControl._stop,  # noqa: SLF001
}


def _after(number: int) -> int:
    """The next order's number; 0 is that of a controller that has taken none yet."""
    return number % NUMBERS + 1
