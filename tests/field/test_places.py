"""Positions as they come: written in one go, told once, kept as long as the rule says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage, StorageAway
from field.contract.mobile import topics
from field.events import UnitsMoved
from field.mobile.radio.driver import MobileDriver
from field.settings import PlacesSettings
from field.units import store as unit_store
from field.units.places import store
from field.units.places.model import PositionFix
from field.units.places.radio import service as places_service
from field.units.places.radio.consumer import PositionConsumer
from field.units.places.radio.service import PositionService
from field.units.radio.owntracks_link import OwnTracks
from tests.field.conftest import UNIT, City
from tests.mqtt.fakes import FakeLink


def fix(now: datetime, seconds: float = 0, **more: object) -> PositionFix:
    at = now + timedelta(seconds=seconds)
    made = PositionFix(126.62 + seconds / 77_700 * 20, 45.77, 8.0, "app", at, at)
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def places(city: City) -> PositionService:
    return PositionService(city.storage, city.bus, PlacesSettings())


async def rows(storage: Storage) -> int:
    async with storage.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(store.track)) or 0)


async def test_what_came_is_written_and_told_in_one_go(city: City, places: PositionService) -> None:
    now = city.storage.clock.now()
    for number in range(5):
        places.take(UNIT, fix(now, number))
    assert await places.flush() == 1
    (moved,) = [event for event in city.bus.published if isinstance(event, UnitsMoved)]
    assert [place.unit_id for place in moved.places] == [UNIT]
    known = (await city.register.look(UNIT)).placed
    assert known is not None
    assert known.measured_at == fix(now, 4).device_at
    assert (await city.register.find(UNIT)).heard_by == "app"
    assert await rows(city.storage) == 5
    assert await places.flush() == 0


async def test_standing_still_fills_nothing(city: City, places: PositionService) -> None:
    now = city.storage.clock.now()
    for number in range(120):
        places.take(UNIT, fix(now, number, lon=126.62))
    await places.flush()
    assert await rows(city.storage) == 2


async def test_strangers_and_revoked_units_leave_nothing(city: City, places: PositionService) -> None:
    now = city.storage.clock.now()
    async with city.storage.write() as transaction:
        await unit_store.revoke(transaction, UNIT, at=now, by="test")
    for uid in (UNIT, "app:99"):
        places.take(uid, fix(now))
    assert await places.flush() == 0
    assert (await city.register.look(UNIT)).placed is None
    assert await rows(city.storage) == 0
    assert not [event for event in city.bus.published if isinstance(event, UnitsMoved)]


async def test_a_database_that_is_away_loses_nothing_that_fits(
    city: City, places: PositionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = city.storage.clock.now()
    places.take(UNIT, fix(now))

    def away() -> object:
        raise StorageAway

    with monkeypatch.context() as patched:
        patched.setattr(city.storage, "write", away)
        with pytest.raises(StorageAway):
            await places.flush()
        places.take(UNIT, fix(now, 5))
    assert await places.flush() == 1
    assert await rows(city.storage) == 2
    known = (await city.register.look(UNIT)).placed
    assert known is not None
    assert known.fix.device_at == fix(now, 5).device_at


async def test_beyond_the_limits_reports_are_dropped_and_where_a_unit_is_stays_known(
    city: City, places: PositionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places_service, "MOST_WAITING", 3)
    monkeypatch.setattr(places_service, "MOST_UNITS", 1)
    now = city.storage.clock.now()
    for number in range(10):
        places.take(UNIT, fix(now, number))
        places.take("app:18", fix(now, number))
    await places.flush()
    assert await rows(city.storage) == 3
    known = (await city.register.look(UNIT)).placed
    assert known is not None
    assert known.fix.device_at == fix(now, 9).device_at


async def test_history_ends_by_age_and_by_number(city: City) -> None:
    now = city.storage.clock.now()
    places = PositionService(city.storage, city.bus, PlacesSettings(track_most=4))
    for number in range(10):
        places.take(UNIT, fix(now, number))
    await places.flush()
    async with city.storage.write() as transaction:
        assert await store.forget(transaction, before=now - timedelta(hours=1), most=4) == 6
        way = await store.way_of(
            transaction.connection, UNIT, since=now, until=now + timedelta(minutes=1), limit=10
        )
        assert [row.measured_at for row in way] == [fix(now, number).device_at for number in (9, 8, 7, 6)]
        assert await store.forget(transaction, before=now + timedelta(seconds=8), most=4) == 2


async def test_a_new_process_goes_on_where_the_old_one_was(city: City, places: PositionService) -> None:
    now = city.storage.clock.now()
    places.take(UNIT, fix(now, 10))
    await places.stop()
    again = PositionService(city.storage, city.bus, PlacesSettings())
    await again.load()
    # The broker gives its stored copy for the new subscription, and something older was on the way.
    again.take(UNIT, fix(now, 10), fresh=False)
    again.take(UNIT, fix(now, 5))
    await again.flush()
    known = (await city.register.look(UNIT)).placed
    assert known is not None
    assert known.measured_at == fix(now, 10).device_at
    assert await rows(city.storage) == 2


async def test_a_terminals_location_is_taken_with_its_own_clock(city: City, places: PositionService) -> None:
    link, clock = FakeLink(), ManualClock(city.storage.clock.now())
    driver = MobileDriver(link, clock, tenant="harbin", receipt_expiry_s=60)
    driver.attach(None, _nothing)  # type: ignore[arg-type]
    driver._sink = object()  # type: ignore[assignment]  # a location needs none
    PositionConsumer(places, driver, clock).attach()
    tomorrow = clock.now() + timedelta(days=1)
    body = {
        "msg_id": str(uuid7()), "seq": 1, "ts": tomorrow.isoformat(), "sent": tomorrow.isoformat(),
        "fix_at": (tomorrow - timedelta(seconds=30)).isoformat(), "lon": 126.6, "lat": 45.7, "accuracy_m": 5,
    }  # fmt: skip
    await link.give(topics.up("harbin", UNIT, "location"), json.dumps(body).encode())
    for bad in (
        b"",
        b"{",
        json.dumps({**body, "lat": 100}).encode(),
        json.dumps({**body, "lon": "x"}).encode(),
    ):
        await link.give(topics.up("harbin", UNIT, "location"), bad)
    await places.flush()
    known = (await city.register.look(UNIT)).placed
    assert known is not None
    assert known.age_s(clock.now()) == 30


async def test_an_app_is_a_second_bearer_of_its_unit(city: City, places: PositionService) -> None:
    link, clock = FakeLink(), ManualClock(city.storage.clock.now())
    said: list[tuple[str, bool]] = []

    async def presence(unit_id: str, online: bool) -> None:
        said.append((unit_id, online))
        await city.dispatches.presence(unit_id, online=online, bearer="owntracks")

    OwnTracks(link, places, clock, presence)
    await city.dispatches.presence(UNIT, online=True)
    await city.dispatches.presence(UNIT, online=False)
    body = {"_type": "location", "lat": 45.7, "lon": 126.6, "acc": 12, "tst": int(clock.now().timestamp())}
    for _ in range(3):
        await link.give(f"owntracks/{UNIT}/phone", json.dumps(body).encode())
    await link.give("owntracks/nobody/phone", json.dumps(body).encode())
    await link.give(f"owntracks/{UNIT}/phone", b"\x00\xff")
    await places.flush()
    known = await city.register.look(UNIT)
    assert known.unit.online
    assert [(one.name, one.online) for one in known.bearers] == [("app", False), ("owntracks", True)]
    assert known.unit.heard_by == "owntracks"
    assert known.placed is not None
    assert known.placed.fix.source == "owntracks/phone"
    await link.give(f"owntracks/{UNIT}/phone", b'{"_type":"lwt","tst":1}')
    assert not (await city.register.find(UNIT)).online
    assert said == [(UNIT, True), (UNIT, False)]


async def _nothing() -> None:
    """The network came back."""
