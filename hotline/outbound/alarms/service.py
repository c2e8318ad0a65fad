"""Calls for alarms as the hotline makes them: emergencies are looked for in the database, and what rings ends
as soon as somebody acknowledges. Who was called, and who acknowledged by telephone, is audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal
from uuid import UUID

from core.actor import Actor, system
from core.errors import Forbidden, SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from field.events import EmergencyChanged
from hotline import rights
from hotline.outbound.alarms import store
from hotline.outbound.alarms.events import AlarmCallChanged, AlarmCallsExhausted, AlarmCallView
from hotline.outbound.alarms.model import CHANNEL_ID, HEARD_S, AlarmCall, AlarmTarget
from hotline.outbound.alarms.policy import (
    AlarmAcknowledged,
    AlarmExhausted,
    AlarmPolicy,
    AlarmRaised,
    AlarmsLooked,
    RereadAlarm,
)
from hotline.outbound.alarms.ports import AlarmPorts, OnCall
from hotline.outbound.alarms.settings import AlarmSettings
from hotline.outbound.alarms.view import moment, view
from hotline.outbound.automated import AutomatedCalls, CallContext, CallMetrics, Purpose, Send, StreamEvent
from hotline.outbound.effects import PolicyEffect
from hotline.outbound.retries import RetryPlan
from hotline.outbound.signals import CallSignal, PolicySignal
from hotline.outbound.switch import ChannelReader

_log = logger("hotline")
_calls = counter("hotline_alarm_calls", "Calls to supervisors for emergencies that ended", ["outcome"])
_alarms = gauge("hotline_alarms_unanswered", "Emergencies that ask for the supervisor and have no answer")
_exhausted = counter("hotline_alarm_calls_exhausted", "Emergencies for which everybody was called in vain")

PURPOSE: Final = Purpose(
    "alarm-calls",
    HEARD_S,
    ChannelReader(CHANNEL_ID, key_event="AlarmCall"),
    store.calls,
    CallMetrics(
        gauge("hotline_alarm_calls_live", "Calls to supervisors for emergencies now"),
        counter("hotline_alarm_messages_failed", "Messages that calls for alarms failed on", ["event"]),
        counter("hotline_alarm_call_lines_dropped", "Steps of calls for alarms that were not written down"),
        gauge("hotline_alarm_call_lines_waiting", "Steps of calls for alarms that wait for the database"),
    ),
)
"""The event is that of dialplan/alarm.conf."""
PEOPLE_EVERY_S: Final = 30.0
MOST_LISTED: Final = 500
CALLER: Final = system("alarm-calls")


class AlarmCalls(AutomatedCalls[AlarmTarget]):
    def __init__(self, settings: AlarmSettings, ports: AlarmPorts, context: CallContext) -> None:
        self.policy = AlarmPolicy(RetryPlan(settings.pauses_s))
        super().__init__(PURPOSE, self.policy, settings, ports.switch, context)
        self._ring_s = settings.ring_s
        self._ports = ports
        self._acknowledging: set[UUID] = set()
        self._on_call = OnCall(())
        self._asked_again_at = 0.0
        context.bus.subscribe(EmergencyChanged, self.on_emergency, name="hotline.alarm-calls")

    async def on_emergency(self, event: EmergencyChanged) -> None:
        """Escalated: look at once. Answered: what rings is ended at once."""
        if event.what in {"acknowledged", "cleared"} and event.alarm_id not in self._acknowledging:
            self._take(AlarmAcknowledged(event.alarm_id))
        self._soon.set()

    # --- what people see --------------------------------------------------------------------------------

    def live(self) -> list[AlarmCallView]:
        """Who is being called now, on this switch or by another process."""
        return [view(call) for call in self.policy.live(self.book)]

    async def recent(self, actor: Actor, *, alarm_id: UUID | None, limit: int) -> list[AlarmCallView]:
        """The newest first. Raises `Forbidden`, `StorageAway`."""
        rights.SEE_ALARM_CALLS.check(actor)
        async with self._storage.read() as connection:
            found = await store.recent(connection, alarm_id, min(limit, MOST_LISTED))
        return [view(call) for call in found]

    def health(self) -> Sequence[Health]:
        """Only what is wrong: an emergency that nobody can be called for, people who cannot be called."""
        alarms = self.policy.alarms.values() if self._enabled else ()
        exhausted = [alarm.unit_id for alarm in alarms if alarm.exhausted]
        if exhausted:
            units = ", ".join(exhausted)
            why = f"nobody has answered for {units}, and everybody was called: answer at a desk"
        elif alarms and not self._on_call.people:
            why = "an emergency has no answer and nobody can be called: give a supervisor a telephone"
        elif self._enabled and self._on_call.wrong:
            why = f"[hotline.alarms] people: {'; '.join(self._on_call.wrong)}"
        else:
            return ()
        return (Health("alarm-calls", "degraded", why),)

    # --- whom to call -----------------------------------------------------------------------------------

    async def _load(self) -> None:
        async with self._storage.read() as connection:
            live = await store.calls.live(connection, self.book.system)
        for alarm_id, unit_id in {(one.target.alarm_id, one.target.unit_id) for one in live}:
            await self._open(alarm_id, unit_id)

    async def _find(self) -> PolicySignal:
        alarms = self.policy.alarms
        asking = {one.alarm_id: one.unit_id for one in await self._ports.emergencies.unanswered()}
        for alarm_id, unit_id in asking.items():
            if alarm_id not in alarms and alarm_id not in self.policy.closed:
                await self._open(alarm_id, unit_id)
        for alarm_id in list(alarms):
            if alarm_id not in asking and alarm_id not in self._acknowledging:
                self._take(AlarmAcknowledged(alarm_id))
        # At each look while there is somebody to call, else now and then: `health` says who cannot be.
        now = self._clock.monotonic()
        if alarms or now >= self._asked_again_at:
            self._on_call = await self._ports.duty.on_call()
            self._asked_again_at = now + PEOPLE_EVERY_S
        return AlarmsLooked(self._on_call.people)

    async def _open(self, alarm_id: UUID, unit_id: str) -> None:
        async with self._storage.read() as connection:
            calls = await store.of_alarm(connection, alarm_id)
        self._take(AlarmRaised(alarm_id, unit_id, calls))

    async def _prepare(self, call: AlarmCall) -> Send:
        return partial(self._ports.switch.ring, call, ring_s=self._ring_s)

    # --- what follows -----------------------------------------------------------------------------------

    def _take(self, signal: CallSignal) -> None:
        super()._take(signal)
        _alarms.set(sum(not alarm.acknowledged for alarm in self.policy.alarms.values()))

    async def _commit(self, call: AlarmCall) -> Literal["done", "gone", "refused"] | None:
        alarm_id, user_id = call.target.alarm_id, call.target.callee.user_id
        if alarm_id in self._acknowledging:
            return None
        self._acknowledging.add(alarm_id)
        try:
            done = await self._ports.emergencies.acknowledge(user_id, alarm_id)
        except Forbidden:
            _log.warning("who was called may not acknowledge any more", user=user_id)
            return "refused"
        except SonghuaError as error:
            _log.warning(
                "an emergency cannot be acknowledged yet", unit=call.target.unit_id, error=error.kind
            )
            return None
        finally:
            self._acknowledging.discard(alarm_id)
        if done == "done":
            return "done"
        self._take(AlarmAcknowledged(alarm_id))
        return "gone"

    def _carry_out_own(self, effect: PolicyEffect, at: float) -> None:
        match effect:
            case RereadAlarm(alarm_id):
                self._tracker.once("reread", str(alarm_id), partial(self._reread, alarm_id))
            case AlarmExhausted(alarm):
                _exhausted.inc()
                _log.error("everybody was called for an emergency, in vain", unit=alarm.unit_id)
                self._context.bus.publish(
                    AlarmCallsExhausted(
                        at=moment(at), alarm_id=alarm.alarm_id, unit_id=alarm.unit_id, calls=len(alarm.made)
                    )
                )

    async def _reread(self, alarm_id: UUID) -> None:
        alarm = self.policy.alarms.get(alarm_id)
        if alarm is not None:
            await self._open(alarm_id, alarm.unit_id)

    def _count(self, call: AlarmCall) -> None:
        _calls.labels(call.outcome).inc()

    # --- what is written down ---------------------------------------------------------------------------

    def _event(self, call: AlarmCall, at: float) -> StreamEvent:
        changed = AlarmCallChanged(at=moment(at), call=view(call))
        return StreamEvent(changed, f"alarm-call:{call.target.alarm_id}")

    async def _written(self, call: AlarmCall) -> None:
        if call.stage != "over":
            return
        audit = self._context.audit
        callee, about = call.target.callee, f"emergency:{call.target.alarm_id}"
        detail = {"user": callee.user_id, "number": call.target.number, "outcome": call.outcome}
        await audit.record(CALLER, "alarm-call", about, detail)
        if call.outcome == "acknowledged":
            who = Actor(callee.user_id, callee.name)
            await audit.record(who, "emergency-acknowledge-by-telephone", about, detail)
