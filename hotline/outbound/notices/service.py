"""Notices by telephone as the hotline makes them: each attempt rings once."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.metrics import counter, gauge
from hotline.outbound.automated import CallContext, CallMetrics, Purpose, Send
from hotline.outbound.notices import store
from hotline.outbound.notices.policy import CHANNEL_ID, HEARD_S, NoticeCall, NoticePolicy, NoticeTarget
from hotline.outbound.notices.ports import NoticeCallPorts
from hotline.outbound.notices.settings import NoticeCallSettings
from hotline.outbound.requested import RequestedCalls
from hotline.outbound.switch import ChannelReader

_calls = counter("hotline_notice_calls", "Notices by telephone that ended", ["outcome"])

PURPOSE: Final = Purpose(
    "notice-calls",
    HEARD_S,
    ChannelReader(CHANNEL_ID, key_event="NoticeCall"),
    store.calls,
    CallMetrics(
        gauge("hotline_notice_calls_live", "Notices by telephone now"),
        counter("hotline_notice_messages_failed", "Messages that notices by telephone failed on", ["event"]),
        counter(
            "hotline_notice_call_lines_dropped", "Steps of notices by telephone that were not written down"
        ),
        gauge(
            "hotline_notice_call_lines_waiting", "Steps of notices by telephone that wait for the database"
        ),
    ),
)


class NoticeCalls(RequestedCalls[NoticeTarget]):
    def __init__(self, settings: NoticeCallSettings, ports: NoticeCallPorts, context: CallContext) -> None:
        super().__init__(PURPOSE, NoticePolicy(), settings, ports.requests, ports.switch, context)
        self.book.most = settings.at_once
        self._settings = settings
        self._ports = ports

    async def _prepare(self, call: NoticeCall) -> Send | None:
        notice = await self._ports.requests.notice(call.target)
        if notice is None:
            return None
        one = self._settings
        return partial(self._ports.switch.ring, call, notice=notice, ring_s=one.ring_s, more=one.keys_prompt)

    def _count(self, call: NoticeCall) -> None:
        _calls.labels(call.outcome).inc()
