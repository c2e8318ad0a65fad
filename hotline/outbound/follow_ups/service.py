"""Follow-up calls as the hotline makes them: each attempt rings once."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.metrics import counter, gauge
from hotline.outbound.automated import CallContext, CallMetrics, Purpose, Send
from hotline.outbound.follow_ups import store
from hotline.outbound.follow_ups.listening import SpokenAnswers
from hotline.outbound.follow_ups.policy import (
    TALK_S,
    FollowUpCall,
    FollowUpPolicy,
    FollowUpTarget,
)
from hotline.outbound.follow_ups.ports import FollowUpCallPorts
from hotline.outbound.follow_ups.settings import FollowUpCallSettings
from hotline.outbound.follow_ups.switch import FollowUpReader, QuestionHeard
from hotline.outbound.requested import RequestedCalls
from hotline.outbound.signals import CallSignal, PickedUp

_calls = counter("hotline_follow_up_calls", "Follow-up calls that ended", ["outcome"])

PURPOSE: Final = Purpose(
    "follow-up-calls",
    TALK_S,
    FollowUpReader(),
    store.calls,
    CallMetrics(
        gauge("hotline_follow_up_calls_live", "Follow-up calls now"),
        counter("hotline_follow_up_messages_failed", "Messages that follow-up calls failed on", ["event"]),
        counter(
            "hotline_follow_up_call_lines_dropped", "Steps of follow-up calls that were not written down"
        ),
        gauge("hotline_follow_up_call_lines_waiting", "Steps of follow-up calls that wait for the database"),
    ),
)


class FollowUpCalls(RequestedCalls[FollowUpTarget]):
    def __init__(
        self, settings: FollowUpCallSettings, ports: FollowUpCallPorts, context: CallContext
    ) -> None:
        policy = FollowUpPolicy(connects=settings.person_wait_s > 0)
        super().__init__(PURPOSE, policy, settings, ports.requests, ports.switch, context)
        self.book.most = settings.at_once
        self._settings = settings
        self._ports = ports
        self._answers = SpokenAnswers(ports.ear, ports.switch, self._tasks, self._is_asked)

    async def stop(self) -> None:
        self._answers.stop()
        await super().stop()

    def _take(self, signal: CallSignal) -> None:
        if isinstance(signal, QuestionHeard):
            self._answers.asked(signal.channel_id)
            return
        super()._take(signal)
        if isinstance(signal, PickedUp) and signal.line and self._settings.speech:
            self._answers.begin(signal.channel_id, signal.line)
        self._answers.look()

    def _is_asked(self, channel_id: str) -> bool:
        call = self.book.live.get(channel_id)
        return call is not None and call.stage == "listening" and not call.unwanted and call.last_word is None

    async def _prepare(self, call: FollowUpCall) -> Send | None:
        number = await self._ports.requests.number(call.target)
        if not number:
            return None
        one = self._settings
        return partial(
            self._ports.switch.ring, call, number=number, ring_s=one.ring_s,
            queue=one.queue, wait_s=one.person_wait_s,
        )  # fmt: skip

    def _count(self, call: FollowUpCall) -> None:
        _calls.labels(call.outcome).inc()
