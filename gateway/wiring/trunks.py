"""The trunks as `/api/health` and `/metrics` show them: what OPTIONS last said, asked of the switch by AMI.

The calls do not depend on it: the dialplan asks the same question itself before each call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.clock import SystemClock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.tasks import Tasks
from gateway.ami.actions import Headers
from gateway.ami.client import AmiClient
from gateway.ami.values import Dialplan
from gateway.asterisk.settings import Trunk

_log = logger("gateway")

UP = gauge("trunk_up", "1 while the carrier answers OPTIONS", ["trunk"])
ASK_EVERY_S = 5.0
ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Reachable:
    """The trunk's contacts that answer OPTIONS, empty when none does.

    DEVICE_STATE is no use here: it is INUSE while one call is left on the trunk, however dead the carrier is.
    """

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    trunk: str

    def headers(self, _dialplan: Dialplan) -> Headers:
        return [("Variable", f"PJSIP_DIAL_CONTACTS({self.trunk})")]


class Trunks:
    """Watches every trunk that calls can go out on. Unknown (no AMI link yet) is not counted as away."""

    name = "trunks"

    def __init__(self, client: AmiClient, trunks: Sequence[Trunk]) -> None:
        self._client = client
        self._names = [trunk.name for trunk in trunks if trunk.contact and trunk.qualify_seconds]
        self._away: frozenset[str] = frozenset()
        self._tasks = Tasks("trunks")

    async def start(self) -> None:
        if self._names:
            self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if not self._away:
            return Health("trunks", "up")
        away = ", ".join(sorted(self._away))
        return Health(
            "trunks", "degraded",
            f"no answer to OPTIONS from {away}: calls take the next trunk; see the carrier, the network and "
            "songhua asterisk doctor",
        )  # fmt: skip

    async def _watch(self) -> None:
        while True:
            if self._client.up:
                await self._look()
            await SystemClock().sleep(ASK_EVERY_S)

    async def _look(self) -> None:
        away = set()
        for name in self._names:
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._client.perform(Reachable(name))
            except (SonghuaError, TimeoutError):
                return
            is_away = not answer.get("Value")
            UP.labels(name).set(not is_away)
            if is_away:
                away.add(name)
        for name in sorted(away ^ self._away):
            if name in away:
                _log.warning("trunk is away", trunk=name)
            else:
                _log.info("trunk is back", trunk=name)
        self._away = frozenset(away)
