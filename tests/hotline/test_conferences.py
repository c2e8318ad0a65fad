"""Incident conferences as people hold them: rings once, written once, known after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.errors import Forbidden
from core.operations import OperationReused
from core.storage import Storage
from hotline.conferences import store
from hotline.conferences.errors import (
    AlreadyInConference,
    ConferenceIsLocked,
    NoSuchConference,
    NotReachable,
)
from hotline.conferences.events import CaseConferenceChanged
from hotline.conferences.model import SeenLeg, room_of
from hotline.conferences.ports import KnownPhone
from hotline.conferences.view import ConferenceView
from hotline.outbound.conferences.policy import ConferenceTarget
from hotline.outbound.conferences.store import calls
from hotline.outbound.model import AutomatedCall
from tests.hotline.stream import Message, message
from tests.hotline.world import CHIEF, LI, World, settle

CASE = UUID(int=7)
HANDLER = Actor("h", "H", frozenset({Role.DEPARTMENT}))
NUMBER = "13904510001"


@pytest.fixture
async def world(storage: Storage) -> AsyncIterator[World]:
    made = _world(storage)
    await _start(made)
    yield made
    await _stop(made)


def _world(storage: Storage) -> World:
    made = World(storage)
    made.conference_phones.desks = {
        "li": KnownPhone("李敏", "agent101"), "chief": KnownPhone("孙主任", "agent103"),
    }  # fmt: skip
    made.conference_phones.units = {"app:m1": KnownPhone("app:m1", NUMBER)}
    return made


async def _start(world: World) -> None:
    conferences, calls = world.hotline.conferences, world.hotline.automated.conferences
    await conferences.start()
    await calls.start()
    calls.on_snapshot([])
    conferences.on_snapshot([])
    await settle()


async def _stop(world: World) -> None:
    await world.hotline.automated.conferences.stop()
    await world.hotline.conferences.stop()


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.01)


async def opened(world: World, *, join: bool = True) -> ConferenceView:
    return await world.hotline.conferences.open(CHIEF, CASE, uuid4(), join=join)


def event(name: str, conference: UUID, uniqueid: str, **more: str) -> Message:
    return message(
        name, Conference=room_of(conference), Uniqueid=uniqueid, Channel=f"PJSIP/{uniqueid[-4:]}-1", **more
    )


def joins(world: World, conference: UUID, member: UUID, *, group: bool = False) -> None:
    leg = f"tap-ic-{member}" if group else f"ic-{member}"
    world.hotline.conferences.on_message(event("ConfbridgeJoin", conference, leg, Muted="No"))


def leaves(world: World, conference: UUID, member: UUID) -> None:
    world.hotline.conferences.on_message(event("ConfbridgeLeave", conference, f"ic-{member}"))


async def test_one_action_opens_it_and_rings_once_whatever_is_asked_again(world: World) -> None:
    op = uuid4()
    first = await world.hotline.conferences.open(CHIEF, CASE, op, join=True)
    again = await world.hotline.conferences.open(CHIEF, CASE, op, join=True)
    # Another person who opens it comes into the same one.
    other = await world.hotline.conferences.open(LI, CASE, uuid4(), join=True)
    assert first.conference_id == again.conference_id == other.conference_id
    await until(lambda: len(world.rooms.rung) == 2)
    await asyncio.sleep(0.05)
    assert sorted(call.target.phone for call in world.rooms.rung) == ["agent101", "agent103"]
    assert {call.target.room for call in world.rooms.rung} == {room_of(first.conference_id)}
    assert [row[1] for row in world.trail.rows].count("conference-add") == 2


async def test_members_their_roster_and_the_end(world: World) -> None:
    made = await opened(world)
    conferences, room = world.hotline.conferences, made.conference_id
    (chief,) = made.members
    caller, unit = uuid4(), uuid4()
    await conferences.add(CHIEF, room, caller, "telephone", "139-0451-0009")
    await conferences.add(CHIEF, room, unit, "unit", "app:m1")
    joins(world, room, chief.member_id)
    joins(world, room, caller)
    conferences.on_message(event("ConfbridgeTalking", room, f"ic-{caller}", TalkingStatus="on"))
    shown = await conferences.show(CHIEF, room)
    assert {one.name: (one.state, one.talks) for one in shown.members} == {
        "孙主任": ("present", False), "…0009": ("present", True), "app:m1": ("called", False),
    }  # fmt: skip
    assert world.bus.of(CaseConferenceChanged)[-1].case_id == CASE
    await conferences.act(CHIEF, room, uuid4(), "mute", caller)
    await conferences.act(CHIEF, room, uuid4(), "record", None)
    await conferences.act(CHIEF, room, uuid4(), "remove", unit)
    assert ("mute", room_of(room), f"PJSIP/{str(caller)[-4:]}-1") in world.rooms.done
    assert "record" in [one[0] for one in world.rooms.done]
    leaves(world, room, chief.member_id)
    leaves(world, room, caller)
    await until(lambda: not conferences.state)
    await until(lambda: len(conferences._writer.write_behind) == 0)
    await settle()
    over = await conferences.show(CHIEF, room)
    assert over.end_cause == "last-left"
    assert sorted(one.state for one in over.members) == ["left", "left", "missed"]
    with pytest.raises(NoSuchConference):
        await conferences.add(CHIEF, room, uuid4(), "desk", "me")


async def test_what_is_refused(world: World) -> None:
    made = await opened(world)
    conferences, room = world.hotline.conferences, made.conference_id
    with pytest.raises(Forbidden):
        await conferences.open(HANDLER, CASE, uuid4(), join=False)
    world.cases.secret.add(UUID(int=8))
    with pytest.raises(Forbidden):
        await conferences.open(LI, UUID(int=8), uuid4(), join=False)
    with pytest.raises(AlreadyInConference):
        await conferences.add(CHIEF, room, uuid4(), "desk", "chief")
    for kind, who in (("desk", "nobody"), ("telephone", "110"), ("telephone", "x"), ("unit", "app:none")):
        with pytest.raises(NotReachable):
            await conferences.add(CHIEF, room, uuid4(), kind, who)  # type: ignore[arg-type]
    await conferences.act(CHIEF, room, uuid4(), "lock", None)
    with pytest.raises(ConferenceIsLocked):
        await conferences.add(CHIEF, room, uuid4(), "telephone", NUMBER)
    assert await conferences.listed(LI, case_id=UUID(int=8), ended=True) == []


async def test_a_restart_in_the_middle_keeps_it_and_rings_nobody_again(storage: Storage) -> None:
    before = _world(storage)
    await _start(before)
    made = await opened(before)
    room, (chief,) = made.conference_id, made.members
    caller = uuid4()
    await before.hotline.conferences.add(CHIEF, room, caller, "telephone", NUMBER)
    await until(lambda: len(before.rooms.rung) == 2)
    joins(before, room, chief.member_id)
    joins(before, room, caller)
    await until(lambda: len(before.hotline.conferences._writer.write_behind) == 0)
    await _stop(before)
    after = _world(storage)
    # The telephone has left meanwhile; the talkgroup and a stranger's leg say nothing.
    after.rooms.there[room_of(room)] = [SeenLeg(f"ic-{chief.member_id}", "PJSIP/agent103-1", True)]
    await _start(after)
    conferences = after.hotline.conferences
    await until(lambda: room in conferences.state and conferences.state[room].parties[caller].left_at)
    shown = await conferences.show(CHIEF, room)
    found = {one.name: (one.state, one.muted) for one in shown.members}
    assert found == {"孙主任": ("present", True), "…0001": ("left", False)}
    assert after.rooms.rung == []
    assert not [one for one in after.rooms.done if one[0] == "say"]
    with pytest.raises(AlreadyInConference):
        await conferences.add(CHIEF, room, uuid4(), "desk", "chief")
    del after.rooms.there[room_of(room)]
    conferences.on_snapshot([])
    await until(lambda: not conferences.state)
    await _stop(after)


async def test_a_talkgroup_is_placed_and_holds_nothing_open(world: World) -> None:
    made = await opened(world)
    conferences, room, (chief,) = world.hotline.conferences, made.conference_id, made.members
    group = uuid4()
    await conferences.add(CHIEF, room, group, "talkgroup", "app:daoli")
    await until(lambda: ("talkgroup", room_of(room), "app:daoli") in world.rooms.done)
    joins(world, room, chief.member_id)
    joins(world, room, group, group=True)
    assert conferences.state[room].parties[group].present
    leaves(world, room, chief.member_id)
    await until(lambda: not conferences.state)


async def test_an_id_asks_for_one_member_of_one_conference(world: World) -> None:
    conferences, op = world.hotline.conferences, uuid4()
    one = (await opened(world, join=False)).conference_id
    other = (await conferences.open(CHIEF, UUID(int=9), uuid4(), join=False)).conference_id
    await conferences.add(CHIEF, one, op, "telephone", "139-0451-0009")
    await until(lambda: len(world.rooms.rung) == 1)
    again = await conferences.add(CHIEF, one, op, "telephone", "13904510009")
    assert [member.member_id for member in again.members] == [op]
    wrong = (
        (other, "telephone", "13904510009"), (one, "telephone", NUMBER), (one, "unit", "app:m1"),
        (one, "desk", "li"), (other, "desk", "li"),
    )  # fmt: skip
    for room, kind, who in wrong:
        with pytest.raises(OperationReused):
            await conferences.add(CHIEF, room, op, kind, who)  # type: ignore[arg-type]
    with pytest.raises(OperationReused):
        await conferences.open(CHIEF, UUID(int=10), one, join=True)
    act = uuid4()
    await conferences.act(CHIEF, one, act, "lock", None)
    await conferences.act(CHIEF, one, act, "lock", None)
    with pytest.raises(OperationReused):
        await conferences.act(CHIEF, one, act, "unlock", None)
    with pytest.raises(OperationReused):
        await conferences.act(CHIEF, other, act, "lock", None)
    await conferences.act(CHIEF, one, uuid4(), "unlock", None)
    # Both at one moment: the id is of whoever was written first.
    both = uuid4()
    asked = (conferences.add(CHIEF, room, both, "desk", "li") for room in (one, other))
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["ConferenceView", "OperationReused"]
    await until(lambda: len(world.rooms.rung) == 2)
    await world.hotline.automated.conferences.look()
    await settle()
    assert sorted(call.target.call_id for call in world.rooms.rung) == sorted([op, both])
    assert [len(conferences.state[room].parties) for room in (one, other)] in ([2, 0], [1, 1])


async def test_requests_at_one_moment_ring_one_telephone_and_place_one_recorder(world: World) -> None:
    conferences, room = world.hotline.conferences, (await opened(world, join=False)).conference_id
    asked = (conferences.add(CHIEF, room, uuid4(), "telephone", NUMBER) for _ in range(3))
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(end) for end in ends].count(AlreadyInConference) == 2
    assert len(conferences.state[room].parties) == 1
    await asyncio.gather(*(conferences.act(CHIEF, room, uuid4(), "record", None) for _ in range(3)))
    (recorder,) = [one[2] for one in world.rooms.done if one[0] == "record"]
    for name in ("ConfbridgeJoin", "ConfbridgeLeave"):
        conferences.on_message(event(name, room, f"tap-rec-{recorder}-2"))
    await conferences.act(CHIEF, room, uuid4(), "record", None)
    assert [one[0] for one in world.rooms.done].count("record") == 2
    await conferences.act(CHIEF, room, uuid4(), "end", None)
    assert not conferences._locks


async def test_no_digest_of_a_number_outlives_the_call_and_the_conference(world: World) -> None:
    made = await opened(world)
    conferences, automated = world.hotline.conferences, world.hotline.automated.conferences
    room, (chief,), caller = made.conference_id, made.members, uuid4()
    await conferences.add(CHIEF, room, caller, "telephone", NUMBER)
    await until(lambda: len(world.rooms.rung) == 2)

    async def lines() -> tuple[set[str], set[str]]:
        async with world.storage.read() as connection:
            rows = (await store.members_of(connection, [room]))[room]
            found = await connection.execute(select(calls.table.c.line))
            return {row.line for row in rows}, {row.line for row in found}

    before = await lines()
    assert before[0] == before[1]
    assert "" not in before[0]
    for member in (chief.member_id, caller):
        joins(world, room, member)
    await conferences.act(CHIEF, room, uuid4(), "end", None)
    for member in (chief.member_id, caller):
        automated.on_message(message("Hangup", Uniqueid=f"ic-{member}", Channel="PJSIP/x-1", Cause="16"))
    await until(lambda: not automated.book.live)
    for writer in (conferences._writer, automated._writer):
        await until(lambda writer=writer: len(writer.write_behind) == 0)  # type: ignore[misc]
    await settle()
    assert await lines() == ({""}, {""})
    # Nor does it stay with a call that nobody saw the end of, once its telephone is called again.
    targets = [ConferenceTarget(uuid4(), room, "outside", NUMBER, "outside:x", room_of(room)) for _ in "ab"]
    async with world.storage.write() as transaction:
        for target, at in zip(targets, (0.0, 100.0), strict=True):
            assert await calls.begin(transaction.connection, AutomatedCall(target, "s", at), 1.0) == "begun"
    assert (await lines())[1] == {"", "outside:x"}


async def test_who_is_in_a_room_that_is_over_is_sent_out_however_late(storage: Storage) -> None:
    before = _world(storage)
    await _start(before)
    conferences = before.hotline.conferences
    made = await opened(before, join=False)
    name = room_of(made.conference_id)
    radio, recorder = (SeenLeg(one, f"Local/{one}-1", False) for one in ("radio", "recorder"))
    before.rooms.there[name] = [radio]
    before.rooms.up = False
    shown = await conferences.act(CHIEF, made.conference_id, uuid4(), "end", None)
    assert shown.ended_at is not None, "at once, though it is written down a moment later"
    assert before.rooms.done == []
    before.rooms.up = True
    conferences.on_snapshot([])
    await until(lambda: before.rooms.done == [("out", name, radio.channel)])
    await until(lambda: not conferences._clearing)
    await _stop(before)
    after = _world(storage)
    after.rooms.there[name] = [recorder]
    await _start(after)
    await until(lambda: after.rooms.done == [("out", name, recorder.channel)])
    await _stop(after)
