"""A citizen's call is patched to a crew's talkgroup on a real reflector: who hears whom, by their tones."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from core.sound.notes import PATCHED_HZ
from radio_bridge.floor.model import FloorStage
from tests.mqtt.handset import Handset
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.real.field_case import a_case
from tests.real.radio.patch_world import (
    AGENT,
    AIR,
    APP,
    CITIZEN,
    CLOSED,
    CREW,
    GRANTED,
    GROUP,
    LICENSED,
    LIMIT_S,
    NOTHING,
    RADIO,
    SHARE,
    WORDS,
    PatchWorld,
)
from tests.waiting import until, wait_for

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PatchWorld]:
    with PatchWorld(tmp_path_factory.mktemp("patch")) as made:
        yield made


@pytest.fixture
def world(city: PatchWorld) -> Iterator[PatchWorld]:
    yield city
    city.end_call()


@pytest.fixture
def patched(world: PatchWorld) -> PatchWorld:
    """A call that is put through, with its way to the network."""
    world.patch(world.call())
    wait_for(lambda: world.patched() is not None, "patch")
    wait_for(world.carried, "leg to the role radio")
    return world


def test_a_radio_is_heard_by_the_telephone_and_the_telephone_by_the_radio_while_it_has_the_floor(
    patched: PatchWorld,
) -> None:
    # Nobody has the floor: the citizen speaks all the time, and is heard by nobody.
    air, agent = patched.transmitted(1.0, CITIZEN, AGENT)
    assert max(air, agent) < NOTHING
    # The radio talks: the citizen hears it, and the agent as well.
    patched.radio_set.say(AIR, 30.0)
    wait_for(lambda: patched.talker() == f"svx:{RADIO}", "talk of the radio")
    (own,) = patched.until_heard_for(patched.citizen, 1.1, AIR, CITIZEN)
    assert own < NOTHING
    patched.radio_set.says_no_more()
    patched.until_quiet()
    # The key: the floor is asked for, a tone says that it is granted, and the citizen is on the air.
    patched.citizen.press("*")
    patched.until_talking(talks=True)
    (agent,) = patched.until_transmitted(1.1, CITIZEN, AGENT)
    assert agent < NOTHING
    patched.citizen.press("#")
    patched.until_talking(talks=False)
    wait_for(lambda: not patched.on_air(), "free talkgroup")
    (air,) = patched.transmitted(1.0, CITIZEN)
    assert air < NOTHING
    # The citizen was told in words what comes, and by a tone that he had the floor; nobody else heard it.
    whole = audio.read_wav(patched.citizen.heard()[-1])
    assert audio.tone_seconds(whole, WORDS, share=SHARE) > 0.3
    assert audio.tone_seconds(whole, GRANTED, share=SHARE) > 0
    # The tone that everybody in the talkgroup heard came before the words.
    assert audio.notes(whole, *PATCHED_HZ, WORDS)[:3] == [*PATCHED_HZ, WORDS]
    others = audio.read_wav(patched.agent.phone.heard()[-1])
    assert audio.tone_seconds(others, WORDS, share=SHARE) == 0


def test_the_time_out_timer_and_the_agents_button_and_the_way_back(patched: PatchWorld) -> None:
    call = str(patched.calls()[0]["call_id"])
    # The agent has the floor by his own button: he is on the air, and the citizen is not.
    patched.hold_agents_button(LIMIT_S)
    silenced = time.monotonic()
    (citizen,) = patched.until_transmitted(0.8, AGENT, CITIZEN)
    muted_s = time.monotonic() - silenced
    assert citizen < NOTHING
    patched.let_agents_button_go()
    wait_for(lambda: not patched.on_air(), "free talkgroup")
    # The agent presses the telephone's key for it, and nobody lets it go: the timer does.
    patched.press_for_citizen(down=True)
    patched.until_talking(talks=True)
    patched.until_transmitted(0.7, CITIZEN)
    patched.until_talking(talks=False, timeout=LIMIT_S + 10)
    # What is on its way to the transmitter is sent to its end.
    wait_for(lambda: not patched.on_air(), "free talkgroup")
    silenced = time.monotonic()
    (citizen,) = patched.transmitted(1.0, CITIZEN)
    muted_s += time.monotonic() - silenced
    assert citizen < NOTHING
    # The patch ends: agent and citizen speak with each other, and nobody is on the air.
    patched.unpatch()
    wait_for(lambda: patched.patched() is None, "end of the patch")
    patched.until_heard_for(patched.citizen, 1.6, AGENT)
    patched.until_heard_for(patched.agent.phone, 1.6, CITIZEN)
    assert not patched.on_air()
    assert not patched.carried()
    # One call in the ledger; its recording goes through, and holds what somebody could hear: what the citizen
    # says while he is muted is not in it. (Where the switch gets no frame in time, it records no silence.)
    patched.citizen.hang_up()
    patched.switch.wait_idle(15)
    wait_for(lambda: patched.record(call)["call"]["ended_at"], "record of the call", 20)
    said, heard = patched.recorded("in"), patched.recorded("out")
    record = patched.record(call)
    lasted_s = seconds_of(record["call"], "started_at")
    assert audio.tone_seconds(said[-2 * audio.RATE :], CITIZEN) > 1.5
    assert LIMIT_S + 2 < audio.tone_seconds(said, CITIZEN) < lasted_s - 0.7 * muted_s
    assert audio.tone_seconds(heard, AGENT) > 3.5
    assert len([leg for leg in record["legs"] if leg["channel"].startswith("PJSIP/")]) == 2
    assert [act["label"] for act in record["acts"]] == ["patch", "unpatch"]
    # Who talked when is in the record: the agent by his button, then the telephone, to the end of its time.
    wait_for(lambda: len(patched.talks(call)) == 2, "talks in the record", 10)
    first, second = patched.talks(call)
    assert first["party"] == f"user:{patched.agent.person.id}"
    assert second["party"].startswith("phone:")
    assert LIMIT_S - 0.5 < seconds_of(second) < LIMIT_S + 2


def seconds_of(row: dict[str, str], beginning: str = "began_at") -> float:
    began, ended = (datetime.fromisoformat(row[key]) for key in (beginning, "ended_at"))
    return (ended - began).total_seconds()


@pytest.mark.own_process
def test_roles_that_are_killed_in_mid_talk_leave_nobody_keyed_and_the_patch_lives_on(
    patched: PatchWorld,
) -> None:
    patched.citizen.press("*")
    patched.until_talking(talks=True)
    wait_for(patched.on_air, "talk at the reflector")
    patched.radio.kill()
    wait_for(lambda: not patched.on_air(), "free talkgroup without the role radio", 1.5)
    patched.until_talking(talks=False)
    patched.radio.start()
    wait_for(patched.carried, "leg to the new role radio", 10)
    wait_for(patched.linked, "link to the reflector", 30)
    patched.citizen.press("*")
    patched.until_talking(talks=True)
    patched.until_transmitted(0.7, CITIZEN)
    # The role centre: it alone can say that the key is still held.
    patched.service.program.kill()
    wait_for(lambda: not patched.on_air(), "free talkgroup without the role centre", 1)
    patched.restart_centre()
    wait_for(lambda: patched.patched() is not None, "patch as the switch has it", 15)
    (citizen,) = patched.transmitted(1.0, CITIZEN)
    assert citizen < NOTHING
    patched.citizen.press("*")
    patched.until_talking(talks=True)
    patched.until_transmitted(0.7, CITIZEN)
    # The agent hangs up with the key held: the call is over, and nobody is on the air.
    patched.agent.phone.command("hangup")
    patched.switch.wait_idle(15)
    wait_for(lambda: not patched.on_air(), "free talkgroup after the call", 4)


def test_a_call_that_the_agent_has_placed_is_patched_and_comes_back_as_well(world: PatchWorld) -> None:
    world.patch(world.call_out())
    wait_for(lambda: world.patched() is not None, "patch")
    wait_for(world.carried, "leg to the role radio")
    world.citizen.press("*")
    world.until_talking(talks=True)
    (agent,) = world.until_transmitted(0.8, CITIZEN, AGENT)
    assert agent < NOTHING
    world.unpatch()
    wait_for(lambda: world.patched() is None, "end of the patch")
    wait_for(lambda: not world.on_air(), "free talkgroup")
    world.until_heard_for(world.citizen, 0.8, AGENT)
    world.until_heard_for(world.agent.phone, 0.8, CITIZEN)


async def test_a_crews_emergency_takes_the_floor_from_the_telephone_which_is_silent_at_once(
    world: PatchWorld,
) -> None:
    def put_through() -> None:
        world.patch(world.call(), group=APP)
        world.citizen.press("*")
        world.until_talking(talks=True, group=APP)

    await asyncio.to_thread(put_through)
    crew = Handset(CREW, world.crew, APP)
    await crew.start()
    try:
        await until(
            lambda: bool(crew.states) and crew.state.stage is FloorStage.TAKEN, "a telephone that talks", 20
        )
        assert crew.state.talker is not None
        # Who it is, and his number, are not for the air.
        assert (crew.state.talker.party, crew.state.talker.name) == ("phone", "phone")
        await asyncio.to_thread(world.until_heard_for, world.agent.phone, 0.8, CITIZEN)
        await crew.press(emergency=True)
        await crew.until_told("granted")
        (heard,) = await asyncio.to_thread(world.heard_by, world.agent.phone, 1.5, CITIZEN)
        assert heard < NOTHING
        # Whoever presses now waits for the end of the emergency.
        world.citizen.press("*")
        await until(lambda: crew.state.waiting == 1, "a telephone that waits")
        await crew.let_go()
        await asyncio.to_thread(world.until_talking, talks=True, group=APP)
    finally:
        await crew.stop()


def test_who_may_patch_and_only_once(world: PatchWorld) -> None:
    call, op = world.call(), str(uuid.uuid4())
    for _ in range(2):
        assert world.patch(call, op)["outcome"] == "done"
    wait_for(lambda: world.patched() is not None, "patch")
    assert [action for _, action in world.audited()][-1] == "patch.begin"
    with pytest.raises(PeerFailed, match="talkgroup-patched"):
        world.patch(call)
    with pytest.raises(PeerFailed, match="class-guard"):
        world.patch(call, group=LICENSED)
    with pytest.raises(PeerFailed, match="may-not-patch"):
        world.patch(call, group=CLOSED)
    assert GROUP in world.songhua("patch", "list")
    world.unpatch()
    wait_for(lambda: world.patched() is None, "end of the patch")
    world.songhua("patch", "begin", GROUP, call)
    wait_for(lambda: world.patched() is not None, "patch by the command line")


def test_a_talkgroup_takes_part_in_the_conference_of_a_case_under_its_floors_rules(world: PatchWorld) -> None:
    """The telephone in it asks for the floor by speaking, and hears the radio."""
    case = a_case(world, world.call())
    world.end_call()
    chief = world.supervisor

    def ask(path: str, **body: object) -> dict[str, Any]:
        answer: dict[str, Any] = chief.post(f"/api/conferences{path}", {"op_id": str(uuid.uuid4()), **body})
        return answer

    held = f"/{ask('', case_id=case, join=False)['conference_id']}"
    ask(f"{held}/members", kind="telephone", who="13904510001")

    def member(kind: str) -> dict[str, Any]:
        shown = chief.get(f"/api/conferences{held}")["members"]
        return next(one for one in shown if one["kind"] == kind)

    wait_for(lambda: member("telephone")["state"] == "present", "the telephone in the conference", 25)
    ask(f"{held}/members", kind="talkgroup", who=GROUP)
    wait_for(lambda: member("talkgroup")["state"] == "present", "the talkgroup in the conference", 25)
    wait_for(world.carried, "leg to the role radio")
    # The telephone speaks: by that it asks for the floor, and it is on the air.
    world.until_transmitted(1.1, CITIZEN)
    # Muted in the conference, it lets the floor go; the radio talks, and the conference hears it.
    ask(f"{held}/members/{member('telephone')['member_id']}/mute")
    world.until_quiet()
    world.radio_set.say(AIR, 30.0)
    wait_for(lambda: world.talker() == f"svx:{RADIO}", "talk of the radio")
    world.until_heard_for(world.citizen, 1.1, AIR)
    world.radio_set.says_no_more()
    # The last person leaves: the talkgroup is free again.
    world.citizen.hang_up()
    wait_for(lambda: chief.get(f"/api/conferences{held}")["end_cause"] == "last-left", "the end", 20)
    wait_for(lambda: world.patched() is None, "free talkgroup", 15)
    assert member("talkgroup")["state"] == "left"
