"""What everybody may ask for without end: kept for a few seconds, and read anew by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.errors import Forbidden
from core.ids import uuid7
from core.routes import add_routes
from core.storage import Storage, StorageAway
from tests.warning.caps import NOW, SQUARE, cap
from tests.warning.centre import AGENT, LI, WANG, Centre
from tests.warning.test_ledger import draft
from warning.banners import KEPT_S, WarningBanners
from warning.cap.model import CapMessage
from warning.channels import WarningChannel
from warning.http import warning_routes
from warning.ledger.model import RecordedWarning, WarningOrigin, warning_id_of
from warning.shapes import MOST_POINTS, MOST_SHAPES, shapes_of, thinned

CODE = {"name": "GB/T 2260", "value": "230102"}


def recorded(message: CapMessage) -> RecordedWarning:
    """It runs."""
    return RecordedWarning(
        warning_id_of(*message.reference.key), message, WarningOrigin.RECEIVED, True,
        (WarningChannel.DESK,), "li", NOW, released_at=NOW, ends_at=NOW + timedelta(hours=1),
    )  # fmt: skip


class CountedLedger:
    """Counts how often the database is asked; `away` as it then is."""

    def __init__(self) -> None:
        self.reads = 0
        self.away = False

    async def running(self) -> Sequence[tuple[RecordedWarning, Sequence[CapMessage]]]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise StorageAway
        return []


async def test_many_who_ask_at_once_are_one_look_into_the_database(storage: Storage) -> None:
    centre, ledger = Centre(storage), CountedLedger()
    banners = WarningBanners(ledger.running, centre.clock)

    async def ask_all() -> list[bytes | BaseException]:
        asked = (banners.shown(one) for one in [*WarningChannel] * 20)
        return await asyncio.gather(*asked, return_exceptions=True)

    assert set(await ask_all()) == {b'{"warnings":[]}'}
    await ask_all()
    assert ledger.reads == 1
    centre.clock.advance(KEPT_S)
    ledger.away = True
    assert {type(one) for one in await ask_all()} == {StorageAway}
    assert ledger.reads == 2
    centre.clock.advance(KEPT_S)
    ledger.away = False
    assert set(await ask_all()) == {b'{"warnings":[]}'}
    assert ledger.reads == 3


@pytest.mark.parametrize("path", ["/warnings/running", "/citizen/warnings"])
async def test_what_runs_is_shown_within_seconds_and_never_after_its_end(storage: Storage, path: str) -> None:
    centre = Centre(storage)
    app = FastAPI()
    add_routes(app.router, warning_routes(centre.ledger, centre.sending, lambda: AGENT))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def shown() -> list[str]:
            answer = await client.get(path)
            assert answer.headers["content-type"] == "application/json"
            return [one["headline"] for one in answer.json()["warnings"]]

        assert await shown() == []
        ends = NOW + timedelta(seconds=KEPT_S + 1)
        wish = draft(expires=ends, channels=["desk", "citizens"])
        await centre.released(await centre.ledger.draft(LI, wish, None, uuid7()))
        assert await shown() == [], "kept"
        centre.clock.advance(KEPT_S)
        assert await shown() == ["暴雨红色预警"]
        centre.clock.advance(1)
        assert await shown() == []


async def test_a_map_is_told_where_warnings_hold_by_the_same_look(storage: Storage) -> None:
    centre = Centre(storage)
    app, viewer = FastAPI(), [AGENT]
    add_routes(app.router, warning_routes(centre.ledger, centre.sending, lambda: viewer[0]))
    app.add_exception_handler(Forbidden, lambda _request, _error: JSONResponse({}, 403))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        circle = {"lon": 126.65, "lat": 45.75, "km": 2.0}
        area = {"description": "两处", "polygons": [SQUARE], "circles": [circle], "geocodes": [CODE]}
        wish = draft(status="Exercise", areas=[area], channels=["units"])
        await centre.released(await centre.ledger.draft(LI, wish, None, uuid7()), WANG)
        found = (await client.get("/warnings/areas")).json()
        (one,) = found["warnings"]
        assert (one["status"], one["mark"], one["severity"]) == ("Exercise", "【演习 EXERCISE】", "Extreme")
        assert one["polygons"] == [[list(point) for point in SQUARE]]
        assert (one["circles"], one["codes"]) == ([circle], ["230102"])
        assert (one["coarse"], one["partly"], found["more"]) == (False, False, False)
        viewer[0] = Actor("crew", "crew", frozenset({Role.UNIT}))
        assert (await client.get("/warnings/areas")).status_code == 403


def test_a_map_gets_few_shapes_of_few_points_and_none_of_an_all_clear() -> None:
    ring = [(126 + n / 10_000, 45 + (n % 7) / 100) for n in range(150)]
    many = [{"description": str(n), "polygons": [[*ring, ring[0]]] * 30} for n in range(20)]
    found = [recorded(cap(number, info={"areas": many})) for number in range(2)]
    clear = recorded(cap(3, msg_type="Cancel", references=[cap(0).reference]))
    told = shapes_of([(one, ()) for one in [clear, *found]])
    assert [one.warning_id for one in told.warnings] == [one.warning_id for one in found]
    assert sum(len(one.polygons) for one in told.warnings) == MOST_SHAPES
    assert sum(len(ring) for one in told.warnings for ring in one.polygons) <= MOST_POINTS
    assert all(ring[0] == ring[-1] for one in told.warnings for ring in one.polygons)
    assert ([one.partly for one in told.warnings], told.more) == ([True, True], True)


@given(st.integers(4, 400), st.integers(4, 64))
def test_a_thinned_ring_is_closed_and_has_no_point_twice(points: int, most: int) -> None:
    ring = [(float(at), float(at % 5)) for at in range(points - 1)]
    ring.append(ring[0])
    thin = thinned(ring, most)
    assert len(thin) == min(points, most)
    assert thin[0] == thin[-1] == ring[0]
    assert len(set(thin)) == len(thin) - 1
    assert set(thin) <= set(ring)
