"""Snapshots for the subscribers: one in flight, ever; taken after each login and for whoever lost events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection

from core.clock import Clock
from core.log import logger
from gateway.ami import metrics
from gateway.ami.actions import UntypedAction
from gateway.ami.errors import ActionRefused, AmiError, ListIncomplete
from gateway.ami.message import AmiEvent, AmiResponse
from gateway.ami.outcome import ActionAnswered
from gateway.ami.subscription import Live, Snapshot, Subscription, SubscriptionDown

PATIENT_TRIES = 20
"""Tries before a list that is refused or has gaps is taken as it is: a starting switch has no queues yet."""
TRY_AGAIN_S = 0.5
PAUSE_S = 1.0
"""Between two snapshots of the same connection."""

Ask = Callable[[UntypedAction], Awaitable[ActionAnswered]]
_log = logger("ami")


class Snapshots:
    """Keeps the subscriptions, and gives each what it needs: snapshot, live events, word of a lost link."""

    def __init__(self, ask: Ask, ready: Callable[[], Awaitable[int]], clock: Clock) -> None:
        self._ask = ask
        self._ready = ready
        self._clock = clock
        self._subscriptions: list[Subscription] = []
        self._asked = asyncio.Event()
        self._new_link = asyncio.Event()

    def subscribe(self, name: str, *, events: Collection[str] | None, limit: int) -> Subscription:
        subscription = Subscription(
            name, events=events, limit=limit, ask=self._asked.set, closed=self._subscriptions.remove
        )
        self._subscriptions.append(subscription)
        return subscription

    def went_up(self) -> None:
        for subscription in self._subscriptions:
            subscription.fence()
        self._new_link.set()
        self._asked.set()

    def went_down(self, down: SubscriptionDown) -> None:
        """Tell all subscriptions that the link is gone."""
        for subscription in self._subscriptions:
            subscription.give_down(down)

    def give_live(self, live: Live) -> None:
        """Give all subscriptions a live message."""
        for subscription in self._subscriptions:
            subscription.give_live(live)

    async def run(self) -> None:
        """Take snapshots as they are asked for, until cancelled."""
        last = (0, 0)
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._new_link.clear()
            epoch = await self._ready()
            for subscription in self._subscriptions:
                if subscription.wants_snapshot:
                    subscription.fence()
            if not any(subscription.fenced for subscription in self._subscriptions):
                continue
            tries = last[1] + 1 if last[0] == epoch else 1
            done = await self._take(epoch, patient=tries <= PATIENT_TRIES)
            last = (epoch, 0 if done else tries)
            if not done:
                self._asked.set()
            await self._pause(PAUSE_S if done else TRY_AGAIN_S)

    async def _take(self, epoch: int, *, patient: bool) -> bool:
        try:
            snapshot = await take_snapshot(self._ask, epoch, patient=patient)
        except AmiError as error:
            metrics.SNAPSHOTS.labels(error.kind).inc()
            if not patient:
                _log.warning("the switch gives no snapshot", error=error.kind)
            return False
        if await self._ready() != epoch:
            metrics.SNAPSHOTS.labels("outdated").inc()
            return False
        metrics.SNAPSHOTS.labels("ok").inc()
        for subscription in self._subscriptions:
            subscription.give_snapshot(snapshot)
        return True

    async def _pause(self, seconds: float) -> None:
        """A new link ends the pause: its subscribers know nothing until their snapshot."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._new_link.wait()


async def take_snapshot(ask: Ask, epoch: int, *, patient: bool) -> Snapshot:
    """Raises an `AmiError`; if not `patient`, a refused or incomplete list is taken for what it is."""
    status = (await ask(UntypedAction("CoreStatus"))).response
    channels = await _items(ask, "CoreShowChannels", patient=patient)
    queues = await _items(ask, "QueueStatus", patient=patient)
    return Snapshot(epoch, _boot(status), channels, queues)


def _boot(status: AmiResponse) -> str:
    return f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"


async def _items(ask: Ask, action: str, *, patient: bool) -> tuple[AmiEvent, ...]:
    try:
        return (await ask(UntypedAction(action))).items
    except ListIncomplete as error:
        if patient:
            raise
        return error.answer.items
    except ActionRefused:
        if patient:
            raise
        return ()
