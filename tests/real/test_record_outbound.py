"""Calls that go out: an agent phones a citizen, and a citizen who gave up is called back."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest

from cdr.complete import complete
from tests.peers.program import PeerFailed
from tests.real.callback_world import CallbackWorld
from tests.real.control_world import NUMBER
from tests.real.record_world import RecordWorld, quick, sounds, talked
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

ANN = "13904510001"


def test_record_outbound(tmp_path: Path) -> None:
    with quick(), RecordWorld(tmp_path) as world:
        one = world.agents[0]
        world.sign_in(one)
        body = {"op_id": str(uuid.uuid4()), "number": NUMBER, "first": "agent"}
        call = one.visitor.post("/api/calls", body)["call_id"]
        world.until(call, "talking")
        time.sleep(3)
        world.do(one, call, "hangup", whole=True)
        world.switch.wait_idle(15)
        wait(lambda: world.owed(one) == [call], "the call among what the agent owes", 5)
        with pytest.raises(PeerFailed, match="disposition-missing"):
            one.visitor.post("/api/agents/me/state", {"state": "ready"})
        world.dispose(one, call)
        wait(lambda: world.state_of(one) == "ready", "the end of the wrap-up", 5)
        record = world.whole(call)
        assert (record["call"]["direction"], record["call"]["outcome"]) == ("outbound", "answered")
        assert record["call"]["agents"] == [one.id]
        assert record["call"]["talk_s"] > 2
        assert NUMBER in {leg["number"] for leg in record["legs"]} | {record["call"]["number"]}
        assert len({one["leg_id"] for one in sounds(record)}) == 1
        world.verifies()


def test_record_callback(tmp_path: Path) -> None:
    with quick(), CallbackWorld(tmp_path) as world:
        (seat,) = world.seats
        world.abandons(ANN)
        world.sign_in(seat)
        world.accept(seat, world.offered(seat, ANN))
        wait(lambda: world.stage(ANN) == "talking", "talk with the citizen")
        time.sleep(2)
        seat.phone.command("hangup")
        closed = world.closed_as(ANN, "reached")
        world.switch.wait_idle()
        lost, back = closed["calls"][0]["call_id"], closed["attempts"][0]["call_id"]
        pages = world.chief.get("/api/agents")["agents"]
        page = next(page for page in pages if page["agent_id"] == seat.id)
        assert (page["state"], page["owed"]) == ("wrap_up", [back])

        def disposed() -> bool:
            body = {"op_id": str(uuid.uuid4()), "kind": "enquiry"}
            return bool(world.chief.post(f"/api/calls/{back}/disposition", body))

        wait(disposed, "disposition of the call that went back", 10)
        for call in (lost, back):

            def whole(call: str = call, deadline: float = time.monotonic() + 20) -> bool:
                record = world.chief.get(f"/api/ledger/calls/{call}?reveal=true")
                missing = complete(record)
                assert time.monotonic() < deadline or not missing, missing
                return not missing and any(one["label"] == "reached" for one in record["callbacks"])

            wait(whole, f"whole record of {call} with its callback", 25)
        first, second = (world.chief.get(f"/api/ledger/calls/{one}?reveal=true") for one in (lost, back))
        assert first["call"]["outcome"] == "abandoned_queue"
        assert (second["call"]["direction"], second["call"]["outcome"]) == ("outbound", "answered")
        assert talked(second) == [seat.endpoint]
        assert [one["id"] for one in first["callbacks"]] == [one["id"] for one in second["callbacks"]]
        sounds(second)
