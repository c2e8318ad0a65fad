"""The caller always reaches a person: the gateway dead, frozen, mute or slow, before the call or in it.

Each case has two calls at once, of a caller who speaks and of one who sends no RTP, and a gateway of its own.
Silence is measured in what the caller hears: in the switch's recording, or at his ear.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import get_args

import pytest

from tests.peers.checkout import HOME
from tests.real.gateway_under_test import GatewayUnderTest
from tests.real.reaching_a_person import (
    Case,
    Fault,
    Outcomes,
    Sends,
    case_id,
    check_left_alone,
    check_reached_a_person,
    chosen,
    freeze,
    kill,
    nothing,
    played,
    write_table,
)

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(300)]

AT_ONCE = 4
REPORT = HOME / "reports" / "caller-reaches-person.md"
BOTH: tuple[Sends, ...] = get_args(Sends)


def fall_silent(gateway: GatewayUnderTest) -> None:
    gateway.fall_silent()


def vanish(gateway: GatewayUnderTest) -> None:
    gateway.vanish()


def freeze_briefly(gateway: GatewayUnderTest) -> None:
    """Frozen for less than the timer, then awake again."""
    gateway.freeze()
    time.sleep(1.5)
    gateway.thaw()


def freeze_and_wake_too_late(gateway: GatewayUnderTest) -> None:
    """Frozen for longer than the timer, then awake again: the call is no longer its business."""
    gateway.freeze()
    time.sleep(5.0)
    gateway.thaw()


BEFORE = (
    Case("killed just before", kill, None, callers=BOTH),
    Case("killed long before", kill, None, lead=6.5, callers=BOTH),
    Case("frozen just before", freeze, None, callers=BOTH),
    Case("frozen long before", freeze, None, lead=6.5, callers=BOTH),
    Case("accepts and never speaks", nothing, None, start="mute", callers=BOTH),
    Case("alive but nobody listens", nothing, None, start="deaf", callers=BOTH),
)
FAULTS: dict[str, Fault] = {"killed": kill, "frozen": freeze, "mute": fall_silent, "port gone": vanish}
MOMENTS = ("plays", "thinks again", "reads")
IN_THE_MIDDLE = tuple(
    Case(f"{how} while it {moment}", fault, moment, callers=BOTH)
    for how, fault in FAULTS.items()
    for moment in MOMENTS
)
TOO_SLOW = (
    Case("six seconds for each command", nothing, None, delay=6.0, callers=BOTH),
    Case("frozen and awake again too late", freeze_and_wake_too_late, "plays", callers=BOTH),
)
GOOD_ENOUGH = (
    Case("well", nothing, None, callers=BOTH),
    Case("one second for each command", nothing, None, delay=1.0, callers=BOTH),
    Case("frozen for a moment", freeze_briefly, "plays", callers=BOTH),
)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """Every chosen case of this file, played side by side in the order of the tests."""
    with played(chosen(request), lambda: tmp_path_factory.mktemp("call"), at_once=AT_ONCE) as played_cases:
        yield played_cases
    write_table(played_cases, REPORT, fault="fault")


@pytest.mark.parametrize("sends", BOTH)
@pytest.mark.parametrize("case", [*BEFORE, *IN_THE_MIDDLE, *TOO_SLOW], ids=case_id)
def test_caller_reaches_a_person(case: Case, sends: Sends, outcomes: Outcomes) -> None:
    check_reached_a_person(outcomes[case.name].result()[sends])


@pytest.mark.parametrize("sends", BOTH)
@pytest.mark.parametrize("case", GOOD_ENOUGH, ids=case_id)
def test_a_dialogue_that_goes_on_is_left_alone(case: Case, sends: Sends, outcomes: Outcomes) -> None:
    check_left_alone(outcomes[case.name].result()[sends])
