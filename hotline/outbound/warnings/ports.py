"""What calls about warnings need of others: whom to call, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.requests import CallRequests
from hotline.outbound.warnings.policy import WarningCall, WarningCallTarget


class WarningCallRequests(CallRequests[WarningCallTarget], Protocol):
    """Keys: 1 acknowledges, 2 refuses."""

    async def number(self, target: WarningCallTarget) -> str:
        """The recipient's number as it is dialled; empty when he is not to be called now, or never."""
        ...


class WarningCallSwitch(AutomatedCallSwitch, Protocol):
    async def ring(self, call: WarningCall, *, number: str, ring_s: float) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`."""
        ...


@dataclass(frozen=True, slots=True)
class WarningCallPorts:
    requests: WarningCallRequests
    switch: WarningCallSwitch
