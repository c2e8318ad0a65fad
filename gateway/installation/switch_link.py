"""Places the test call by AMI, with the gateway's own account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from gateway.ami.actions import Getvar, Originate
from gateway.ami.client import AmiClient
from gateway.ami.originate import Originated
from gateway.ami.settings import AmiSettings
from gateway.installation.errors import InstallationStopped

CONTEXT: Final = "test-call"
LOGIN_S: Final = 30.0
_VARIABLES: Final = ("GLOBAL(TEST_CALL_CITIZEN)", "GLOBAL(TEST_CALL_AGENT)")


class AmiTestCall:
    """Fills `TrialSwitch`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def place(self) -> str:
        call = Originate(f"Local/start@{CONTEXT}/n", CONTEXT, "citizen", timeout=30.0)
        placed = await self._client.originate(call)
        # In doubt it may be on its way: it is listened to, and never sent again.
        return getattr(placed, "reason", "") if not isinstance(placed, Originated) else ""

    async def recordings(self) -> tuple[str, str]:
        citizen, agent = [(await self._client.perform(Getvar(name))).get("Value") for name in _VARIABLES]
        return citizen, agent


@asynccontextmanager
async def signed_in(settings: AmiSettings) -> AsyncIterator[AmiTestCall]:
    """The link, once Asterisk has accepted the account. Raises `InstallationStopped`."""
    ours = {"heartbeat": False, "contexts": frozenset({CONTEXT}), "variables": frozenset(_VARIABLES)}
    client = AmiClient(settings.model_copy(update=ours))
    running = asyncio.create_task(client.run(), name="installation.ami")
    try:
        try:
            async with asyncio.timeout(LOGIN_S):
                await client.ready()
        except TimeoutError:
            raise InstallationStopped(
                f"Asterisk does not let the gateway sign in at port {settings.port}",
                remedy="songhua doctor says why",
            ) from None
        yield AmiTestCall(client)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
