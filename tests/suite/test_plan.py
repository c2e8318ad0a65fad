"""Which lanes there are for what is asked."""

from __future__ import annotations

import pytest

from tests.suite import plan
from tests.suite.lanes import LOWEST_PRIORITY

ALONE = "tests/real/test_speech_pace.py"


def lanes(groups: plan.Groups) -> list[list[str]]:
    return [[lane.name for lane in group] for group in groups]


def test_rooms_collect_before_real_tests_and_nothing_runs_beside_what_must_be_alone() -> None:
    groups = plan.everything()
    assert lanes(groups) == [["rooms", "hears", "real"], ["alone"]]
    rooms, hears, real = groups[0]
    assert hears.niceness == real.niceness < rooms.niceness == LOWEST_PRIORITY
    assert "tests/real/test_spoken_code.py" in hears.tests
    assert ALONE in groups[1][0].tests


@pytest.mark.parametrize("path", [ALONE, f"{ALONE}::test_two_legs", "tests/real", "tests/real/", "tests"])
def test_what_must_be_alone_has_a_lane_where_it_is_named(path: str) -> None:
    assert lanes(plan.named([path])) == [["tests"], ["alone"]]


@pytest.mark.parametrize("path", ["tests/cdr", "tests/cdr/test_chain.py", "tests/real/test_speech_pace"])
def test_no_process_is_started_for_nothing(path: str) -> None:
    assert lanes(plan.named([path])) == [["tests"]]


def test_a_single_file_needs_no_further_processes() -> None:
    assert plan.named(["tests/cdr/test_chain.py"])[0][0].processes == 1
    assert plan.named(["tests/cdr"])[0][0].processes == plan.REAL_PROCESSES
