"""The channel `paging`: which groups a warning is sent to, and their pages from the first try to the end.

A page is written down before the switch gets it, and the switch gets it once. One of which nobody can tell
whether it was sent has failed: it is not sent again. What sounds ends when people end its warning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from core.storage.chunks import chunks
from warning.area import DistrictsOf, WarningArea
from warning.calling.service import ABOUT, MARKS
from warning.channels import WarningChannel
from warning.paging import store
from warning.paging.settings import PagingGroup, PagingSettings
from warning.paging.store import WarningPage, WarningPageState
from warning.paging.turns import in_the_way, turns
from warning.ports import PageSwitch, PageToPlace, WarningOutcome, WarningText

_log = logger("warning")
_pages = counter("warning_pages", "Pages to loudspeakers by what became of them", ["state"])

LOOK_EVERY_S: Final = 1.0
LOOKED_AFTER: Final = timedelta(seconds=10)
"""So often the switch is asked for a page of which it has told no end."""
AGAIN_AFTER: Final = timedelta(seconds=10)
STOPPED_AFTER: Final = timedelta(seconds=2)
TRIES: Final = 6
"""A page that the switch does not take so often in a row has failed."""
STOP_TRIES: Final = 30
TOLD_MOST: Final = 1000

PageWord = Literal["begun", "ended", "failed"]
"""What the switch says of a page. `failed`: a sound is missing, and nothing unmarked was said."""
_NOTED: Final[Mapping[PageWord, WarningPageState | None]] = {
    "begun": None, "ended": WarningPageState.ENDED, "failed": WarningPageState.FAILED,
}  # fmt: skip


class PagingInArea:
    """Implements `warning.ports.AudienceChannel`: an address is a group's name. Reached: its sounds have
    begun; acknowledged: they were sent to the end. Nobody knows who has heard them.
    """

    channel = WarningChannel.PAGING
    most = 1
    registered = True

    def __init__(self, groups: Mapping[str, PagingGroup], why_not: Callable[[], str]) -> None:
        """`why_not`: nothing can be paged now (a short word), else empty."""
        self._groups = groups
        self._why_not = why_not

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        del connection
        # In a thread: an area may have thousands of points, and the loop carries calls.
        return await asyncio.to_thread(
            lambda: [
                name
                for name, one in self._groups.items()
                if any(area.holds(place, districts_of) for place in one.places)
            ]
        )

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        why = self._why_not()
        if why or text.address not in self._groups:
            return why or "no such group"
        now = transaction.clock.now()
        page = WarningPage(
            text.delivery_id, text.address, MARKS[text.status], ABOUT[text.msg_type], now, text.until,
            WarningPageState.WAITING, begun=False, tries=0, due_at=now,
        )  # fmt: skip
        await store.add(transaction.connection, page)
        return ""

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        for ids in chunks(delivery_ids):
            await store.withdraw(transaction.connection, ids, transaction.clock.now())

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        found: dict[UUID, WarningOutcome] = {}
        for ids in chunks(delivery_ids):
            of_them = await store.of_deliveries(connection, ids)
            found |= {page.delivery_id: _outcome(page) for page in of_them}
        return found


def _outcome(page: WarningPage) -> WarningOutcome:
    if page.state is WarningPageState.ENDED:
        return WarningOutcome.ACKNOWLEDGED
    if page.begun:
        return WarningOutcome.REACHED
    return {
        WarningPageState.FAILED: WarningOutcome.FAILED,
        WarningPageState.WITHDRAWN: WarningOutcome.WITHDRAWN,
        WarningPageState.STOPPED: WarningOutcome.WITHDRAWN,
    }.get(page.state, WarningOutcome.UNDER_WAY)


class WarningPaging:
    """Has the switch send what waits; each group by itself, one page after the other."""

    def __init__(self, storage: Storage, settings: PagingSettings, switch: PageSwitch) -> None:
        self._storage = storage
        self._settings = settings
        self._switch = switch
        self._told: dict[UUID, PageWord] = {}
        self._soon = asyncio.Event()

    def told(self, delivery_id: UUID, word: PageWord) -> None:
        """The switch says how far a page has come; it is written down soon. Never raises."""
        if len(self._told) < TOLD_MOST or delivery_id in self._told:
            self._told[delivery_id] = word
        self._soon.set()

    async def run(self) -> None:
        """Look each second, and when the switch has said something, for ever."""
        while True:
            await self.step()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()

    async def step(self) -> int:
        """Do what is due; with how many pages. Raises `StorageAway`."""
        await self._note()
        if not self._switch.up:
            return 0
        async with self._storage.read() as connection:
            known = await store.open_ones(connection)
        now = self._storage.clock.now()
        ending = in_the_way(known)
        for page in ending:
            await self._change(page, WarningPageState.STOPPING, tries=0, due_at=now)
        chosen = [page for page in turns(known, now, self._settings.at_once) if page not in ending]
        done = await asyncio.gather(*(self._one(page) for page in chosen), return_exceptions=True)
        for failed in done:
            if failed is not None:
                raise failed
        return len(chosen)

    async def _note(self) -> None:
        for delivery_id, word in list(self._told.items()):
            async with self._storage.write() as transaction:
                await store.note(transaction.connection, delivery_id, _NOTED[word])
            if word != "begun":
                _pages.labels(word).inc()
            # What came meanwhile is another word.
            if self._told.get(delivery_id) == word:
                del self._told[delivery_id]

    async def _one(self, page: WarningPage) -> None:
        await _STEPS[page.state](self, page)

    async def _place(self, page: WarningPage) -> None:
        group = self._settings.groups.get(page.paging_group)
        now = self._storage.clock.now()
        if group is None or page.until <= now:
            # Nothing begins to sound after the end of its warning.
            await self._end(page, WarningPageState.FAILED)
            return
        # Withdrawn meanwhile, it is not placed; from here on it may be on the switch.
        if not await self._change(page, WarningPageState.PLACED, due_at=now + LOOKED_AFTER):
            return
        wanted = PageToPlace(page.delivery_id, f"{page.mark}-{page.about}", group)
        if await self._switch.page(wanted) == "refused":
            await self._again(replace(page, state=WarningPageState.PLACED))

    async def _look(self, page: WarningPage) -> None:
        now = self._storage.clock.now()
        if page.until <= now:
            await self._change(page, WarningPageState.STOPPING, tries=0, due_at=now)
            return
        found = await self._switch.settle(page.delivery_id)
        if found == "never":
            await self._again(page)
        elif found in {"gone", "unknown"}:
            await self._end(page, WarningPageState.STOPPED if page.begun else WarningPageState.FAILED)
        else:
            begun = page.begun or found == "alive"
            await self._change(page, page.state, begun=begun, due_at=now + LOOKED_AFTER)

    async def _stop(self, page: WarningPage) -> None:
        await self._switch.end(page.delivery_id)
        found = await self._switch.settle(page.delivery_id)
        # It may have been given to the switch just now: what is gone is looked for twice.
        over = page.tries > 0 and found not in {"alive", "away"}
        if over or page.tries + 1 >= STOP_TRIES:
            await self._end(page, WarningPageState.STOPPED)
            return
        later = self._storage.clock.now() + STOPPED_AFTER
        begun = page.begun or found == "alive"
        await self._change(page, page.state, begun=begun, tries=page.tries + 1, due_at=later)

    async def _again(self, page: WarningPage) -> None:
        """The switch did not take it: nothing was sent."""
        tries = page.tries + 1
        _log.warning("the switch takes no page", group=page.paging_group, attempts=tries)
        if tries >= TRIES:
            await self._end(page, WarningPageState.FAILED)
            return
        later = self._storage.clock.now() + AGAIN_AFTER
        await self._change(page, WarningPageState.WAITING, tries=tries, due_at=later)

    async def _end(self, page: WarningPage, state: WarningPageState) -> None:
        if await self._change(page, state):
            _pages.labels(state.value).inc()

    async def _change(self, page: WarningPage, state: WarningPageState, **values: object) -> bool:
        """What people or the switch have ended meanwhile stays ended."""
        async with self._storage.write() as transaction:
            return await store.change(transaction.connection, page, state, **values)


_STEPS: Final[Mapping[WarningPageState, Callable[[WarningPaging, WarningPage], Awaitable[None]]]] = {
    WarningPageState.WAITING: WarningPaging._place,  # noqa: SLF001
    WarningPageState.PLACED: WarningPaging._look,  # noqa: SLF001
    WarningPageState.STOPPING: WarningPaging._stop,  # noqa: SLF001
}
