"""A source that posts events by several connections, at a rate or as fast as they are answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.feeds.server import NAME, SECRET
from tests.peers.simulated_feed_source import SimulatedFeedSource

SOURCE = SimulatedFeedSource(SECRET)


@dataclass
class Posted:
    """`accepted` are the numbers of events answered by 202, `again` those of them that were there before."""

    accepted: set[int] = field(default_factory=set)
    again: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Why connections ended before their time."""
    late: float = 0.0
    """Seconds that the last event began after its time."""


def body_of(number: int) -> bytes:
    told = {
        "event_id": f"WF-{number:08}", "occurred_at": 1_790_000_000 + number, "kind": "1039",
        "text": "机动车违法停放", "plate": f"黑A{number % 100_000:05}", "place": "南岗区果戈里大街",
        "lon": 126.65, "lat": 45.75,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


async def post_all(
    port: int, numbers: Iterator[int], posted: Posted, *, connections: int = 16, per_s: float = 0.0
) -> None:
    """Each once; who loses his connection stops. `per_s` 0: as fast as they are answered."""
    began = time.perf_counter()
    sent = 0

    async def one() -> None:
        nonlocal sent
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for number in numbers:
                due = began + sent / per_s if per_s else 0.0
                sent += 1
                now = time.perf_counter()
                if due > now:
                    await asyncio.sleep(due - now)
                posted.late = max(0.0, now - due) if per_s else 0.0
                start = time.perf_counter()
                status, again = await _post(reader, writer, body_of(number))
                posted.took.append(time.perf_counter() - start)
                if status == 202:
                    posted.accepted.add(number)
                    posted.again += again
                else:
                    posted.refused[status] = posted.refused.get(status, 0) + 1
        except (OSError, asyncio.IncompleteReadError) as error:
            posted.lost.append(repr(error))
        finally:
            writer.close()

    ended = await asyncio.gather(*(one() for _ in range(connections)), return_exceptions=True)
    posted.lost += [repr(one) for one in ended if one is not None]


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> tuple[int, bool]:
    headers = {**SOURCE.signed(body), "host": "bench", "content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST /api/feed-events/{NAME} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    told = await reader.readexactly(length)
    return int(head.split(b" ")[1]), b'"again":true' in told
