"""The service is killed in a call (kill -9, all processes): a mute and a call for help are there again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.peers.program import PeerFailed
from tests.peers.songhua import Person
from tests.real.control_world import NOTHING, ControlWorld, Seat, spell
from tests.real.desk_screen import DeskScreen
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WITHIN_S = 2.0
"""After the link to the switch is there."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path) as world:
        yield world


def _killed(world: ControlWorld, *, meanwhile: float = 0.5) -> None:
    world.service.program.kill()
    time.sleep(meanwhile)


def _again(world: ControlWorld) -> Seat:
    """A new service on the same switch and database; the agent at his page there, and the chief."""
    world.service.start(role="centre")
    world.service.wait_healthy("asterisk", "hotline")
    world.chief = replace(world.chief, visitor=world.service.sign_in(Person("chief", "chief", ())))
    one = world.agents[0]
    return replace(one, visitor=world.service.sign_in(Person(one.id, one.id, ())))


def _shown(call: dict[str, Any]) -> tuple[list[str], Any]:
    """The desks that are muted, and the call for help."""
    return [leg["endpoint"] for leg in call["legs"] if leg["muted"]], call.get("help")


def _there_again(world: ControlWorld, call: str, shown: tuple[list[str], Any]) -> None:
    with contextlib.suppress(PeerFailed):
        wait(lambda: _shown(world.call(call)) == shown, "what was there before", WITHIN_S)
    assert _shown(world.call(call)) == shown


def test_a_mute_and_a_call_for_help_survive_the_death_of_the_service(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "mute")
    world.do(one, call, "help")
    muted, asked = _shown(world.call(call))
    assert muted == ["agent-1"]
    assert asked["asked_by"] == one.id
    before = spell(1.5)
    _killed(world)
    one = _again(world)
    _there_again(world, call, (["agent-1"], asked))
    chief = DeskScreen(world.service.address, world.chief.visitor)
    between = spell(1.5)
    helps = [row["help"] for row in chief.snapshots[-1]["calls"] if row["help"]]
    assert helps == [asked]
    assert chief.of("hotline.help_changed") == [], "it was told before, and is no new one"
    world.do(world.chief, call, "help/accept")
    taken = world.call(call)["help"]
    assert (taken["asked_at"], taken["accepted_by"]) == (asked["asked_at"], world.chief.id)
    _killed(world)
    one = _again(world)
    _there_again(world, call, (["agent-1"], taken))
    world.do(one, call, "unmute")
    after = spell()
    _killed(world)
    _again(world)
    _there_again(world, call, ([], taken))
    chief.close()
    citizen.hang_up()
    world.switch.wait_idle()
    for muted_then in (before, between):
        assert world.heard_by_citizen(*muted_then)["agent-1"] < NOTHING
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_a_call_for_help_is_gone_when_its_call_ended_without_the_service(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "help")
    time.sleep(0.5)
    _killed(world)
    citizen.hang_up()
    world.switch.wait_idle()
    one = _again(world)
    time.sleep(WITHIN_S)
    assert world.calls() == []
    second, other = world.talk(one)
    assert other != call
    assert world.call(other)["help"] is None
    second.hang_up()
