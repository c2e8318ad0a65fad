"""Ports that are ours: as many as a run needs cost one descriptor, and another process gets none of them."""

from __future__ import annotations

import subprocess
import sys

import psutil

from tests.peers import ports
from tests.peers.checkout import CHECKOUT

LOCKED = "from tests.peers import ports; import sys; print([ports._lock(int(one)) for one in sys.argv[1:]])"


def elsewhere(*asked: int) -> str:
    """Whether another process can lock these ports."""
    words = [sys.executable, "-c", LOCKED, *map(str, asked)]
    return subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()


def test_many_ports_cost_one_descriptor() -> None:
    ports.free_port()
    before = psutil.Process().num_fds()
    taken = [ports.free_port() for _ in range(50)]
    assert len(set(taken)) == 50
    assert psutil.Process().num_fds() == before
    for port in taken:
        ports.release(port)


def test_a_port_is_nobody_elses_until_it_is_released() -> None:
    kept, given_back = ports.free_port(), ports.free_port()
    ports.release(given_back)
    assert elsewhere(kept, given_back) == "[False, True]"
    ports.release(kept)
    assert elsewhere(kept) == "[True]"


def test_single_ports_that_are_kept_leave_room_for_many_in_a_row() -> None:
    kept = [ports.free_port() for _ in range(300)]
    row = ports.free_port_range(400)
    assert row % 2 == 0
    assert not set(range(row, row + 400)) & set(kept)
    ports.release(row, 400)
    for port in kept:
        ports.release(port)
