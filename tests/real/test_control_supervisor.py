"""A supervisor on an agent's call: hears, whispers, joins, takes over, comes to help; his board; and numbers
of malicious callers, listed and lifted while calls go on, for the next call on.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.real.control_world import NOTHING, ControlWorld, spell
from tests.real.desk_screen import DeskScreen
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WARNED_S = 20.0
"""Until a caller who is asked to be polite waits in the queue."""

LEVEL = 100_000_000
"""The switch's order is the level and, behind it, since when he waits (dialplan/reach.conf)."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


def _spying(world: ControlWorld, mode: str) -> bool:
    return any(
        row[1] == "control-spy" and row[2].startswith(mode) and row[4] == "Up" for row in world.channels()
    )


def test_monitor_whisper_and_barge_without_hanging_up(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, "monitor")
    wait_for(lambda: _spying(world, "listen"), "the supervisor's ear")
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
    wait_for(lambda: _spying(world, "whisper"), "the supervisor's voice")
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
        wait_for(lambda: _spying(world, "listen"), "the supervisor's ear")
    world.do(world.chief, call, "intercept")
    wait_for(lambda: world.state_of(one) != "talking", "the agent's leaving")
    world.until(call, "talking")
    between = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["agent-3"] > 0.6
    assert world.heard_by_citizen(*between)["agent-1"] < NOTHING
    assert world.heard_by(world.chief, *between)["citizen"] > 0.6
    assert len(world.chief.phone.heard()) == 1


@pytest.fixture
def slow_switch(world: ControlWorld) -> Iterator[None]:
    """Half a second between a citizen's leaving an agent and his coming to the next, as on a busy machine."""
    for priority, step in enumerate(("Wait(0.5)", "Bridge(${EXTEN},nF(${CONTROL_BACK}))"), 1):
        said = world.switch.rx(
            f"dialplan add extension _[0-9a-zA-Z].,{priority},{step} into control-fresh replace"
        )
        assert "replace" in said
    yield
    world.switch.rx("dialplan reload")


@pytest.mark.usefixtures("slow_switch")
@pytest.mark.parametrize("ear", ["monitor", "whisper"])
def test_who_listens_takes_over_however_long_the_citizen_is_on_his_way(world: ControlWorld, ear: str) -> None:
    """The ear ends with the agent's leg, which is gone before the citizen has come."""
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, ear)
    wait_for(lambda: _spying(world, "whisper" if ear == "whisper" else "listen"), "the supervisor's ear")
    world.do(world.chief, call, "intercept")
    wait_for(lambda: world.state_of(one) != "talking", "the agent's leaving")
    world.until(call, "talking")
    between = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["agent-3"] > 0.6
    assert world.heard_by(world.chief, *between)["citizen"] > 0.6
    assert len(world.chief.phone.heard()) == 1


def test_call_for_help(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    chief, desk = (DeskScreen(world.service.address, seat.visitor) for seat in (world.chief, one))
    world.do(one, call, "help")
    chief.wait(lambda: bool(chief.of("hotline.help_changed", call_id=call)), "the call for help", 20)
    world.do(world.chief, call, "help/accept")
    desk.wait(lambda: len(desk.of("hotline.help_changed", call_id=call)) == 2, "who comes", 20)
    answer = desk.of("hotline.help_changed")[-1].event["help"]
    assert (answer["asked_by"], answer["accepted_by"]) == (one.id, world.chief.id)
    assert answer["accepted_at"] >= answer["asked_at"]
    assert world.call(call)["help"] == answer
    chief.close()
    desk.close()
    citizen.hang_up()


def test_the_desk_is_told_of_the_board_at_most_once_a_second(world: ControlWorld) -> None:
    board = DeskScreen(world.service.address, world.chief.visitor)
    assert board.snapshots[-1]["board"]["total"]["waiting"] == 0
    before = len(board.of("hotline.board_changed"))
    citizens = [world.dial() for _ in range(3)]
    for citizen in citizens:
        world.waiting(citizen, "queued")
    world.sign_in(world.agents[0])

    def shown() -> bool:
        told = board.of("hotline.board_changed")
        return bool(told) and told[-1].event["board"]["total"]["waiting"] == 2

    board.wait(shown, "two who wait and one who talks", 20)
    told = board.of("hotline.board_changed")[before:]
    gaps = [later.at - earlier.at for earlier, later in pairwise(told)]
    assert all(gap > 0.9 for gap in gaps), gaps
    assert str(uuid.UUID(told[-1].event["id"]))
    assert world.number(citizens[0]) not in json.dumps(told[-1].event)
    board.close()


def _place(world: ControlWorld, number: str = "") -> int:
    """Dials, waits in the queue of nobody, and hangs up: the level that he had in the switch."""
    citizen = world.dial(number=number)
    found: list[str] = []

    def waits() -> bool:
        found[:] = re.findall(r"prio: ([0-9]+)", world.switch.rx("queue show hotline"))
        return bool(found)

    wait_for(waits, "a caller in the queue", WARNED_S)
    citizen.hang_up()
    world.switch.wait_idle()
    wait_for(lambda: world.calls() == [], "the end of the call", 20)
    return int(found[0]) // LEVEL


def test_a_listed_number_is_last_in_the_line_from_the_next_call_until_it_is_lifted(
    world: ControlWorld,
) -> None:
    chief = DeskScreen(world.service.address, world.chief.visitor)
    assert _place(world) == 1
    until = datetime.now(UTC) + timedelta(hours=1)
    op = str(uuid.uuid4())
    body = {"op_id": op, "number": world.next_number(), "reason": "辱骂", "until": until.isoformat()}
    assert world.chief.visitor.post("/api/nuisance", body)["state"] == "in_force"
    assert _place(world) == 0
    assert len(chief.of("ivr.caller_marked", mark="nuisance")) == 1

    number = world.next_number()
    added = json.loads(world.service.run("nuisance", "add", "-m", "辱骂", "--days", "1", "--json", number))
    assert _place(world, number) == 0
    world.service.run("nuisance", "lift", number, "-m", "换了机主")
    assert _place(world, number) > 0, "he comes as early as anybody who gave up before"
    assert len(chief.of("ivr.caller_marked", mark="nuisance")) == 2
    chief.close()
    rows = world.chief.visitor.get("/api/nuisance?ended=true")["numbers"]
    states = {one["listing_id"]: one["state"] for one in rows}
    assert (states[op], states[added["listing_id"]]) == ("in_force", "lifted")
