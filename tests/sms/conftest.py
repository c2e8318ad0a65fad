"""The simulated SMSC of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.simulated_smsc import SimulatedSmsc, lacking


@pytest.fixture
def smsc() -> Iterator[SimulatedSmsc]:
    if why := lacking():
        pytest.fail(why)
    peer = SimulatedSmsc()
    peer.start()
    yield peer
    peer.close()
