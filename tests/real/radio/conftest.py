"""The city of these tests: started once for each file, mended after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console.page import KeptTab
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running
from tests.real.radio.crew_pages import Browsers
from tests.real.radio.stage import TalkgroupStage


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TalkgroupStage]:
    with running(TalkgroupStage(tmp_path_factory.mktemp("city"))) as made:
        yield made


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    """Two crews' pages."""
    with running(Browsers(tmp_path_factory.mktemp("browsers"))) as made:
        yield made


@pytest.fixture(scope="module")
def tab(chromium: ChromiumPeer) -> KeptTab:
    """The browser at the desk."""
    return KeptTab(chromium)


@pytest.fixture
async def stage(city: TalkgroupStage) -> AsyncIterator[TalkgroupStage]:
    yield city
    await city.mend()
