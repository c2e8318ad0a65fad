"""Each talk is told once, whatever dies in the middle of it, and who saw its end says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from core.clock import ManualClock
from core.events import parse
from core.storage import Storage
from core.storage.schema import outbox
from radio_bridge.floor.messages import GroupState, TalkerBody
from radio_bridge.floor.model import NOTICE, Cause, FloorStage
from radio_bridge.floor.ports import FloorPorts
from radio_bridge.floor.room import build
from radio_bridge.floor.settings import FloorSettings
from radio_bridge.transmissions.events import TransmissionEnded
from radio_bridge.transmissions.service import TransmissionService
from radio_bridge.transmissions.store import open_talks
from tests.mqtt.fakes import FakeLink
from tests.radio_bridge.floor.ports import NoPresses
from tests.radio_bridge.floor.world import CREW, DESK, GROUP, OURS, Table

STATE = "v1/harbin/tg/app/daoli/state"


def talker(clock: ManualClock, party: str = CREW, of: UUID | None = None) -> TalkerBody:
    return TalkerBody(party=party, name="道里一组", priority=5, of=of or uuid4(), since=clock.now())


async def told(storage: Storage) -> list[TransmissionEnded]:
    async with storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars().all()
    events = [parse(row) for row in rows]
    return [event for event in events if isinstance(event, TransmissionEnded)]


async def going_on(storage: Storage) -> int:
    async with storage.read() as connection:
        return len((await connection.execute(select(open_talks.c.talk_id))).all())


async def lived(talks: TransmissionService) -> None:
    """What waits is written, and what a former life left is ended."""
    await talks.start()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if not len(talks.write_behind):
            break
    await talks.stop()


async def test_a_tone_that_tells_of_a_patch_is_nobodys_talk(any_storage: Storage) -> None:
    clock = ManualClock()
    talks = TransmissionService(any_storage, clock, "one")
    tone = talker(clock, NOTICE)
    talks.began(GROUP, tone)
    talks.ended(GROUP, tone, Cause.NONE)
    talks.left_over(GROUP, tone, clock.now())
    await lived(talks)
    assert await told(any_storage) == []
    assert await going_on(any_storage) == 0


async def test_a_talk_is_told_once_with_all_that_was_on_the_air(any_storage: Storage) -> None:
    clock = ManualClock()
    talks = TransmissionService(any_storage, clock, "one")
    who = talker(clock)
    talks.began(GROUP, who)
    clock.advance(4.5)
    talks.ended(GROUP, who, Cause.TIME_OUT)
    await lived(talks)
    (event,) = await told(any_storage)
    assert (event.talkgroup, event.party, event.name, event.priority) == (GROUP, CREW, "道里一组", 5)
    assert (event.request_id, event.cause, event.end_seen) == (who.of, "time_out", True)
    assert event.ended_at - event.began_at == timedelta(seconds=4.5)
    assert await going_on(any_storage) == 0


async def test_who_came_by_a_patch_is_told_with_the_talkgroup_that_he_came_from(storage: Storage) -> None:
    clock = ManualClock()
    talks = TransmissionService(storage, clock, "one")
    who = talker(clock, "patch:svx:4011")
    talks.began(GROUP, who)
    talks.ended(GROUP, who, Cause.NONE)
    await lived(talks)
    (event,) = await told(storage)
    assert (event.party, event.came_from) == ("patch:svx:4011", "svx:4011")


async def test_killed_in_mid_talk_the_next_life_ends_it_once_and_says_that_it_did_not_see_it(
    any_storage: Storage,
) -> None:
    clock = ManualClock()
    killed = TransmissionService(any_storage, clock, "one")
    who = talker(clock)
    killed.began(GROUP, who)
    await killed.write_behind.write_waiting()
    clock.advance(3)
    await killed.see()
    clock.advance(2)
    said_at = who.since + timedelta(seconds=0.1)
    # The table and what the broker has kept both tell of it, in any order, and more than once.
    for number in range(3):
        after = TransmissionService(any_storage, clock, f"after {number}")
        if number != 1:
            after.left_over(GROUP, who, said_at)
        await lived(after)
        after.left_over(GROUP, who, said_at)
        await lived(after)
    (event,) = await told(any_storage)
    assert (event.cause, event.end_seen) == ("restarted", False)
    assert event.ended_at in {who.since + timedelta(seconds=3), said_at}
    assert await going_on(any_storage) == 0


async def test_killed_before_its_beginning_was_written_the_talk_is_known_from_the_broker(
    storage: Storage,
) -> None:
    clock = ManualClock()
    who = talker(clock)
    after = TransmissionService(storage, clock, "two")
    after.left_over(GROUP, who, who.since + timedelta(seconds=1))
    await lived(after)
    (event,) = await told(storage)
    assert event.ended_at - event.began_at == timedelta(seconds=1)


async def test_a_state_that_is_kept_of_a_talk_which_ended_changes_nothing(storage: Storage) -> None:
    clock = ManualClock()
    talks = TransmissionService(storage, clock, "one")
    who = talker(clock)
    talks.began(GROUP, who)
    clock.advance(7)
    talks.ended(GROUP, who, Cause.NONE)
    await lived(talks)
    after = TransmissionService(storage, clock, "two")
    after.left_over(GROUP, TalkerBody.model_validate_json(who.model_dump_json()), clock.now())
    await lived(after)
    (event,) = await told(storage)
    assert (event.cause, event.end_seen) == ("", True)


async def test_a_clock_that_is_set_back_makes_no_talk_of_less_than_nothing(storage: Storage) -> None:
    clock = ManualClock()
    talks = TransmissionService(storage, clock, "one")
    who = talker(clock)
    talks.began(GROUP, who)
    clock.advance(-60)
    talks.ended(GROUP, who, Cause.NONE)
    await lived(talks)
    (event,) = await told(storage)
    assert event.ended_at == event.began_at


class Kept:
    """Implements `TalkKeeper`."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def began(self, group: str, talker: TalkerBody) -> None:
        self.heard.append(("began", group, talker.party))

    def ended(self, group: str, talker: TalkerBody, cause: Cause) -> None:
        self.heard.append(("ended", group, talker.party, cause))

    def left_over(self, group: str, talker: TalkerBody, said_at: Any) -> None:
        self.heard.append(("left over", group, talker.party, said_at))


async def test_floor_control_tells_who_keeps_the_talks_what_it_tells_everybody() -> None:
    clock, link, table, kept = ManualClock(), FakeLink(), Table(), Kept()
    table.rules = {GROUP: OURS}
    room = build(SETTINGS, FloorPorts(link, clock, table, {}, NoPresses()), tenant="harbin", talks=kept)
    await room.start()
    request = uuid4()
    room.control.request(GROUP, DESK, request, priority=10)
    room.control.release(GROUP, DESK, request)
    former = GroupState(
        run="former", rev=3, ts=clock.now(), talkgroup=GROUP, stage=FloorStage.TAKEN, talker=talker(clock)
    )
    await link.give(STATE, former.model_dump_json().encode())
    await room.stop()
    # Nobody's name at a desk is kept: it was never on the air.
    assert kept.heard == [
        ("began", GROUP, "dispatch"),
        ("ended", GROUP, "dispatch", Cause.NONE),
        ("left over", GROUP, CREW, former.ts),
    ]


SETTINGS = FloorSettings()
