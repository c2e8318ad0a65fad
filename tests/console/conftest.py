"""The built console in a real Chromium: one browser for the module, whose tab is empty for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console.page import KeptTab, Page
from tests.console.seats import chinese_browser
from tests.console.simulated_gateway import DIST, SimulatedGateway, serving
from tests.peers.chromium import ChromiumPeer


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromiumPeer]:
    for app in ("desk", "unit"):
        assert (DIST / app / "index.html").is_file(), "the console is not built: scripts/setup --only console"
    with chinese_browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def tab(chromium: ChromiumPeer) -> KeptTab:
    return KeptTab(chromium)


@pytest.fixture
async def page(tab: KeptTab) -> AsyncIterator[Page]:
    async with tab.page() as shown:
        await shown.size(1440, 900)
        yield shown


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with serving(SimulatedGateway()) as running:
        yield running
