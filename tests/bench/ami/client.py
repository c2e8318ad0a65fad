"""One client in a process of its own: reads the stream by its own means, does the desk's work for each event.

`python client.py NAME PORT CORE SITE-PACKAGES`; the last is where the reducers' own dependencies lie, after
whatever the client's environment has. Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.append(sys.argv[4])

from hotline.signals import EVENTS
from tests.bench.ami.desk import LAST, Desk
from tests.bench.ami.headers import Headers

HOST, USER, SECRET = "127.0.0.1", "bench", "geheim-geheim-geheim"
EVERY = 100_000


class Meter:
    """Counts every event that arrives, times from the first to the last, and watches the memory."""

    def __init__(self) -> None:
        self.events = 0
        self.done = False
        self.rss: list[int] = []
        self._wall = self._cpu = 0.0
        self._next = EVERY
        self.desk = Desk()

    def one(self, name: str, headers: Mapping[str, object]) -> None:
        """An event from a client that hands them over one by one as a dictionary."""
        self.count(1)
        if name in EVENTS:
            self.desk.take(Headers(name, headers))
        elif name == LAST:
            self.finish()

    def count(self, number: int) -> None:
        if not self.events:
            self._wall, self._cpu = time.perf_counter(), time.process_time()
        self.events += number
        if self.events >= self._next:
            self._next += EVERY
            self.rss.append(_memory("VmRSS"))

    def finish(self) -> None:
        self._wall = time.perf_counter() - self._wall
        self._cpu = time.process_time() - self._cpu
        self.done = True

    def report(self) -> str:
        return json.dumps(
            {
                "events": self.events - 1,
                "seconds": self._wall,
                "cpu_seconds": self._cpu,
                "digest": self.desk.digest,
                "effects": dict(self.desk.effects),
                "rss_kb": self.rss,
                "peak_kb": _memory("VmHWM"),
            }
        )


def own(port: int, meter: Meter, *, unwanted: bool = True) -> None:
    from gateway.ami import AmiClient, AmiSettings, Live
    from gateway.ami.session import Seals

    async def main() -> None:
        given: dict[str, object] = {"port": port, "username": USER, "secret": SECRET}
        if not unwanted:
            given["unwanted_events"] = frozenset()
        client = AmiClient(AmiSettings.model_validate(given), seals=Seals("songhua", "bench"))
        counts = client._session.decoder_counts
        runs = asyncio.ensure_future(client.run())
        take = meter.desk.take
        with client.subscribe("bench", events=EVENTS | {LAST}) as subscription:
            await client.ready()
            before = 0
            async for item in subscription:
                if not isinstance(item, Live):
                    before = counts.events + counts.ignored
                    continue
                now = counts.events + counts.ignored
                meter.count(now - before)
                before = now
                for message in item.messages:
                    if message.name == LAST:
                        meter.finish()
                        break
                    take(message)
                if meter.done:
                    break
        runs.cancel()

    asyncio.run(main())


def panoramisk(port: int, meter: Meter) -> None:
    module = import_module("panoramisk")

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    manager = module.Manager(loop=loop, host=HOST, port=port, username=USER, secret=SECRET)

    def on_event(_manager: object, event: Mapping[str, object]) -> None:
        name = str(event["Event"])
        meter.one(name, event)
        if meter.done:
            loop.stop()

    manager.register_event("*", on_event)
    manager.connect()
    loop.run_forever()


def pystrix(port: int, meter: Meter) -> None:
    module = import_module("pystrix.ami")

    manager = module.Manager()

    def on_event(event: Mapping[str, object], _manager: object) -> None:
        name = str(event["Event"])
        meter.one(name, event)

    manager.register_callback("", on_event)
    manager.connect(HOST, port)
    manager.send_action(module.core.Login(USER, SECRET))
    while not meter.done:
        time.sleep(0.02)


def basicami(port: int, meter: Meter) -> None:
    module = import_module("basicami")

    async def main() -> None:
        client = await module.BasicAMI.connect(HOST, port, USER, SECRET)
        while not meter.done:
            for event in await client.get_events(timeout=1.0):
                name = event["Event"]
                meter.one(name, event)

    asyncio.run(main())


def asterisk_ami(port: int, meter: Meter) -> None:
    module = import_module("asterisk.ami")

    client = module.AMIClient(address=HOST, port=port, timeout=60)

    def on_event(event: Any, **_rest: object) -> None:
        meter.one(event.name, event.keys)

    client.add_event_listener(on_event)
    client.login(username=USER, secret=SECRET)
    while not meter.done:
        time.sleep(0.02)


CLIENTS: dict[str, Callable[[int, Meter], None]] = {
    "own": own,
    "own-unfiltered": lambda port, meter: own(port, meter, unwanted=False),
    "panoramisk": panoramisk,
    "pystrix": pystrix,
    "basicami": basicami,
    "asterisk-ami": asterisk_ami,
}


def _memory(which: str) -> int:
    """Kilobytes, as the kernel says."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[3])})
    the_meter = Meter()
    CLIENTS[sys.argv[1]](int(sys.argv[2]), the_meter)
    print(the_meter.report(), flush=True)
