"""What runs the calls of one purpose: its tasks, what the switch tells of its calls, and its clock."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.log import logger
from core.storage import Storage
from core.switch import SwitchMessage
from core.tasks import Tasks
from hotline.outbound.ports import SettlesCalls
from hotline.outbound.signals import CallSignal
from hotline.outbound.switch import ChannelReader
from hotline.outbound.tracking import CallTracker, TrackedCall

_log = logger("hotline")

PRUNE_EVERY_S: Final = 3_600.0


class OutboundService(ABC):
    """The one writer of its calls. All methods run in the event loop's thread."""

    def __init__(
        self,
        name: str,
        *,
        switch: SettlesCalls,
        reader: ChannelReader,
        storage: Storage,
        clock: Clock,
        doubt_s: float,
        kept: timedelta,
        failed: Counter,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._kept = kept
        self._failed = failed
        self._reader = reader
        self._tasks = Tasks(name)
        self._tracker = CallTracker(switch, self._tasks, reader, self._take, doubt_s=doubt_s)

    # --- what the switch tells --------------------------------------------------------------------------

    def on_message(self, message: SwitchMessage) -> None:
        """One live message. Never raises."""
        try:
            signal = self._reader.signal(message)
            if signal is not None:
                self._take(signal)
        except Exception:  # noqa: BLE001  # one message must never end the stream
            self._failed.labels(message.name).inc()
            _log.exception("message failed", event_name=message.name)

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        """All channels that exist: calls are followed, or over."""
        self._tracker.snapshot(channels)
        self._reconcile()

    def on_link_down(self) -> None:
        self._tracker.link_down()

    def _reconcile(self) -> None:
        """Each live call, and all channels that the switch has."""
        for call in self._tracker.reconcile(list(self._live())):
            self._missing(call, self._at() - call.began)

    # --- what a purpose says ----------------------------------------------------------------------------

    @abstractmethod
    def _take(self, signal: CallSignal) -> object:
        """Something happened to a call."""

    @abstractmethod
    def _live(self) -> Iterable[TrackedCall]:
        """The live calls on this switch, once they are read from the database."""

    @abstractmethod
    def _missing(self, call: TrackedCall, age_s: float) -> None:
        """The switch has no channel of this live call."""

    @abstractmethod
    async def _prune(self, connection: AsyncConnection) -> None:
        """Forget what is kept no longer."""

    # --- time -------------------------------------------------------------------------------------------

    async def _prune_now_and_then(self) -> None:
        while True:
            async with self._storage.write() as transaction:
                await self._prune(transaction.connection)
            await asyncio.sleep(PRUNE_EVERY_S)

    def _at(self) -> float:
        return self._clock.now().timestamp()
