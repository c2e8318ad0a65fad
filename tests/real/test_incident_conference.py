"""The incident conference on a real Asterisk: four telephones with a tone each tell who hears whom."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.program import PeerFailed
from tests.real.control_world import NOTHING, NUMBER, spell
from tests.real.field_case import FIELDS
from tests.real.record_world import RecordWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

Shown = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path_factory.mktemp("centre"), voice_seconds=200) as made:
        yield made


class Conference:
    """What the supervisor does with the conference of one case."""

    def __init__(self, world: RecordWorld, case: str) -> None:
        self.world = world
        self.desk = world.chief.visitor
        self.case = case
        self.op = str(uuid.uuid4())
        body = {"op_id": self.op, "case_id": case}
        made = self.desk.post("/api/conferences", body)
        # Asked again, as by a desk that heard no answer: it is the same one.
        assert self.desk.post("/api/conferences", body)["conference_id"] == made["conference_id"]
        self.path = f"/api/conferences/{made['conference_id']}"

    def shown(self) -> Shown:
        found: Shown = self.desk.get(self.path)
        return found

    def states(self) -> dict[str, str]:
        return {one["name"]: one["state"] for one in self.shown()["members"]}

    def member(self, name: str) -> Shown:
        return next(one for one in self.shown()["members"] if one["name"] == name)

    def add(self, kind: str, who: str) -> None:
        self.desk.post(f"{self.path}/members", {"op_id": str(uuid.uuid4()), "kind": kind, "who": who})

    def act(self, verb: str, name: str = "") -> None:
        middle = f"/members/{self.member(name)['member_id']}" if name else ""
        self.desk.post(f"{self.path}{middle}/{verb}", {"op_id": str(uuid.uuid4())})

    def until(self, **states: str) -> None:
        wanted = {name.replace("_", " "): state for name, state in states.items()}
        wanted = {("…9999" if name == "outside" else name): state for name, state in wanted.items()}

        def there() -> bool:
            now = self.states()
            return all(now.get(name) == state for name, state in wanted.items())

        wait_for(there, f"members {wanted}", 20)


def a_case(world: RecordWorld) -> str:
    citizen, call = world.talk(world.agents[0])
    desk = world.agents[0].visitor
    draft = desk.post(f"/api/calls/{call}/drafts", {"op_id": str(uuid.uuid4())})
    path = f"/api/drafts/{draft['draft_id']}"
    for field, value in FIELDS.items():
        rev = desk.get(path)["fields"][field]["rev"]
        desk.patch(path, {"op_id": str(uuid.uuid4()), "field": field, "value": value, "rev": rev})
    case = str(desk.post(f"{path}/confirm", {"op_id": str(uuid.uuid4())})["case_id"])
    citizen.hang_up()
    world.rest()
    return case


def test_from_the_first_ring_to_the_recording(world: RecordWorld) -> None:
    case = a_case(world)
    held = Conference(world, case)
    chief, agent = world.chief, world.agents[0]
    held.add("desk", agent.id)
    held.add("telephone", NUMBER)
    held.until(user_1="present", chief="present", outside="present")
    held.act("record")
    wait_for(lambda: held.shown()["recording"], "the recorder")

    everybody = spell()
    assert world.heard_by(chief, *everybody)["agent-1"] > 1
    assert world.heard_by(chief, *everybody)["outside"] > 1
    assert world.heard_by(chief, *everybody)["agent-3"] < NOTHING, "nobody hears himself"
    assert world.heard_by(agent, *everybody)["agent-3"] > 1
    assert world.heard_by(world.outside, *everybody)["agent-1"] > 1
    assert all(one["talks"] for one in held.shown()["members"])

    held.act("mute", "…9999")
    wait_for(lambda: held.member("…9999")["muted"], "the mute on the roster")
    muted = spell()
    assert world.heard_by(chief, *muted)["outside"] < NOTHING
    assert world.heard_by(chief, *muted)["agent-1"] > 1
    assert world.heard_by(world.outside, *muted)["agent-3"] > 1, "who is muted hears on"
    held.act("unmute", "…9999")
    wait_for(lambda: not held.member("…9999")["muted"], "the end of the mute")

    held.act("lock")
    with pytest.raises(PeerFailed, match="conference-locked"):
        held.add("desk", world.agents[1].id)
    assert held.shown()["locked"]

    # The centre is killed: they talk on, and the next run finds them there and rings nobody.
    world.kill_service()
    without = spell()
    assert world.heard_by(chief, *without)["outside"] > 1
    world.start_service()
    held.until(user_1="present", chief="present", outside="present")
    wait_for(lambda: held.shown()["recording"], "the recorder is known again")
    assert held.shown()["locked"]
    assert [len(seat.phone.heard()) for seat in (chief, agent)] == [1, 1]
    assert len(world.outside.heard()) == 1

    held.act("remove", "…9999")
    held.until(outside="left")
    agent.phone.command("hangup")
    held.until(user_1="left", chief="present")
    chief.phone.command("hangup")
    wait_for(lambda: held.shown()["ended_at"] is not None, "the end of the conference", 20)
    assert held.shown()["end_cause"] == "last-left"
    world.switch.wait_idle()

    def entries() -> list[Shown]:
        found: list[Shown] = chief.visitor.get(f"/api/cases/{case}/timeline")["entries"]
        return [one for one in found if one["kind"] == "conference"]

    # What is shown at once is written a moment later.
    wanted = sorted(
        ["conference-opened", *["conference-joined"] * 3, *["conference-left"] * 3, "conference-recorded",
         "conference-ended"]
    )  # fmt: skip
    with contextlib.suppress(PeerFailed):
        wait_for(lambda: sorted(one["act"] for one in entries()) == wanted, "the case's log", 20)
    assert sorted(one["act"] for one in entries()) == wanted

    def recorded() -> list[str]:
        return [
            name for one in entries() if one["act"] == "conference-recorded" for name in one["recordings"]
        ]

    (sound,) = wait_for(recorded, "the recording in the ledger", 40)
    query = "SELECT state, sha256 FROM cdr_recordings WHERE talkgroup LIKE 'conference:%'"
    with contextlib.closing(sqlite3.connect(world.service.folder / "songhua.db", timeout=10)) as link:
        wait_for(lambda: link.execute(query).fetchone()[0] == "complete", "a recording that is complete", 40)
        assert len(link.execute(query).fetchone()[1]) == 64
    assert sound


def test_who_does_not_answer_is_shown_and_not_called_again(world: RecordWorld) -> None:
    case = a_case(world)
    world.agents[1].phone.leave()
    held = Conference(world, case)
    held.until(chief="present")
    held.add("desk", world.agents[1].id)
    held.act("end")
    wait_for(lambda: held.shown()["ended_at"] is not None, "the end")
    world.switch.wait_idle()
    assert held.states() == {"chief": "left", "user 2": "missed"}
    assert held.shown()["end_cause"] == "ended"
