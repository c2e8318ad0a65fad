"""Which talkgroups have a recorder, with conferences and a switch in memory."""

from __future__ import annotations

import asyncio

from core.clock import ManualClock
from core.errors import Unavailable
from field.contract.talkgroup import TgClass
from radio_bridge.switch.conference.model import ConferenceLeg
from radio_bridge.switch.recording.service import LATE_S, Recorders
from radio_bridge.switch.recording.settings import RecordingSettings

RADIO, CREWS, LICENSED = "svx:4011", "app:daoli", "svx:7"


class SimulatedSwitch:
    """Has conferences and lets recorders in; implements all three ports."""

    def __init__(self, clock: ManualClock) -> None:
        self.up = True
        self.refuses = False
        self.clock = clock
        self.rooms: dict[str, list[ConferenceLeg]] = {}
        self.voice = [RADIO, LICENSED]
        self.classes: dict[str, TgClass] = {RADIO: "internal", CREWS: "internal", LICENSED: "licensed"}
        self.placed: list[str] = []

    async def place_recorder(self, conference: str) -> None:
        if self.refuses:
            raise Unavailable("no answer")
        group = conference.replace("*", ":")
        self.placed.append(group)
        since = int(self.clock.now().timestamp())
        channel = f"Local/{conference}-{len(self.placed)};2"
        self.rooms.setdefault(group, []).append(ConferenceLeg(channel, f"recorder:{since}"))

    async def send_out(self, conference: str, channel: str) -> None:
        group = conference.replace("*", ":")
        self.rooms[group] = [leg for leg in self.rooms[group] if leg.channel != channel]
        if not self.rooms[group]:
            del self.rooms[group]

    def groups(self) -> list[str]:
        return list(self.rooms)

    def legs(self, group: str) -> list[ConferenceLeg]:
        return self.rooms.get(group, [])

    def voiced(self) -> list[str]:
        return self.voice

    def class_of(self, group: str) -> TgClass | None:
        return self.classes.get(group)


class World:
    def __init__(self, settings: RecordingSettings | None = None) -> None:
        self.clock = ManualClock()
        self.switch = SimulatedSwitch(self.clock)
        switch = self.switch
        self.recorders = Recorders(settings or RecordingSettings(), switch, switch, switch, self.clock)

    async def look(self, seconds: float = 0.25) -> None:
        self.clock.advance(seconds)
        self.recorders.look()
        await asyncio.sleep(0.01)

    def recorded(self) -> set[str]:
        legs = {group: self.switch.legs(group) for group in self.switch.groups()}
        return {group for group, there in legs.items() if any(leg.party[:9] == "recorder:" for leg in there)}

    async def stop(self) -> None:
        await self.recorders.stop()


async def test_networks_with_voice_are_recorded_always_and_others_while_somebody_is_there() -> None:
    world = World()
    await world.look()
    assert world.recorded() == {RADIO, LICENSED}
    world.switch.rooms[CREWS] = [ConferenceLeg("PJSIP/1", "app:17")]
    await world.look()
    assert world.recorded() == {RADIO, LICENSED, CREWS}
    # The crew leaves; the recorder stays for a while, and leaves as well.
    world.switch.rooms[CREWS] = [leg for leg in world.switch.rooms[CREWS] if leg.party != "app:17"]
    await world.look(1)
    await world.look(20)
    assert CREWS in world.recorded()
    await world.look(20)
    assert world.recorded() == {RADIO, LICENSED}
    assert sorted(world.switch.placed) == sorted([RADIO, LICENSED, CREWS])
    await world.stop()


async def test_settings_say_which_are_not_recorded() -> None:
    for settings in (
        RecordingSettings(classes=("internal",)),
        RecordingSettings(not_these=(LICENSED,)),
    ):
        world = World(settings)
        await world.look()
        assert world.recorded() == {RADIO}
        await world.stop()


async def test_a_talkgroup_that_is_no_more_is_recorded_no_more() -> None:
    world = World()
    await world.look()
    del world.switch.classes[RADIO]
    await world.look()
    assert world.recorded() == {LICENSED}
    await world.stop()


async def test_at_most_so_many_are_recorded() -> None:
    world = World(RecordingSettings(most=1))
    await world.look()
    assert world.recorded() == {RADIO}
    await world.stop()


async def test_recorders_of_a_former_run_are_taken_over() -> None:
    world = World()
    since = int(world.clock.now().timestamp())
    world.switch.rooms = {
        RADIO: [ConferenceLeg("Local/svx*4011;2", f"recorder:{since}")],
        # Nobody has looked yet who is in this one.
        LICENSED: [],
    }
    await world.look()
    assert world.switch.placed == []
    await world.stop()


async def test_a_talkgroup_that_is_not_recorded_is_said_in_health_until_it_is() -> None:
    world = World()
    world.switch.refuses = True
    await world.look()
    assert world.recorders.health()[0].state == "up"
    await world.look(LATE_S + 1)
    (health,) = world.recorders.health()
    assert health.state == "degraded"
    assert LICENSED in health.why or RADIO in health.why
    world.switch.refuses = False
    await world.look(4)
    await world.look()
    assert world.recorders.health()[0].state == "up"
    await world.stop()


async def test_without_the_switch_nothing_is_asked() -> None:
    world = World()
    world.switch.up = False
    await world.look()
    assert world.switch.placed == []
    await world.stop()
