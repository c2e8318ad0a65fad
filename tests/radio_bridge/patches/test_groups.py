"""Who may patch two talkgroups, once, and what ends it; the switch is simulated, the rules are not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.actor import Actor, Role
from core.bus import Bus
from core.errors import Conflict, Invalid, SonghuaError, Unavailable
from core.ids import uuid7
from field.contract.talkgroup import Talkgroup, TalkgroupRights
from field.events import TalkgroupChanged
from radio_bridge.switch.conference.model import ConferenceLeg
from radio_bridge.switch.patches.errors import ClassGuard, GroupPatched, MayNotPatch, NotPatched
from radio_bridge.switch.patches.groups import GroupPatches
from radio_bridge.switch.patches.ports import PatchPorts

ONE, TWO, LICENSED, OPEN = "app:one", "svx:2", "app:licensed", "app:open"
DISPATCHER = Actor(id="wang.fang", name="王芳", roles=frozenset({Role.DISPATCHER}))
AGENT = Actor(id="li.na", name="李娜", roles=frozenset({Role.AGENT}))


@dataclass
class SimulatedConferences:
    """`away`: the switch does nothing of what it is asked."""

    legs_of: dict[str, list[ConferenceLeg]] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    async def join(self, one: str, two: str) -> None:
        self.asked.append("join")
        if self.away:
            raise Unavailable("a test took it away")
        for here, there in ((one, two), (two, one)):
            self.joined[here] = there
            self.legs_of[here] = [ConferenceLeg(f"Local/{here}", f"patch:{there}")]

    async def part(self, group: str) -> None:
        self.asked.append("part")
        other = self.joined.pop(group)
        self.joined.pop(other)
        if self.away:
            raise Unavailable("a test took it away")
        self.legs_of.clear()

    def patched(self, group: str) -> str | None:
        return self.joined.get(group)

    def legs(self, group: str) -> list[ConferenceLeg]:
        return self.legs_of.get(group, [])

    def groups(self) -> list[str]:
        return list(self.joined)


class SimulatedBus:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.handlers: dict[type, Any] = {}

    def subscribe(self, event: type, handler: Any, *, name: str) -> None:
        del name
        self.handlers[event] = handler

    def publish(self, event: Any) -> None:
        self.told.append((event.talkgroup, event.other))


class Register:
    def __init__(self) -> None:
        usual = TalkgroupRights()
        self.known = {
            ONE: Talkgroup(ONE, "一", "One"),
            TWO: Talkgroup(TWO, "二", "Two"),
            LICENSED: Talkgroup(LICENSED, "三", "Three", "licensed"),
            OPEN: Talkgroup(
                OPEN, "四", "Four", rights=TalkgroupRights(patch=(*usual.patch, "class:licensed"))
            ),
        }

    async def find(self, group: str) -> Any:
        return SimpleNamespace(group=self.known[group])


class Desk:
    def __init__(self) -> None:
        self.switch, self.bus, self.audited = SimulatedConferences(), SimulatedBus(), list[tuple[str, str]]()
        self.tones: list[tuple[str, ...]] = []

        async def record(actor: Actor, action: str, subject: str) -> None:
            self.audited.append((action, subject))

        ports = SimpleNamespace(
            conferences=self.switch,
            bus=cast("Bus", self.bus),
            talkgroups=Register(),
            audit=SimpleNamespace(record=record),
            notices=SimpleNamespace(tell=lambda *words: self.tones.append(words)),
        )
        self.register = ports.talkgroups
        self.patches = GroupPatches(cast("PatchPorts", ports))

    async def begin(self, one: str, two: str, actor: Actor = DISPATCHER) -> str:
        return await self.patches.begin(actor, one, two, uuid7())


async def test_two_talkgroups_are_patched_once_and_everybody_at_a_desk_is_told() -> None:
    desk, op = Desk(), uuid7()
    for _ in range(2):
        assert await desk.patches.begin(DISPATCHER, ONE, TWO, op) == "done"
    assert desk.switch.asked == ["join"]
    assert sorted(desk.bus.told) == [(ONE, TWO), (TWO, ONE)]
    assert desk.audited == [("patch.begin", f"talkgroup:{ONE} talkgroup:{TWO}")]
    with pytest.raises(GroupPatched):
        await desk.begin(OPEN, TWO)
    with pytest.raises(Conflict):
        await desk.patches.begin(DISPATCHER, ONE, OPEN, op)


async def test_a_talkgroup_that_has_a_telephone_is_not_patched_to_another_one() -> None:
    desk = Desk()
    desk.switch.legs_of[TWO] = [ConferenceLeg("PJSIP/trunk-1", "phone:1.7")]
    with pytest.raises(GroupPatched):
        await desk.begin(ONE, TWO)
    assert desk.switch.asked == []


@pytest.mark.parametrize(
    ("one", "two", "actor", "refusal"),
    [
        (ONE, TWO, AGENT, MayNotPatch),
        (ONE, ONE, DISPATCHER, Invalid),
        (ONE, LICENSED, DISPATCHER, ClassGuard),
        # One of the two says yes, and that is not enough.
        (OPEN, LICENSED, DISPATCHER, ClassGuard),
    ],
)
async def test_who_may_not_moves_nothing(
    one: str, two: str, actor: Actor, refusal: type[SonghuaError]
) -> None:
    desk = Desk()
    with pytest.raises(refusal):
        await desk.begin(one, two, actor)
    assert desk.switch.asked == []
    assert desk.audited == []


async def test_talkgroups_of_two_classes_are_patched_when_both_say_so() -> None:
    desk = Desk()
    rights = TalkgroupRights(patch=("role:dispatcher", "class:internal"))
    desk.register.known[LICENSED] = Talkgroup(LICENSED, "三", "Three", "licensed", rights)
    assert await desk.begin(OPEN, LICENSED) == "done"


async def test_a_patch_is_ended_once_and_is_written_down_also_when_the_switch_is_away() -> None:
    desk = Desk()
    await desk.begin(ONE, TWO)
    op = uuid7()
    desk.switch.away = True
    with pytest.raises(Unavailable):
        await desk.patches.end(DISPATCHER, TWO, op)
    assert desk.audited[-1] == ("patch.end", f"talkgroup:{TWO} talkgroup:{ONE}")
    assert sorted(desk.bus.told[-2:]) == [(ONE, ""), (TWO, "")]
    assert await desk.patches.end(DISPATCHER, TWO, op) == "done"
    with pytest.raises(NotPatched):
        await desk.patches.end(DISPATCHER, TWO, uuid7())


async def test_both_talkgroups_hear_a_tone_at_the_beginning_and_one_at_the_end() -> None:
    desk = Desk()
    await desk.begin(ONE, TWO)
    assert sorted(desk.tones) == [(ONE, "patched", DISPATCHER.id), (TWO, "patched", DISPATCHER.id)]
    desk.tones.clear()
    await desk.patches.end(DISPATCHER, TWO, uuid7())
    assert sorted(desk.tones) == [(ONE, "unpatched", DISPATCHER.id), (TWO, "unpatched", DISPATCHER.id)]


async def test_a_patch_that_a_former_run_began_is_not_told_again() -> None:
    desk = Desk()
    await desk.switch.join(ONE, TWO)
    await desk.patches.start()
    await asyncio.sleep(0)
    await desk.patches.stop()
    assert sorted(desk.bus.told) == [(ONE, TWO), (TWO, ONE)]
    assert desk.tones == []


async def test_who_may_not_patch_either_of_them_ends_nothing() -> None:
    desk = Desk()
    await desk.begin(ONE, TWO)
    with pytest.raises(MayNotPatch):
        await desk.patches.end(AGENT, ONE, uuid7())
    assert desk.switch.patched(ONE) == TWO


async def test_with_a_talkgroup_that_is_removed_its_patch_ends() -> None:
    desk = Desk()
    await desk.begin(ONE, TWO)
    changed = desk.bus.handlers[TalkgroupChanged]
    await changed(TalkgroupChanged(tg_id=OPEN, name_zh="四", name_en="Four", removed=True))
    await changed(TalkgroupChanged(tg_id=ONE, name_zh="一", name_en="One"))
    assert desk.switch.patched(ONE) == TWO
    await changed(TalkgroupChanged(tg_id=TWO, name_zh="二", name_en="Two", removed=True))
    assert desk.switch.patched(ONE) is None
