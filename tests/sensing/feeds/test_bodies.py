"""What is read before anything is proved: little of a stranger's, and no source takes another's share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from core.storage import Storage
from sensing.feeds import bodies
from sensing.feeds.bodies import PLACES, STRANGER_BYTES
from sensing.feeds.errors import FeedFull, FeedRefused
from sensing.feeds.intake import FeedIntake
from tests.peers.simulated_feed_source import SimulatedFeedSource
from tests.sensing.feeds.world import SECRET, police
from tests.waiting import until

CERTIFICATE = "ab" * 32
SOURCE = SimulatedFeedSource(SECRET)


class SlowBody:
    """Comes in pieces of 1 KiB, and then hangs until it is let go."""

    def __init__(self, pieces: int = 1) -> None:
        self.read = 0
        self.hangs = False
        self._pieces = pieces
        self._let_go = asyncio.Event()

    def let_go(self) -> None:
        self._let_go.set()

    async def come(self) -> AsyncGenerator[bytes, None]:
        for _ in range(self._pieces):
            self.read += 1024
            yield bytes(1024)
        self.hangs = True
        await self._let_go.wait()


async def whole(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


class Door:
    """Two feeds, one of them with a certificate."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.intake = FeedIntake(storage, {"police": police(), "drone": police(certificate=CERTIFICATE)})

    async def post(self, name: str, slow: SlowBody | bytes, certificate: str = "") -> bool:
        body = slow if isinstance(slow, bytes) else b""
        headers = SOURCE.signed(body, at=int(self.storage.clock.now().timestamp()))
        pieces = whole(body) if isinstance(slow, bytes) else slow.come()
        _, again = await self.intake.take(name, headers, pieces, certificate)
        return again

    def begin(self, name: str, body: SlowBody) -> asyncio.Task[bool]:
        return asyncio.create_task(self.post(name, body))


async def ended(tasks: list[asyncio.Task[bool]]) -> None:
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("name", ["nobody", "drone"])
async def test_of_who_has_no_name_or_no_certificate_a_few_kib_are_read(storage: Storage, name: str) -> None:
    door, body = Door(storage), SlowBody(1000)
    with pytest.raises(FeedRefused):
        await door.post(name, body)
    assert body.read == STRANGER_BYTES


async def test_neither_strangers_nor_another_feed_take_the_places_of_a_feed(storage: Storage) -> None:
    door = Door(storage)
    slow = [SlowBody() for _ in range(2 * PLACES)]
    tasks = [door.begin(("police", "nobody")[at % 2], body) for at, body in enumerate(slow)]
    await until(lambda: all(body.hangs for body in slow), "all places of both are taken")
    for name in ("police", "nobody", "drone"):  # without its certificate, drone is a stranger
        with pytest.raises(FeedFull):
            await door.post(name, SOURCE.violation(1))
    assert await door.post("drone", SOURCE.violation(1), CERTIFICATE) is False
    await ended(tasks)
    assert not door.intake.busy
    assert await door.post("police", SOURCE.violation(1)) is False


async def test_the_bytes_of_a_feed_are_bounded_and_leave_room_for_others(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "FEED_BYTES", 8 * 1024)
    monkeypatch.setattr(bodies, "MOST_BYTES", 10 * 1024)
    door = Door(storage)
    held = SlowBody(8)
    tasks = [door.begin("police", held)]
    await until(lambda: held.hangs, "the share of the feed is held")
    with pytest.raises(FeedFull):
        await door.post("police", SOURCE.violation(1))
    assert await door.post("drone", SOURCE.violation(1), CERTIFICATE) is False
    with pytest.raises(FeedFull):
        await door.post("drone", bytes(3 * 1024), CERTIFICATE)
    await ended(tasks)
    assert await door.post("police", SOURCE.violation(1)) is False
