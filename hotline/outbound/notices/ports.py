"""What notices by telephone need of others: whom to tell what, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hotline.outbound.notices.policy import NoticeCall, NoticeTarget, SpokenNotice
from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.requests import CallRequests


class NoticeRequests(CallRequests[NoticeTarget], Protocol):
    """Keys: 1 has heard it, 2 says that it is not solved, 9 wants no more calls."""

    async def notice(self, target: NoticeTarget) -> SpokenNotice | None:
        """What is said to whom; None when he is not to be called now, or never."""
        ...


class NoticeSwitch(AutomatedCallSwitch, Protocol):
    async def ring(self, call: NoticeCall, *, notice: SpokenNotice, ring_s: float, more: str) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`. `more` is one more prompt."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeCallPorts:
    requests: NoticeRequests
    switch: NoticeSwitch
