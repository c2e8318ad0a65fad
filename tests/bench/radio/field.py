"""A field full of units, as a program of its own: each says some positions and a text, waits for the text's
receipt, and goes on. So nothing waits at the broker for longer than a round, and the receipt says that all
before it was taken.

The first line of its input is `{"port", "tenant", "units": {uid: password}}`; then orders `{"rounds",
"positions"}`, each answered by `{"events", "seconds", "lost"}`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiomqtt

from core.ids import uuid7
from field.contract.mobile import codec, topics
from field.contract.mobile.crew import TextMessage
from field.contract.mobile.whereabouts import Location
from tests.bench.radio.bare import AT_ONCE

PATIENCE_S = 20.0
HARBIN = (126.63, 45.75)


class FieldUnit:
    """`lost` counts texts whose receipt never came."""

    def __init__(self, client: aiomqtt.Client, tenant: str, uid: str) -> None:
        self._client = client
        self._tenant = tenant
        self.uid = uid
        self.lost = 0
        self._seq = 0
        self._receipts: dict[UUID, asyncio.Future[None]] = {}

    async def listen(self) -> None:
        async for message in self._client.messages:
            said = json.loads(bytes(message.payload))
            if said.get("cmd") == "receipt":
                waiting = self._receipts.pop(UUID(said["of"]), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)

    async def rounds(self, rounds: int, positions: int) -> None:
        for _ in range(rounds):
            for _ in range(positions):
                await self._say("location", self._location())
            await self._text()

    async def _text(self) -> None:
        now = datetime.now(UTC)
        self._seq += 1
        text = TextMessage(seq=self._seq, ts=now, sent=now, text="路面塌陷处已围挡，等待抢修")
        receipt: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._receipts[text.msg_id] = receipt
        await self._say("text", codec.encode(text))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await receipt
        except TimeoutError:
            self.lost += 1

    def _location(self) -> bytes:
        now = datetime.now(UTC)
        self._seq += 1
        lon, lat = (degrees + random.uniform(-0.05, 0.05) for degrees in HARBIN)
        fix = Location(
            msg_id=uuid7(), seq=self._seq, ts=now, sent=now, fix_at=now, lon=lon, lat=lat, accuracy_m=8.0
        )
        return codec.encode(fix)

    async def _say(self, kind: str, payload: bytes) -> None:
        await self._client.publish(topics.up(self._tenant, self.uid, kind), payload, qos=1)


async def main() -> None:
    loop = asyncio.get_running_loop()
    told = json.loads(sys.stdin.readline())
    async with asyncio.TaskGroup() as group:
        units = []
        for uid, password in told["units"].items():
            client = aiomqtt.Client(
                "127.0.0.1", told["port"], username=uid, password=password, identifier=f"{uid}.bench",
                protocol=aiomqtt.ProtocolVersion.V5, socket_options=AT_ONCE,
            )  # fmt: skip
            await client.__aenter__()
            await client.subscribe(topics.down(told["tenant"], uid, "cmd"), qos=1)
            units.append(FieldUnit(client, told["tenant"], uid))
        listening = [group.create_task(unit.listen()) for unit in units]
        print(json.dumps({"units": len(units)}), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            answer = await obey(units, json.loads(line))
            print(json.dumps(answer), flush=True)
        for task in listening:
            task.cancel()


async def obey(units: list[FieldUnit], order: dict[str, Any]) -> dict[str, Any]:
    before = sum(unit.lost for unit in units)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for unit in units:
            group.create_task(unit.rounds(order["rounds"], order["positions"]))
    return {
        "events": len(units) * order["rounds"] * (order["positions"] + 1),
        "seconds": time.perf_counter() - began,
        "lost": sum(unit.lost for unit in units) - before,
    }


if __name__ == "__main__":
    asyncio.run(main())
