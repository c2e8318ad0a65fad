"""The live board over real calls: what it says is what happened, also after the service was killed."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.real.callback_world import CHIEF, CallbackWorld
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

ANN, BEN, CARL = "13904510001", "13904510002", "13904510003"
COUNTED = (
    "offered_24h",
    "answered_24h",
    "abandoned_24h",
    "connect_rate_24h",
    "within_15s_24h",
    "answered_today",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CallbackWorld]:
    with CallbackWorld(tmp_path) as world:
        yield world


def board(world: CallbackWorld) -> dict[str, Any]:
    found: dict[str, Any] = world.chief.get("/api/board")
    return found


def test_the_board_counts_real_calls_and_a_kill_does_not_empty_it(world: CallbackWorld) -> None:
    (seat,) = world.seats
    waiting = world.waits(ANN)
    seen = board(world)["total"]
    assert (seen["waiting"], seen["connect_rate_24h"]) == (1, None)
    world.sign_in(seat)
    wait(lambda: any(call["state"] == "talking" for call in world.calls()), "talk")
    time.sleep(2)
    waiting.hang_up()
    world.abandons(BEN)

    def counted() -> bool:
        return bool(board(world)["total"]["offered_24h"] == 2)

    wait(counted, "both calls on the board")
    seen = board(world)
    total = seen["total"]
    assert (total["answered_24h"], total["abandoned_24h"], total["connect_rate_24h"]) == (1, 1, 0.5)
    assert 1.5 <= total["average_talk_today_s"] <= 10
    assert total["within_15s_24h"] == 0.5
    assert seen["callbacks_open"] == 1
    assert seen["agents"] == {"wrap_up": 1}

    def written() -> bool:
        return bool(world.ask("SELECT count(*) FROM hotline_calls") == 2)

    wait(written, "ended calls in the database")
    world.kill_service()
    world.start_again()
    after = board(world)
    assert after["filled"]
    assert {name: after["total"][name] for name in COUNTED} == {name: total[name] for name in COUNTED}
    assert after["callbacks_open"] == 1
    printed = world.service.run(
        "board", "--once", "--json", "--user", CHIEF.id, "--url", world.service.address,
        env={"SONGHUA_PASSWORD": CHIEF.password},
    )  # fmt: skip
    assert json.loads(printed)["total"]["answered_24h"] == 1


def test_the_desk_is_told_of_the_board_at_most_once_a_second(world: CallbackWorld) -> None:
    (seat,) = world.seats
    assert world.board.snapshots[-1]["board"]["total"]["waiting"] == 0
    before = len(world.board.of("hotline.board_changed"))
    for number in (ANN, BEN, CARL):
        world.waits(number)
    world.sign_in(seat)

    def shown() -> bool:
        told = world.board.of("hotline.board_changed")
        return bool(told) and told[-1].event["board"]["total"]["waiting"] == 2

    world.board.wait(shown, "two who wait and one who talks", 15)
    told = world.board.of("hotline.board_changed")[before:]
    gaps = [later.at - earlier.at for earlier, later in pairwise(told)]
    assert all(gap > 0.9 for gap in gaps), gaps
    assert str(uuid.UUID(told[-1].event["id"]))
    assert ANN not in json.dumps(told[-1].event)
