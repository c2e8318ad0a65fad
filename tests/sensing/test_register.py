"""The register of cameras: a table is taken whole or not at all, and shows each person his own cameras."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.csv_table import TableUnreadable
from core.errors import Forbidden
from core.ids import uuid7
from core.place import Position
from core.scopes import Scopes
from core.storage import Storage
from sensing.cameras.importer import read_cameras
from sensing.cameras.model import address_fault, gb_fault
from sensing.cameras.service import CameraRegister
from sensing.errors import NoSuchCamera
from tests.cases.parts.trail import RememberedTrail

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
AGENT = Actor("wang", "王坐席", frozenset({Role.AGENT}))
SUPERVISOR = Actor("ma", "马班长", frozenset({Role.SUPERVISOR}))
OF_ROADS = Actor("li", "李", frozenset({Role.DISPATCHER}), Scopes(departments=frozenset({"roads"})))
HEADER = (
    "编号,名称,国标编码,经度,纬度,方位角,视场角,近距米,远距米,类型,所属单位,地址,账号,可看角色,可看部门\n"
)
NORTH = "N1,果戈里大街北向,23010300001320000001,126.65,45.75,0,60,5,200,固定,市公安局,rtsp://10.1.0.7/live,police,,\n"
DOME = "D1,民益街球机,,126.651,45.75,,,,300,球机,市公安局,http://10.1.0.8/snap.jpg,,,\n"
SECRET = "S1,机房,,126.65,45.7501,180,90,,100,固定,指挥中心,rtsp://10.1.0.9/1,,supervisor,\n"
OF_WATER = "W1,泵站,,126.65,45.7501,180,90,,100,固定,水务局,rtsp://10.1.0.10/1,,,water;heat\n"
HERE = Position(lon=126.65, lat=45.7505, accuracy_m=1)


def register(storage: Storage, trail: RememberedTrail | None = None) -> CameraRegister:
    return CameraRegister(storage, trail or RememberedTrail(), {"police"})


async def filled(storage: Storage, *rows: str) -> CameraRegister:
    cameras = register(storage)
    told = await cameras.import_table(ADMIN, (HEADER + "".join(rows)).encode(), op_id=uuid7())
    assert told.applied, told
    return cameras


async def test_a_table_is_imported_after_a_trial_and_only_once(any_storage: Storage) -> None:
    trail = RememberedTrail()
    cameras = register(any_storage, trail)
    data = (HEADER + NORTH + DOME).encode("gb18030")
    trial = await cameras.import_table(ADMIN, data, op_id=None)
    assert (trial.added, trial.applied, trial.encoding) == (2, False, "gb18030")
    assert cameras.listed(ADMIN) == []
    op_id = uuid7()
    done = await cameras.import_table(ADMIN, data, op_id=op_id)
    assert (done.added, done.applied) == (2, True)
    await cameras.import_table(ADMIN, data, op_id=op_id)
    assert trail.actions == [("root", "cameras.import", "cameras:register")]
    # A file with fewer columns leaves the others as they are.
    owner = "code,name,lon,lat,owner,in_use\nD1,民益街球机,126.651,45.75,交警支队,否\n".encode()
    changed = await cameras.import_table(ADMIN, owner, op_id=uuid7())
    assert changed.lines[0].changes == ["owner: 市公安局 → 交警支队", "in_use: True → False"]
    dome = cameras.get(ADMIN, "D1")
    assert (dome.owner, dome.address, dome.in_use) == ("交警支队", "http://10.1.0.8/snap.jpg", False)
    with pytest.raises(Forbidden):
        await cameras.import_table(AGENT, data, op_id=None)
    # Another process sees it at its next look.
    other = register(any_storage)
    await other.look()
    assert sorted(other.index.by_code) == ["D1", "N1"]


async def test_one_wrong_line_refuses_the_file_and_says_where_and_what_to_do(storage: Storage) -> None:
    cameras = register(storage)
    wrong = HEADER + NORTH + "".join(
        [
            NORTH,
            "A1,x,23010300001180000001,126,45,0,,,,,,,,,\n",
            NORTH.replace("N1", "A2"),
            "A3,x,,126,45,,,,,固定,,,,,\n",
            "A4,x,,126,45,0,,,,,,rtsp://user:secret@10.0.0.1/,,,\n",
            "A5,x,,126,45,0,,,,,,file:///etc/passwd,,,\n",
            "A6,x,,126,45,0,,,,,,rtsp://10.0.0.1/,nobody,,\n",
            "A7,x,,500,45,0,,,,,,,,,\n",
            "A8,x,,126,45,0,,90,60,,,,,,\n",
            "A9,x,,126,45,0,,,,,,,,boss,\n",
        ]
    )  # fmt: skip
    told = await cameras.import_table(ADMIN, wrong.encode(), op_id=uuid7())
    assert not told.applied
    assert [line.act for line in told.lines] == ["add"] + ["refused"] * 10
    said = [line.problems[0].en for line in told.lines[1:]]
    wanted = [
        "stands already in line 2", "type 118 is no camera", "is the id of camera N1 already",
        "needs its azimuth", "belong into [sensing.accounts]", "an address is rtsp://", "no account nobody",
        "lon", "near_m must be", "no role boss",
    ]  # fmt: skip
    assert [part in text for part, text in zip(wanted, said, strict=True)] == [True] * 10, said
    assert all(line.problems[0].remedy_zh for line in told.lines[1:])
    assert "secret" not in told.model_dump_json()
    assert cameras.listed(ADMIN) == []


async def test_each_person_finds_the_cameras_that_are_for_him(any_storage: Storage) -> None:
    cameras = await filled(any_storage, NORTH, DOME, SECRET, OF_WATER)

    async def near(who: Actor) -> list[str]:
        return [one.camera.code for one in cameras.near(who, HERE, 8)]

    # S1 looks south: the place lies behind it.
    assert await near(SUPERVISOR) == ["N1", "D1"]
    there = Position(lon=126.65, lat=45.7497, accuracy_m=1)
    assert [one.camera.code for one in cameras.near(SUPERVISOR, there, 8)] == ["S1", "W1", "D1"]
    assert [one.camera.code for one in cameras.near(AGENT, there, 8)] == ["W1", "D1"]
    assert [one.camera.code for one in cameras.near(OF_ROADS, there, 8)] == ["D1"]
    assert [one.camera.code for one in cameras.near(SUPERVISOR, there, 1)] == ["S1"]
    with pytest.raises(NoSuchCamera):
        cameras.get(AGENT, "S1")
    with pytest.raises(NoSuchCamera):
        cameras.get(OF_ROADS, "W1")
    assert {one.camera.code for one in cameras.listed(OF_ROADS)} == {"N1", "D1"}


@pytest.mark.parametrize(
    ("text", "right"),
    [("23010300001320000001", True), ("23010300001310000001", True), ("2301030000132000000", False),
     ("23010300001110000001", False), ("99010300001320000001", False), ("２３010300001320000001", False)],
)  # fmt: skip
def test_an_id_of_the_standard_has_its_parts(text: str, right: bool) -> None:
    assert (gb_fault(text) == "") is right


@pytest.mark.parametrize(
    "text",
    ["rtsp://", "rtsp://u@h/", "ftp://h/", "rtsp://h:0/", "rtsp://h:99999/", "rtsp://[::1/", "http://h/a b",
     "rtsp://h/\r\nX: y", "concat:rtsp://h/", "http://h/#f"],
)  # fmt: skip
def test_what_is_no_address_of_a_camera_is_refused(text: str) -> None:
    assert address_fault(text)


@given(st.binary(max_size=300))
def test_any_bytes_that_are_no_table_are_refused(data: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_cameras(data)
