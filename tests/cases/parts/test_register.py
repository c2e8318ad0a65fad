"""The part register: a table is taken whole or not at all; a part is found by number, class and place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues
from cases.errors import NoSuchPart
from cases.grid.build import build, read_outlines
from cases.grid.index import GridIndex
from cases.grid.service import CaseGrid
from cases.parts.importer import read_parts
from cases.parts.model import PartSearch, label_key
from cases.parts.service import PartRegister
from core.csv_table import TableUnreadable
from core.errors import Forbidden
from core.ids import uuid7
from core.place import Position
from core.storage import Storage
from tests.cases.parts.trail import RememberedTrail
from tests.cases.rooms import ADMIN, AGENT
from tests.cases.test_grid import TO_DEGREES, collection, feature, square

HEADER = "部件编号,牌号,名称,权属单位,主管单位,养护单位,地址,经度,纬度,状态\n"
LAMP = "2301030137000001,HX-1023,路灯,市路灯管理处,市城管局,路灯养护公司,学府路74号,126.65,45.75,完好\n"
COVER = "2301030101000001,雨0739,上水井盖,供水集团,市水务局,供水集团,学府路76号,126.6501,45.75,完好\n"


def register(storage: Storage, trail: RememberedTrail | None = None) -> PartRegister:
    return PartRegister(storage, load_catalogues(), CaseGrid(storage), trail or RememberedTrail())


async def test_a_table_is_imported_after_a_trial_and_only_once(any_storage: Storage) -> None:
    trail = RememberedTrail()
    parts = register(any_storage, trail)
    data = (HEADER + LAMP + COVER).encode("gb18030")
    trial = await parts.import_table(ADMIN, data, op_id=None)
    assert (trial.added, trial.applied, trial.encoding) == (2, False, "gb18030")
    assert await parts.count() == 0
    op_id = uuid7()
    done = await parts.import_table(ADMIN, data, op_id=op_id)
    assert (done.added, done.applied) == (2, True)
    await parts.import_table(ADMIN, data, op_id=op_id)
    assert trail.actions == [("root", "parts.import", "parts:register")]
    again = await parts.import_table(ADMIN, data.replace("完好".encode("gb18030"), b"X"), op_id=uuid7())
    assert (again.added, again.changed) == (0, 2)
    assert again.lines[0].changes == ["state: 完好 → X"]
    # A file with fewer columns leaves the others as they are.
    owner = "part_id,name,owner\n2301030137000001,路灯,新权属\n".encode()
    await parts.import_table(ADMIN, owner, op_id=uuid7())
    lamp = await parts.get("2301030137000001")
    assert (lamp.owner, lamp.maintainer, lamp.label) == ("新权属", "路灯养护公司", "HX-1023")
    with pytest.raises(Forbidden):
        await parts.import_table(AGENT, data, op_id=None)


async def test_one_wrong_line_refuses_the_file_and_says_where_and_what_to_do(any_storage: Storage) -> None:
    parts = register(any_storage)
    wrong = (
        HEADER + LAMP
        + "230103,a,b,c,d,e,f,1,2,g\n"
        + "2301039999000001,a,路灯,,,,,,,\n"
        + LAMP
        + "2301030137000002,a,路灯,,,,,126.6,,\n"
        + "2301030137000003,a,路灯,,,,,500,45,\n"
    ).encode()  # fmt: skip
    told = await parts.import_table(ADMIN, wrong, op_id=uuid7())
    assert not told.applied
    assert [(line.line, line.act) for line in told.lines] == [
        (2, "add"), (3, "refused"), (4, "refused"), (5, "refused"), (6, "refused"), (7, "refused"),
    ]  # fmt: skip
    said = [line.problems[0].en for line in told.lines[1:]]
    assert "part_id" in said[0]
    assert "the class 9999 of 2301039999000001 is not in the catalogue" in said[1]
    assert "stands already in line 2" in said[2]
    assert all(line.problems[0].remedy_zh for line in told.lines[1:])
    assert await parts.count() == 0


async def test_parts_are_found_by_number_id_class_district_and_distance(any_storage: Storage) -> None:
    parts = register(any_storage)
    far = LAMP.replace("0001,", "0009,").replace("HX-1023", "HX-1024").replace("126.65,", "126.66,")
    await parts.import_table(ADMIN, (HEADER + LAMP + COVER + far).encode(), op_id=uuid7())

    async def ids(**wanted: object) -> list[str]:
        return [one.part_id[6:] for one in await parts.find(PartSearch(**wanted))]  # type: ignore[arg-type]

    assert await ids(text="hx 1023") == ["0137000001"]
    assert await ids(text="HX") == ["0137000001", "0137000009"]
    assert await ids(text="230103013") == ["0137000001", "0137000009"]
    assert await ids(class_code="0101") == ["0101000001"]
    assert await ids(class_code="01", district="230103") == ["0101000001", "0137000001", "0137000009"]
    assert await ids(district="230104") == []
    here = Position(lon=126.65009, lat=45.75, accuracy_m=1)
    assert await ids(near=here, metres=50.0) == ["0101000001", "0137000001"]
    (nearest,) = await parts.find(PartSearch(near=here, metres=50, limit=1))
    assert nearest.metres is not None
    assert nearest.metres < 2
    assert nearest.category == "gbt30428.2@2013/P0101"
    assert await ids(text="%") == []
    with pytest.raises(NoSuchPart):
        await parts.get("2301030137999999")


async def test_a_part_gets_the_cell_of_its_position_when_the_grid_has_one(any_storage: Storage) -> None:
    parts = register(any_storage)
    lon, lat = TO_DEGREES(500_050, 5_000_050)
    areas = build(read_outlines(collection(feature("230103", square(500_000, 5_000_000, 300)))))
    parts._grid.index = GridIndex(areas)
    row = f"2301030137000001,,路灯,,,,,{lon},{lat},\n"
    await parts.import_table(ADMIN, (HEADER + row).encode(), op_id=uuid7())
    assert (await parts.get("2301030137000001")).cell == "230103000000007"


async def test_ten_thousand_rows_take_seconds(any_storage: Storage) -> None:
    parts = register(any_storage)
    rows = "".join(
        f"2301030137{at:06d},L{at},路灯,市路灯管理处,,,学府路{at}号,{126.6 + at * 1e-6:.6f},45.7,完好\n"
        for at in range(10_000)
    )
    began = time.perf_counter()
    done = await parts.import_table(ADMIN, (HEADER + rows).encode(), op_id=uuid7())
    assert done.added == 10_000, [line for line in done.lines if line.problems][:1]
    assert time.perf_counter() - began < 60
    assert await parts.count() == 10_000


@pytest.mark.parametrize(
    ("said", "key"),
    [("HX-1023", "HX1023"), ("hx 1023 号灯杆", "HX1023"), ("雨 0739", "雨0739"), ("ＨＸ", ""), ("", "")],
)
def test_a_number_is_compared_by_its_capitals_and_digits(said: str, key: str) -> None:
    assert label_key(said) == key


@given(st.text(max_size=60))
def test_any_label_gives_a_key_that_a_column_holds(text: str) -> None:
    key = label_key(text)
    assert len(key) <= 40
    assert all(char.isdigit() or char.isalpha() for char in key)
    assert key == key.upper()


@given(st.binary(max_size=300))
def test_any_bytes_that_are_no_table_are_refused(data: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_parts(data)
