"""The least that could answer units: an aiomqtt loop that sends every press back, receipts every text and
reads the rest. It keeps nothing, remembers no copy and knows no rule: its time is what broker and clients
need.
"""

from __future__ import annotations

import asyncio
import json
import sys
from socket import IPPROTO_TCP, TCP_NODELAY

import aiomqtt

AT_ONCE = ((IPPROTO_TCP, TCP_NODELAY, 1),)
"""As our own links: it is not the waiting of small messages that is compared."""


async def main(port: int, tenant: str) -> None:
    password = sys.stdin.readline().strip()
    async with aiomqtt.Client(
        "127.0.0.1", port, username="radio", password=password, identifier="bare",
        protocol=aiomqtt.ProtocolVersion.V5, socket_options=AT_ONCE,
    ) as client:  # fmt: skip
        await client.subscribe(f"v1/{tenant}/unit/+/up/#", qos=1)
        print("listening", flush=True)
        async for message in client.messages:
            *_, uid, _, kind = str(message.topic).split("/")
            down = f"v1/{tenant}/unit/{uid}/down"
            said = json.loads(bytes(message.payload))
            if kind == "ptt":
                await client.publish(f"{down}/grant", message.payload, qos=1)
            elif kind == "text":
                receipt = {"cmd": "receipt", "of": said["msg_id"]}
                await client.publish(f"{down}/cmd", json.dumps(receipt), qos=1)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
