"""Whoever is in the area is told once, also when the service is killed; exercises say so in every text."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from core.storage import Storage
from field.events import TextState
from field.texts import store as texts
from gateway.wiring.warnings import UnitsInArea
from tests.warning.caps import NOW, SQUARE, cap
from tests.warning.centre import LI, MA, WANG, Centre, KilledHere, RememberedChannel
from tests.warning.test_ledger import draft
from warning.area import WarningArea, area_of
from warning.cap.model import CapArea, CapStatus, CapType, Point
from warning.ledger.model import WarningState
from warning.words import MARKS, mark_of, text_of

ALL = ["units", "citizens", "desk"]


@given(st.sampled_from(CapType), st.sampled_from([CapStatus.EXERCISE, CapStatus.TEST]),
       st.text(max_size=300), st.integers(40, 200), st.sampled_from(["zh", "en"]))  # fmt: skip
def test_every_text_of_an_exercise_says_so(
    kind: CapType, status: CapStatus, words: str, most: int, language: str
) -> None:
    said = "".join(sign for sign in words if sign.isprintable())
    message = cap(status=status, msg_type=kind, info={"headline": said, "description": said})
    bare = message.model_copy(update={"infos": ()})
    for one, about in ((message, ()), (bare, (message,)), (bare, ())):
        text = text_of(one, about, most=most, language=language)
        assert text.startswith(MARKS[status])
        assert len(text) <= most
    assert mark_of(cap()) == ""
    assert (
        text_of(cap(), (), most=500) == "暴雨橙色预警。未来三小时有暴雨。请远离低洼路段。（哈尔滨市气象台）"
    )


@pytest.mark.parametrize(
    ("area", "inside", "outside"),
    [
        ({"polygons": [SQUARE]}, (126.65, 45.75), (126.75, 45.75)),
        ({"circles": [{"lon": 126.65, "lat": 45.75, "km": 1.0}]}, (126.651, 45.751), (126.67, 45.75)),
    ],
)
def test_a_place_is_in_an_area(
    area: dict[str, Any], inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    found = area_of([CapArea.model_validate(area)])
    assert found.holds(inside, lambda _point: ())
    assert not found.holds(outside, lambda _point: ())


@pytest.mark.parametrize(
    ("code", "there"),
    [("230102", True), ("230102000000", True), ("230100", True), ("230000", True), ("230103", False),
     ("230200", False), ("220000", False), ("道里", False)],
)  # fmt: skip
def test_a_code_names_a_district_or_all_in_it(code: str, there: bool) -> None:
    area = area_of([CapArea.model_validate({"geocodes": [{"name": "GB/T 2260", "value": code}]})])
    assert area.holds((126.6, 45.7), lambda _point: ["230102"]) is there


class CountedRing(tuple[Point, ...]):  # noqa: SLOT001
    """Counts how often its points are walked."""

    walks = 0

    def __iter__(self) -> Iterator[Point]:
        self.walks += 1
        return super().__iter__()


@given(st.floats(126.5, 126.8), st.floats(45.6, 45.9))
def test_the_points_of_a_polygon_are_walked_for_places_near_it_alone(lon: float, lat: float) -> None:
    ring = CountedRing(SQUARE)
    area = WarningArea((ring,))
    before = ring.walks
    within = area.holds((lon, lat), lambda _point: ())
    assert (ring.walks > before) == (126.60 <= lon <= 126.70 and 45.70 <= lat <= 45.80)
    assert within or not (126.60 < lon < 126.70 and 45.70 < lat < 45.80)


async def test_units_are_looked_for_beside_the_loop(storage: Storage) -> None:
    centre = Centre(storage)
    await centre.unit("tetra:in", 126.65, 45.75)
    asked_in: list[int] = []

    def districts(_point: Point) -> Collection[str]:
        asked_in.append(threading.get_ident())
        return ("230102",)

    area = area_of([CapArea.model_validate({"geocodes": [{"name": "GB/T 2260", "value": "230102"}]})])
    async with storage.read() as connection:
        assert await UnitsInArea(centre.clock).within(connection, area, districts) == ["tetra:in"]
    assert asked_in
    assert threading.get_ident() not in asked_in


async def test_units_in_the_area_are_told_and_counted(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    await centre.unit("tetra:old", 126.65, 45.75)
    centre.clock.advance(25 * 3600)
    await centre.unit("tetra:in", 126.65, 45.75)
    await centre.unit("tetra:out", 126.90, 45.75)
    until = centre.clock.now() + timedelta(hours=1)
    made = await centre.ledger.draft(LI, draft(status="Exercise", channels=ALL, expires=until), None, uuid7())
    assert await centre.sending.audience(made) == {"units": 1}
    assert await centre.send_all() == 0, "nothing is sent without a person"
    await centre.released(made, LI)
    assert await centre.send_all() == 1
    assert await centre.texts_of("tetra:out") == await centre.texts_of("tetra:old") == []
    [told] = await centre.texts_of("tetra:in")
    assert told == "【演习 EXERCISE】暴雨红色预警。请留在室内。"
    [units] = await centre.sending.counts(made.warning_id)
    assert (units.total, units.waiting, units.reached) == (1, 1, 0)
    async with any_storage.read() as connection:
        (text,) = await texts.listed(connection, unit_id="tetra:in", limit=10)
    assert text.expires_at == until, "not a minute longer than the warning"
    await centre.shown(TextState.DISPLAYED)
    [units] = await centre.sending.counts(made.warning_id)
    assert (units.reached, units.acknowledged) == (1, 1)
    # The all-clear goes to the same area, in the words of what it ends.
    clear = draft(status="Exercise", msg_type="Cancel", headline="", description="", areas=[], expires=None)
    cancel = await centre.ledger.draft(MA, clear, made.warning_id, uuid7())
    await centre.released(cancel, MA)
    await centre.send_all()
    assert max(await centre.texts_of("tetra:in")) == "【演习 EXERCISE】解除 ALL CLEAR：暴雨红色预警。"
    assert (await centre.ledger.one(LI, made.warning_id)).state is WarningState.CANCELLED


@pytest.mark.parametrize("dies_at", [0, 1, 199, 200, 201, 399])
async def test_a_service_killed_while_it_tells_forgets_nobody_and_tells_nobody_twice(
    any_storage: Storage, dies_at: int
) -> None:
    channel = RememberedChannel([f"{n:03}" for n in range(400)])
    before = Centre(any_storage, None, channel)
    made = await before.ledger.draft(LI, draft(channels=["units"]), None, uuid7())
    await before.ledger.release(WANG, made.warning_id, uuid7())
    op_id = uuid7()
    await before.ledger.release(MA, made.warning_id, op_id)
    channel.dies_at = dies_at
    with pytest.raises(KilledHere):
        await before.send_all()
    # What was handed over in the transaction that died went back with it.
    kept = channel.handed[: dies_at // 200 * 200]
    after = RememberedChannel(channel.addresses)
    again = Centre(any_storage, None, after)
    await again.ledger.release(MA, made.warning_id, op_id)
    await again.send_all()
    told = Counter(text.address for text in [*kept, *after.handed])
    assert told == dict.fromkeys(channel.addresses, 1)
    assert await again.send_all() == 0


async def test_who_waits_when_a_warning_is_stopped_or_over_is_not_told(any_storage: Storage) -> None:
    channel = RememberedChannel([*(f"{n:03}" for n in range(250)), "out"])
    centre = Centre(any_storage, None, channel)
    made = await centre.ledger.draft(LI, draft(channels=["units"]), None, uuid7())
    await centre.released(made)
    assert await centre.sending.step() == 200
    await centre.ledger.cancel(LI, made.warning_id, "wrong district", uuid7())
    assert await centre.send_all() == 51
    assert len(channel.handed) == 200
    [counts] = await centre.sending.counts(made.warning_id)
    assert (counts.total, counts.reached + counts.failed, counts.dropped, counts.waiting) == (251, 200, 51, 0)
    assert len(channel.withdrawn) == counts.reached
    # Those who were told may still be given an all-clear.
    clear = draft(msg_type="Cancel", headline="误发", description="", channels=["units"])
    cancel = await centre.ledger.draft(LI, clear, made.warning_id, uuid7())
    assert (await centre.released(cancel)).state is WarningState.RUNNING
    late = await centre.ledger.draft(
        LI, draft(channels=["units"], expires=NOW + timedelta(minutes=1)), None, uuid7()
    )
    await centre.released(late)
    centre.clock.advance(61)
    await centre.send_all()
    [counts] = await centre.sending.counts(late.warning_id)
    assert counts.dropped == 251
