"""The city of these tests: started once for each file, mended after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.peers.running import running
from tests.real.radio.stage import Stage
from tests.real.radio.talk_world import Browsers


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running(Stage(tmp_path_factory.mktemp("city"))) as made:
        yield made


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    """Two crews' pages."""
    with running(Browsers(tmp_path_factory.mktemp("browsers"))) as made:
        yield made


@pytest.fixture
async def stage(city: Stage) -> AsyncIterator[Stage]:
    yield city
    await city.mend()
