"""Calls to the SIP side of radio systems, by AMI."""

from __future__ import annotations

import contextlib
from uuid import UUID

from gateway.ami.actions import EndTap, RadioCall
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused


class AmiRadioCalls:
    """Implements `radio_bridge.switch.radio_calls.ports.RadioCallSwitch`. A call in doubt is not repeated:
    its sound comes, or the role `radio` wants another one.
    """

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def call(self, endpoint: str, user: str, *, host: str, port: int, leg: UUID) -> None:
        await self._client.perform(RadioCall(endpoint, user, f"{host}:{port}", str(leg)))

    async def end(self, leg: UUID) -> None:
        # One that the switch does not know has ended by itself.
        with contextlib.suppress(ActionRefused):
            await self._client.perform(EndTap(str(leg)))
