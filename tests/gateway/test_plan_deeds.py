"""What steps of plans do in other rooms: texts to units of a talkgroup, a call, a picture by who answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from core.actor import Actor, Role
from core.errors import Conflict, NotFound, Unavailable
from core.ids import uuid7
from core.place import Position
from gateway.wiring.plans import DeedsOfPlans

ZHAO = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))
CASE = uuid7()


class Rooms:
    """Stands for units, call control and cameras, and remembers what they were asked for."""

    def __init__(self, *, members: list[str], outcome: str = "done", broken: tuple[str, ...] = ()) -> None:
        self.texts: list[tuple[UUID, str]] = []
        self.rung: list[tuple[UUID, str]] = []
        self.looks: list[tuple[UUID, str]] = []
        self._members, self._outcome, self._broken = members, outcome, broken

    async def units_on(self, _actor: Actor, _tg_id: str) -> list[str]:
        return self._members

    async def write(self, _actor: Actor, op_id: UUID, unit_id: str, _words: str) -> None:
        self.texts.append((op_id, unit_id))

    async def call(self, _actor: Actor, op_id: UUID, wish: Any) -> Any:
        self.rung.append((op_id, wish.number))
        return SimpleNamespace(outcome=self._outcome)

    def near(self, _actor: Actor, _place: Position, limit: int) -> Any:
        cameras = [SimpleNamespace(code=one, name=f"摄像头{one}") for one in ("N1", "D1", "D2", "D3")]
        return [SimpleNamespace(camera=one) for one in cameras[:limit]]

    async def take(self, _actor: Actor, code: str, _number: str, *, op_id: UUID) -> None:
        self.looks.append((op_id, code))
        if code in self._broken:
            raise Unavailable(f"{code} is slow")

    async def place_of(self, _actor: Actor, _case_id: UUID) -> tuple[Position | None, bool]:
        return Position(lon=126.65, lat=45.75, accuracy_m=1.0), False

    def deeds(self) -> DeedsOfPlans:
        here: Any = self
        units: Any = SimpleNamespace(talkgroups=self, texts=self)
        sensing: Any = SimpleNamespace(register=self, snapshots=self)
        return DeedsOfPlans(here, lambda: units, lambda: here, lambda: sensing, here)


async def test_each_unit_of_the_talkgroup_gets_one_text_however_often_it_is_asked() -> None:
    rooms, op_id = Rooms(members=["app:1", "app:2"]), uuid7()
    assert [await rooms.deeds().text(ZHAO, op_id, "net:9", "绕行") for _ in range(2)] == [2, 2]
    assert [unit for _, unit in rooms.texts] == ["app:1", "app:2"] * 2
    assert len(set(rooms.texts)) == 2, "the same texts, by their ids"
    with pytest.raises(Conflict):
        await Rooms(members=[]).deeds().text(ZHAO, op_id, "net:9", "绕行")


async def test_a_call_in_doubt_is_told_and_one_that_did_not_ring_is_refused() -> None:
    for outcome, told in (("done", "done"), ("uncertain", "in_doubt")):
        rooms = Rooms(members=[], outcome=outcome)
        assert await rooms.deeds().call(ZHAO, uuid7(), "84660000") == told
        assert len(rooms.rung) == 1
    with pytest.raises(Conflict):
        await Rooms(members=[], outcome="not_placed").deeds().call(ZHAO, uuid7(), "84660000")


async def test_the_next_camera_is_asked_where_one_gives_no_picture() -> None:
    rooms, op_id = Rooms(members=[], broken=("N1",)), uuid7()
    assert await rooms.deeds().picture(ZHAO, op_id, CASE, "230103-1") == "摄像头D1"
    assert await rooms.deeds().picture(ZHAO, op_id, CASE, "230103-1") == "摄像头D1"
    assert len(set(rooms.looks)) == 2
    with pytest.raises((Unavailable, NotFound)):
        await Rooms(members=[], broken=("N1", "D1", "D2", "D3")).deeds().picture(ZHAO, op_id, CASE, "1")
