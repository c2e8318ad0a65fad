"""Calls to crews as the hotline makes them: looked for in the database, written down, placed once, told.

Nothing here keeps a citizen's call waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from core.actor import system
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Behind, Storage, StorageAway
from core.tasks import Tasks
from hotline.outbound.crews import store
from hotline.outbound.crews.model import CHANNEL_ID, Book, Call, Rules
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.crews.reduce import apply
from hotline.outbound.crews.settings import CrewCallSettings
from hotline.outbound.crews.signals import (
    Effect,
    HangUp,
    Keep,
    Looked,
    Restored,
    Ring,
    Say,
    Settle,
    Signal,
    Taken,
    Write,
    Written,
)
from hotline.outbound.crews.switch import signal_of
from hotline.outbound.signals import InDoubt, NotKept, NotPlaced
from hotline.outbound.tracking import Following
from hotline.ports import AmiMessage, Audit

_log = logger("hotline")
_calls = counter("hotline_crew_calls", "Calls to crews that ended", ["purpose", "outcome"])
_live = gauge("hotline_crew_calls_live", "Calls to crews now")
_failed = counter("hotline_crew_messages_failed", "Messages that calls to crews failed on", ["event"])
_dropped = counter("hotline_crew_call_lines_dropped", "Steps of calls to crews that were not written down")
_waiting = gauge("hotline_crew_call_lines_waiting", "Steps of calls to crews that wait for the database")

LOOK_EVERY_S: Final = 1.0
PRUNE_EVERY_S: Final = 3_600.0
MOST_WAITING: Final = 5_000
CALLER: Final = system("crew-calls")


class CrewCalls:
    """The one writer of its book. All methods run in the event loop's thread."""

    def __init__(
        self,
        settings: CrewCallSettings,
        ports: CrewPorts,
        *,
        system_name: str,
        storage: Storage,
        clock: Clock,
        audit: Audit | None,
    ) -> None:
        self._settings = settings
        self._ports = ports
        self._storage = storage
        self._clock = clock
        self._audit = audit
        self._tasks = Tasks("crew-calls")
        self._rules = Rules(settings.ring_s, settings.doubt_s)
        self.book = Book(system_name, self._rules)
        self.behind: Behind[Call] = Behind(
            self._write_each, what="a call to a crew", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting, at_once=1, sleep=clock.sleep,
        )  # fmt: skip
        self._loaded = False
        self._following: Following[Signal] = Following(
            ports.switch, self._tasks, self._take, begins=CHANNEL_ID, doubt_s=settings.doubt_s,
            quiet_s=self._rules.quiet_s,
        )  # fmt: skip

    async def start(self) -> None:
        if self._settings.enabled:
            self._tasks.forever("write", self.behind.run)
            self._tasks.forever("look", self._look_now_and_then)
            self._tasks.forever("prune", self._prune_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.behind.write_last()

    # --- what the switch tells --------------------------------------------------------------------------

    def on_message(self, message: AmiMessage) -> None:
        """One live message of those in `switch.EVENTS`. Never raises."""
        try:
            signal = signal_of(message)
            if signal is not None:
                self._take(signal)
        except Exception:  # noqa: BLE001  # one message must never end the stream
            _failed.labels(message.name).inc()
            _log.exception("message failed", event_name=message.name)

    def on_snapshot(self, channels: Sequence[AmiMessage]) -> None:
        """All channels that exist: calls are followed, or over."""
        self._following.snapshot(channels)
        self._reconcile()

    def on_link_down(self) -> None:
        self._following.link_down()

    # --- time -------------------------------------------------------------------------------------------

    async def _look_now_and_then(self) -> None:
        while True:
            try:
                await self.look()
            except StorageAway:
                _log.warning("crews cannot be called: the database is away")
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Find whom to call, and go on with each call. Raises `StorageAway`."""
        if not self._loaded:
            async with self._storage.read() as connection:
                self._take(Restored(tuple(await store.live(connection, self.book.system))))
            self._loaded = True
            self._reconcile()
        wanted = tuple(await self._ports.jobs.wanted())
        if self._following.in_touch:
            self._take(Looked(wanted))

    async def _prune_now_and_then(self) -> None:
        while True:
            before = self._clock.now() - timedelta(days=self._settings.kept_days)
            async with self._storage.write() as transaction:
                await store.prune(transaction.connection, before)
            await self._clock.sleep(PRUNE_EVERY_S)

    def _reconcile(self) -> None:
        """Each live call, and all channels that the switch has."""
        if self._loaded:
            self._following.reconcile(list(self.book.live.values()), self._at())

    # --- what follows -----------------------------------------------------------------------------------

    def _take(self, signal: Signal) -> None:
        _, effects = apply(self.book, signal, self._at())
        for effect in effects:
            self._carry_out(effect)
        _live.set(len(self.book.live))

    def _carry_out(self, effect: Effect) -> None:
        channel = effect.call.channel_id
        match effect:
            case Ring(call):
                self._following.ring(channel, partial(self._place, call))
            case Keep(call):
                self.behind.add(call)
                if call.outcome is not None:
                    _calls.labels(call.wanted.purpose, call.outcome).inc()
            case HangUp(_):
                self._tasks.spawn("hang-up", partial(self._ports.switch.hang_up, channel))
            case Say(_, words):
                self._tasks.spawn("say", partial(self._ports.switch.say, channel, words))
            case Write(call):
                self._following.once("write", channel, partial(self._press, call))
            case Settle(_):
                self._following.settle(channel)

    async def _place(self, call: Call) -> Signal | None:
        """Write the call down, and place it once. What came of it, None when it is on its way."""
        channel = call.channel_id
        try:
            citizen = await self._citizen(call)
            async with self._storage.write() as transaction:
                begun = await store.begin(transaction.connection, call)
        except StorageAway:
            _log.warning("a crew is not called: it cannot be written down", unit=call.wanted.unit_id)
            return NotKept(channel)
        if begun != "begun":
            await self._tell_again(call)
            return Taken(channel, again=begun == "line_busy")
        if call.wanted.purpose == "talk" and not citizen:
            return NotPlaced(channel, "stopped")
        current = self.book.of_channel(channel)
        if current is None or current.unwanted_since is not None:
            return NotPlaced(channel, "stopped")
        placed = await self._ports.switch.ring(call, ring_s=self._settings.ring_s, citizen=citizen)
        if placed == "in_doubt":
            return InDoubt(channel)
        return None if placed == "placed" else NotPlaced(channel, "not_placed")

    async def _citizen(self, call: Call) -> str:
        if call.wanted.purpose != "talk":
            return ""
        return await self._ports.jobs.citizen(call.wanted.call_id)

    async def _tell_again(self, call: Call) -> None:
        """It was made by another run, which may have ended before it told what came of it."""
        try:
            async with self._storage.read() as connection:
                known = await store.find(connection, call.wanted.call_id)
        except StorageAway:
            return
        if known is not None and known.ended is not None:
            self.behind.add(known)

    async def _press(self, call: Call) -> None:
        try:
            how = await self._ports.jobs.press(call)
        except SonghuaError as error:
            # The dialplan tells it again in a second, for as long as he waits.
            _log.warning("a crew's word is not written down yet", unit=call.wanted.unit_id, error=error.kind)
            return
        self._take(Written(call.channel_id, how))

    async def _write_each(self, calls: Sequence[Call]) -> None:
        for call in calls:
            async with self._storage.write() as transaction:
                await store.save(transaction.connection, call)
            await self._ports.jobs.came(call)
            if self._audit is not None and call.outcome is not None:
                detail = {"purpose": call.wanted.purpose, "outcome": call.outcome, "key": call.key}
                await self._audit.record(CALLER, "crew-call", f"unit:{call.wanted.unit_id}", detail)

    def _at(self) -> float:
        return self._clock.now().timestamp()
