"""A listener at the reflector as a program of its own: one connection for each talkgroup, which only
hears, and tells for how long a tone was there in each.

Its first line of input is `{"settings": …, "hz"}` (settings of the driver), answered when all
are up; then any line is answered by the milliseconds of the tone in each talkgroup since the line before.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from typing import Any

from core.clock import SystemClock
from radio_bridge.drivers.svxreflector.driver import SvxReflectorDriver
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings
from radio_bridge.floor.signals import Signal
from tests.bench.companion import asked, told
from tests.bench.radio.clocked import s16
from tests.bench.radio.onsets import Block, looks, loud_s
from tests.peers.audio import RATE


class Listener:
    """Fills the driver's `FloorOwner` and `Ears`."""

    def __init__(self) -> None:
        self.heard_of: defaultdict[str, list[Block]] = defaultdict(list)

    def take(self, group: str, signal: Signal) -> None:
        """It has no floor."""

    def audio(self, group: str, token: str) -> bool:
        return False

    def heard(self, group: str, party: str, frame: bytes) -> None:
        self.heard_of[group].append((time.monotonic(), s16(frame)))

    def ended(self, group: str) -> None:
        """The next talk is heard as this one is."""


async def main() -> None:
    order = await asyncio.to_thread(asked)
    assert order is not None
    driver = SvxReflectorDriver(SvxReflectorSettings.model_validate(order["settings"]), SystemClock())
    listener = Listener()
    driver.attach(listener, listener)
    await driver.start()
    async with asyncio.timeout(30):
        while not all(link.up for link in driver.links()):
            await asyncio.sleep(0.1)
    told({"up": len(driver.groups)})
    while await asyncio.to_thread(asked) is not None:
        told(_summed(listener, order["hz"]))
    await driver.stop()


def _summed(listener: Listener, hz: float) -> dict[str, Any]:
    heard, listener.heard_of = listener.heard_of, defaultdict(list)
    return {group: 1000 * loud_s(looks(blocks, RATE, hz)) for group, blocks in heard.items()}


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
