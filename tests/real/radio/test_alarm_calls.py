"""An emergency that no desk answers rings the supervisors' telephones, on a real switch and broker: one after
the other, each call once, until somebody has acknowledged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.real.radio.alarm_world import ANNA, ANSWER_S, BORIS, DISPATCHER, MOBILE, SAID_S, AlarmWorld
from tests.waiting import seconds_until, wait_for

pytestmark = pytest.mark.real

RING_S = 8.0
QUIET_S = 3.0
"""Whoever were called next would be called within this time."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlarmWorld]:
    with AlarmWorld(tmp_path_factory.mktemp("alarms"), ring_s=RING_S) as made:
        yield made


@pytest.fixture
def world(city: AlarmWorld) -> Iterator[AlarmWorld]:
    yield city
    city.settle()


def test_the_supervisor_presses_1_and_the_crew_reads_his_name(world: AlarmWorld) -> None:
    began = time.monotonic()
    terminal = world.emergency()
    world.rings()
    assert time.monotonic() - began >= 2 * ANSWER_S, "the dispatchers are asked first, twice"
    world.phone.command("accept")
    wait_for(lambda: (ANNA.name, "listening") in world.shown(terminal), "who has picked up")
    assert (ANNA.name, "ringing") in world.shown(terminal), "the call on the dispatcher's desk"
    assert world.alarm(terminal)["asked"] == "supervisor"
    (shown,) = world.chief.get("/api/emergencies")["emergencies"]
    assert shown["acknowledged_by"] == ""
    wait_for(lambda: world.heard("alarm-press") > SAID_S / 2, "the whole sentence")
    assert terminal.told("acknowledge") == [], "to pick up is not to acknowledge"
    world.press("1")
    wait_for(lambda: bool(terminal.told("acknowledge")), "the answer at the terminal", 20)
    assert terminal.told("acknowledge")[0]["by"] == ANNA.name
    row = world.alarm(terminal)
    assert (row["state"], row["acknowledged_by"]) == ("acknowledged", ANNA.name)
    world.switch.wait_idle(30)
    wait_for(lambda: world.outcomes(terminal) == ["acknowledged"], "the call in the database")
    assert len(world.rung()) == 1
    assert world.dialled() == []
    for name in ("alarm-unit", "digit-1", "digit-7", "alarm-press", "alarm-acknowledged"):
        assert world.heard(name) > SAID_S / 2, name
    assert world.heard("alarm-lost") == world.heard("alarm-answered") == 0.0
    wait_for(lambda: len(world.audited(terminal)) == 3, "the audit trail")
    assert set(world.audited(terminal)) == {
        (ANNA.id, "emergency-acknowledge"),
        (ANNA.id, "emergency-acknowledge-by-telephone"),
        ("system:alarm-calls", "alarm-call"),
    }


def test_acknowledged_at_the_desk_the_ringing_ends_and_nobody_else_is_called(world: AlarmWorld) -> None:
    terminal = world.emergency()
    world.rings()
    world.acknowledge(terminal)
    took = seconds_until(lambda: not world.ringing(), "end of the ringing", 5)
    assert took < 3
    wait_for(lambda: world.outcomes(terminal) == ["stopped"], "the call in the database")
    wait_for(lambda: bool(terminal.told("acknowledge")), "the answer at the terminal")
    assert terminal.told("acknowledge")[0]["by"] == DISPATCHER.name
    time.sleep(QUIET_S)
    assert (len(world.rung()), world.dialled()) == (1, [])


def test_who_does_not_answer_makes_way_for_the_next_one_whose_mobile_rings(world: AlarmWorld) -> None:
    terminal = world.emergency()
    world.rings()
    wait_for(lambda: world.dialled() == [MOBILE], "the call to the second supervisor's mobile", 40)
    assert world.outcomes(terminal)[0] == "no_answer"
    assert not world.ringing(), "one at a time"
    wait_for(lambda: (BORIS.name, "ringing") in world.shown(terminal), "the second call on the desk")
    told = [one.event for one in world.screen.of("hotline.alarm_call_changed")]
    assert MOBILE not in str(told), "a name is told, and no number"
    world.acknowledge(terminal)
    wait_for(lambda: world.outcomes(terminal) == ["no_answer", "stopped"], "the end of both calls", 10)
    world.switch.wait_idle(15)

    def over() -> list[str]:
        return [name for name, stage in world.shown(terminal) if stage == "over"]

    wait_for(lambda: over() == [ANNA.name, BORIS.name], "the end of both calls on the desk")
    time.sleep(QUIET_S)
    assert (len(world.rung()), world.dialled()) == (1, [MOBILE])


def test_who_picks_up_and_presses_nothing_has_not_acknowledged(world: AlarmWorld) -> None:
    terminal = world.emergency()
    world.rings()
    world.phone.command("accept")
    wait_for(lambda: world.dialled() == [MOBILE], "the call to the next one", 90)
    assert world.outcomes(terminal)[0] == "no_key"
    assert world.alarm(terminal)["state"] == "raised"
