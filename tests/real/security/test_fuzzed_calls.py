"""Whatever stands in whichever field of a call: the hotline shows what the switch has, nobody else's call
ends, and no event is taken that the switch did not write.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.peers.checkout import HOME
from tests.real.security.fuzz_world import FuzzWorld

pytestmark = [pytest.mark.real]


def fuzz(folder: Path, *, calls: int, at_once: int, seed: int) -> dict[str, object]:
    with FuzzWorld(folder, seed=seed) as world:
        while world.told.calls < calls:
            world.batch(at_once)
        return world.verdict()


@pytest.mark.timeout(180)
def test_hotline_and_switch_agree_about_sixty_fuzzed_calls(tmp_path: Path) -> None:
    seen = fuzz(tmp_path, calls=60, at_once=20, seed=17)
    assert seen["calls"] == 60
    assert seen["stood"]


@pytest.mark.timeout(3600)
@pytest.mark.soak(
    rule="hotline and switch agree about 2,000 fuzzed calls, and nobody else's call ends",
    short="tests/real/security/test_fuzzed_calls.py::test_hotline_and_switch_agree_about_sixty_fuzzed_calls",
)
def test_hotline_and_switch_agree_about_two_thousand_fuzzed_calls(tmp_path: Path) -> None:
    seen = fuzz(tmp_path, calls=2_000, at_once=50, seed=2026)
    reports = HOME / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "fuzzed-calls.json").write_text(json.dumps(seen, indent=1))
    assert seen["calls"] == 2_000
