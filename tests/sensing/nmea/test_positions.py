"""A camera that moves is where its receiver says; a lost link is told. The receivers are simulated."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.ids import uuid7
from core.listening import Addresses
from core.place import Position
from core.storage import Storage
from sensing.cameras.http import view
from sensing.cameras.service import CameraRegister
from sensing.nmea import service as services
from sensing.nmea.service import NmeaPositions
from sensing.settings import SensingSettings
from tests.cases.rooms import AuditedActs
from tests.peers.ports import free_port
from tests.peers.simulated_nmea_receiver import gga, rmc
from tests.sensing.test_snapshots import ADMIN
from tests.waiting import until

THERE = Position(lon=126.70, lat=45.80, accuracy_m=1)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "TICK_S", 0.02)


class Moving:
    """Cameras `V1` (TCP and UDP) and `V2` (TCP) of a vehicle."""

    def __init__(self, positions: NmeaPositions, register: CameraRegister, port: int) -> None:
        self.positions, self.register, self.port = positions, register, port

    def near(self) -> set[str]:
        return {one.camera.code for one in self.register.near(ADMIN, THERE, 8)}

    def send(self, data: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent:
            sent.sendto(data, ("127.0.0.1", self.port))


@asynccontextmanager
async def moving(storage: Storage, *, address: str = "127.0.0.1", **how: Any) -> AsyncIterator[Moving]:
    port = free_port()
    settings = SensingSettings.model_validate({
        "networks": ["127.0.0.0/8"],
        "nmea": {
            "port": port,
            "receivers": {"V1": {"address": address, "udp": True}, "V2": {"address": address}}, **how,
        },
    })  # fmt: skip
    register = CameraRegister(storage, AuditedActs())
    table = (
        "code,name,lon,lat,kind,view_angle,address\n"
        "V1,执法一号车,126.63,45.70,fixed,360,rtsp://127.0.0.1/1\nV2,执法一号车后,126.63,45.70,fixed,360,\n"
    )
    await register.import_table(ADMIN, table.encode(), op_id=uuid7())
    positions = NmeaPositions(settings.nmea, Addresses(settings.networks), storage, register)
    running = asyncio.create_task(positions.run())
    try:
        await until(lambda: positions.is_open, "the port is open")
        yield Moving(positions, register, port)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_a_camera_is_where_its_receiver_says_over_tcp(any_storage: Storage) -> None:
    async with moving(any_storage) as on:
        assert on.near() == set()
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        line = rmc(126.70, 45.80)
        writer.write(b"$GPGSV,3,1,11*42\r\n" + line[:20])
        await writer.drain()
        assert on.near() == set()
        writer.write(line[20:])
        await until(lambda: on.near() == {"V1", "V2"}, "both cameras of the vehicle are there")
        assert on.register.listed(ADMIN)[0].moved_at is not None
        await on.positions.write()
        other = CameraRegister(any_storage, AuditedActs())
        await other.look()
        assert len(other.near(ADMIN, THERE, 8)) == 2, "every process knows"
        writer.write(gga(126.60, 45.60, quality=0) + gga(0.0, 89.0))
        writer.write(gga(126.71, 45.80))
        await until(lambda: on.register.positions["V1"].lon > 126.709, "it goes on")
        writer.close()
        assert reader.at_eof() is False


async def test_udp_is_taken_where_the_settings_say_so(storage: Storage) -> None:
    async with moving(storage) as on:
        on.send(b"\xff\x00 noise" + bytes(2_000))
        on.send(gga(126.70, 45.80).rstrip())
        await until(lambda: on.near() == {"V1"}, "only this one may send so")
        assert on.positions.health().state == "up"


async def test_nobody_else_is_heard(storage: Storage) -> None:
    async with moving(storage, address="127.0.0.9") as on:
        on.send(gga(126.70, 45.80))
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        with contextlib.suppress(OSError):
            writer.write(gga(126.70, 45.80))
            assert await reader.read() == b"", "it is closed"
        writer.close()
        assert on.near() == set()


async def test_a_lost_link_is_told_until_it_is_back(storage: Storage) -> None:
    async with moving(storage) as on:
        on.positions._links.silent_s = 0.1
        await until(lambda: set(on.register.links_lost) == {"V1", "V2"}, "both links are lost")
        health = on.positions.health()
        assert (health.state, health.why) == ("degraded", "2 of 2 links are lost: V1, V2")
        assert all(view(one).link_lost_at for one in on.register.listed(ADMIN))
        on.positions._links.silent_s = 600
        on.send(gga(126.70, 45.80, quality=0))
        await until(lambda: set(on.register.links_lost) == {"V2"}, "one is back, though it has no fix")
        assert on.near() == set()
        assert on.positions.health().why == "1 of 2 links are lost: V2"


async def test_a_flood_is_cut_and_a_port_that_is_taken_is_told(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "RATE", (0.0, 200.0))
    async with moving(storage) as on:
        for _ in range(20):
            on.send(gga(126.60, 45.60))
        on.send(gga(126.70, 45.80))
        await until(lambda: on.register.positions, "the first lines are read")
        assert on.near() == set()
        second = NmeaPositions(on.positions._settings, Addresses(()), storage, on.register)
        with pytest.raises(OSError, match="in use"):
            await second.run()
        assert "is it taken" in second.health().why
