"""What a line makes of its session's words, without a network: names, causes, frames, health."""

from __future__ import annotations

import random
from collections.abc import Set as AbstractSet
from uuid import uuid4

import pytest
from pydantic import SecretStr

from core.clock import ManualClock
from core.room import Health
from radio_bridge.drivers.health import told
from radio_bridge.drivers.svxreflector.effects import (
    NodeCame,
    NodeWent,
    SoundEnded,
    SvxKeyGranted,
    SvxKeyRefusal,
    SvxKeyRefused,
    SvxLinkDown,
    SvxLinkUp,
    SvxReflectorDownReason,
    SvxSound,
    SvxTalkerBegan,
    SvxTalkerEnded,
)
from radio_bridge.drivers.svxreflector.line import SvxReflectorLine
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings, SvxTalkgroup
from radio_bridge.drivers.svxreflector.sound import codecs
from radio_bridge.drivers.voice import LinkState
from radio_bridge.floor.model import FIELD, Cause, QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkIdle, NetworkTaken, Signal

GROUP = "svx:4011"


class World:
    """Implements `FloorOwner` and `Ears`."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.signals: list[Signal] = []
        self.frames: list[tuple[str, bytes]] = []
        self.ends = 0
        self.nodes: set[str] = set()
        talkgroup = SvxTalkgroup(tg=4011, callsign="US-1", password=SecretStr("secret"))
        self.line = SvxReflectorLine(
            SvxReflectorSettings(),
            talkgroup,
            self.clock,
            codecs=codecs(),
            ours=frozenset({"US-1", "US-2"}),
            rng=random.Random(1),
            nodes=self._note,
        )
        self.line.attach(self, self)
        self.line._session.codec = "S16"

    def tell(self, *effects: object) -> None:
        for effect in effects:
            self.line._take(effect)  # type: ignore[arg-type]

    def take(self, group: str, signal: Signal) -> None:
        assert group == GROUP
        self.signals.append(signal)

    def audio(self, group: str, token: str) -> bool:
        raise AssertionError

    def heard(self, group: str, party: str, frame: bytes) -> None:
        assert group == GROUP
        self.frames.append((party, frame))

    def ended(self, group: str) -> None:
        self.ends += 1

    def _note(self, came: AbstractSet[str], went: AbstractSet[str]) -> None:
        self.nodes = (self.nodes | came) - went


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("callsign", "party"),
    [
        ("CREW-A", "svx:CREW-A"),
        ("SM0ABC/P", "svx:SM0ABC_P"),
        ("+#/ ", "svx:unknown"),
        ("", "svx:unknown"),
        ("道里一组", "svx:unknown"),
        ("X" * 99, "svx:" + "X" * 40),
        ("-X", "svx:X"),
    ],
)
def test_a_callsign_becomes_a_name_that_a_topic_can_hold(world: World, callsign: str, party: str) -> None:
    world.tell(SvxTalkerBegan(callsign))
    assert world.signals == [NetworkTaken(party)]


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (SvxKeyRefusal.BUSY, Cause.NETWORK_BUSY),
        (SvxKeyRefusal.IGNORED, Cause.NETWORK_DENIED),
        (SvxKeyRefusal.SILENT, Cause.NETWORK_SILENT),
        (SvxKeyRefusal.DOWN, Cause.NETWORK_AWAY),
        (SvxKeyRefusal.STOPPED, Cause.NETWORK_TOOK_IT),
    ],
)
def test_each_refusal_is_told_to_who_asked_with_its_cause(
    world: World, refusal: SvxKeyRefusal, cause: Cause
) -> None:
    ask = QueuedFloorRequest("app:17", uuid4(), FIELD, 0.0)
    world.line._asked = ask
    world.tell(SvxKeyRefused(refusal))
    assert world.signals == [NetworkDenied("app:17", ask.request_id, cause)]
    world.tell(SvxKeyRefused(refusal))
    assert len(world.signals) == 1


def test_a_request_without_a_link_is_denied_at_once(world: World) -> None:
    ask = QueuedFloorRequest("app:17", uuid4(), FIELD, 0.0)
    world.line.ask(ask)
    assert world.signals == [NetworkDenied("app:17", ask.request_id, Cause.NETWORK_AWAY)]


def test_a_grant_that_nobody_wants_any_more_is_told_to_nobody(world: World) -> None:
    world.tell(SvxKeyGranted())
    assert world.signals == []
    assert not world.line.speak(bytes(320))


def test_only_frames_of_20_ms_are_spoken(world: World) -> None:
    with pytest.raises(ValueError, match="320 bytes"):
        world.line.speak(bytes(319))


def test_sound_that_comes_before_its_name_waits_for_it(world: World) -> None:
    world.tell(SvxSound(bytes(1280)))
    assert world.frames == []
    world.tell(SvxTalkerBegan("CREW-A"))
    assert [party for party, _ in world.frames] == ["svx:CREW-A"] * 2
    world.tell(SvxTalkerEnded("CREW-A"), SvxSound(bytes(640)), SoundEnded())
    assert [party for party, _ in world.frames] == ["svx:CREW-A"] * 3
    assert world.ends == 1
    assert world.signals == [NetworkTaken("svx:CREW-A"), NetworkIdle()]


def test_the_rest_of_a_talk_whose_end_was_missed_is_nobodys_sound(world: World) -> None:
    world.tell(SvxSound(bytes(1280)), SoundEnded(), SvxTalkerBegan("CREW-A"))
    assert world.frames == []


def test_sound_without_a_name_is_bounded(world: World) -> None:
    world.tell(*[SvxSound(bytes(640))] * 1000, SvxTalkerBegan("CREW-A"))
    assert len(world.frames) == 25


def test_sound_that_is_none_is_dropped(world: World) -> None:
    world.tell(SvxTalkerBegan("CREW-A"), SvxSound(bytes(60_000)), SvxSound(bytes(640)))
    assert len(world.frames) == 1


def test_our_own_callsigns_are_no_nodes(world: World) -> None:
    world.tell(SvxLinkUp("S16", ("US-2", "CREW-A")), NodeCame("US-1"), NodeCame("CREW-B"), NodeWent("CREW-A"))
    assert world.nodes == {"svx:CREW-B"}
    world.tell(SvxLinkDown(SvxReflectorDownReason.CLOSED))
    assert world.nodes == set()
    assert world.signals == [NetworkAway()]


def test_the_trouble_of_a_line_names_its_group_and_what_to_do(world: World) -> None:
    world.line._session.reason, world.line._session.detail = SvxReflectorDownReason.DENIED, "Access denied"
    state = world.line.state()
    assert (state.group, state.up) == (GROUP, False)
    assert state.why.startswith("as US-1: ")
    assert "[USERS]" in state.why
    assert '"Access denied"' in state.why


def test_many_troubles_are_one_line_of_health() -> None:
    links = [LinkState(f"svx:{number}", up=False, why="as X: why") for number in range(1, 6)]
    assert told("svx", [*links, LinkState("svx:9", up=True)]) == Health(
        "svx",
        "degraded",
        "5 of 6 talkgroups: svx:1 as X: why; svx:2 as X: why; svx:3 as X: why; and 2 more",
    )
    assert told("svx", [LinkState("svx:9", up=True)]) == Health("svx", "up")
