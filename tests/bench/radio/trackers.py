"""Many units that say where they are, each on a connection of its own: a companion of the bench `radio`.

A client here is as small as MQTT 5 allows: it signs in, publishes `up/location` with QoS 1, and counts what
the broker answers. Thousands of whole clients would need more of the machine than what is measured.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

from core.ids import uuid7
from field.contract.mobile import codec, topics
from field.contract.mobile.whereabouts import LOCATION_EXPIRY_S, Location
from tests.bench.radio.field import HARBIN

CONNACK, PUBACK, REFUSED = 0x20, 0x40, 0x80
KEEPALIVE_S: Final = 60
"""Each word counts; at the broker's own limit (600) Mosquitto 2.0.21 cuts some clients after seconds."""
AT_ONCE: Final = 50
"""Sign-ins on their way together."""
STEP_DEG: Final = 0.0003
"""About thirty metres: each report is news, and a point of the history."""


class Tracker(asyncio.Protocol):
    """One unit's connection."""

    def __init__(self, tenant: str, uid: str, password: str) -> None:
        self.uid = uid
        self._topic = topics.up(tenant, uid, "location").encode()
        self._password = password
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._seq = 0
        self._place = [degrees + random.uniform(-0.2, 0.2) for degrees in HARBIN]
        self._sent: dict[int, float] = {}
        self.let_in: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.answered: list[float] = []
        """Seconds from a report to the broker's answer."""
        self.refused = 0
        self.cut = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        who = self.uid.encode()
        body = _text(b"MQTT") + bytes([5, 0xC2]) + struct.pack(">H", KEEPALIVE_S) + b"\x00"
        body += _text(who + b".bench") + _text(who) + _text(self._password.encode())
        transport.write(_packet(0x10, body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (found := _first(self._buffer)) is not None:
            kind, body, self._buffer = found
            if kind & 0xF0 == CONNACK and not self.let_in.done():
                self.let_in.set_result(body[1] == 0)
            elif kind & 0xF0 == PUBACK:
                number = struct.unpack(">H", body[:2])[0]
                sent = self._sent.pop(number, None)
                if len(body) > 2 and body[2] >= REFUSED:
                    self.refused += 1
                elif sent is not None:
                    self.answered.append(time.perf_counter() - sent)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.cut += 1
        if not self.let_in.done():
            self.let_in.set_result(False)

    def say(self) -> None:
        """Where it is now, if it still has a line."""
        if self._transport is None:
            return
        self._seq += 1
        self._place = [one + random.uniform(-STEP_DEG, STEP_DEG) for one in self._place]
        number = self._seq % 65_535 + 1
        self._sent[number] = time.perf_counter()
        head = _text(self._topic) + struct.pack(">H", number)
        properties = b"\x05\x02" + struct.pack(">I", round(LOCATION_EXPIRY_S))
        self._transport.write(_packet(0x32, head + properties + self._location()))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def unanswered(self) -> int:
        return len(self._sent)

    def _location(self) -> bytes:
        now = datetime.now(UTC)
        lon, lat = self._place
        fix = Location(
            msg_id=uuid7(), seq=self._seq, ts=now, sent=now, fix_at=now, lon=lon, lat=lat, accuracy_m=8.0
        )
        return codec.encode(fix)


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def _packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, part = left >> 7, left & 0x7F
        length += bytes([part | (0x80 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


def _first(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Kind and body of the first packet, and what follows; None while it is not whole."""
    length = shift = 0
    for at, part in enumerate(data[1:5], start=1):
        length |= (part & 0x7F) << shift
        shift += 7
        if not part & 0x80:
            end = at + 1 + length
            return (data[0], data[at + 1 : end], data[end:]) if len(data) >= end else None
    return None


async def sign_in(told: dict[str, Any]) -> list[Tracker]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(uid: str, password: str) -> Tracker:
        made = Tracker(told["tenant"], uid, password)
        async with gate:
            await asyncio.get_running_loop().create_connection(lambda: made, "127.0.0.1", told["port"])
            if not await made.let_in:
                raise ConnectionError(f"{uid} was not let in")
        return made

    return list(await asyncio.gather(*(one(uid, word) for uid, word in told["units"].items())))


async def report(trackers: list[Tracker], every_s: float, seconds: float) -> dict[str, Any]:
    """Each reports every `every_s`, all of them spread over that time; the delays grow nowhere here."""
    began, said, late = time.monotonic(), 0, 0.0
    for one in trackers:
        one.answered.clear()
    pause = every_s / len(trackers)
    while (now := time.monotonic() - began) < seconds:
        while said * pause <= now:
            trackers[said % len(trackers)].say()
            said += 1
        late = max(late, time.monotonic() - began - said * pause)
        await asyncio.sleep(0.01)
    await asyncio.sleep(min(5.0, every_s))
    answered = sorted(delay for one in trackers for delay in one.answered)
    return {
        "said": said,
        "seconds": time.monotonic() - began,
        "answered": len(answered),
        "answered_p95_ms": 1000 * answered[int(0.95 * (len(answered) - 1))] if answered else None,
        "refused": sum(one.refused for one in trackers),
        "unanswered": sum(one.unanswered for one in trackers),
        "cut": sum(one.cut for one in trackers),
        "late_s": late,
    }


async def main() -> None:
    told = json.loads(sys.stdin.readline())
    trackers = await sign_in(told)
    print(json.dumps({"units": len(trackers)}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await report(trackers, **json.loads(line))), flush=True)
    for one in trackers:
        one.close()


if __name__ == "__main__":
    asyncio.run(main())
