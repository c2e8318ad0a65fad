"""The caller reaches a person whatever happens to the real gateway: killed, frozen, before the call or in it.

The 41 cases of `test_caller_reaches_person.py` break a simulated gateway in every way; these few hold the
real one, with its own prompts, to the same rule. Each has an Asterisk, a phone and a gateway of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.checkout import HOME
from tests.peers.songhua import SonghuaPeer
from tests.real.gateway_under_test import GatewayUnderTest
from tests.real.one_call import Case, Outcome, play
from tests.real.real_gateway import RealGateway

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(240)]

AT_ONCE = 3
REPORT = HOME / "reports" / "gateway-and-caller.md"
LONGEST_SILENCE = 5.0


def nothing(_: GatewayUnderTest) -> None:
    """No fault."""


def kill(gateway: GatewayUnderTest) -> None:
    gateway.kill()


def freeze(gateway: GatewayUnderTest) -> None:
    gateway.freeze()


# The greeting lasts 6 s, the menu with its two tries some 15 s: a call is as long as that and some talk.
BROKEN = (
    Case("killed just before", kill, None, seconds=9),
    Case("frozen just before", freeze, None, seconds=12),
    Case("frozen long before", freeze, None, lead=6.5, seconds=9),
    Case("killed while it plays", kill, "plays", lead=1.5, seconds=13),
    Case("frozen while it plays", freeze, "plays", lead=1.5, seconds=16),
    Case("killed while it reads", kill, "reads", lead=1.5, seconds=26),
    Case("frozen while it reads", freeze, "reads", lead=1.5, seconds=30),
)
WELL = Case("well", nothing, None, seconds=40)

Outcomes = dict[str, Future[Outcome]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> SonghuaPeer:
    """Schema and key, made once."""
    folder = tmp_path_factory.mktemp("prepared")
    switch = AsteriskPeer(private_settings(folder / "switch"))
    service = SonghuaPeer(folder / "service", asterisk=switch, broker=None)
    service.prepare(())
    switch.close()
    return service


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, prepared: SonghuaPeer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcomes]:
    """Every chosen case, several side by side, the longest first."""
    chosen = {item.name for item in request.session.items if item.path == Path(__file__)}
    cases = [case for case in (WELL, *reversed(BROKEN)) if any(name(case) in one for one in chosen)]

    def gateway_for(_: Case, switch: AsteriskPeer, folder: Path) -> GatewayUnderTest:
        return RealGateway(folder / "gateway", switch, prepared=prepared)

    with ThreadPoolExecutor(AT_ONCE, "call") as pool:
        start = partial(play, gateway_for=gateway_for)
        played = {case.name: pool.submit(start, case, tmp_path_factory.mktemp("call")) for case in cases}
        yield played
        pool.shutdown(cancel_futures=True)
    write_table(played)


def write_table(played: Outcomes) -> None:
    """The measured figures, for docs/reliability.md."""
    rows = [
        "| fault of the real gateway | longest silence, s | caller hears agent, s | agent hears caller, s |",
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
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", BROKEN, ids=name)
def test_the_caller_reaches_a_person(case: Case, outcomes: Outcomes) -> None:
    outcome = outcomes[case.name].result()
    assert outcome.sipp_status == 0, outcome.story
    assert outcome.silence <= LONGEST_SILENCE, outcome.story
    assert outcome.agent_answered, outcome.story
    assert outcome.caller_heard_agent >= 2, outcome.story
    assert outcome.agent_heard_caller >= 2, outcome.story
    assert not outcome.dialogue_finished, "the fault came too late to test anything"


@pytest.mark.parametrize("case", [WELL], ids=name)
def test_a_whole_dialogue_ends_with_a_person_too(case: Case, outcomes: Outcomes) -> None:
    outcome = outcomes[case.name].result()
    assert outcome.dialogue_finished, outcome.story
    assert outcome.silence <= LONGEST_SILENCE, outcome.story
    assert outcome.caller_heard_agent >= 2, outcome.story
    assert outcome.agent_heard_caller >= 2, outcome.story
