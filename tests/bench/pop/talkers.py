"""Saturates the role `speech` by its own doors: taps announced over MQTT, real-time speech over AudioSocket.

`python -m tests.bench.pop.talkers PORT USER WAV STREAMS` takes the broker's password on standard input, says
`talking` when every stream is connected, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path

from pydantic import SecretStr

from gateway.mqtt import BrokerSettings, MqttLink
from gateway.mqtt.message import Received
from gateway.mqtt.speech import topic
from speech.events import TapAnnounced
from tests.mqtt.broker import TENANT
from tests.peers import audio

NODE = "speech-1"
FRAME_S = 0.02
FRAME_BYTES = int(audio.RATE * FRAME_S) * 2
UUID, SLIN = 0x01, 0x10
PATIENCE_S = 60.0


class Node:
    """Where the speech node listens, as it announces itself once a recogniser is ready."""

    def __init__(self, link: MqttLink) -> None:
        self.where: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        link.subscribe(topic(TENANT, NODE, "state"), self._on_state, name="state")

    async def _on_state(self, message: Received) -> None:
        said = json.loads(message.payload)
        said = said.get("data", said.get("event", said))
        if said.get("workers_ready") and not self.where.done():
            self.where.set_result((said["host"], said["port"]))


async def talk(link: MqttLink, where: tuple[str, int], pcm: bytes, number: int) -> None:
    """One leg that speaks for ever, each at another place of the recording."""
    tap = TapAnnounced.model_validate(
        {
            "tap_id": uuid.uuid4(),
            "call_id": uuid.uuid4(),
            "leg_id": uuid.uuid4(),
            "speaker": "citizen",
            "language": "zh",
        }
    )
    await link.publish(topic(TENANT, NODE, "tap"), json.dumps(tap.envelope(), ensure_ascii=False).encode())
    reader, writer = await asyncio.open_connection(*where)
    writer.write(bytes([UUID, 0, 16]) + tap.tap_id.bytes)
    loop = asyncio.get_running_loop()
    at, due = number * audio.RATE * 4, loop.time()
    while not reader.at_eof():
        at = at % (len(pcm) - FRAME_BYTES) & ~1
        writer.write(bytes([SLIN]) + FRAME_BYTES.to_bytes(2, "big") + pcm[at : at + FRAME_BYTES])
        at += FRAME_BYTES
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - loop.time()))


async def main() -> None:
    port, user, wav, streams = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    password = SecretStr(sys.stdin.readline().strip())
    settings = BrokerSettings(port=port, tenant=TENANT, user=user, password=password)
    link = MqttLink(settings, client_id="bench-talkers")
    node = Node(link)
    await link.start()
    async with asyncio.timeout(PATIENCE_S):
        where = await node.where
    pcm = (audio.read_wav(wav) * 32767).astype("<i2").tobytes()
    legs = [asyncio.ensure_future(talk(link, where, pcm, number)) for number in range(streams)]
    await asyncio.sleep(1)
    print("talking", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for leg in legs:
        leg.cancel()
    await asyncio.gather(*legs, return_exceptions=True)
    await link.stop()


if __name__ == "__main__":
    asyncio.run(main())
