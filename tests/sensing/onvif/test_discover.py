"""Who is a camera by ONVIF in named ranges: everybody there is asked, and nobody else."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from core.ids import uuid7
from core.storage import Storage
from sensing.asking.auth import CameraLogin
from sensing.cameras.service import CameraRegister
from sensing.errors import RangeRefused
from sensing.onvif.discover import (
    MOST_ADDRESSES,
    Discovery,
    DiscoveryLimits,
    FoundDevice,
    addresses_of,
    discover,
)
from sensing.onvif.messages import OnvifProfile
from sensing.onvif.table import lines_of, table_of
from tests.cases.parts.trail import RememberedTrail
from tests.peers.simulated_onvif_camera import simulated_onvif_camera
from tests.sensing.test_pictures import PASSWORD, USER
from tests.sensing.test_register import ADMIN

HERE = "127.9.1.2"
OWN: dict[str, Any] = {"user": USER, "password": PASSWORD}
LOGIN = CameraLogin(USER, PASSWORD)
LIMITS = DiscoveryLimits(per_s=500, probe_s=0.5, first_s=20, device_s=20)


async def found_at(
    hosts: Sequence[str], ports: Sequence[int], probe_port: int = 9, login: CameraLogin | None = LOGIN
) -> Discovery:
    return await discover(hosts, ports, login, limits=LIMITS, probe_port=probe_port)


async def test_a_device_says_what_it_is_by_a_probe_and_by_http() -> None:
    async with simulated_onvif_camera(host=HERE, clock_ahead=timedelta(hours=8), **OWN) as peer:
        by_probe = await found_at([HERE], [1], peer.probe_port)
        by_http = await found_at([HERE], [1, peer.port])
        assert peer.probes == 1
        (one,), (other,) = by_probe.devices, by_http.devices
        assert (one.name, other.name) == ("南口", "")
        assert (one.address, one.identity) == (other.address, other.identity)
        assert one.address == peer.address
        assert (one.identity.manufacturer, one.identity.serial_number) == ("Simulated", "SN0042")
        (profile,) = one.profiles
        assert (profile.codec, profile.width, profile.height, profile.turns) == ("H264", 2560, 1440, True)
        assert abs(one.clock_offset_s - 8 * 3600) < 60
        assert one.fault == ""
        assert "2560x1440" in "\n".join(lines_of(one))


async def test_a_device_that_refuses_the_password_is_listed_and_asked_once() -> None:
    async with simulated_onvif_camera(host=HERE, user=USER, password="another-12345") as peer:
        (one,) = (await found_at([HERE], [peer.port])).devices
        assert (one.fault, one.profiles, peer.wrong) == ("unauthorised", (), 1)
        (one,) = (await found_at([HERE], [peer.port], login=None)).devices
        assert (one.fault, peer.wrong) == ("unauthorised", 1)


async def test_what_it_names_elsewhere_is_refused_and_told() -> None:
    async with (
        simulated_onvif_camera() as inside,
        simulated_onvif_camera(host=HERE, named_host="127.0.0.1") as peer,
    ):
        own, peer.port = peer.port, inside.port
        found = await found_at([HERE, "127.9.1.3"], [own], peer.probe_port)
        assert [(one.host, one.why) for one in found.refused] == [(HERE, "redirects")]
        assert found.refused[0].named.startswith("http://127.0.0.1:")
        (one,) = found.devices
        assert (one.address, one.fault) == (f"onvif://{HERE}:{own}", "redirects")
        assert (inside.questions, inside.probes) == ([], 0)


@pytest.mark.parametrize("fault", ["hang", "huge", "redirect", "html", "bomb", "status"])
async def test_what_is_no_device_or_a_hostile_one_is_left_out(fault: str) -> None:
    async with simulated_onvif_camera(host=HERE, fault=fault) as peer:
        began = time.monotonic()
        limits = DiscoveryLimits(per_s=500, probe_s=0.1, first_s=0.5 if fault == "hang" else 20)
        found = await discover([HERE], [peer.port], LOGIN, limits=limits, probe_port=9)
        assert found.devices == []
        assert peer.sent < 8 << 20
        assert time.monotonic() - began < 30


async def test_questions_begin_at_their_pace() -> None:
    began = time.monotonic()
    found = await discover(
        [f"127.9.2.{number}" for number in range(1, 6)], [9], None,
        limits=DiscoveryLimits(per_s=20, probe_s=0.1), probe_port=9,
    )  # fmt: skip
    assert found.asked == 5
    assert time.monotonic() - began >= 9 / 20


def test_ranges_are_those_of_the_settings_and_not_too_many() -> None:
    networks = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    found = addresses_of([ip_network("10.1.2.0/24"), ip_network("10.1.2.7/32")], networks)
    assert (len(found), found[0], found[-1]) == (254, "10.1.2.1", "10.1.2.254")
    for refused in ("10.2.0.0/24", "10.1.0.0/16", "fd00::/120", "127.0.0.1/32", "0.0.0.0/0"):
        with pytest.raises(RangeRefused) as error:
            addresses_of([ip_network(refused)], networks)
        assert error.value.remedy
    assert MOST_ADDRESSES == 4096


async def test_the_table_is_one_that_the_register_takes(storage: Storage) -> None:
    register = CameraRegister(storage, RememberedTrail(), {"own"})
    async with (
        simulated_onvif_camera(host=HERE, **OWN) as one,
        simulated_onvif_camera(host="127.9.1.3", sources=2, turns=False, **OWN) as two,
        simulated_onvif_camera(host="127.9.1.4", **OWN) as known,
    ):  # fmt: skip
        table = f"code,name,lon,lat,kind,address\nK1,老球机,126.6,45.7,ptz,rtsp://{known.host}/1\n"
        assert (await register.import_table(ADMIN, table.encode(), op_id=uuid7())).applied
        ports = [one.port, two.port, known.port]
        found = await found_at([HERE, "127.9.1.3", "127.9.1.4"], ports)
        made = table_of(found, list(register.index.by_code.values()), "own")
    rows = list(csv.DictReader(io.StringIO(made)))
    assert [row["code"] for row in rows] == [
        f"{HERE}-{one.port}", f"127.9.1.3-{two.port}_1", f"127.9.1.3-{two.port}_2", "K1",
    ]  # fmt: skip
    tried = await register.import_table(ADMIN, made.encode(), op_id=None)
    assert [line.act for line in tried.lines] == ["refused"] * 3 + ["change"], "nobody said where they stand"
    for row in rows[:3]:
        row |= {"lon": "126.65", "lat": "45.75", "azimuth": "90"}
    filled = io.StringIO()
    writer = csv.DictWriter(filled, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    done = await register.import_table(ADMIN, filled.getvalue().encode(), op_id=uuid7())
    assert (done.added, done.changed, done.refused) == (3, 1, 0)
    cameras = register.index.by_code
    assert (cameras["K1"].name, cameras["K1"].address, cameras["K1"].account) == (
        "老球机",
        known.address,
        "own",
    )
    assert cameras[rows[0]["code"]].turns
    assert cameras[rows[1]["code"]].address == f"{two.address}/?profile=main0"
    assert cameras[rows[1]["code"]].kind.value == "fixed"
    assert "SN0042" in cameras[rows[0]["code"]].note


def test_a_devices_words_are_no_formula() -> None:
    device = FoundDevice("10.1.2.3", 80, "/x", "=cmd|' /C calc'!A0", profiles=(OnvifProfile("1"),))
    (row,) = csv.DictReader(io.StringIO(table_of(Discovery(1, [device]), [], "")))
    assert row["name"].startswith("'=")
    assert row["address"] == "onvif://10.1.2.3/x"
