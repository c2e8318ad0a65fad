"""The caller reaches a person whatever happens to the real gateway: killed, frozen, before the call or in it.

The cases of `test_caller_reaches_person.py` break a simulated gateway in every way; these few hold the real
one, with its own prompts, to the same rule. Each has a gateway of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.checkout import HOME
from tests.real.reaching_a_person import (
    Case,
    Outcomes,
    case_id,
    check_left_alone,
    check_reached_a_person,
    nothing,
    write_table,
)
from tests.real.real_gateway import FROM_OUTSIDE, played_with_real_gateways

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(240)]

REPORT = HOME / "reports" / "gateway-and-caller.md"
WELL = Case("well", nothing, None)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with played_with_real_gateways(request, tmp_path_factory, at_once=3) as played:
        yield played
    write_table(played, REPORT, fault="fault of the real gateway")


@pytest.mark.parametrize("case", [WELL], ids=case_id)
def test_a_whole_dialogue_ends_with_a_person_too(case: Case, outcomes: Outcomes) -> None:
    check_left_alone(outcomes[case.name].result()["speech"])


@pytest.mark.parametrize("case", FROM_OUTSIDE, ids=case_id)
def test_the_caller_reaches_a_person(case: Case, outcomes: Outcomes) -> None:
    check_reached_a_person(outcomes[case.name].result()["speech"])
