"""Runs the automated calls of one policy: looks for whom to call, writes each call down, places it once, says
what is to be heard, commits what is pressed. Nothing here keeps a citizen's call waiting.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Generic, Literal

from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import Audit
from core.bus import Bus
from core.clock import Clock
from core.events import Event
from core.log import logger
from core.room import Health
from core.storage import Storage, StorageAway, Transaction
from core.switch import SwitchMessage
from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, Effect, HangUp, PolicyEffect, Ring, SaveCall, Say, Settle
from hotline.outbound.model import AutomatedCall, CallTiming, T
from hotline.outbound.policy import CallPolicy
from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.reduce import apply
from hotline.outbound.service import OutboundService
from hotline.outbound.settings import AutomatedCallSettings
from hotline.outbound.signals import CallNotPlaced, CallSignal, KeyCommitted, NotKept, PolicySignal, Taken
from hotline.outbound.store import Begun, CallStore
from hotline.outbound.switch import ChannelReader
from hotline.outbound.tracking import TrackedCall
from hotline.outbound.writing import CallStep, StepWriter

_log = logger("hotline")

LOOK_EVERY_S: Final = 1.0
MOST_WAITING: Final = 5_000
"""Steps that wait for the database."""

Send = Callable[[], Awaitable[Placed]]


@dataclass(frozen=True, slots=True)
class CallContext:
    """What every purpose is given. `system_name` is the switch's."""

    system_name: str
    storage: Storage
    bus: Bus
    clock: Clock
    audit: Audit


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event that leaves with the call's row, in the order of `stream`."""

    event: Event
    stream: str


@dataclass(frozen=True, slots=True)
class CallMetrics:
    """`failed` by the name of the event; `dropped` and `waiting` count steps that are to be written down."""

    live: Gauge
    failed: Counter
    dropped: Counter
    waiting: Gauge


@dataclass(frozen=True, slots=True)
class Purpose(Generic[T]):
    """What the calls of one policy are called. `name` names tasks and logs; `heard_s` is the longest time of
    any of them after it was picked up.
    """

    name: str
    heard_s: float
    reader: ChannelReader
    store: CallStore[T]
    metrics: CallMetrics


class AutomatedCalls(OutboundService, Generic[T]):
    """One subclass for each policy: it reads what the policy is to know, and does what only that purpose
    needs.
    """

    def __init__(
        self,
        purpose: Purpose[T],
        policy: CallPolicy[T],
        settings: AutomatedCallSettings,
        switch: AutomatedCallSwitch,
        context: CallContext,
    ) -> None:
        super().__init__(
            purpose.name, switch=switch, reader=purpose.reader, storage=context.storage, clock=context.clock,
            doubt_s=settings.doubt_s, kept=timedelta(days=settings.kept_days), failed=purpose.metrics.failed,
        )  # fmt: skip
        self._context = context
        self.name = purpose.name
        self._purpose = purpose
        self._enabled = settings.enabled
        self._oldest_s = settings.ring_s + purpose.heard_s
        """No call is older and still live."""
        self._switch = switch
        self._writer = StepWriter(
            context.storage, context.clock, what=f"a step of {purpose.name}", limit=MOST_WAITING,
            dropped=purpose.metrics.dropped, waiting=purpose.metrics.waiting,
        )  # fmt: skip
        self.book: CallBook[T] = CallBook(
            context.system_name, CallTiming(settings.ring_s, settings.doubt_s), policy
        )
        self._loaded = False
        self._soon = asyncio.Event()

    async def start(self) -> None:
        if self._enabled:
            self._tasks.forever("write", self._writer.write_behind.run)
            self._tasks.forever("look", self._look_now_and_then)
            self._tasks.forever("prune", self._prune_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._writer.write_behind.write_last()

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        super().on_snapshot(channels)
        self._soon.set()

    def health(self) -> Sequence[Health]:
        """Only what is wrong."""
        return ()

    # --- what a policy's service does -------------------------------------------------------------------

    @abstractmethod
    async def _load(self) -> None:
        """Take up the calls that an earlier run did not see the end of. Raises `StorageAway`."""

    @abstractmethod
    async def _find(self) -> PolicySignal:
        """What the policy is to know at this look. Raises `StorageAway`."""

    @abstractmethod
    async def _prepare(self, call: AutomatedCall[T]) -> Send | None:
        """How this call is sent; None: it is not wanted any more. Raises `StorageAway`."""

    @abstractmethod
    async def _commit(self, call: AutomatedCall[T]) -> Literal["done", "gone", "refused"] | None:
        """Do what the key stands for; None: it could not be done yet, and the dialplan tells it again."""

    def _event(self, call: AutomatedCall[T], at: float) -> StreamEvent | None:  # noqa: ARG002
        """What is told of this step."""
        return None

    @abstractmethod
    async def _written(self, call: AutomatedCall[T]) -> None:
        """What else is done once a step is written down."""

    @abstractmethod
    def _count(self, call: AutomatedCall[T]) -> None:
        """Count the outcome of a call that is over."""

    async def _there(self, call: AutomatedCall[T]) -> Sequence[CallSignal]:
        """What follows when the database has a call of this id: nothing was sent."""
        return (Taken(call.channel_id, again=False),)

    def _carry_out_own(self, effect: PolicyEffect, at: float) -> None:
        """An effect that only this policy has."""

    # --- time -------------------------------------------------------------------------------------------

    async def _look_now_and_then(self) -> None:
        while True:
            try:
                await self.look()
            except StorageAway:
                _log.warning("nobody can be called: the database is away", calls=self._purpose.name)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()

    async def look(self) -> None:
        """Find whom to call, and go on with each call. Raises `StorageAway`."""
        if not self._loaded:
            await self._load()
            self._loaded = True
            self._reconcile()
        found = await self._find()
        if self._tracker.in_touch:
            self._take(found)

    async def _prune(self, connection: AsyncConnection) -> None:
        await self._purpose.store.prune(connection, self._clock.now() - self._kept)

    def _live(self) -> Iterable[TrackedCall]:
        return self.book.live.values() if self._loaded else ()

    def _missing(self, call: TrackedCall, age_s: float) -> None:
        if call.in_doubt or age_s >= self.book.timing.quiet_s:
            # Gone, or never placed: the switch's own marks may tell.
            self._tracker.doubt(call.channel_id)

    # --- what follows -----------------------------------------------------------------------------------

    def _take(self, signal: CallSignal) -> None:
        at = self._at()
        _, effects = apply(self.book, signal, at)
        for effect in effects:
            self._carry_out(effect, at)
        self._purpose.metrics.live.set(len(self.book.live))

    def _carry_out(self, effect: Effect, at: float) -> None:
        match effect:
            case Ring(call):
                self._tracker.place(call.channel_id, partial(self._place, call))
            case SaveCall(call):
                self._save(call, at)
                if call.outcome is not None:
                    self._count(call)
                    # The next one is not kept waiting for the next look.
                    self._soon.set()
            case HangUp(call):
                self._tasks.spawn("hang-up", partial(self._switch.hang_up, call.channel_id))
            case Say(call, words):
                self._tasks.spawn("say", partial(self._switch.say, call.channel_id, words))
            case CommitKey(call):
                self._tracker.once("commit", call.channel_id, partial(self._commit_key, call))
            case Settle(call):
                self._tracker.settle(call.channel_id)
            case PolicyEffect():
                self._carry_out_own(effect, at)

    async def _place(self, call: AutomatedCall[Any]) -> None:
        """Write the call down, and send it once."""
        channel = call.channel_id
        try:
            send = await self._prepare(call)
            begun = await self._begin(call)
        except StorageAway:
            _log.warning("a call cannot be written down: it is not placed", calls=self._purpose.name)
            self._take(NotKept(channel))
            return
        current = self.book.live.get(channel)
        if begun == "line_busy":
            self._take(Taken(channel, again=True))
        elif begun == "there":
            for signal in await self._there(call):
                self._take(signal)
        elif send is None or current is None or current.unwanted:
            self._take(CallNotPlaced(channel, "stopped"))
        else:
            await self._tracker.send(channel, send)

    async def _begin(self, call: AutomatedCall[T]) -> Begun:
        """Write a call down that is about to be placed. Raises `StorageAway`: then it must not be placed."""
        async with self._storage.write() as transaction:
            begun = await self._purpose.store.begin(transaction.connection, call, self._oldest_s)
            if begun == "begun":
                await self._emit(self._event(call, call.began), transaction)
        return begun

    def _save(self, call: AutomatedCall[T], at: float) -> None:
        """Have the call as it is now written down. Its event is made once, however often that is tried."""
        write = partial(self._write, call, self._event(call, at))
        self._writer.add(CallStep(write, partial(self._written, call)))

    async def _write(
        self, call: AutomatedCall[T], told: StreamEvent | None, transaction: Transaction
    ) -> None:
        await self._purpose.store.save(transaction.connection, call)
        await self._emit(told, transaction)

    @staticmethod
    async def _emit(told: StreamEvent | None, transaction: Transaction) -> None:
        if told is not None:
            await transaction.emit(told.event, stream=told.stream)

    async def _commit_key(self, call: AutomatedCall[Any]) -> None:
        how = await self._commit(call)
        if how is not None:
            self._take(KeyCommitted(call.channel_id, how))
