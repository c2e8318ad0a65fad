"""Simulated speech node: says by MQTT that it has room, takes what taps send, recognises nothing.

`python -m tests.bench.hotline.sink PORT USER STREAMS` takes the broker's password on standard input, says
`ready`, and at the next line prints JSON: taps and frames taken, most taps at once. Real recognition costs
its own cores; what is measured here is the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

from pydantic import SecretStr

from core.clock import SystemClock
from core.errors import Unavailable
from gateway.mqtt import BrokerSettings, MqttLink
from gateway.mqtt.speech import topic
from speech.events import SpeechCapacity
from tests.mqtt.broker import TENANT

NODE = "simulated-1"
HEADER = 3
ANNOUNCE_S = 0.5


class Sink(asyncio.Protocol):
    """One tap; frames are counted by their headers, bytes are thrown away."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        del transport
        self._node.opened()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._node.now -= 1

    def data_received(self, data: bytes) -> None:
        held = self._rest + data
        while len(held) >= HEADER and len(held) >= (size := HEADER + int.from_bytes(held[1:HEADER], "big")):
            self._node.frames += 1
            held = held[size:]
        self._rest = held


class Node:
    def __init__(self, streams: int) -> None:
        self.streams = streams
        self.now = self.most = self.taps = self.frames = 0

    def opened(self) -> None:
        self.taps += 1
        self.now += 1
        self.most = max(self.most, self.now)

    def capacity(self, port: int) -> SpeechCapacity:
        return SpeechCapacity(
            at=SystemClock().now(), node=NODE, host="127.0.0.1", port=port, engine="none", languages=["zh"],
            streams_max=self.streams, streams_used=self.now, workers_ready=1, workers_max=1,
            shedding=self.now >= self.streams,
        )  # fmt: skip

    def told(self) -> str:
        return json.dumps({"taps": self.taps, "frames": self.frames, "most_at_once": self.most})


async def announce(link: MqttLink, node: Node, port: int) -> None:
    before = -1
    while True:
        now = node.now
        if now != before:
            payload = json.dumps(node.capacity(port).envelope(), ensure_ascii=False).encode()
            with contextlib.suppress(Unavailable):
                await link.publish(topic(TENANT, NODE, "state"), payload, retain=True)
                before = now
        await asyncio.sleep(ANNOUNCE_S)


async def main() -> None:
    port, user, streams = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    password = SecretStr(sys.stdin.readline().strip())
    settings = BrokerSettings(port=port, tenant=TENANT, user=user, password=password)
    link = MqttLink(settings, client_id="bench-sink")
    await link.start()
    node = Node(streams)
    server = await asyncio.get_running_loop().create_server(lambda: Sink(node), "127.0.0.1", 0)
    notifier = asyncio.ensure_future(announce(link, node, server.sockets[0].getsockname()[1]))
    await asyncio.sleep(1)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(node.told(), flush=True)
    notifier.cancel()
    await asyncio.gather(notifier, return_exceptions=True)
    server.close()
    await link.stop()


if __name__ == "__main__":
    asyncio.run(main())
