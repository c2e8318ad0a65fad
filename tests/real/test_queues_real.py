"""Queues on real peers: skills, penalties, overflow, capacity, priorities and how telephones are rung."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.peers.sipp import SippCaller
from tests.real.agent_views import NEEDED
from tests.real.service import Seat, WholeService
from tests.waiting import wait_for

pytestmark = pytest.mark.real

OVERFLOW_S = 4
ROUND_S = 5
HOTLINE, ENGLISH, TEAM = "12345", "96311", "96322"
FLOW = """
flow: {name}
languages: [zh, en]
start: greet
steps:
  greet: {{play: greeting, notice: true, next: rank}}
  rank: {{priority: ask, next: person}}
  person: {{queue: {name}}}
"""
QUEUES = (
    QueueSettings(name="hotline", ring_seconds=20),
    QueueSettings(
        name="english",
        ring_seconds=20,
        overflow_to="hotline",
        overflow_after_s=OVERFLOW_S,
        capacity=1,
        weight=5,
    ),
    QueueSettings(name="team", strategy="ringall", ring_seconds=20),
)


class RankedCentre(WholeService):
    """Three agents: the second speaks English best, the third a little, the first none."""

    def __init__(self, folder: Path) -> None:
        flows = folder / "flows"
        flows.mkdir(parents=True)
        for name in ("english", "team"):
            (flows / f"{name}.yaml").write_text(FLOW.format(name=name))
        entries = [{"flow": "english", "called": ENGLISH}, {"flow": "team", "called": TEAM}]
        hotline = {
            "queues": [queue.name for queue in QUEUES],
            "needs": {"english": [{"skill": "language:en", "at_least": 2}]},
            "priorities": {"repeat_calls": 2, "repeat": 5, "abandoned": 3},
            # By day an agent who is ready is offered a callback to who has just left the queue.
            "callbacks": {"enabled": False},
        }
        super().__init__(
            folder,
            agents=3,
            queues=QUEUES,
            role="centre",
            needed=NEEDED,
            overrides={"hotline": hotline, "ivr": {"flows": str(flows), "entries": entries}},
        )
        self._overrides["ivr"]["prompts"] = str(self.switch.settings.directories.prompts)
        self.switch.settings = self.switch.settings.model_copy(update={"round_seconds": ROUND_S})
        self._numbers: dict[Path, str] = {}

    def start(self) -> None:
        super().start()
        self.skills(self.seats[1], {"language:en": 5})
        self.skills(self.seats[2], {"language:en": 3})

    def skills(self, seat: Seat, levels: Mapping[str, int]) -> None:
        body = {"op_id": str(uuid.uuid4()), "skills": dict(levels)}
        self.supervisor.post(f"/api/users/{seat.person.id}/skills", body)

    def rings(self, called: str, number: str = "") -> SippCaller:
        """A citizen who has dialled this number."""
        self._callers += 1
        citizen = SippCaller(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=number or f"1390451{self._callers:04d}",
            called=called,
            speech=self._speech,
            seconds=120,
        )
        self._numbers[citizen.folder] = number or f"1390451{self._callers:04d}"
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    def rings_a_second_later(self, called: str) -> SippCaller:
        """The dialplan tells who came first by whole seconds."""
        time.sleep(1.1)
        return self.rings(called)

    def number(self, citizen: SippCaller) -> str:
        return self._numbers.get(citizen.folder) or super().number(citizen)

    def state(self, seat: Seat, state: str) -> None:
        seat.visitor.post("/api/agents/me/state", {"op_id": str(uuid.uuid4()), "state": state})

    def view(self, seat: Seat) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.supervisor.get("/api/agents")["agents"]
        return next(row for row in rows if row["agent_id"] == seat.person.id)

    def members(self, queue: str) -> dict[str, str]:
        """The lines of `queue show` about members, by endpoint."""
        found = {}
        for line in self.switch.rx(f"queue show {queue}").splitlines():
            for seat in self.seats:
                if f"PJSIP/{seat.endpoint}" in line:
                    found[seat.endpoint] = line
        return found

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.supervisor.get(f"/api/queues/waiting?queue={queue}")["waiting"]
        return found

    def waits(self, citizen: SippCaller, queue: str) -> dict[str, Any]:
        def there() -> list[dict[str, Any]]:
            return [one for one in self.waiting(queue) if one["caller"] == self.number(citizen)]

        wait_for(there, f"{self.number(citizen)} waiting in {queue}", 10)
        return there()[0]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RankedCentre]:
    with RankedCentre(tmp_path_factory.mktemp("service")) as whole:
        yield whole


@pytest.fixture
def world(centre: RankedCentre) -> RankedCentre:
    centre.switch.rx("channel request hangup all")
    centre.switch.wait_idle(20)
    for seat in centre.seats:
        centre.ready(seat)
    return centre


def test_skills_bring_a_call_to_who_has_them_the_best_one_first(world: RankedCentre) -> None:
    _, best, good = world.seats
    wait_for(lambda: set(world.members("english")) == {best.endpoint, good.endpoint}, "both members", 20)
    first = world.rings(ENGLISH)
    assert world.seat_on(world.talking(first)) is best
    second = world.rings(ENGLISH)
    assert world.seat_on(world.talking(second)) is good
    world.hang_up_all(first, second)
    for seat in (best, good):
        world.ready(seat)
    assert world.view(best)["queues"] == ["hotline", "english", "team"]


def test_a_supervisors_change_of_skills_takes_effect_at_once(world: RankedCentre) -> None:
    none, best, _ = world.seats
    world.skills(none, {"language:en": 4, "district:daoli": 1})
    wait_for(lambda: "penalty 1" in world.members("english").get(none.endpoint, ""), "new member", 20)
    world.skills(best, {"language:en": 2})
    wait_for(lambda: "penalty 3" in world.members("english")[best.endpoint], "new penalty", 20)
    world.skills(none, {})
    wait_for(lambda: none.endpoint not in world.members("english"), "end of membership", 20)
    world.skills(best, {"language:en": 5})
    wait_for(lambda: "penalty" not in world.members("english")[best.endpoint], "old penalty", 20)
    rows = world.ask_database("SELECT count(*) FROM identity_audit WHERE action = 'set-skills'")
    assert rows[0][0] >= 4


def test_a_caller_whom_nobody_takes_overflows_to_the_next_queue(world: RankedCentre) -> None:
    none, best, good = world.seats
    for seat in (best, good):
        world.state(seat, "rest")
    citizen = world.rings(ENGLISH)
    world.waits(citizen, "english")
    began = time.monotonic()
    call = world.talking(citizen, OVERFLOW_S + ROUND_S + 10)
    assert world.seat_on(call) is none
    assert time.monotonic() - began >= OVERFLOW_S - 2
    world.hang_up_all(citizen)


def test_a_full_queue_sends_the_next_caller_on_at_once(world: RankedCentre) -> None:
    none, best, good = world.seats
    for seat in (best, good):
        world.state(seat, "rest")
    first = world.rings(ENGLISH)
    world.waits(first, "english")
    second = world.rings(ENGLISH)
    assert world.seat_on(world.talking(second, 8)) is none
    world.hang_up_all(first, second)


def test_who_was_not_answered_before_comes_first(world: RankedCentre) -> None:
    for seat in world.seats:
        world.state(seat, "rest")
    again = "13945678901"
    lost = world.rings(HOTLINE, again)
    world.waits(lost, "hotline")
    lost.hang_up()
    wait_for(lambda: not world.waiting("hotline"), "end of the first call", 10)
    others = [world.rings_a_second_later(HOTLINE) for _ in range(2)]
    for one in others:
        world.waits(one, "hotline")
    repeat = world.rings(HOTLINE, again)
    assert world.waits(repeat, "hotline")["position"] == 1
    world.state(world.seats[0], "ready")
    assert world.talking(repeat)
    assert [one["caller"] for one in world.waiting("hotline")] == [world.number(one) for one in others]
    world.hang_up_all(repeat, *others)


def test_a_supervisor_puts_a_waiting_caller_first_and_he_stays_there_in_later_rounds(
    world: RankedCentre,
) -> None:
    for seat in world.seats:
        world.state(seat, "rest")
    first, second, third = [world.rings(HOTLINE) for _ in range(3)]
    for one in (first, second, third):
        world.waits(one, "hotline")
    last = world.waiting("hotline")[-1]
    body = {"op_id": str(uuid.uuid4()), "priority": 12}
    path = f"/api/queues/waiting/{last['call_id']}/priority"
    placed = world.supervisor.post(path, body)
    assert (placed["position"], placed["priority"]) == (1, 12)
    assert world.supervisor.post(path, body) == placed, "the same op_id again changes nothing"

    def in_line() -> bool:
        return last["call_id"] in {one["call_id"] for one in world.waiting("hotline")}

    # Between two rounds he is in no queue, and an agent who is free then takes another: a round begins.
    wait_for(lambda: not in_line(), "the end of his round", ROUND_S + 20)
    wait_for(in_line, "his later round", 25)
    assert next(one for one in world.waiting("hotline") if one["call_id"] == last["call_id"])["position"] == 1
    world.state(world.seats[0], "ready")
    path = f"/api/calls/{last['call_id']}"
    wait_for(lambda: world.supervisor.get(path)["state"] in {"ringing", "talking"}, "his turn", ROUND_S)
    world.hang_up_all(first, second, third)


def test_a_caller_keeps_his_place_over_the_rounds_and_hears_how_long(world: RankedCentre) -> None:
    for seat in world.seats:
        world.state(seat, "rest")
    first, second = world.rings(HOTLINE), None
    since = world.waits(first, "hotline")["since"]
    second = world.rings_a_second_later(HOTLINE)
    world.waits(second, "hotline")
    time.sleep(ROUND_S + 1)
    wait_for(lambda: len(world.waiting("hotline")) == 2, "both in a later round", 25)
    shown = world.waiting("hotline")
    assert [one["caller"] for one in shown] == [world.number(first), world.number(second)]
    assert shown[0]["since"] == since
    assert shown[1]["expected_wait_s"] > shown[0]["expected_wait_s"] > 0
    (queue,) = [one for one in world.supervisor.get("/api/queues")["queues"] if one["queue"] == "hotline"]
    assert queue["waiting"] == 2
    assert queue["longest_since"] == since
    world.hang_up_all(first, second)


def test_ringall_rings_every_telephone_and_each_agent_sees_the_pop(world: RankedCentre) -> None:
    screens = [world.screen(seat) for seat in world.seats]
    citizen = world.rings(TEAM)
    call = world.talking(citizen)
    for screen in screens:
        screen.wait(lambda screen=screen: bool(screen.pops()), "the pop", 20)  # type: ignore[misc]
    taker = world.seat_on(call)
    for seat in world.seats:
        if seat is not taker:
            wait_for(lambda seat=seat: world.view(seat)["state"] == "ready", "readiness of the others", 20)  # type: ignore[misc]
            assert world.view(seat)["missed"] == 0, "who was slower has missed nothing"
    for screen in screens:
        screen.close()
    world.hang_up_all(citizen)


def test_rrmemory_gives_each_call_to_another_agent(world: RankedCentre) -> None:
    takers = []
    for _ in range(3):
        citizen = world.rings(HOTLINE)
        seat = world.seat_on(world.talking(citizen))
        takers.append(seat.endpoint)
        world.hang_up_all(citizen)
        world.ready(seat)
    assert len(set(takers)) == 3


def test_lesson_13_the_switch_is_asked_for_its_queues_seldom_and_never_reloaded(world: RankedCentre) -> None:
    """Asterisk 1972, 1961, 1215: a storm of lists floods the switch; members change by actions alone."""
    asked = 'songhua_ami_actions_total{action="QueueStatus",outcome="ok"}'
    before, began = world.metric(asked), time.monotonic()
    citizens = [world.rings(HOTLINE) for _ in range(3)]
    for citizen in citizens:
        world.talking(citizen)
    time.sleep(3)
    wait_for(lambda: world.metric(asked) > before, "list of the queues", 20)
    count, lasted = world.metric(asked) - before, time.monotonic() - began
    assert 1 <= count <= lasted / 2.5 + 1, "once in three seconds, whatever happens"
    world.hang_up_all(*citizens)
