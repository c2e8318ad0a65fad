"""Everything near a case: one list by distance, and each kind only for who may list it by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from cases.near.model import NearKind, NearThing
from core.actor import Actor, Role
from core.ids import uuid7
from core.place import Position
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.parts.test_register import HEADER, LAMP
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER
from tests.cases.test_search import plant
from tests.cases.web import Desk, desk_of

OF_NANGANG = Actor("qian", "钱", frozenset({Role.AGENT}), Scopes(districts=frozenset({"230103"})))
OTHER = Actor("sun", "孙坐席", frozenset({Role.AGENT}))


class CrewsNear:
    """Stands for the register of units: for dispatchers."""

    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[NearThing]:
        assert (round(place.lon, 2), within_m, limit) == (126.65, 500.0, 50)
        if not actor.has(Role.DISPATCHER):
            return ()
        crew = NearThing(kind=NearKind.UNIT, id="app:17", name="十七组", metres=60.0, lon=126.6508, lat=45.75)
        return [crew, crew.model_copy(update={"id": "far", "metres": 900.0})]


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(
        any_storage, (AGENT, OTHER, DISPATCHER, ADMIN, OF_NANGANG), near=(CrewsNear(),)
    ) as made:
        told = await made.on.room.parts.import_table(ADMIN, (HEADER + LAMP).encode(), op_id=uuid7())
        assert told.applied
        yield made


async def _near(desk: Desk, who: Actor, case_id: object) -> list[tuple[str, str]]:
    answer = await desk(who, "GET", f"/cases/{case_id}/near")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["things"]
    assert [one["metres"] for one in found] == sorted(one["metres"] for one in found)
    return [(one["kind"], one["id"]) for one in found]


async def test_one_list_by_distance_for_each_what_he_may_list(desk: Desk) -> None:
    case = await plant(desk, 1, lon=126.65, lat=45.75, accuracy_m=10.0)
    beside = await plant(desk, 2, lon=126.6505, lat=45.75, accuracy_m=10.0)
    await plant(desk, 3, lon=126.7, lat=45.75, accuracy_m=10.0)
    hidden = await plant(desk, 4, lon=126.651, lat=45.75, accuracy_m=10.0, confidential=True)
    lamp, case_beside = ("part", "2301030137000001"), ("case", str(beside.case_id))
    secret = ("case", str(hidden.case_id))
    assert await _near(desk, DISPATCHER, case.case_id) == [lamp, case_beside, ("unit", "app:17"), secret]
    assert await _near(desk, OTHER, case.case_id) == [lamp, case_beside]
    assert ("sun", "search-cases", "cases:near=case") in desk.on.looked.at
    assert (await desk(OF_NANGANG, "GET", f"/cases/{case.case_id}/near")).status_code == 403
    assert (await desk(OTHER, "GET", f"/cases/{hidden.case_id}/near")).status_code == 403
    nowhere = (await desk(AGENT, "GET", f"/cases/{(await plant(desk, 5)).case_id}/near")).json()
    assert (nowhere["placed"], nowhere["things"]) == (False, [])
