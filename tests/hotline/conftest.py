"""A hotline whose surroundings are played."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.storage import Storage
from tests.hotline.world import World


@pytest.fixture
async def world(storage: Storage) -> AsyncIterator[World]:
    """Started and connected to an empty switch."""
    world = World(storage)
    await world.hotline.start()
    await world.connect()
    yield world
    await world.hotline.stop()
