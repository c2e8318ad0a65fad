"""AsyncAGI while the real gateway is gone: nobody takes the channel then, and the caller reaches a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.reaching_a_person import Case, Outcomes, case_id, check_reached_a_person
from tests.real.real_gateway import FROM_OUTSIDE, played_with_real_gateways

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(240)]

SHORT = ("killed while it plays", "frozen just before")
LONG = pytest.mark.soak(
    rule="With AsyncAGI the caller reaches a person at each moment at which the gateway may be lost",
    short="tests/real/test_asyncagi_and_caller.py::test_with_asyncagi_too_the_caller_reaches_a_person",
)
CASES = [pytest.param(case, marks=() if case.name in SHORT else LONG) for case in FROM_OUTSIDE]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with played_with_real_gateways(request, tmp_path_factory, at_once=2, transport="asyncagi") as played:
        yield played


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_with_asyncagi_too_the_caller_reaches_a_person(case: Case, outcomes: Outcomes) -> None:
    check_reached_a_person(outcomes[case.name].result()["speech"])
