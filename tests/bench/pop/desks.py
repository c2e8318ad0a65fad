"""Desks without a browser: each has its WebSocket and reads every frame; notes when its pops arrive.

`python -m tests.bench.pop.desks ADDRESS` takes a JSON list of cookies on standard input, says `open`, and at
the next line prints JSON: when (`time.time()`) the pop of each number came, and how many frames were read.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TypedDict

from websockets.asyncio.client import ClientConnection, connect

POP = '"hotline.call_ringing"'


class Seen(TypedDict):
    pops: dict[str, list[float]]
    frames: int


async def read(link: ClientConnection, seen: Seen) -> None:
    async for text in link:
        at = time.time()
        assert isinstance(text, str)
        seen["frames"] += 1
        if POP in text:
            seen["pops"].setdefault(json.loads(text)["event"]["caller"], []).append(at)


async def main() -> None:
    address = sys.argv[1].replace("http://", "ws://") + "/api/live"
    cookies: list[str] = json.loads(sys.stdin.readline())
    seen: Seen = {"pops": {}, "frames": 0}
    links = [
        await connect(address, additional_headers={"Cookie": cookie}, max_size=None) for cookie in cookies
    ]
    readers = [asyncio.ensure_future(read(link, seen)) for link in links]
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(seen), flush=True)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    for link in links:
        await link.close()


if __name__ == "__main__":
    asyncio.run(main())
