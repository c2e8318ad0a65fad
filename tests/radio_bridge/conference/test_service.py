"""The conferences of talkgroups with a simulated switch: who is muted follows the floor, whatever fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Unavailable
from core.ids import uuid7
from radio_bridge.floor.messages import GroupState
from radio_bridge.floor.ports import FloorRight
from radio_bridge.switch.conference.messages import SoundState
from radio_bridge.switch.conference.model import (
    ConferenceLeg,
    ConferenceTalker,
    conference_of,
    group_of,
    radio_leg_of,
    wrong,
)
from radio_bridge.switch.conference.ports import Member
from radio_bridge.switch.conference.service import ConferenceService, NotAMember
from radio_bridge.switch.conference.signals import READERS, signal_of
from tests.mqtt.fakes import FakeLink

GROUP, ROOM = "svx:4011", "svx*4011"
CREW, OTHER, LINE = "app:17", "app:18", "phone:1.7"
SOUND = "v1/harbin/tg/svx/4011/sound"
STATE = SoundState(run="run-1", host="127.0.0.1", port=4000, groups=[GROUP])


@dataclass(frozen=True)
class Said:
    """An event of the switch."""

    name: str
    headers: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        return self.headers.get(name, default)


@dataclass
class SimulatedSwitch:
    """Implements `ConferenceSwitch`: what is in the one conference, and what was asked."""

    members_now: dict[str, bool] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    voices: set[str] = field(default_factory=set)
    away: bool = False

    async def mute(self, conference: str, channel: str, *, muted: bool) -> bool:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("a test took it away")
        if channel not in self.members_now:
            return False
        self.members_now[channel] = muted
        self.asked.append(f"{'mute' if muted else 'unmute'} {channel}")
        return True

    async def members(self, conference: str) -> Sequence[Member]:
        if self.away:
            raise Unavailable("a test took it away")
        return [Member(channel, muted) for channel, muted in self.members_now.items()]

    async def party_of(self, channel: str) -> str:
        return self.parties.get(channel, "")

    async def talks_by_voice(self, channel: str) -> bool:
        return channel in self.voices

    async def mark_voice(self, channel: str) -> None:
        self.voices.add(channel)

    async def admit(self, channel: str, conference: str, party: str) -> None:
        self.asked.append(f"admit {channel} {conference} {party}")

    async def send_out(self, conference: str, channel: str) -> None:
        self.asked.append(f"out {channel}")

    async def join(self, one: str, two: str, conferences: tuple[str, str]) -> None:
        self.asked.append(f"join {one} {two}")

    async def tell(self, conference: str, notice: str) -> None:
        self.asked.append(f"{notice} {conference}")

    async def place_radio_leg(self, host: str, port: int, leg: UUID, conference: str) -> None:
        self.asked.append("radio leg")
        self.members_now[f"AudioSocket/{host}:{port}-{leg}"] = False

    async def end_radio_leg(self, leg: UUID) -> None:
        self.asked.append("end radio leg")
        for channel in [one for one in self.members_now if one.endswith(str(leg))]:
            del self.members_now[channel]


@dataclass
class TwoRooms(SimulatedSwitch):
    """Two talkgroups that are patched, and whether an end was sent out."""

    def put(self, city: City) -> None:
        for room, party in ((ROOM, "patch:app:daoli"), ("app*daoli", f"patch:{GROUP}")):
            channel = f"Local/{room}@talkgroup-patch-1"
            city.say("UserEvent", UserEvent="TalkgroupLeg", Channel=channel, Party=party)
            city.say("ConfbridgeJoin", Conference=room, Channel=channel, Muted="Yes")

    async def members(self, conference: str) -> Sequence[Member]:
        if self.away:
            raise Unavailable("a test took it away")
        return [Member(f"Local/{conference}@talkgroup-patch-1", muted=True)]

    async def send_out(self, conference: str, channel: str) -> None:
        if self.away:
            raise Unavailable("a test took it away")
        self.asked.append(f"out {channel}")


class Rights:
    def __init__(self) -> None:
        self.known = {CREW, OTHER}

    def right(self, group: str, party: str) -> FloorRight | None:
        return FloorRight(5) if party in self.known else None


class Desks:
    def __init__(self) -> None:
        self.listening = {("wang.fang", GROUP)}

    def endpoint_of(self, user_id: str) -> str | None:
        return {"li.na": "agent-1"}.get(user_id)

    def listens(self, user_id: str, group: str) -> bool:
        return (user_id, group) in self.listening


class City:
    def __init__(self) -> None:
        self.switch, self.link, self.rights = SimulatedSwitch(), FakeLink(), Rights()
        self.desks = Desks()
        self.conferences = ConferenceService(self.switch, self.link, self.rights, self.desks, tenant="harbin")

    def join(self, channel: str, party: str = "") -> None:
        self.switch.members_now[channel] = True
        if party:
            self.say("UserEvent", UserEvent="TalkgroupLeg", Channel=channel, Party=party)
        self.say("ConfbridgeJoin", Conference=ROOM, Channel=channel, Muted="Yes")

    def leave(self, channel: str) -> None:
        self.switch.members_now.pop(channel, None)
        self.say("ConfbridgeLeave", Conference=ROOM, Channel=channel)

    def say(self, name: str, **headers: str) -> None:
        self.conferences.on_message(Said(name, headers))

    def talks(self, party: str, request: UUID | None, party_of: str | None = None) -> None:
        state = GroupState.model_validate({
            "run": "a", "rev": 1, "ts": datetime.now(UTC), "talkgroup": GROUP, "stage": "taken",
            "talker": {"party": party, "priority": 5, "of": request, "since": datetime.now(UTC)},
        })  # fmt: skip
        self.conferences.floor_is(GROUP, state, party_of)

    def nobody(self) -> None:
        self.conferences.floor_is(GROUP, None, None)

    def heard(self) -> list[str]:
        return sorted(name for name, muted in self.switch.members_now.items() if not muted and name[0] == "P")

    def carries(self) -> str | None:
        said = [json.loads(payload) for topic, payload in self.link.published if topic == SOUND]
        return None if not said else said[-1]["carries"]

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not so():
                await asyncio.sleep(0.005)


async def with_city(play: Callable[[City], Any]) -> None:
    city = City()
    await city.conferences.start()
    try:
        await play(city)
    finally:
        await city.conferences.stop()


@pytest.fixture
async def city() -> Any:
    made = City()
    await made.conferences.start()
    yield made
    await made.conferences.stop()


async def test_only_who_has_the_floor_is_heard_and_the_network_is_told_when_the_others_are_not(
    city: City,
) -> None:
    request = uuid7()
    city.join("PJSIP/a-1", CREW)
    city.join("PJSIP/b-1", OTHER)
    city.talks(CREW, request)
    await city.until(lambda: city.carries() == str(request))
    assert city.heard() == ["PJSIP/a-1"]
    second = uuid7()
    city.talks(OTHER, second)
    await city.until(lambda: city.carries() == str(second))
    assert city.heard() == ["PJSIP/b-1"]
    city.nobody()
    await city.until(lambda: city.carries() is None)
    assert city.heard() == []


async def test_a_talk_is_heard_when_the_switch_hears_its_leg_and_the_network_is_reached(city: City) -> None:
    await city.link.give("v1/harbin/sound/state", STATE.model_dump_json().encode())
    wang, leg, request = "user:wang.fang", "PJSIP/w-1", uuid7()

    def is_heard(request_id: UUID = request) -> bool | None:
        return city.conferences.is_heard(GROUP, wang, request_id)

    assert is_heard() is None
    city.join(leg, wang)
    city.join("PJSIP/a-1", CREW)
    # Before the floor's state has come, the answer to his request has.
    assert is_heard() is False
    city.talks("dispatch", request, wang)
    await city.until(lambda: city.heard() == [leg])
    city.say("ConfbridgeTalking", Conference=ROOM, Channel="PJSIP/a-1", TalkingStatus="on")
    assert is_heard() is False
    city.say("ConfbridgeTalking", Conference=ROOM, Channel=leg, TalkingStatus="on")
    await city.until(lambda: is_heard() is True)
    # A pause is no loss, and the next talk is heard for itself.
    city.say("ConfbridgeTalking", Conference=ROOM, Channel=leg, TalkingStatus="off")
    assert is_heard() is True
    city.nobody()
    await city.until(lambda: city.heard() == [])
    second = uuid7()
    city.talks("dispatch", second, wang)
    await city.until(lambda: city.heard() == [leg])
    assert is_heard(second) is False
    city.say("ConfbridgeTalking", Conference=ROOM, Channel=leg, TalkingStatus="on")
    assert is_heard(second) is True
    for channel in [one for one in city.switch.members_now if one.startswith("AudioSocket/")]:
        del city.switch.members_now[channel]
    await city.until(lambda: is_heard(second) is False)


async def test_a_leg_that_comes_while_its_party_talks_is_heard_and_another_one_is_not(city: City) -> None:
    request = uuid7()
    city.talks(CREW, request)
    city.join("PJSIP/b-1", OTHER)
    city.join("PJSIP/a-1", CREW)
    await city.until(lambda: city.heard() == ["PJSIP/a-1"])


async def test_a_telephone_and_a_desk_are_known_by_their_request(city: City) -> None:
    city.join("PJSIP/trunk-1", LINE)
    city.join("PJSIP/agent-1-1", "desk:agent-1")
    city.talks("phone", uuid7(), LINE)
    await city.until(lambda: city.heard() == ["PJSIP/trunk-1"])
    city.talks("dispatch", uuid7(), "user:li.na")
    await city.until(lambda: city.heard() == ["PJSIP/agent-1-1"])
    city.talks("dispatch", uuid7(), "user:somebody.else")
    await city.until(lambda: city.heard() == [])
    # Who talks in the network itself: everybody here listens.
    city.talks("svx:CREW-A", None)
    await asyncio.sleep(0.05)
    assert city.heard() == []


async def test_a_tone_is_heard_while_nobody_has_the_floor_and_by_who_listens_alone(city: City) -> None:
    await city.conferences.tell(GROUP, "patched")
    city.join("Local/patch-1", "patch:app:daoli")
    await city.conferences.tell(GROUP, "patched")
    assert city.switch.asked == []
    city.join("PJSIP/a-1", CREW)
    await city.conferences.tell(GROUP, "patched")
    assert city.switch.asked == [f"patched {ROOM}"]
    city.join("PJSIP/tone-1", "notice")
    await city.until(lambda: city.heard() == ["PJSIP/tone-1"])
    # The same tone on the air of the network.
    city.talks("notice", uuid7())
    await asyncio.sleep(0.05)
    assert city.heard() == ["PJSIP/tone-1"]
    city.talks(CREW, uuid7())
    await city.until(lambda: city.heard() == ["PJSIP/a-1"])
    city.talks("svx:CREW-A", None)
    await city.until(lambda: city.heard() == [])


async def test_while_a_leg_cannot_be_muted_the_next_talker_is_not_carried(city: City) -> None:
    first, second = uuid7(), uuid7()
    city.join("PJSIP/a-1", CREW)
    city.join("PJSIP/b-1", OTHER)
    city.talks(CREW, first)
    await city.until(lambda: city.carries() == str(first))
    city.switch.away = True
    city.talks(OTHER, second)
    await asyncio.sleep(0.3)
    assert city.carries() != str(second)
    city.switch.away = False
    await city.until(lambda: city.carries() == str(second))
    assert city.heard() == ["PJSIP/b-1"]


async def test_a_conference_has_one_leg_to_its_network_as_long_as_somebody_is_in_it(
    city: City,
) -> None:
    await city.link.give("v1/harbin/sound/state", STATE.model_dump_json().encode())
    city.join("PJSIP/a-1", CREW)
    await city.until(lambda: city.switch.asked.count("radio leg") == 1)
    city.join("PJSIP/b-1", OTHER)
    await asyncio.sleep(1.2)
    assert city.switch.asked.count("radio leg") == 1
    # The role radio was started anew.
    again = STATE.model_copy(update={"run": "run-2", "port": 4001})
    await city.link.give("v1/harbin/sound/state", again.model_dump_json().encode())
    await city.until(lambda: city.switch.asked.count("radio leg") == 2)
    city.leave("PJSIP/a-1")
    city.leave("PJSIP/b-1")
    await city.until(lambda: not any(name.startswith("AudioSocket/") for name in city.switch.members_now))


async def test_a_conference_that_closes_while_its_leg_is_asked_for_leaves_none(
    city: City,
) -> None:
    await city.link.give("v1/harbin/sound/state", STATE.model_dump_json().encode())
    city.join("PJSIP/a-1", CREW)
    await asyncio.sleep(0)
    city.leave("PJSIP/a-1")
    city.say("ConfbridgeEnd", Conference=ROOM)
    await asyncio.sleep(1.3)
    said = [json.loads(payload) for topic, payload in city.link.published if topic == SOUND]
    assert not said or said[-1]["leg"] is None
    assert not any(name.startswith("AudioSocket/") for name in city.switch.members_now)


async def test_what_the_switch_has_otherwise_is_put_right(city: City) -> None:
    city.join("PJSIP/a-1", CREW)
    await asyncio.sleep(0.05)
    city.switch.members_now["PJSIP/a-1"] = False
    await city.until(lambda: city.heard() == [])


async def test_after_a_restart_legs_are_known_by_what_they_were_named(city: City) -> None:
    city.switch.members_now["PJSIP/a-1"] = False
    city.switch.members_now["PJSIP/b-1"] = False
    city.switch.parties = {"PJSIP/a-1": CREW, "PJSIP/b-1": OTHER}
    row = {"Application": "ConfBridge", "ApplicationData": ROOM, "Channel": "PJSIP/a-1"}
    city.talks(CREW, uuid7())
    city.conferences.on_snapshot([Said("CoreShowChannel", row)])
    await city.until(lambda: city.heard() == ["PJSIP/a-1"])


async def test_a_unit_is_let_in_by_its_right_and_sent_out_without_it(city: City) -> None:
    await city.conferences.admit("PJSIP/a-1", GROUP, CREW)
    assert city.switch.asked == [f"admit PJSIP/a-1 {ROOM} {CREW}"]
    with pytest.raises(NotAMember):
        await city.conferences.admit("PJSIP/x-1", GROUP, "app:99")
    city.join("PJSIP/a-1")
    city.rights.known.discard(CREW)
    await city.until(lambda: "out PJSIP/a-1" in city.switch.asked)


async def test_a_desks_page_is_heard_by_its_own_request_and_sent_out_when_it_listens_no_more(
    city: City,
) -> None:
    await city.conferences.admit("PJSIP/songhua-unit-1", GROUP, "user:wang.fang")
    city.join("PJSIP/songhua-unit-1", "user:wang.fang")
    city.talks("dispatch", uuid7(), "user:li.na")
    city.talks("dispatch", uuid7(), "user:wang.fang")
    await city.until(lambda: city.heard() == ["PJSIP/songhua-unit-1"])
    assert "out PJSIP/songhua-unit-1" not in city.switch.asked
    city.desks.listening.clear()
    await city.until(lambda: "out PJSIP/songhua-unit-1" in city.switch.asked)


def test_names_of_conferences_go_both_ways() -> None:
    assert conference_of(GROUP) == ROOM
    assert group_of(ROOM) == GROUP
    assert group_of("c0123") is None
    leg = uuid7()
    assert radio_leg_of(f"AudioSocket/127.0.0.1:4000-{leg}", "127.0.0.1", 4000) == leg
    assert radio_leg_of(f"AudioSocket/127.0.0.1:4001-{leg}", "127.0.0.1", 4000) is None
    assert radio_leg_of("AudioSocket/127.0.0.1:4000-x", "127.0.0.1", 4000) is None


party = st.sampled_from([CREW, OTHER, LINE, "desk:agent-1", "desk:agent-2", ""])


@given(st.lists(st.tuples(party, st.booleans()), max_size=8), party, st.booleans())
def test_when_all_is_put_right_nobody_is_heard_but_who_has_the_floor(
    legs: list[tuple[str, bool]], talks: str, ours: bool
) -> None:
    found = [ConferenceLeg(f"PJSIP/x-{number}", who, muted) for number, (who, muted) in enumerate(legs)]
    talker = ConferenceTalker(talks, uuid7() if ours else None) if talks else None
    for leg, muted in wrong(found, talker, Desks().endpoint_of):
        leg.muted = muted
    assert not wrong(found, talker, Desks().endpoint_of)
    assert {leg.party for leg in found if not leg.muted} <= ({talks} if ours and talks else set())


@given(st.binary(max_size=300))
def test_any_bytes_about_where_sound_goes_change_nothing(garbage: bytes) -> None:
    async def play() -> None:
        city = City()
        await city.link.give("v1/harbin/sound/state", garbage)
        assert not city.switch.asked

    asyncio.run(play())


text = st.text(max_size=60)


@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.sampled_from(
    ["Conference", "Channel", "Muted", "UserEvent", "Party"]), text))  # fmt: skip
def test_whatever_the_switch_says_is_read_or_overlooked(name: str, headers: dict[str, str]) -> None:
    signal_of(Said(name, headers))


async def test_two_talkgroups_are_patched_when_each_has_the_others_end_and_no_more_once_it_is_ended(
    city: City,
) -> None:
    def patched() -> str | None:
        said = [json.loads(payload) for topic, payload in city.link.published if topic == SOUND]
        return said[-1]["patched"] if said else None

    rooms = TwoRooms()
    city.conferences = ConferenceService(rooms, city.link, city.rights, Desks(), tenant="harbin")
    await city.conferences.start()
    try:
        await city.conferences.join(GROUP, "app:daoli")
        assert city.conferences.patched(GROUP) is None
        rooms.put(city)
        assert city.conferences.patched("app:daoli") == GROUP
        await city.until(lambda: patched() == "app:daoli")
        # The switch does not do it: the floors are told all the same, and it is asked again.
        rooms.away = True
        with pytest.raises(Unavailable):
            await city.conferences.part("app:daoli")
        assert patched() is None
        assert city.conferences.patched(GROUP) is None
        rooms.away = False
        await city.until(lambda: any(one.startswith("out Local/") for one in rooms.asked))
        assert patched() is None
    finally:
        await city.conferences.stop()
