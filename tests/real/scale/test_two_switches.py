"""Two switches, a centre each, one ledger: what is whole while all runs, while they are parted, and after
either is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.peers.checkout import CHECKOUT
from tests.peers.hosts import lacking
from tests.peers.program import PeerFailed
from tests.real.scale.city import Site, TwoMachines, people_of
from tests.waiting import wait_for

WHY_NOT = lacking()
pytestmark = [
    pytest.mark.real,
    pytest.mark.own_process,
    pytest.mark.timeout(300),
    pytest.mark.soak(
        rule="two switches on machines of their own have one ledger: parted, killed, the standby promoted",
        short="tests/real/scale/test_one_ledger.py::test_each_call_stands_in_the_one_ledger_once",
    ),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it can be"),
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoMachines]:
    with TwoMachines(tmp_path_factory.mktemp("city")) as found:
        yield found


@pytest.fixture
def before(city: TwoMachines) -> tuple[int, int]:
    """Calls that the ledger has had before, north and south."""
    ended = city.ended_calls()
    return ended.get("north", 0), ended.get("south", 0)


def answered(site: Site) -> int:
    return int(site.get("/api/board")["total"]["answered_today"])


def answered_elsewhere(site: Site) -> int:
    (other,) = site.get("/api/board")["others"]
    return int(other["total"]["answered_today"]) if other["total"] is not None else -1


def test_calls_of_both_stand_in_one_ledger_and_on_both_boards(
    city: TwoMachines, before: tuple[int, int]
) -> None:
    north, south = city.north, city.south
    wait_for(lambda: all(city.heard_on_boards().values()), "each other on both boards", 40)
    assert (north.part("switch.south"), south.part("switch.north")) == ("up", "up")
    citizens = [(site, site.dial()) for site in (north, south)]
    for site, _ in citizens:
        site.talks()
    # Each desk works with the calls of its own switch.
    shown = {site.name: [one["caller"] for one in site.get("/api/calls")["calls"]] for site, _ in citizens}
    assert shown == {site.name: [site.number_of(citizen)] for site, citizen in citizens}
    for site, citizen in citizens:
        site.hang_up(citizen)
    city.calls_are(before[0] + 1, before[1] + 1)
    # From either desk the ledger is one, and says at whose telephone each call was answered.
    for site in (north, south):
        calls = site.get("/api/ledger/calls")["calls"]
        assert len(calls) == sum(before) + 2
    rows = city.ask("SELECT system_name, agents::text FROM cdr_calls ORDER BY started_at DESC LIMIT 2")
    assert {name: f"user.{name}-1" in agents for name, agents in rows} == {"north": True, "south": True}
    wait_for(lambda: answered_elsewhere(north) == answered(south) == 1, "south on the board of north", 40)
    wait_for(lambda: answered_elsewhere(south) == answered(north) == 1, "north on the board of south", 40)
    wait_for(city.handled, "every event handed over")
    wait_for(
        lambda: city.standby.psql("SELECT count(*) FROM cdr_calls").strip() == str(sum(before) + 2),
        "the same at the standby",
    )
    assert city.ledger_is_proved()["ok"]


def test_an_agent_serves_the_switch_of_the_telephone(city: TwoMachines) -> None:
    north, south = city.north, city.south
    ours, theirs = people_of("north")[1], people_of("south")[1]
    with north.inside():
        member = north.service.sign_in(ours)
        member.post("/api/agents/me/sign-in", {})
        stranger = north.service.sign_in(theirs)
        with pytest.raises(PeerFailed, match=r": 4\d\d "):
            stranger.post("/api/agents/me/sign-in", {})
    wait_for(lambda: "PJSIP/north-2" in north.switch.rx("queue show hotline"), "a member")
    for site in (north, south):
        assert "PJSIP/south-2" not in site.switch.rx("queue show hotline")
    assert "PJSIP/north-2" not in south.switch.rx("queue show hotline")
    with north.inside():
        member.post("/api/agents/me/sign-out", {})


def test_a_second_centre_of_a_switch_is_refused(city: TwoMachines) -> None:
    for site in (city.north, city.south):
        with site.inside():
            done = subprocess.run(
                [sys.executable, "-m", "gateway.cli", "serve", "--role", "centre", "-c", site.service.config],
                cwd=CHECKOUT, env={**os.environ, "COLUMNS": "300"}, capture_output=True, text=True,
                timeout=90, check=False,
            )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "Another process has this role" in done.stderr
        assert site.service.program.running


def test_parted_switches_are_two_working_hotlines(city: TwoMachines, before: tuple[int, int]) -> None:
    """North, which leads, is cut off from the other switch, from the database and from the broker."""
    north, south = city.north, city.south
    wait_for(lambda: all(city.heard_on_boards().values()), "each other on both boards", 40)
    city.hosts[north.name].unplug()
    try:
        citizens = [(site, site.dial()) for site in (north, south)]
        for site, _ in citizens:
            site.talks()
        wait_for(lambda: not city.heard_on_boards_of(south), "silence of north on the board of south", 60)
        assert south.part("switch.north") == "degraded"
        for site, citizen in citizens:
            site.hang_up(citizen)
        south_has = before[1] + 1
        wait_for(lambda: city.ended_calls().get("south") == south_has, "the call of south in the ledger", 60)
    finally:
        city.hosts[north.name].plug_back()
    # What had been under way as the cable was pulled is sent again within a minute.
    city.calls_are(before[0] + 1, before[1] + 1, within=120)
    wait_for(lambda: all(city.heard_on_boards().values()), "each other on both boards again", 60)
    wait_for(city.handled, "every event handed over", 60)
    assert city.ledger_is_proved()["ok"]


@pytest.mark.parametrize("name", ["north", "south"])
def test_a_killed_centre_costs_the_other_nothing(
    city: TwoMachines, before: tuple[int, int], name: str
) -> None:
    killed = city.sites[name]
    (other,) = (site for site in city.sites.values() if site is not killed)
    talking = killed.dial()
    killed.talks()
    killed.service.program.kill()
    meanwhile, there = killed.dial(), other.dial()
    other.talks()
    assert killed.legs_in_talk() == 2
    other.hang_up(there)
    wait_for(
        lambda: killed.citizens_up() == 2, "a second citizen whom the switch takes without its centre", 40
    )
    with killed.inside():
        meanwhile.hang_up()
    killed.start_centre()
    wait_for(lambda: len(killed.get("/api/calls")["calls"]) == 1, "the call that went on")
    killed.hang_up(talking)
    # One that was given up while nobody watched is in the ledger too.
    wanted = {name: before[("north", "south").index(name)] + 2, other.name: 0}
    wanted[other.name] = before[("north", "south").index(other.name)] + 1
    city.calls_are(wanted["north"], wanted["south"])
    wait_for(city.handled, "every event handed over")
    assert city.ledger_is_proved()["ok"]


def test_a_killed_switch_costs_the_other_nothing(city: TwoMachines, before: tuple[int, int]) -> None:
    north, south = city.north, city.south
    lost, there = south.dial(), north.dial()
    south.talks()
    north.talks()
    south.switch.kill()
    assert north.legs_in_talk() == 2
    with south.inside():
        lost.close()
        south.switch.restart()
        # It would register anew within a minute by itself.
        south.phone.program.stop(3)
        south.phone.start()
    wait_for(lambda: south.part("asterisk") == "up", "the link to the switch", 60)
    wait_for(lambda: south.switch.registered("south-1"), "the telephone", 90)
    again = south.dial()
    south.talks()
    south.hang_up(again)
    north.hang_up(there)
    city.calls_are(before[0] + 1, before[1] + 2)
    assert city.ledger_is_proved()["ok"]


def test_a_promoted_standby_takes_what_both_switches_bring(
    city: TwoMachines, before: tuple[int, int]
) -> None:
    """Last: the first database stays dead."""
    citizens = [(site, site.dial()) for site in (city.north, city.south)]
    for site, _ in citizens:
        site.talks()
    city.promote()
    wait_for(lambda: [site.part("storage") for site, _ in citizens] == ["up", "up"], "the database", 60)
    for site, citizen in citizens:
        site.hang_up(citizen)
    city.calls_are(before[0] + 1, before[1] + 1)
    wait_for(city.handled, "every event handed over", 60)
    assert city.ledger_is_proved()["ok"]
