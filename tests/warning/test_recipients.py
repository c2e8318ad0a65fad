"""Who is registered for a place, and which warnings concern him."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.csv_table import TableReport
from core.ids import uuid7
from core.storage import Storage
from tests.warning.caps import SQUARE
from tests.warning.centre import Centre
from warning.area import WarningArea
from warning.cap.model import CapArea, Point
from warning.recipients.model import Recipient, RecipientArea, area_in
from warning.recipients.places import KnownPlaces, concerned
from warning.recipients.service import RecipientRegister

OPERATOR = Actor("cli:root", "command line", frozenset({Role.ADMIN}))
TABLE = """姓名,电话,职务,范围
赵村长,13904510001,村主任,"126.64 45.74, 126.66 45.74, 126.66 45.76"
钱校长,139 0451 0002,学校,230102
孙主播,+8613904510003,交通广播,230100
李主任,13904510004,社区,网格：DL-07
周村长,13904510005,村主任,"126.94 45.74, 126.96 45.74, 126.96 45.76"
吴校长,13904510006,学校,230103
"""
NUMBERS = [f"1390451000{n}" for n in range(1, 7)]
DISTRICT = [[(126.55, 45.70), (126.72, 45.70), (126.72, 45.80), (126.55, 45.80), (126.55, 45.70)]]
OTHER = [[(126.80, 45.70), (126.85, 45.70), (126.85, 45.80), (126.80, 45.80), (126.80, 45.70)]]
PLACES = KnownPlaces({"230102": [DISTRICT], "230103": [OTHER]}, {"DL-07": [(126.65, 45.75)]})


def register(centre: Centre) -> RecipientRegister:
    return RecipientRegister(centre.storage, centre.trail, frozenset({"DL-07"}))


async def imported(centre: Centre, table: str = TABLE, *, dry: bool = False) -> TableReport:
    data = table.encode()
    return await register(centre).import_table(OPERATOR, data, op_id=None if dry else uuid7())


async def test_a_table_is_taken_as_a_whole_or_not_at_all(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    tried = await imported(centre, dry=True)
    assert (tried.added, tried.applied) == (6, False)
    assert await register(centre).listed() == []
    assert (await imported(centre)).applied
    assert sorted(one.number for one in await register(centre).listed()) == NUMBERS
    again = await imported(centre)
    assert (again.same, again.applied) == (6, False)
    other = await imported(centre, TABLE.replace("吴校长,", "郑校长,"))
    assert [(one.act, one.changes) for one in other.lines if one.act != "same"] == [("change", ["name"])]
    wrong = await imported(
        centre,
        "name,number,role,area\n甲,13904510009,,230102\n乙,13904510009,,230102\n丙,0451 2345,,230102\n"
        "丁,13904510010,,beat:NONE\n戊,13904510011,,道里\n己,13904510012,,\n庚,045182345678,,230102\n",
    )
    assert [one.act for one in wrong.lines] == ["add", *["refused"] * 6]
    columns = ["number", "number", "area", "area", "area", "by"]
    assert [one.problems[0].column for one in wrong.lines[1:]] == columns
    assert not wrong.applied
    assert "13904510009" not in wrong.model_dump_json()
    assert await register(centre).remove(OPERATOR, ["139-0451-0006"]) == 1
    assert len(await register(centre).listed()) == 5


@given(st.text(max_size=60) | st.text("0123456789 .,;；beat:()POLYGON-网格", max_size=60))
def test_any_text_is_an_area_or_refused(text: str) -> None:
    try:
        area = area_in(text)
    except ValueError:
        return
    assert area.districts or area.beats or area.polygons
    assert all(ring[0] == ring[-1] for ring in area.polygons)


def there(**area: Any) -> Recipient:
    return Recipient(recipient_id=uuid7(), number="13904510001", name="赵", area=RecipientArea(**area))


@pytest.mark.parametrize(
    ("warned", "told"),
    [
        (WarningArea((SQUARE,)), {"village", "district", "city", "beat"}),
        (WarningArea(codes=("230102",)), {"village", "district", "city", "beat"}),
        (WarningArea(codes=("230100",)), {"village", "district", "city", "beat", "other"}),
        (WarningArea(codes=("220000",)), set()),
        (WarningArea(((*((lon + 1, lat) for lon, lat in SQUARE),),)), set()),
        (WarningArea(circles=(CapArea.model_validate(
            {"circles": [{"lon": 126.83, "lat": 45.75, "km": 0.0}]}).circles[0],)), {"other", "city"}),
    ],
)  # fmt: skip
def test_a_warning_concerns_those_whose_place_it_touches(warned: WarningArea, told: set[str]) -> None:
    village = area_in("126.64 45.74, 126.66 45.74, 126.66 45.76")
    known = {
        "village": Recipient(recipient_id=uuid7(), number="13904510001", name="赵", area=village),
        "district": there(districts=("230102",)), "city": there(districts=("230100",)),
        "beat": there(beats=("DL-07",)), "other": there(districts=("230103",)),
        "nowhere": there(beats=("GONE",)),
    }  # fmt: skip
    found = concerned(list(known.values()), warned, PLACES)
    assert {name for name, one in known.items() if one in found} == told


@given(st.floats(126.5, 126.8), st.floats(45.6, 45.9))
def test_a_village_is_concerned_exactly_where_the_area_touches_it(lon: float, lat: float) -> None:
    ring: tuple[Point, ...] = ((lon, lat), (lon + 0.01, lat), (lon + 0.01, lat + 0.01), (lon, lat))
    found = concerned([there(polygons=(ring,))], WarningArea((SQUARE,)), KnownPlaces())
    inside = any(126.60 < x < 126.70 and 45.70 < y < 45.80 for x, y in ring)
    beyond = lon > 126.70 or lon + 0.01 < 126.60 or lat > 45.80 or lat + 0.01 < 45.70
    assert found or not inside
    assert not (found and beyond)
