"""Automated calls placed by AMI: each at most once, sent to what is to be heard, hung up."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.ami.actions import Originate
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.control import CALLER_ID
from gateway.wiring.placing import OUTBOUND, PlacingPort, PlacingRefused
from hotline.outbound.ports import Placed


class AmiAutomatedCalls:
    """Fills `hotline.outbound.ports.AutomatedCallSwitch`. Who picks up is in `context`; `shown` is the number
    that the outside sees.
    """

    def __init__(self, client: AmiClient, context: str, *, shown: str = "") -> None:
        self._placing = PlacingPort(client)
        self._context = context
        self._shown = shown
        self.settle = self._placing.settle

    async def hang_up(self, channel_id: str) -> None:
        await self._placing.end(channel_id)

    async def say(self, channel_id: str, words: str) -> None:
        await self._placing.send(channel_id, self._context, words)

    async def mark(self, channel_id: str, variable: str, value: str) -> None:
        """Set a variable of the call."""
        await self._placing.mark(channel_id, variable, value)

    def outside(
        self, phone: str, extension: str, *, ring_s: float, variables: Mapping[str, str]
    ) -> Originate:
        """A call to a number outside."""
        shown = {CALLER_ID: self._shown} if self._shown else {}
        return Originate(
            f"Local/{phone}@{OUTBOUND}/n", self._context, extension, timeout=ring_s,
            variables={**variables, **shown},
        )  # fmt: skip

    async def place(self, call: Originate, channel_id: str) -> Placed:
        """Once."""
        try:
            return await self._placing.place(call, channel_id)
        except PlacingRefused:
            return "refused"


def allowing(settings: AmiSettings, context: str, *variables: str) -> AmiSettings:
    """The account's settings with the names that automated calls of this context may use."""
    return settings.model_copy(
        update={
            "contexts": settings.contexts | {context, OUTBOUND},
            "variables": settings.variables | {*variables, CALLER_ID},
        }
    )
