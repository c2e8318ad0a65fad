"""Calls to crews as the hotline makes them. Each call and its outcome is audited."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.actor import system
from core.metrics import counter, gauge
from hotline.outbound.automated import CallContext, CallMetrics, Purpose, Send
from hotline.outbound.crews import store
from hotline.outbound.crews.policy import CHANNEL_ID, MOST_LIVE, TALK_S, CrewCall, CrewPolicy, CrewTarget
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.crews.settings import CrewCallSettings
from hotline.outbound.requested import RequestedCalls
from hotline.outbound.switch import ChannelReader

_calls = counter("hotline_crew_calls", "Calls to crews that ended", ["purpose", "outcome"])

PURPOSE: Final = Purpose(
    "crew-calls",
    TALK_S,
    ChannelReader(CHANNEL_ID, key_event="CrewCall"),
    store.calls,
    CallMetrics(
        gauge("hotline_crew_calls_live", "Calls to crews now"),
        counter("hotline_crew_messages_failed", "Messages that calls to crews failed on", ["event"]),
        counter("hotline_crew_call_lines_dropped", "Steps of calls to crews that were not written down"),
        gauge("hotline_crew_call_lines_waiting", "Steps of calls to crews that wait for the database"),
    ),
)
"""The event is that of dialplan/crew.conf."""
CALLER: Final = system("crew-calls")


class CrewCalls(RequestedCalls[CrewTarget]):
    def __init__(self, settings: CrewCallSettings, ports: CrewPorts, context: CallContext) -> None:
        super().__init__(PURPOSE, CrewPolicy(), settings, ports.jobs, ports.switch, context)
        self.book.most = MOST_LIVE
        self._ring_s = settings.ring_s
        self._ports = ports

    async def _prepare(self, call: CrewCall) -> Send | None:
        talks = call.target.purpose == "talk"
        citizen = await self._ports.jobs.citizen(call.target.call_id) if talks else ""
        if talks and not citizen:
            return None
        return partial(self._ports.switch.ring, call, ring_s=self._ring_s, citizen=citizen)

    def _count(self, call: CrewCall) -> None:
        _calls.labels(call.target.purpose, call.outcome).inc()

    async def _written(self, call: CrewCall) -> None:
        await super()._written(call)
        if self._context.audit is not None and call.outcome is not None:
            detail = {"purpose": call.target.purpose, "outcome": call.outcome, "key": call.key}
            await self._context.audit.record(CALLER, "crew-call", f"unit:{call.target.unit_id}", detail)
