"""Calls about warnings as the hotline makes them: each attempt rings once."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.metrics import counter, gauge
from hotline.outbound.automated import CallContext, CallMetrics, Purpose, Send
from hotline.outbound.requested import RequestedCalls
from hotline.outbound.switch import ChannelReader
from hotline.outbound.warnings import store
from hotline.outbound.warnings.policy import (
    CHANNEL_ID,
    HEARD_S,
    WarningCall,
    WarningCallPolicy,
    WarningCallTarget,
)
from hotline.outbound.warnings.ports import WarningCallPorts
from hotline.outbound.warnings.settings import WarningCallSettings

_calls = counter("hotline_warning_calls", "Calls about warnings that ended", ["outcome"])

PURPOSE: Final = Purpose(
    "warning-calls",
    HEARD_S,
    ChannelReader(CHANNEL_ID, key_event="WarningCall"),
    store.calls,
    CallMetrics(
        gauge("hotline_warning_calls_live", "Calls about warnings now"),
        counter("hotline_warning_messages_failed", "Messages that calls about warnings failed on", ["event"]),
        counter("hotline_warning_call_lines_dropped", "Steps of calls about warnings that were not written"),
        gauge("hotline_warning_call_lines_waiting", "Steps of calls about warnings that wait to be written"),
    ),
)
"""The event is that of dialplan/warning.conf."""


class WarningCalls(RequestedCalls[WarningCallTarget]):
    def __init__(self, settings: WarningCallSettings, ports: WarningCallPorts, context: CallContext) -> None:
        policy = WarningCallPolicy(settings.per_s)
        super().__init__(PURPOSE, policy, settings, ports.requests, ports.switch, context)
        self.book.most = settings.at_once
        self._ring_s = settings.ring_s
        self._ports = ports

    async def _prepare(self, call: WarningCall) -> Send | None:
        number = await self._ports.requests.number(call.target)
        if not number:
            return None
        return partial(self._ports.switch.ring, call, number=number, ring_s=self._ring_s)

    def _count(self, call: WarningCall) -> None:
        _calls.labels(call.outcome).inc()
