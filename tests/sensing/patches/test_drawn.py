"""Change patches on a map: those in sight, undecided ones first, no finer and no more than it can draw."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import shapely
from fastapi import FastAPI

from core.actor import Actor, Role
from core.errors import Invalid
from core.routes import add_routes
from core.scopes import Scopes
from core.storage import Storage
from sensing.patches.drawn import MOST_POINTS, drawn
from sensing.patches.http import patch_routes
from sensing.patches.service import ChangePatches
from tests.cases.parts.trail import RememberedTrail
from tests.sensing.patches.city import SOUTH, WEST, feature, geojson
from tests.sensing.patches.test_import import ADMIN, DISPATCHER, importer, written

BOX = {"west": WEST, "south": SOUTH, "east": WEST + 0.1, "north": SOUTH + 0.1}
ELSEWHERE = Actor("zhou", "周", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230110"})))


class NoTasks:
    """Nobody is sent."""

    async def ask(self, *_asked: Any, **_more: Any) -> None:
        return None

    async def answer(self, _task_id: Any) -> None:
        return None


def circle(points: int, radius: float = 0.001, lon: float = WEST) -> bytes:
    turns = (2 * math.pi * at / points for at in range(points))
    corners = [(lon + radius * math.cos(turn), SOUTH + radius * math.sin(turn)) for turn in turns]
    return bytes(shapely.to_wkb(shapely.Polygon(corners)))


def points_of(outline: dict[str, Any]) -> int:
    return sum(len(ring) for ring in outline["coordinates"])


async def test_a_map_gets_what_it_shows_of_the_own_districts_undecided_first(
    any_storage: Storage, tmp_path: Path
) -> None:
    file = written(tmp_path, "a.json", geojson(feature(number) for number in range(4)))
    await importer(any_storage).import_file(ADMIN, file)
    patches = ChangePatches(any_storage, RememberedTrail(), NoTasks())
    (first, *_rest) = await patches.listed(DISPATCHER)
    await patches.decide(DISPATCHER, first.patch_id, real=True)
    app, viewer = FastAPI(), [DISPATCHER]
    add_routes(app.router, patch_routes(patches, lambda: viewer[0]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def numbers(**asked: Any) -> tuple[list[int], bool]:
            answer = (await client.get("/change-patches", params={**BOX, "drawn": True, **asked})).json()
            return [one["number"] for one in answer["patches"]], answer["more"]

        assert await numbers() == ([2, 3, 4, first.number], False)
        assert await numbers(limit=2) == ([2, 3], True)
        assert await numbers(east=first.lon + 0.0005) == ([first.number], False)
        viewer[0] = ELSEWHERE
        assert await numbers() == ([], False)
        viewer[0] = DISPATCHER
        with pytest.raises(Invalid):
            await client.get("/change-patches", params={"drawn": True})


def test_an_outline_is_no_finer_than_the_map_and_the_points_of_all_are_bounded() -> None:
    far = (WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1)
    near = (WEST, SOUTH, WEST + 0.002, SOUTH + 0.002)
    (coarse,), (fine,) = drawn([circle(5_000)], far), drawn([circle(5_000)], near)
    assert 4 <= points_of(coarse) < 20 < points_of(fine) < 500
    assert shapely.geometry.shape(coarse).is_valid
    many = [circle(MOST_POINTS // 4, lon=WEST + number) for number in range(6)]
    assert len(drawn(many, (WEST, SOUTH, WEST, SOUTH))) == 3, "four have a point too much: rings are closed"
