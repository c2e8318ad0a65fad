"""The service is killed in a call (kill -9, all processes): a mute and a call for help are there again.

How long a start takes is the machine's affair: nothing here is true only within so many seconds.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.songhua import Person
from tests.real.control_world import TONES, ControlWorld, Seat, spell
from tests.real.desk_screen import DeskScreen
from tests.real.service import wait

LONGEST_S = 420
"""Three starts of the service in one call, also on a machine that has much else to do."""

pytestmark = [pytest.mark.real, pytest.mark.timeout(LONGEST_S)]

PATIENCE_S = 30.0
LOOK_S = 2.0
MOSTLY = 0.8
"""The switch may drop sound that comes too late."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path, voice_seconds=LONGEST_S) as world:
        yield world


def _written(world: ControlWorld, op: str) -> None:
    """Wait until the database has what this operation did: it is written behind the answer."""
    link = sqlite3.connect(f"file:{world.service.folder / 'songhua.db'}?mode=ro", uri=True, timeout=10)
    query = "SELECT count(*) FROM hotline_operations WHERE outcome = 'done' AND replace(op_id, '-', '') = ?"
    with contextlib.closing(link):
        wait(lambda: link.execute(query, [op.replace("-", "")]).fetchone()[0], "the operation", PATIENCE_S)


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
        wait(lambda: _shown(world.call(call)) == shown, "what was there before", PATIENCE_S)
    assert _shown(world.call(call)) == shown


def _muted_for(world: ControlWorld) -> float:
    """The one long silence between the agent's words, in seconds of what the citizen heard."""
    heard = world.heard_in_all()
    silence = audio.silences(heard)[0]
    first, last = int(silence.start * audio.RATE), int(silence.end * audio.RATE)
    for said in (heard[:first], heard[last:]):
        assert audio.tone_seconds(said, TONES["agent-1"]) > 0.6
    return silence.seconds


def test_a_mute_and_a_call_for_help_survive_the_death_of_the_service(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one, seconds=LONGEST_S)
    spell()
    world.do(one, call, "mute")
    since = time.monotonic()
    asking = str(uuid.uuid4())
    world.do(one, call, "help", asking)
    muted, asked = _shown(world.call(call))
    assert muted == ["agent-1"]
    assert asked["asked_by"] == one.id
    _written(world, asking)
    _killed(world)
    one = _again(world)
    _there_again(world, call, (["agent-1"], asked))
    chief = DeskScreen(world.service.address, world.chief.visitor)
    spell(1.5)
    helps = [row["help"] for row in chief.snapshots[-1]["calls"] if row["help"]]
    assert helps == [asked]
    assert chief.of("hotline.help_changed") == [], "it was told before, and is no new one"
    accepting = str(uuid.uuid4())
    world.do(world.chief, call, "help/accept", accepting)
    taken = world.call(call)["help"]
    assert (taken["asked_at"], taken["accepted_by"]) == (asked["asked_at"], world.chief.id)
    _written(world, accepting)
    _killed(world)
    one = _again(world)
    _there_again(world, call, (["agent-1"], taken))
    muted_s = time.monotonic() - since
    world.do(one, call, "unmute")
    spell()
    _killed(world)
    _again(world)
    _there_again(world, call, ([], taken))
    chief.close()
    citizen.hang_up()
    world.switch.wait_idle()
    assert _muted_for(world) > MOSTLY * muted_s


def test_a_call_for_help_is_gone_when_its_call_ended_without_the_service(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one, seconds=LONGEST_S)
    asking = str(uuid.uuid4())
    world.do(one, call, "help", asking)
    _written(world, asking)
    _killed(world)
    citizen.hang_up()
    world.switch.wait_idle()
    one = _again(world)
    time.sleep(LOOK_S)
    assert world.calls() == []
    second, other = world.talk(one)
    assert other != call
    assert world.call(other)["help"] is None
    second.hang_up()
