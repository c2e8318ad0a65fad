"""The switch's part of a drain: global variables that the dialplan looks at before each round in a queue."""

from __future__ import annotations

from typing import Final

from gateway.ami.actions import Setvar
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.control import translated

SINCE: Final = "GLOBAL(DRAIN)"
UNTIL: Final = "GLOBAL(DRAIN_UNTIL)"


def with_drain(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that a drain uses."""
    return settings.model_copy(update={"variables": settings.variables | {SINCE, UNTIL}})


class AmiDrain:
    """Fills `hotline.drain.ports.DrainSwitch`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    @property
    def epoch(self) -> int:
        return self._client.epoch if self._client.up else 0

    async def keep_away(self, since: int, until: int) -> None:
        # The end first: without it nobody is kept away.
        await translated(self._client.perform(Setvar(UNTIL, str(until))))
        await translated(self._client.perform(Setvar(SINCE, str(since) if since else "")))
