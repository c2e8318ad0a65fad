"""The busy hour of the demo, pressed into half a minute: callers are answered, and the ledger says so."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.peers.checkout import CHECKOUT

pytestmark = pytest.mark.real


@pytest.mark.timeout(900)
def test_a_busy_hour_ends_with_the_report_of_what_happened() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo", "--hours", "1", "--minutes", "0.5", "--once"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=880, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "connect rate" in done.stdout, "the board was not shown"
    total = re.search(r"^ *total +(\d+) +(\d+)", done.stdout, re.MULTILINE)
    assert total is not None, done.stdout
    offered, answered = map(int, total.groups())
    assert offered >= answered
    assert offered > 9
    assert answered > 3
    assert "differ" not in done.stdout
