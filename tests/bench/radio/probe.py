"""A terminal's button with a stop watch: from just before the press is given to the client, to the answer in
its hand. The machine's own clock, one process.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.ids import uuid7
from field.contract.mobile import codec, topics
from gateway.mqtt import BrokerSettings, MqttLink, Received
from radio_bridge.floor.messages import Ptt
from tests.mqtt.broker import TENANT

PATIENCE_S = 5.0


class Probe:
    """`lost` counts presses that were never answered."""

    def __init__(self, uid: str, settings: BrokerSettings, group: str) -> None:
        self.uid = uid
        self._group = group
        self.lost = 0
        self._awaited: dict[tuple[str, str], asyncio.Future[float]] = {}
        self.link = MqttLink(settings.model_copy(update={"session_expiry_s": 0}), client_id=uid)
        self.link.subscribe(topics.down(TENANT, uid, "grant"), self._hear, name=f"grant.{uid}")

    async def start(self) -> None:
        await self.link.start()
        await self.link.wait_connected(10)

    async def stop(self) -> None:
        await self.link.stop()

    async def press(self, *, emergency: bool = False, until: str = "granted") -> tuple[UUID, float | None]:
        """The request, and the seconds until it was answered by `until` (None: never)."""
        msg_id = uuid7()
        answered = self.awaits(msg_id, until)
        began = time.perf_counter()
        await self._say("request", msg_id=msg_id, emergency=emergency)
        return msg_id, self._took(began, await self.got(answered))

    async def let_go(self, request: UUID) -> None:
        released = self.awaits(request, "released")
        await self._say("release", of=request)
        await self.got(released)

    def awaits(self, request: UUID, result: str) -> asyncio.Future[float]:
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._awaited[str(request), result] = future
        return future

    async def got(self, future: asyncio.Future[float]) -> float | None:
        """When it came, by `time.perf_counter`."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await future
        except TimeoutError:
            self.lost += 1
            return None

    @staticmethod
    def _took(began: float, ended: float | None) -> float | None:
        return None if ended is None else ended - began

    async def _say(self, action: str, **fields: Any) -> None:
        now = datetime.now(UTC)
        said = Ptt.model_validate(
            {"ts": now, "sent": now, "action": action, "talkgroup": self._group, **fields}
        )
        await self.link.publish(topics.up(TENANT, self.uid, "ptt"), codec.encode(said), expiry_s=2)

    async def _hear(self, message: Received) -> None:
        at = time.perf_counter()
        said = json.loads(message.payload)
        # The bare loop sends the press itself back.
        key = (said.get("of") or said["msg_id"], said.get("result", "granted"))
        future = self._awaited.pop(key, None)
        if future is not None and not future.done():
            future.set_result(at)
