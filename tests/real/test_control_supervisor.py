"""A supervisor on an agent's call: hears, whispers, joins, takes over, comes to help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.control_world import NOTHING, ControlWorld, spell
from tests.real.desk_screen import DeskScreen
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path) as world:
        yield world


def _spying(world: ControlWorld, mode: str) -> bool:
    return any(
        row[1] == "control-spy" and row[2].startswith(mode) and row[4] == "Up" for row in world.channels()
    )


def test_monitor_whisper_and_barge_without_hanging_up(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, "monitor")
    wait(lambda: _spying(world, "listen"), "the supervisor's ear")
    monitor = spell()
    world.do(world.chief, call, "whisper")
    whisper = spell()
    assert world.do(world.chief, call, "barge")["state"] == "conference"
    barge = spell()
    world.do(world.chief, call, "monitor")
    again = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert len(world.chief.phone.heard()) == 1  # rung once for all of it
    for between in (monitor, whisper, barge, again):
        heard = world.heard_by(world.chief, *between)
        assert heard["citizen"] > 0.6
        assert heard["agent-1"] > 0.6
        assert world.heard_by(one, *between)["citizen"] > 0.6
        assert world.heard_by_citizen(*between)["agent-1"] > 0.6
    assert world.heard_by(one, *monitor)["agent-3"] < NOTHING
    assert world.heard_by(one, *whisper)["agent-3"] > 0.6
    assert world.heard_by(one, *barge)["agent-3"] > 0.6
    assert world.heard_by(one, *again)["agent-3"] < NOTHING
    # What the citizen heard, and so the record: the supervisor's words only when he had joined.
    assert world.heard_by_citizen(*monitor)["agent-3"] < NOTHING
    assert world.heard_by_citizen(*whisper)["agent-3"] < NOTHING
    assert world.heard_by_citizen(*barge)["agent-3"] > 0.6
    assert world.heard_by_citizen(*again)["agent-3"] < NOTHING


def test_whisper(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, "whisper")
    wait(lambda: _spying(world, "whisper"), "the supervisor's voice")
    between = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by(one, *between)["agent-3"] > 0.6
    assert world.heard_by_citizen(*between)["agent-3"] < NOTHING


def test_barge(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, "barge")
    world.until(call, "conference")
    between = spell()
    world.do(one, call, "hangup")
    world.until(call, "talking")
    alone = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["agent-3"] > 0.6
    assert world.heard_by_citizen(*between)["agent-1"] > 0.6
    assert world.heard_by_citizen(*alone)["agent-3"] > 0.6


@pytest.mark.parametrize("listening", [False, True])
def test_intercept(world: ControlWorld, listening: bool) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    if listening:
        world.do(world.chief, call, "monitor")
        wait(lambda: _spying(world, "listen"), "the supervisor's ear")
    world.do(world.chief, call, "intercept")
    wait(lambda: world.state_of(one) != "talking", "the agent's leaving")
    world.until(call, "talking")
    between = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["agent-3"] > 0.6
    assert world.heard_by_citizen(*between)["agent-1"] < NOTHING
    assert world.heard_by(world.chief, *between)["citizen"] > 0.6
    assert len(world.chief.phone.heard()) == 1


def test_call_for_help(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    chief, desk = (DeskScreen(world.service.address, seat.visitor) for seat in (world.chief, one))
    world.do(one, call, "help")
    chief.wait(lambda: bool(chief.of("hotline.help_changed", call_id=call)), "the call for help", 5)
    world.do(world.chief, call, "help/accept")
    desk.wait(lambda: len(desk.of("hotline.help_changed", call_id=call)) == 2, "who comes", 5)
    answer = desk.of("hotline.help_changed")[-1].event["help"]
    assert (answer["asked_by"], answer["accepted_by"]) == (one.id, world.chief.id)
    assert answer["accepted_at"] >= answer["asked_at"]
    assert world.call(call)["help"] == answer
    chief.close()
    desk.close()
    citizen.hang_up()
