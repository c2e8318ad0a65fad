"""The caller always reaches a person: the gateway dead, frozen, mute or slow, before the call or in it.

Each case has an Asterisk, a phone and a gateway of its own; several run at once. Silence is measured in the
recording of what the caller hears.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.peers.checkout import HOME
from tests.real.gateway_under_test import GatewayUnderTest
from tests.real.one_call import Case, Fault, Outcome, play

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]

AT_ONCE = 6
REPORT = HOME / "reports" / "caller-reaches-person.md"
LONGEST_SILENCE = 5.0


def nothing(_: GatewayUnderTest) -> None:
    """No fault beyond the way in which the gateway was started."""


def kill(gateway: GatewayUnderTest) -> None:
    gateway.kill()


def freeze(gateway: GatewayUnderTest) -> None:
    gateway.freeze()


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
    Case("killed just before", kill, None),
    Case("killed long before", kill, None, lead=6.5),
    Case("frozen just before", freeze, None),
    Case("frozen long before", freeze, None, lead=6.5),
    Case("accepts and never speaks", nothing, None, start="mute"),
    Case("alive but nobody listens", nothing, None, start="deaf"),
)
FAULTS: dict[str, Fault] = {"killed": kill, "frozen": freeze, "mute": fall_silent, "port gone": vanish}
MOMENTS = {"plays": 10.0, "thinks again": 10.0, "reads": 18.0}
IN_THE_MIDDLE = tuple(
    Case(f"{how} while it {moment}", fault, moment, seconds=seconds)
    for how, fault in FAULTS.items()
    for moment, seconds in MOMENTS.items()
)
BROKEN = tuple(
    replace(case, name=f"{case.name}, {'with' if rtp else 'no'} RTP", rtp=rtp)
    for case in (*BEFORE, *IN_THE_MIDDLE)
    for rtp in (True, False)
)
TOO_SLOW = (
    Case("six seconds for each command", nothing, None, delay=6.0),
    Case("frozen and awake again too late", freeze_and_wake_too_late, "plays"),
)
GOOD_ENOUGH = (
    Case("well", nothing, None, seconds=14.0),
    Case("one second for each command", nothing, None, delay=1.0, seconds=18.0),
    Case("frozen for a moment", freeze_briefly, "plays", seconds=16.0),
)

Outcomes = dict[str, Future[Outcome]]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """Every chosen case of this file, played side by side in the order of the tests."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    params = [item.callspec.params["case"] for item in items if item.module is request.module]
    cases = [case for case in params if isinstance(case, Case)]
    with ThreadPoolExecutor(AT_ONCE, "call") as pool:
        played = {case.name: pool.submit(play, case, tmp_path_factory.mktemp("call")) for case in cases}
        yield played
        pool.shutdown(cancel_futures=True)
    write_table(played)


def write_table(played: Outcomes) -> None:
    """The measured figures, for docs/reliability.md."""
    rows = [
        "| fault | longest silence heard, s | caller hears agent, s | agent hears caller, s |",
        "|---|---|---|---|",
    ]
    for case, future in played.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            outcome = future.result()
            heard = f"{outcome.caller_heard_agent:.1f} | {outcome.agent_heard_caller:.1f}"
            rows.append(f"| {case} | {outcome.silence:.1f} | {heard} |")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join(rows) + "\n")


def name(case: Case) -> str:
    return case.name.replace(" ", "-").replace(",", "")


@pytest.mark.parametrize("case", [*BROKEN, *TOO_SLOW], ids=name)
def test_caller_reaches_a_person(case: Case, outcomes: Outcomes) -> None:
    outcome = outcomes[case.name].result()
    assert outcome.sipp_status == 0, outcome.story
    assert outcome.silence <= LONGEST_SILENCE, outcome.story
    assert outcome.agent_answered, outcome.story
    assert outcome.caller_heard_agent >= 2, outcome.story
    assert not outcome.dialogue_finished, "the fault came too late to test anything"
    if case.rtp:
        assert outcome.agent_heard_caller >= 2, outcome.story


@pytest.mark.parametrize("case", GOOD_ENOUGH, ids=name)
def test_a_dialogue_that_goes_on_is_left_alone(case: Case, outcomes: Outcomes) -> None:
    outcome = outcomes[case.name].result()
    assert outcome.dialogue_finished, outcome.story
    assert outcome.silence <= LONGEST_SILENCE, outcome.story
    assert outcome.caller_heard_agent >= 2, outcome.story
    assert outcome.agent_heard_caller >= 2, outcome.story
