"""Who vanishes without BYE does not keep an agent busy, and who is only silent is not cut (decision 0245)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.peers.sipp import SippCaller
from tests.real.control_world import ControlWorld, Seat
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

GONE_WITHIN_S = 60.0


def told_of(world: ControlWorld, citizen: SippCaller) -> list[str]:
    """Why this citizen is to be called back."""
    rows = world.chief.visitor.get("/api/callbacks")["callbacks"]
    number = world.number(citizen)
    return [row["calls"][-1]["reason"] for row in rows if number in str(row)]


def freed(world: ControlWorld, seat: Seat, citizen: SippCaller, within: float) -> None:
    """The talk ends, the agent is in wrap-up, and the citizen is owed a call back because he was cut off."""
    wait_for(lambda: world.call_of(citizen) is None, "the end of the ghost's call", within)
    wait_for(lambda: world.state_of(seat) == "wrap_up", "an agent in wrap-up", 20)
    wait_for(lambda: told_of(world, citizen) == ["cut_off"], "a cut-off call to call back", 20)


def test_a_caller_who_vanishes_is_missed_by_sip_and_who_is_silent_stays(tmp_path: Path) -> None:
    """As shipped. Nobody here sends any RTP: being asked by SIP alone decides."""
    day = {"callbacks": {"short_s": 0.2, "from_hour": "00:00", "to_hour": "00:00"}}
    with ControlWorld(tmp_path, overrides={"hotline": day}) as world:
        one, two = world.agents
        ghost, _call = world.talk(one, speaks=False)
        held, held_call = world.talk(two, speaks=False)
        world.do(two, held_call, "hold")
        waits = world.dial(speaks=False)
        waiting_call = world.waiting(waits, "queued")
        ghost.program.kill()
        killed = time.monotonic()
        freed(world, one, ghost, GONE_WITHIN_S)
        print(f"the ghost was gone after {time.monotonic() - killed:.1f} s")
        # The two others were asked meanwhile, and answered.
        wait_for(lambda: "UPDATE" in messages(held) and "UPDATE" in messages(waits), "refreshes", 60)
        assert world.call(held_call)["state"] == "hold"
        world.until(waiting_call, "queued", within=30)
        assert world.do(two, held_call, "resume")["state"] == "talking"
        # The agent's own telephone: its citizen waits for it, and the agent talks no more (decision 0201).
        two.phone.program.kill()
        world.until(held_call, "returning", within=30)
        assert world.state_of(two) != "talking"


def test_a_line_that_sends_all_the_time_may_be_missed_by_its_sound(tmp_path: Path) -> None:
    day = {"callbacks": {"short_s": 0.2, "from_hour": "00:00", "to_hour": "00:00"}}
    line = {"silent_seconds": 3}
    with ControlWorld(tmp_path, overrides={"hotline": day}, line=line) as world:
        one, two = world.agents
        held, held_call = world.talk(two)
        world.do(two, held_call, "hold")
        ghost, _call = world.talk(one)
        ghost.program.kill()
        freed(world, one, ghost, 15)
        assert held.program.running
        assert world.call(held_call)["state"] == "hold"


def messages(citizen: SippCaller) -> str:
    return (citizen.folder / "messages.log").read_text(errors="replace")
