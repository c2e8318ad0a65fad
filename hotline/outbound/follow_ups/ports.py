"""What follow-up calls need of others: whom to ask, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.requests import CallRequests


class FollowUpRequests(CallRequests[FollowUpTarget], Protocol):
    """Keys: 1 to 3 answer, 0 asks for a person. `came` tells by the stage `talking` that one is there."""

    async def number(self, target: FollowUpTarget) -> str:
        """The reporter's number as it is dialled; empty when he is not to be called now, or never."""
        ...


class FollowUpSwitch(AutomatedCallSwitch, Protocol):
    async def ring(
        self, call: FollowUpCall, *, number: str, ring_s: float, queue: str, wait_s: int
    ) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`. Who presses 0 waits in `queue`
        for so many seconds.
        """
        ...


@dataclass(frozen=True, slots=True)
class FollowUpCallPorts:
    requests: FollowUpRequests
    switch: FollowUpSwitch
