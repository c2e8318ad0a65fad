"""A message is acknowledged after its handler; failure is isolated, repeated, and bounded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from core.errors import Unavailable
from gateway.mqtt import lane as lanes
from gateway.mqtt.lane import BatchHandler, Lane, one_by_one
from gateway.mqtt.message import Received
from tests.mqtt.fakes import RecordingConnection
from tests.waiting import until

Handler = Callable[[Received], Awaitable[None]]


@contextlib.asynccontextmanager
async def working(handler: Handler, capacity: int = 10) -> AsyncIterator[Lane]:
    lane = Lane("a/#", one_by_one(handler), name="test", capacity=capacity)
    task = asyncio.create_task(lane.run())
    yield lane
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FIRST_RETRY_S", 0.001)
    monkeypatch.setattr(lanes, "LAST_RETRY_S", 0.002)
    monkeypatch.setattr(lanes, "ATTEMPTS", 2)
    monkeypatch.setattr(lanes, "SET_ASIDE_LIMIT", 3)


async def test_the_acknowledgement_waits_for_the_handler() -> None:
    connection, committed = RecordingConnection(), asyncio.Event()

    async def handle(_message: Received) -> None:
        await committed.wait()

    async with working(handle) as lane:
        lane.put(connection, 7, Received("a/b", b""))
        await asyncio.sleep(0.02)
        assert connection.acked == []
        committed.set()
        await until(lambda: connection.acked == [7], "acknowledgement")


async def test_while_a_part_is_away_the_message_is_kept_and_tried_again() -> None:
    connection, tries = RecordingConnection(), 0

    async def handle(_message: Received) -> None:
        nonlocal tries
        tries += 1
        if tries < 4 * lanes.ATTEMPTS:
            raise Unavailable

    async with working(handle) as lane:
        lane.put(connection, 1, Received("a/b", b""))
        await until(lambda: connection.acked == [1], "acknowledgement")
    assert tries == 4 * lanes.ATTEMPTS


async def test_a_message_that_always_fails_is_set_aside_and_the_next_goes_on() -> None:
    connection = RecordingConnection()

    async def handle(message: Received) -> None:
        if message.payload == b"bad":
            raise RuntimeError

    async with working(handle) as lane:
        lane.put(connection, 1, Received("a/b", b"bad"))
        lane.put(connection, 2, Received("a/b", b"good"))
        await until(lambda: connection.acked == [2], "acknowledgement")


async def test_only_so_many_are_set_aside() -> None:
    connection = RecordingConnection()

    async def handle(_message: Received) -> None:
        raise RuntimeError

    async with working(handle, capacity=20) as lane:
        for packet in range(lanes.SET_ASIDE_LIMIT + 1):
            lane.put(connection, packet, Received("a/b", b""))
        await until(lambda: connection.acked == [lanes.SET_ASIDE_LIMIT], "acknowledgement")


async def test_a_full_queue_cuts_the_connection_so_that_the_broker_gives_it_again() -> None:
    connection = RecordingConnection()

    async def handle(_message: Received) -> None:
        """Never called: the lane does not run."""

    lane = Lane("a/#", one_by_one(handle), name="test", capacity=1)
    lane.put(connection, 1, Received("a/b", b""))
    lane.put(connection, 0, Received("a/b", b"", qos=0))
    assert connection.cut == ""
    lane.put(connection, 2, Received("a/b", b""))
    assert connection.cut == "queue full"


@contextlib.asynccontextmanager
async def together(handler: BatchHandler, at_once: int = 100) -> AsyncIterator[Lane]:
    lane = Lane("a/#", handler, name="test", capacity=100, at_once=at_once)
    task = asyncio.create_task(lane.run())
    yield lane
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_comes_while_the_handler_is_busy_is_handed_over_together_and_one_alone_at_once() -> None:
    connection, runs, free = RecordingConnection(), list[list[bytes]](), asyncio.Event()

    async def handle(messages: Sequence[Received]) -> None:
        runs.append([message.payload for message in messages])
        await free.wait()

    async with together(handle, at_once=3) as lane:
        lane.put(connection, 0, Received("a/b", b"0"))
        await until(lambda: len(runs) == 1, "first run")
        for packet in range(1, 6):
            lane.put(connection, packet, Received("a/b", b"%d" % packet))
        await asyncio.sleep(0.02)
        assert (runs, connection.acked) == ([[b"0"]], [])
        free.set()
        await until(lambda: connection.acked == [0, 1, 2, 3, 4, 5], "acknowledgement")
    assert runs == [[b"0"], [b"1", b"2", b"3"], [b"4", b"5"]]


async def test_one_of_a_run_that_always_fails_is_set_aside_and_takes_no_other_with_it() -> None:
    connection = RecordingConnection()

    async def handle(messages: Sequence[Received]) -> None:
        if any(message.payload == b"bad" for message in messages):
            raise RuntimeError

    async with together(handle) as lane:
        for packet, payload in enumerate([b"good", b"bad", b"good", b"good"]):
            lane.put(connection, packet, Received("a/b", payload))
        await until(lambda: connection.acked == [0, 2, 3], "acknowledgement")


async def test_while_a_part_is_away_a_run_is_not_taken_apart() -> None:
    connection, runs = RecordingConnection(), list[int]()

    async def handle(messages: Sequence[Received]) -> None:
        runs.append(len(messages))
        if len(runs) < 4:
            raise Unavailable

    async with together(handle) as lane:
        for packet in range(5):
            lane.put(connection, packet, Received("a/b", b""))
        await until(lambda: connection.acked == [0, 1, 2, 3, 4], "acknowledgement")
    assert runs == [5, 5, 5, 5]
