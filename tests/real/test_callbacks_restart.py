"""The service is killed around a callback: nobody is rung twice or forgotten; the board keeps its figures."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.peers.program import PeerFailed
from tests.real.callback_world import CallbackWorld
from tests.real.control_world import CHIEF
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(240)]

COUNTED = (
    "offered_24h",
    "answered_24h",
    "abandoned_24h",
    "connect_rate_24h",
    "within_15s_24h",
    "answered_today",
)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallbackWorld]:
    with CallbackWorld(tmp_path_factory.mktemp("centre"), doubt_s=20, ring_seconds_outside=180) as made:
        yield made


@pytest.fixture
def world(centre: CallbackWorld) -> CallbackWorld:
    centre.rest()
    return centre


def test_the_board_counts_real_calls_and_a_kill_does_not_empty_it(world: CallbackWorld) -> None:
    """It comes first here: the board counts every call of the day."""
    ann, ben = world.somebody(), world.somebody()
    one = world.agents[0]
    waiting = world.waits(ann)
    seen = board(world)["total"]
    assert (seen["waiting"], seen["connect_rate_24h"]) == (1, None)
    world.sign_in(one)
    wait_for(world.talks, "talk")
    time.sleep(2)
    waiting.hang_up()
    world.abandons(ben)
    wait_for(lambda: board(world)["total"]["offered_24h"] == 2, "both calls on the board")
    seen = board(world)
    total = seen["total"]
    assert (total["answered_24h"], total["abandoned_24h"], total["connect_rate_24h"]) == (1, 1, 0.5)
    assert 1.5 <= total["average_talk_today_s"] <= 10
    assert total["within_15s_24h"] == 0.5
    assert seen["callbacks_open"] == 1
    assert seen["agents"] == {"wrap_up": 1}
    ended = "SELECT count(*) FROM hotline_calls"
    wait_for(lambda: world.ask_database(ended) == 2, "ended calls in the database")
    world.kill_service()
    world.start_service()
    after = board(world)
    assert after["filled"]
    assert {name: after["total"][name] for name in COUNTED} == {name: total[name] for name in COUNTED}
    assert after["callbacks_open"] == 1
    printed = world.service.run(
        "board", "--once", "--json", "--user", CHIEF.id, "--url", world.service.address,
        env={"SONGHUA_PASSWORD": CHIEF.password},
    )  # fmt: skip
    assert json.loads(printed)["total"]["answered_24h"] == 1


def test_killed_between_acceptance_and_ring_nothing_rings_twice(world: CallbackWorld) -> None:
    ann = world.somebody()
    one = world.agents[0]
    world.abandons(ann)
    world.sign_in(one)
    callback = world.offered(one, ann)
    # What the gateway sends from now on reaches nobody: it is killed after writing down and before the ring.
    world.link.swallow()
    asking = threading.Thread(target=_accept_in_vain, args=(world, callback), daemon=True)
    asking.start()
    stage = f"SELECT stage FROM hotline_callbacks WHERE number = '+86{ann}'"
    wait_for(lambda: world.ask_database(stage) == "placing", "acceptance in the database")
    time.sleep(0.3)
    world.kill_service()
    asking.join(15)
    world.start_service()
    row = world.waits_again(ann, "unknown")
    assert row["attempts"][0]["agent_id"] == one.id
    time.sleep(1)
    assert world.dialled_back() == [], "what was not sent is not sent again"
    assert world.dialled() == []


def test_killed_while_the_phone_rings_the_attempt_goes_on_and_is_followed(world: CallbackWorld) -> None:
    ann = world.somebody()
    one = world.agents[0]
    world.carrier_takes("rings")
    world.abandons(ann)
    world.sign_in(one)
    world.accept(one, world.offered(one, ann))
    world.reaches(ann, "dialling")
    world.kill_service()
    world.start_service()
    wait_for(lambda: world.stage(ann) == "dialling", "the attempt, taken up again", 60)
    one.phone.command("hangup")
    world.waits_again(ann, "hung_up")
    assert len(world.dialled_back()) == 1
    assert len(world.dialled()) == 1


def test_a_call_given_up_while_no_gateway_ran_is_called_back_all_the_same(world: CallbackWorld) -> None:
    ann = world.somebody()
    world.kill_service()
    citizen = world.dial(number=ann)
    wait_for(lambda: "hotline has 1 calls" in world.switch.rx("queue show hotline"), "a caller who waits", 30)
    time.sleep(3)
    citizen.hang_up()
    world.switch.wait_idle()
    world.start_service()
    wait_for(lambda: world.callback(ann) is not None, "callback out of the ledger", 40)
    row = world.callback(ann)
    assert row is not None
    assert row["place"] < row["created"]
    time.sleep(3)
    rows = world.chief.visitor.get("/api/callbacks")
    assert (rows["total"], len(rows["callbacks"][0]["calls"])) == (1, 1)


def board(world: CallbackWorld) -> dict[str, Any]:
    found: dict[str, Any] = world.chief.visitor.get("/api/board")
    return found


def _accept_in_vain(world: CallbackWorld, callback: str) -> None:
    with suppress(PeerFailed, OSError):
        world.accept(world.agents[0], callback)
