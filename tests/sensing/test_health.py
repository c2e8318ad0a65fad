"""Whether cameras answer: each is asked in its turn, a few at once, and a change is recorded once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from core.storage import Storage
from sensing.cameras.store import CameraState
from sensing.health.schedule import JITTER, HealthSchedule
from sensing.health.watch import CameraHealth
from sensing.settings import SensingSettings
from tests.peers.simulated_rtsp_camera import simulated_rtsp_camera
from tests.peers.simulated_snapshot_camera import simulated_snapshot_camera
from tests.sensing.test_register import ADMIN, register
from tests.waiting import until

EVERY_S = 300.0


@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.lists(st.tuples(st.floats(0.1, 90), st.floats(0, 20), st.booleans()), min_size=1, max_size=60),
)
def test_no_camera_is_asked_early_and_no_more_than_a_few_at_once(
    cameras: int, at_once: int, steps: list[tuple[float, float, bool]]
) -> None:
    """Each step: the time that passes, how long its questions take, whether one camera is out."""
    schedule = HealthSchedule(EVERY_S, at_once)
    codes = [f"C{number}" for number in range(cameras)]
    now, asked = 0.0, defaultdict(list)
    running: list[tuple[float, str]] = []
    for passes, takes, out in steps:
        now += passes
        for end, code in [one for one in running if one[0] <= now]:
            schedule.ended(code)
            running.remove((end, code))
        schedule.use(codes[1:] if out else codes, now)
        for code in schedule.start(now):
            assert not (out and code == codes[0])
            asked[code].append(now)
            running.append((now + takes, code))
        assert len(running) <= at_once
        assert len({code for _, code in running}) == len(running)
    for times in asked.values():
        assert all(after - before >= EVERY_S for before, after in pairwise(times))


def test_all_are_asked_within_the_interval_and_spread_over_it() -> None:
    schedule = HealthSchedule(EVERY_S, 8)
    codes = [f"C{number}" for number in range(950)]
    schedule.use(codes, 0.0)
    last: dict[str, float] = {}
    most = 0
    for second in range(1, 1_000):
        started = schedule.start(float(second))
        most = max(most, len(started))
        for code in started:
            assert second - last.get(code, second) <= EVERY_S * (1 + JITTER) + 2
            last[code] = second
            schedule.ended(code)
    assert len(last) == 950
    assert min(last.values()) > 1_000 - EVERY_S * (1 + JITTER) - 2
    assert most <= 8


async def test_changes_are_recorded_and_a_camera_that_is_away_is_shown_so(any_storage: Storage) -> None:
    async with simulated_rtsp_camera(user="u", password="p") as up, simulated_snapshot_camera(b"") as web:
        gone = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        port = gone.sockets[0].getsockname()[1]
        gone.close()
        cameras = register(any_storage)
        table = (
            "code,name,lon,lat,kind,address\n"
            f"UP,有,126.65,45.75,ptz,{up.url}\nWEB,网,126.65,45.75,ptz,{web.url}\n"
            f"AWAY,无,126.65,45.75,ptz,rtsp://127.0.0.1:{port}/\nFAR,外,126.65,45.75,ptz,rtsp://192.0.2.7/\n"
            "NONE,空,126.65,45.75,ptz,\n"
        )
        await cameras.import_table(ADMIN, table.encode(), op_id=uuid7())
        settings = SensingSettings.model_validate({"networks": ["127.0.0.0/8"], "health_wait_s": 20})
        watch = CameraHealth(any_storage, cameras, settings)
        # All are due: as if the interval had passed.
        watch._schedule._due = dict.fromkeys(cameras.index.by_code, 0.0)
        watch.tick()
        await until(lambda: len(watch.conditions) == 4, "all that have an address are asked")
        await watch.write()
        await watch.stop()
        assert {code: one.why for code, one in watch.conditions.items()} == {
            "UP": "", "WEB": "", "AWAY": "away", "FAR": "not-allowed",
        }  # fmt: skip
        assert up.asked == ["OPTIONS"]
        assert watch.health().state == "up"
        known, changes = await cameras.one(ADMIN, "AWAY")
        assert (known.condition.state, len(changes)) == (CameraState.AWAY, 1)
        assert {one.condition.state for one in cameras.listed(ADMIN)} == set(CameraState)
        # The same answer again is no change; what was recorded is known after a restart.
        restarted = register(any_storage)
        await restarted.look()
        assert restarted.conditions == cameras.conditions
        again = CameraHealth(any_storage, restarted, settings)
        await again._ask(restarted.get(ADMIN, "AWAY"))
        assert again._changed == {}
        assert (known.condition.since or datetime.now(UTC)) <= datetime.now(UTC)


async def test_half_of_the_cameras_away_is_the_network(storage: Storage) -> None:
    cameras = register(storage)
    table = "code,name,lon,lat,kind,address\nA,一,126.65,45.75,ptz,rtsp://192.0.2.7/\n"
    await cameras.import_table(ADMIN, table.encode(), op_id=uuid7())
    watch = CameraHealth(storage, cameras, SensingSettings())
    await watch._ask(cameras.get(ADMIN, "A"))
    assert watch.health().state == "degraded"
    assert "1 of 1 cameras are away" in watch.health().why
