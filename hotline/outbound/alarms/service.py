"""Calls for alarms as the hotline makes them: looked for in the database, placed one after the other, written
down, ended as soon as somebody acknowledges. Nothing here keeps a citizen's call waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from core.errors import Forbidden, SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from hotline import rights
from hotline.outbound.alarms import store
from hotline.outbound.alarms.events import AlarmCallsExhausted, AlarmCallView
from hotline.outbound.alarms.model import CHANNEL_ID, Attempt, Book, Rules
from hotline.outbound.alarms.ports import AlarmPorts, OnCall
from hotline.outbound.alarms.reduce import apply
from hotline.outbound.alarms.settings import AlarmSettings
from hotline.outbound.alarms.signals import (
    Acknowledge,
    Answered,
    Effect,
    Exhausted,
    HangUp,
    Keep,
    Looked,
    Opened,
    Refused,
    Reread,
    Ring,
    Say,
    Settle,
    Signal,
    Taken,
)
from hotline.outbound.alarms.switch import signal_of
from hotline.outbound.alarms.view import moment, view
from hotline.outbound.alarms.writing import Writer
from hotline.outbound.signals import InDoubt, NotKept, NotPlaced
from hotline.outbound.tracking import Following
from hotline.ports import AmiMessage, Audit
from radio_bridge.events import EmergencyChanged

_log = logger("hotline")
_calls = counter("hotline_alarm_calls", "Calls to supervisors for emergencies that ended", ["outcome"])
_live = gauge("hotline_alarm_calls_live", "Calls to supervisors for emergencies now")
_alarms = gauge("hotline_alarms_unanswered", "Emergencies that ask for the supervisor and have no answer")
_exhausted = counter("hotline_alarm_calls_exhausted", "Emergencies for which everybody was called in vain")
_failed = counter("hotline_alarm_messages_failed", "Messages that calls for alarms failed on", ["event"])

LOOK_EVERY_S: Final = 1.0
PEOPLE_EVERY_S: Final = 30.0
PRUNE_EVERY_S: Final = 3_600.0
MOST_LISTED: Final = 500


class AlarmCalls:
    """The one writer of its book. All methods run in the event loop's thread."""

    def __init__(
        self,
        settings: AlarmSettings,
        ports: AlarmPorts,
        *,
        system_name: str,
        storage: Storage,
        bus: Bus,
        clock: Clock,
        audit: Audit | None,
    ) -> None:
        self._settings = settings
        self._ports = ports
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._tasks = Tasks("alarm-calls")
        self._writer = Writer(storage, audit, clock)
        self._rules = Rules(settings.ring_s, settings.pauses_s, settings.doubt_s)
        self.book = Book(system_name, self._rules)
        self._loaded = False
        self._following: Following[Signal] = Following(
            ports.switch, self._tasks, self._take, begins=CHANNEL_ID, doubt_s=settings.doubt_s,
            quiet_s=self._rules.quiet_s,
        )  # fmt: skip
        self._acknowledging: set[UUID] = set()
        self._rereading: set[UUID] = set()
        self._soon = asyncio.Event()
        self._on_call = OnCall(())
        self._asked_again_at = 0.0
        bus.subscribe(EmergencyChanged, self.on_emergency, name="hotline.alarm-calls")

    async def start(self) -> None:
        if self._settings.enabled:
            self._tasks.forever("write", self._writer.behind.run)
            self._tasks.forever("look", self._look_now_and_then)
            self._tasks.forever("prune", self._prune_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._writer.behind.write_last()

    # --- what others tell -------------------------------------------------------------------------------

    async def on_emergency(self, event: EmergencyChanged) -> None:
        """Escalated: look at once. Answered: what rings is ended at once."""
        if event.what in {"acknowledged", "cleared"} and event.alarm_id not in self._acknowledging:
            self._take(Answered(event.alarm_id))
        self._soon.set()

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
        self._soon.set()

    def on_link_down(self) -> None:
        self._following.link_down()

    # --- what people see --------------------------------------------------------------------------------

    def live(self) -> list[AlarmCallView]:
        """Who is being called now, on this switch or by another process."""
        return [view(attempt) for attempt in self.book.live()]

    async def recent(self, actor: Actor, *, alarm_id: UUID | None, limit: int) -> list[AlarmCallView]:
        """The newest first. Raises `Forbidden`, `StorageAway`."""
        rights.SEE_ALARM_CALLS.check(actor)
        async with self._storage.read() as connection:
            found = await store.recent(connection, alarm_id, min(limit, MOST_LISTED))
        return [view(attempt) for attempt in found]

    def health(self) -> Sequence[Health]:
        """Only what is wrong: an emergency that nobody can be called for, people who cannot be called."""
        if not self._settings.enabled:
            return ()
        tired = [alarm.unit_id for alarm in self.book if alarm.exhausted]
        if tired:
            why = f"nobody has answered for {', '.join(tired)}, and everybody was called: answer at a desk"
        elif self.book.alarms and not self._on_call.people:
            why = "an emergency has no answer and nobody can be called: give a supervisor a telephone"
        elif self._on_call.wrong:
            why = f"[hotline.alarms] people: {'; '.join(self._on_call.wrong)}"
        else:
            return ()
        return (Health("alarm-calls", "degraded", why),)

    # --- time -------------------------------------------------------------------------------------------

    async def _look_now_and_then(self) -> None:
        while True:
            # The first look of a run says in `health` who cannot be called, before anybody needs him.
            try:
                await self.look()
            except StorageAway:
                _log.warning("emergencies cannot be looked at: the database is away")
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()

    async def look(self) -> None:
        """Find the emergencies that ask for the supervisor, and go on with each. Raises `StorageAway`."""
        if not self._loaded:
            await self._load()
        asking = {one.alarm_id: one.unit_id for one in await self._ports.emergencies.unanswered()}
        for alarm_id, unit_id in asking.items():
            if alarm_id not in self.book.alarms and alarm_id not in self.book.closed:
                await self._open(alarm_id, unit_id)
        for alarm in self.book:
            if alarm.alarm_id not in asking and alarm.alarm_id not in self._acknowledging:
                self._take(Answered(alarm.alarm_id))
        await self._ask_who_is_on_call()
        if self._following.in_touch:
            self._take(Looked(self._on_call.people))

    async def _load(self) -> None:
        """Calls that an earlier run placed and did not see the end of."""
        async with self._storage.read() as connection:
            found = await store.live_alarms(connection, self.book.system)
        for alarm_id, unit_id in found:
            await self._open(alarm_id, unit_id)
        self._loaded = True
        self._reconcile()

    async def _ask_who_is_on_call(self) -> None:
        """At each look while there is somebody to call, else now and then: `health` says who cannot be."""
        now = self._clock.monotonic()
        if self.book.alarms or now >= self._asked_again_at:
            self._on_call = await self._ports.duty.on_call()
            self._asked_again_at = now + PEOPLE_EVERY_S

    async def _open(self, alarm_id: UUID, unit_id: str) -> None:
        async with self._storage.read() as connection:
            attempts = await store.of_alarm(connection, alarm_id)
        self._take(Opened(alarm_id, unit_id, attempts))

    async def _prune_now_and_then(self) -> None:
        while True:
            before = self._clock.now() - timedelta(days=self._settings.kept_days)
            async with self._storage.write() as transaction:
                await store.prune(transaction.connection, before)
            await self._clock.sleep(PRUNE_EVERY_S)

    def _reconcile(self) -> None:
        """Each live call, and all channels that the switch has."""
        if self._loaded:
            mine = [one for one in self.book.live() if one.system == self.book.system]
            self._following.reconcile(mine, self._at())

    # --- what follows -----------------------------------------------------------------------------------

    def _take(self, signal: Signal) -> None:
        at = self._at()
        _, effects = apply(self.book, signal, at)
        for effect in effects:
            self._carry_out(effect, at)
        if effects:
            _live.set(len(self.book.live()))
        _alarms.set(sum(not alarm.answered for alarm in self.book))

    def _carry_out(self, effect: Effect, at: float) -> None:
        match effect:
            case Ring(attempt):
                self._following.ring(attempt.channel_id, partial(self._place, attempt))
            case Keep(attempt):
                self._keep(attempt, at)
            case HangUp(attempt):
                self._tasks.spawn("hang-up", partial(self._ports.switch.hang_up, attempt.channel_id))
            case Say(attempt, words):
                self._tasks.spawn("say", partial(self._ports.switch.say, attempt.channel_id, words))
            case Acknowledge(attempt):
                self._tasks.spawn("acknowledge", partial(self._acknowledge, attempt))
            case Settle(attempt):
                self._following.settle(attempt.channel_id)
            case Reread(alarm_id):
                self._tasks.spawn("reread", partial(self._reread, alarm_id))
            case Exhausted(alarm):
                _exhausted.inc()
                _log.error("everybody was called for an emergency, in vain", unit=alarm.unit_id)
                self._bus.publish(
                    AlarmCallsExhausted(
                        at=moment(at), alarm_id=alarm.alarm_id, unit_id=alarm.unit_id,
                        calls=len(alarm.attempts),
                    )
                )  # fmt: skip

    def _keep(self, attempt: Attempt, at: float) -> None:
        self._writer.add(attempt, at)
        if attempt.outcome is not None:
            _calls.labels(attempt.outcome).inc()
            # The next one is not kept waiting for the next look.
            self._soon.set()

    async def _place(self, attempt: Attempt) -> Signal | None:
        """Write the call down, and place it once. What came of it, None when it is on its way."""
        channel = attempt.channel_id
        try:
            if not await self._writer.begin(attempt, self._rules.longest_s):
                return Taken(channel)
        except StorageAway:
            _log.warning("a supervisor is not called: it cannot be written down", unit=attempt.unit_id)
            return NotKept(channel)
        alarm = self.book.of_channel(channel)
        if alarm is None or alarm.answered:
            return NotPlaced(channel, "stopped")
        placed = await self._ports.switch.ring(attempt, ring_s=self._settings.ring_s)
        if placed == "in_doubt":
            return InDoubt(channel)
        if placed == "placed":
            return None
        return NotPlaced(channel, "unreachable" if placed == "unreachable" else "not_placed")

    async def _acknowledge(self, attempt: Attempt) -> None:
        alarm_id, user_id = attempt.alarm_id, attempt.callee.user_id
        if alarm_id in self._acknowledging:
            return
        self._acknowledging.add(alarm_id)
        try:
            done = await self._ports.emergencies.acknowledge(user_id, alarm_id)
        except Forbidden:
            _log.warning("who was called may not acknowledge any more", user=user_id)
            self._take(Refused(attempt.channel_id))
            return
        except SonghuaError as error:
            # The dialplan tells it again in a second, for as long as he waits.
            _log.warning("an emergency cannot be acknowledged yet", unit=attempt.unit_id, error=error.kind)
            return
        finally:
            self._acknowledging.discard(alarm_id)
        self._take(Answered(alarm_id, attempt.channel_id if done == "done" else ""))

    async def _reread(self, alarm_id: UUID) -> None:
        if alarm_id in self._rereading or alarm_id not in self.book.alarms:
            return
        self._rereading.add(alarm_id)
        try:
            await self._open(alarm_id, self.book.alarms[alarm_id].unit_id)
        finally:
            self._rereading.discard(alarm_id)

    def _at(self) -> float:
        return self._clock.now().timestamp()
