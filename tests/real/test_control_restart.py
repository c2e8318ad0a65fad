"""The service is killed in a call (kill -9, all processes): who is held or parked reaches a person without
it, and with the next one a mute, a call for help and what was asked for are as before.

How long a start takes is the machine's affair: nothing here is true only within so many seconds.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.real.control_world import NUMBER, TONES, ControlWorld, spell
from tests.real.desk_screen import DeskScreen
from tests.waiting import wait_for

LONGEST_S = 420
"""Two starts of the service in one call, also on a machine that has much else to do."""

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(LONGEST_S)]

PATIENCE_S = 30.0
LOOK_S = 2.0
MOSTLY = 0.8
"""The switch may drop sound that comes too late."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path_factory.mktemp("centre"), park_seconds=8, voice_seconds=LONGEST_S) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


def _written(world: ControlWorld, op: str) -> None:
    """Wait until the database has what this operation did: it is written behind the answer."""
    link = sqlite3.connect(f"file:{world.service.folder / 'songhua.db'}?mode=ro", uri=True, timeout=10)
    query = "SELECT count(*) FROM hotline_operations WHERE outcome = 'done' AND replace(op_id, '-', '') = ?"
    with contextlib.closing(link):
        wait_for(
            lambda: link.execute(query, [op.replace("-", "")]).fetchone()[0], "the operation", PATIENCE_S
        )


def _again(world: ControlWorld) -> None:
    """The service dies, and a new one starts on the same switch and database."""
    world.kill_service()
    time.sleep(0.5)
    world.start_service()


def _shown(call: dict[str, Any]) -> tuple[list[str], Any]:
    """The desks that are muted, and the call for help."""
    return [leg["endpoint"] for leg in call["legs"] if leg["muted"]], call.get("help")


def _there_again(world: ControlWorld, call: str, shown: tuple[list[str], Any]) -> None:
    with contextlib.suppress(PeerFailed):
        wait_for(lambda: _shown(world.call(call)) == shown, "what was there before", PATIENCE_S)
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
    _again(world)
    _there_again(world, call, (["agent-1"], asked))
    chief = DeskScreen(world.service.address, world.chief.visitor)
    spell(1.5)
    helps = [row["help"] for row in chief.snapshots[-1]["calls"] if row["help"]]
    assert helps == [asked]
    assert chief.of("hotline.help_changed") == [], "it was told before, and is no new one"
    accepting, unmuting = str(uuid.uuid4()), str(uuid.uuid4())
    world.do(world.chief, call, "help/accept", accepting)
    taken = world.call(call)["help"]
    assert (taken["asked_at"], taken["accepted_by"]) == (asked["asked_at"], world.chief.id)
    muted_s = time.monotonic() - since
    world.do(one, call, "unmute", unmuting)
    _written(world, accepting)
    _written(world, unmuting)
    spell()
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
    world.kill_service()
    citizen.hang_up()
    world.switch.wait_idle()
    world.start_service()
    time.sleep(LOOK_S)
    assert world.calls() == []
    second, other = world.talk(one)
    assert other != call
    assert world.call(other)["help"] is None
    second.hang_up()


def test_resume_by_any_key_without_the_gateway(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "hold")
    world.kill_service()
    one.phone.command("sndcode", "5")
    wait_for(
        lambda: any(row[1] == "control-resume" for row in world.channels()), "the agent's resumption", 20
    )
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_holder_gone_returns_to_queue(world: ControlWorld) -> None:
    """The gateway is killed while a citizen is held, and then the agent's phone goes, too."""
    one, two = world.agents
    citizen, call = world.talk(one)
    world.sign_in(two)
    world.do(one, call, "hold")
    world.kill_service()
    one.phone.program.stop(3)
    wait_for(
        lambda: any("agent-2" in row[0] and row[4] == "Up" for row in world.channels()), "another agent", 40
    )
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-2"] > 0.6
    assert world.silence_of_citizen() < 5


def test_parked_and_forgotten_goes_to_the_front_of_the_queue(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    world.do(one, call, "park")
    world.sign_in(two)
    world.kill_service()
    wait_for(
        lambda: any("agent-2" in row[0] and row[4] == "Up" for row in world.channels()), "another agent", 20
    )
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-2"] > 0.6


def test_same_op_id_rings_once(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    op = "0b7a0d2e-6c1f-4f0e-9d7c-5d8f4c1f2a30"
    answers = [world.do(one, call, "consult", op, target={"agent_id": two.id}) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    with pytest.raises(PeerFailed, match="op-id-reused"):
        world.do(one, call, "consult", op, target={"number": NUMBER})
    world.do(one, call, "abort")
    wait_for(lambda: world.state_of(two) not in {"talking", "ringing"}, "the colleague's leaving")
    world.service.program.stop(15)
    world.start_service()
    again = world.do(one, call, "consult", op, target={"agent_id": two.id})
    assert again["outcome"] == "done"
    time.sleep(LOOK_S)
    assert len(two.phone.heard()) == 1
    citizen.hang_up()
