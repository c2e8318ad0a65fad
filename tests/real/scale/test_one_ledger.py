"""Two switches on one machine, a centre each, and one ledger: what `test_two_switches` breaks on machines of
their own is here whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.real.scale.city import OneMachine
from tests.storage import new_database
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[OneMachine]:
    url = asyncio.run(new_database(postgres_url))
    with OneMachine(tmp_path_factory.mktemp("city"), url) as found:
        yield found


def test_each_call_stands_in_the_one_ledger_once(city: OneMachine) -> None:
    sites = (city.north, city.south)
    citizens = [(site, site.dial()) for site in sites]
    for site, citizen in citizens:
        site.talks()
        # Each desk works with the calls of its own switch.
        assert [one["caller"] for one in site.get("/api/calls")["calls"]] == [site.number_of(citizen)]
    for site, citizen in citizens:
        site.hang_up(citizen)
    city.calls_are(1, 1)
    rows = city.ask("SELECT system_name, agents::text FROM cdr_calls")
    assert {name: f"user.{name}-1" in agents for name, agents in rows} == {"north": True, "south": True}
    for site in sites:
        assert len(site.get("/api/ledger/calls")["calls"]) == 2, "from either desk the ledger is one"
        assert site.part("mqtt") == "up", "the other has not taken its name at the broker"
    wait_for(city.handled, "every event handed over")
    assert city.ledger_is_proved()["ok"]


def test_a_second_that_leads_is_refused(city: OneMachine) -> None:
    second = city.another_that_leads()
    assert second.wait(60) == 1
    assert "Another process has this role" in " ".join(second.log.read_text().split())
    for site in (city.north, city.south):
        assert site.service.program.running
