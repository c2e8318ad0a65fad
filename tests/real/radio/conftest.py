"""The city of these tests: started once for each file, mended after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.real.radio.stage import Stage
from tests.real.radio.talk_world import Browsers


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("city"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    """Two crews' pages."""
    made = Browsers(tmp_path_factory.mktemp("browsers"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
async def stage(city: Stage) -> AsyncIterator[Stage]:
    yield city
    await city.mend()
