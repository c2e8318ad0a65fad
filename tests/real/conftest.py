"""Real peers for every test here, and a leak check around each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.seats import chinese_browser
from tests.peers.chromium import ChromiumPeer
from tests.peers.fixtures import asterisk, mosquitto, peer_folder, postgres_url
from tests.peers.leaks import no_leaks

__all__ = ["asterisk", "mosquitto", "peer_folder", "postgres_url"]

# Imports on first use and pools of the event loop keep a few descriptors; a leak for each call would be more.
SLACK = 6


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    with no_leaks(slack=SLACK):
        yield


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromiumPeer]:
    with chinese_browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
