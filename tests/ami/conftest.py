"""A simulator of the manager port and a client that is connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.ami import AmiClient, AmiSettings
from tests.ami.simulator import AmiSimulator


@pytest.fixture
async def simulator() -> AsyncIterator[AmiSimulator]:
    simulator = AmiSimulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


def settings_for(simulator: AmiSimulator, **changes: object) -> AmiSettings:
    given = {
        "port": simulator.port,
        "secret": "geheim-geheim",
        "ping_every": 0.1,
        "ping_answer": 0.2,
        "contexts": frozenset({"agents"}),
        **changes,
    }
    return AmiSettings.model_validate(given)


@asynccontextmanager
async def running(client: AmiClient) -> AsyncIterator[AmiClient]:
    """The client's `run` in a task; ended, and its failure raised, at the end."""
    task = asyncio.ensure_future(client.run())
    try:
        yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() or task.exception() is None, task.exception()


@pytest.fixture
async def client(simulator: AmiSimulator) -> AsyncIterator[AmiClient]:
    async with running(AmiClient(settings_for(simulator))) as client:
        await asyncio.wait_for(client.ready(), 2)
        yield client


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not condition():
                await asyncio.sleep(0.005)

    return until
