"""Calls to members of conferences as the hotline makes them: each member's telephone rings once."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.metrics import counter, gauge
from hotline.outbound.automated import CallContext, CallMetrics, Purpose, Send
from hotline.outbound.conferences import store
from hotline.outbound.conferences.policy import (
    CHANNEL_ID,
    CONFERENCE_S,
    MOST_LIVE,
    ConferenceCall,
    ConferenceCallPolicy,
    ConferenceTarget,
)
from hotline.outbound.conferences.ports import ConferenceCallSwitch
from hotline.outbound.conferences.settings import ConferenceSettings
from hotline.outbound.requested import RequestedCalls
from hotline.outbound.requests import CallRequests
from hotline.outbound.switch import ChannelReader

_calls = counter("hotline_conference_calls", "Calls to members of conferences that ended", ["outcome"])

PURPOSE: Final = Purpose(
    "conference-calls",
    CONFERENCE_S,
    ChannelReader(CHANNEL_ID),
    store.calls,
    CallMetrics(
        gauge("hotline_conference_calls_live", "Calls to members of conferences now"),
        counter(
            "hotline_conference_messages_failed",
            "Messages that calls to members of conferences failed on",
            ["event"],
        ),
        counter(
            "hotline_conference_call_lines_dropped",
            "Steps of calls to members of conferences that were not written down",
        ),
        gauge(
            "hotline_conference_call_lines_waiting",
            "Steps of calls to members of conferences that wait for the database",
        ),
    ),
)


class ConferenceCalls(RequestedCalls[ConferenceTarget]):
    def __init__(
        self,
        settings: ConferenceSettings,
        requests: CallRequests[ConferenceTarget],
        switch: ConferenceCallSwitch,
        context: CallContext,
    ) -> None:
        super().__init__(PURPOSE, ConferenceCallPolicy(), settings, requests, switch, context)
        self.book.most = MOST_LIVE
        self._ring_s = settings.ring_s
        self._calls = switch

    def look_soon(self) -> None:
        """Somebody is to be called now."""
        self._soon.set()

    async def _prepare(self, call: ConferenceCall) -> Send | None:
        if not call.target.phone:
            return None
        return partial(self._calls.ring, call, ring_s=self._ring_s)

    def _count(self, call: ConferenceCall) -> None:
        _calls.labels(call.outcome).inc()
