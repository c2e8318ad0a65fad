"""What calls to members of a conference need of the switch."""

from __future__ import annotations

from typing import Protocol

from hotline.outbound.conferences.policy import ConferenceCall
from hotline.outbound.ports import AutomatedCallSwitch, Placed


class ConferenceCallSwitch(AutomatedCallSwitch, Protocol):
    async def ring(self, call: ConferenceCall, *, ring_s: float) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`."""
        ...
