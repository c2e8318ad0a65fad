"""Agents without a browser: they read every frame of their live view, and say what each call was about.

`python -m tests.bench.hotline.desks ADDRESS` takes JSON on standard input: `password`, `supervisor`, `desks`
(user ids that open the live view), `agents` (user ids that sign in to the queue and dispose of their calls).
It says `open`, and at the next line prints JSON: when each pop came, how late frames were, what was disposed.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from websockets.asyncio.client import connect

HEADERS = {"X-Songhua": "1"}
AT_ONCE = 4


@dataclass
class Seen:
    """`pops` are times of the clock by leg; `lags` seconds from an event's making to the desk, sampled."""

    pops: dict[str, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    longest_lag: float = 0.0
    frames: int = 0
    snapshots: int = 0
    disposed: int = 0
    called_back: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class Room:
    def __init__(self, address: str, order: dict[str, Any]) -> None:
        self._address = address
        self._order = order
        authority = order.get("authority")
        self._trust = ssl.create_default_context(cafile=authority) if authority else None
        self._people: dict[str, aiohttp.ClientSession] = {}
        self._doing: set[str] = set()
        self._tasks: set[asyncio.Future[None]] = set()
        self.seen = Seen()

    async def open(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        order = self._order
        people = dict.fromkeys([order["supervisor"], *order["desks"], *order["agents"]])
        await asyncio.gather(*(self._sign_in(gate, one) for one in people))
        await asyncio.gather(*(self._join(gate, one) for one in order["agents"]))
        for desk in order["desks"]:
            self._spawn(self._read(desk, watches=True))
        self._spawn(self._read(order["supervisor"], watches=False))
        await asyncio.sleep(1)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self._people.values():
            await session.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sign_in(self, gate: asyncio.Semaphore, person: str) -> None:
        async with gate:
            session = aiohttp.ClientSession(
                self._address,
                headers=HEADERS,
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                connector=None if self._trust is None else aiohttp.TCPConnector(ssl=self._trust),
            )
            self._people[person] = session
            body = {"user": person, "password": self._order["password"]}
            async with session.post("/api/session", json=body) as answer:
                answer.raise_for_status()

    async def _join(self, gate: asyncio.Semaphore, person: str) -> None:
        async with gate, self._people[person].post("/api/agents/me/sign-in", json={}) as answer:
            answer.raise_for_status()

    async def _read(self, person: str, *, watches: bool) -> None:
        jar = self._people[person].cookie_jar
        cookie = "; ".join(f"{one.key}={one.value}" for one in jar)
        address = self._address.replace("http", "ws", 1) + "/api/live"
        headers = {"Cookie": cookie}
        async with connect(address, ssl=self._trust, additional_headers=headers, max_size=None) as link:
            pinging = asyncio.ensure_future(_ping(link))
            try:
                async for text in link:
                    self._take(json.loads(text), time.time(), watches=watches)
            finally:
                pinging.cancel()

    def _take(self, frame: dict[str, Any], at: float, *, watches: bool) -> None:
        seen = self.seen
        seen.frames += 1
        seen.snapshots += frame["kind"] == "snapshot"
        event = frame.get("event")
        if event is None:
            return
        lag = at - datetime.fromisoformat(event["at"]).timestamp()
        seen.longest_lag = max(seen.longest_lag, lag)
        if seen.frames % 50 == 0 and len(seen.lags) < 100_000:
            seen.lags.append(lag)
        if watches and event["type"] == "hotline.call_ringing":
            seen.pops.setdefault(event["leg_id"], at)
        elif event["type"] == "hotline.callback_offered" and event["agent_id"] in self._order["agents"]:
            self._spawn(self._call_back(event["agent_id"], event["callback_id"]))
        elif not watches and event["type"] == "hotline.agent_changed":
            self._dispose_of(event["agent"])

    def _dispose_of(self, agent: dict[str, Any]) -> None:
        if agent["agent_id"] not in self._order["agents"] or agent["state"] != "wrap_up":
            return
        for call in agent["owed"]:
            if call not in self._doing:
                self._doing.add(call)
                self._spawn(self._dispose(agent["agent_id"], call))

    async def _call_back(self, agent: str, callback: str) -> None:
        await asyncio.sleep(1)
        address = f"/api/callbacks/{callback}/accept"
        async with self._people[agent].post(address, json={"op_id": str(uuid.uuid4())}) as answer:
            self.seen.called_back += answer.status < 300

    async def _dispose(self, agent: str, call: str) -> None:
        await asyncio.sleep(random.uniform(*self._order.get("wrap_up_s", (0, 0))))
        body = {"op_id": str(uuid.uuid4()), "kind": "enquiry"}
        async with self._people[agent].post(f"/api/calls/{call}/disposition", json=body) as answer:
            if answer.status < 300:
                self.seen.disposed += 1
            else:
                kind = (await answer.text())[:120]
                self.seen.refused[kind] = self.seen.refused.get(kind, 0) + 1


async def _ping(link: Any) -> None:
    while True:
        await asyncio.sleep(10)
        await link.send('{"kind": "ping"}')


async def main() -> None:
    room = Room(sys.argv[1], json.loads(sys.stdin.readline()))
    await room.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(asdict(room.seen)), flush=True)
    await room.close()


if __name__ == "__main__":
    asyncio.run(main())
