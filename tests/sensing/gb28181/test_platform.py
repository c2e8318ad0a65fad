"""Simulated devices register with the platform, over UDP and TCP: their list comes into the register, a
picture of now is taken, positions move cameras, and each fault ends in time with nothing left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from PIL import Image

from core.actor import Actor, Role
from core.ids import uuid7
from core.listening import Addresses
from core.place import Position
from core.storage import Storage
from sensing.cameras.model import CameraKind
from sensing.cameras.service import CameraRegister
from sensing.cameras.store import CameraState
from sensing.errors import CameraFault, NoPicture
from sensing.gb28181 import platform as platforms
from sensing.gb28181 import store
from sensing.gb28181.ids import address_of
from sensing.gb28181.platform import GbPlatform
from sensing.health.watch import CameraHealth
from sensing.settings import SensingSettings
from sensing.snapshots.picture import CameraPictures
from tests.cases.parts.trail import RememberedTrail
from tests.peers.ports import free_port, free_port_range
from tests.peers.simulated_gb28181_camera import SimulatedGb28181Camera, simulated_gb28181_camera
from tests.waiting import until

SERVER, DEVICE, OTHER = "23010000002000000001", "23010300001180000001", "23010300001180000002"
NORTH, DOME, GROUP = "23010300001320000001", "23010300001320000002", "23010300002150000001"
PASSWORD = "camera-12345"
ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
CHANNELS = (
    {"DeviceID": NORTH, "Name": "果戈里大街北向", "Owner": "市公安局", "Status": "ON", "Longitude": "126.65",
     "Latitude": "45.75", "PTZType": "3", "DirectionType": "4"},
    {"DeviceID": DOME, "Name": "民益街球机", "Owner": "交警支队", "Status": "OFF", "Longitude": "126.651",
     "Latitude": "45.75", "PTZType": "1"},
    {"DeviceID": GROUP, "Name": "南岗"},
    {"DeviceID": "23010300001320000003", "Name": "无坐标", "Status": "ON"},
)  # fmt: skip


class World:
    """The platform on a free port, and the devices that a test lets come."""

    def __init__(self, storage: Storage, settings: SensingSettings, trail: RememberedTrail) -> None:
        self.settings = settings
        self.trail = trail
        self.register = CameraRegister(storage, trail)
        self.platform = GbPlatform(settings.gb28181, Addresses(settings.networks), storage, self.register)
        self.pictures = CameraPictures(settings, registered=self.platform.picture)
        self.health = CameraHealth(storage, self.register, settings, self.platform.conditions)
        self.stack = AsyncExitStack()

    async def device(self, device: str = DEVICE, **how: Any) -> SimulatedGb28181Camera:
        given = {
            "password": PASSWORD,
            "server": SERVER,
            "port": self.settings.gb28181.port,
            "channels": CHANNELS,
        }
        return await self.stack.enter_async_context(simulated_gb28181_camera(device, **{**given, **how}))

    async def listed(self) -> None:
        await until(lambda: NORTH in self.register.index.by_code, "the list is in the register")

    async def fault(self, code: str = NORTH) -> CameraFault:
        with pytest.raises(NoPicture) as refused:
            await self.pictures.take(self.register.get(ADMIN, code))
        return refused.value.fault


@asynccontextmanager
async def world(storage: Storage, *, wait_s: float = 30.0, **how: Any) -> AsyncIterator[World]:
    media = free_port_range(4)
    settings = SensingSettings.model_validate(
        {
            "networks": ["127.0.0.1/32"], "snapshot_s": wait_s,
            "gb28181": {
                "id": SERVER, "port": free_port(), "media_first": media, "media_last": media + 3,
                "devices": {DEVICE: {"password": PASSWORD, "positions": True}, OTHER: {"password": PASSWORD}},
                **how,
            },
        }
    )  # fmt: skip
    one = World(storage, settings, RememberedTrail())
    running = asyncio.create_task(one.platform.run())
    try:
        async with one.stack:
            await until(lambda: one.platform.sockets.is_open, "the port is open")
            yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await one.platform.stop()
        await one.health.stop()


@pytest.mark.parametrize(
    ("codec", "how"),
    [("h264", {}), ("hevc", {"transport": "tcp", "encoding": "utf-8"}), ("h264", {"fault": "shuffled"}),
     ("h264", {"fault": "lossy"})],
    ids=["udp", "tcp-h265", "shuffled", "lossy"],
)  # fmt: skip
async def test_a_device_registers_its_cameras_come_and_one_gives_a_picture(
    storage: Storage, codec: str, how: dict[str, Any]
) -> None:
    async with world(storage) as one:
        device = await one.device(codec=codec, **how)
        assert await device.register() == 200
        await one.listed()
        north, dome = one.register.get(ADMIN, NORTH), one.register.get(ADMIN, DOME)
        assert (north.name, north.owner, north.azimuth, north.view_angle) == (
            "果戈里大街北向",
            "市公安局",
            0,
            90,
        )
        assert (dome.kind, dome.address) == (CameraKind.PTZ, address_of(DEVICE, DOME))
        assert len(one.register.index.by_code) == 2
        assert one.trail.actions == [("system:gb28181", "cameras.catalogue", "cameras:register")]
        taken = await one.pictures.take(north)
        image = Image.open(io.BytesIO(taken)).convert("RGB")
        assert image.size == (640, 360)
        assert sum(image.getpixel((20, 100))) < 60  # type: ignore[arg-type]
        assert sum(image.getpixel((600, 100))) > 700  # type: ignore[arg-type]
        await until(lambda: device.playing == 0, "its stream is ended")
        asked = next(one for one in device.bodies if one.startswith("INVITE"))
        lines = asked.partition("\r\n\r\n")[2].split("\r\n")
        assert [line[:2] for line in lines if line] == [
            "v=",
            "o=",
            "s=",
            "c=",
            "t=",
            "m=",
            "a=",
            "a=",
            "y=",
            "f=",
        ]
        assert lines[8].startswith("y=010000")
        assert f"Subject: {NORTH}:{lines[8][2:]},{SERVER}:0" in asked
        assert {"MESSAGE DeviceInfo", "MESSAGE DeviceStatus", "INVITE", "ACK", "BYE"} <= set(device.heard)


async def test_a_device_is_remembered_and_its_cameras_are_away_with_it(any_storage: Storage) -> None:
    async with world(any_storage) as one:
        device = await one.device()
        assert one.platform.conditions() == {}
        assert await device.register() == 200
        await one.listed()

        async def row() -> store.GbDeviceRow:
            await one.platform.write()
            async with any_storage.read() as connection:
                return (await store.devices(connection))[0]

        async def whole() -> bool:
            found = await row()
            return bool(found.model and found.catalogue_at)

        await until(whole, "what it says of itself is written down")
        found = await row()
        assert (found.device, found.state, found.maker, found.model) == (DEVICE, "up", "模拟", "SIM-1")
        assert (found.cameras, found.without_place) == (3, 1)
        assert one.platform.conditions() == {NORTH: (CameraState.UP, ""), DOME: (CameraState.AWAY, "away")}
        one.health.tick()
        assert {known.camera.code: known.condition.state.value for known in one.register.listed(ADMIN)} == {
            NORTH: "up", DOME: "away",
        }  # fmt: skip
        assert await device.say("Notify", "Alarm", 5, NORTH, AlarmPriority="1", AlarmMethod="5") == 200
        assert [known.alarm_at is not None for known in one.register.listed(ADMIN)] == [True, False]
        await until(lambda: "MESSAGE Alarm" in device.heard, "the alarm is answered")
        assert (await row()).alarms == 1
        assert await device.register(0) == 200
        assert one.platform.conditions()[NORTH] == (CameraState.AWAY, "away")
        assert ((await row()).state, (await row()).why) == ("away", "unregistered")
        assert await one.fault() is CameraFault.AWAY
        # What a table says of a camera is not changed by a list.
        table = f"code,name,gb_id,lon,lat,kind,address\nN1,北,{NORTH[:-1]}9,126.65,45.75,ptz,gb28181://{DEVICE}/{NORTH}\n"
        await one.register.import_table(ADMIN, table.encode(), op_id=uuid7())
        assert one.register.get(ADMIN, "N1").name == "北"


async def test_a_camera_that_moves_is_where_it_last_said(any_storage: Storage) -> None:
    async with world(any_storage) as one:
        device = await one.device()
        assert await device.register() == 200
        await one.listed()
        await until(lambda: "SUBSCRIBE MobilePosition" in device.heard, "its position is asked for")
        there = Position(lon=126.70, lat=45.80, accuracy_m=1)
        assert one.register.near(ADMIN, there, 8) == []
        assert await device.notify_position(126.70, 45.80, forged=True) == 403
        assert await device.say("Notify", "MobilePosition", Longitude="126.70", Latitude="45.80") == 200
        assert one.register.near(ADMIN, there, 8) == []
        assert await device.notify_position(126.70, 45.80) == 200
        assert {known.camera.code for known in one.register.near(ADMIN, there, 8)} == {NORTH, DOME}
        assert all(known.moved_at for known in one.register.near(ADMIN, there, 8))
        assert one.register.near(ADMIN, Position(lon=126.651, lat=45.75, accuracy_m=1), 8) == []
        await one.platform.write()
        other = CameraRegister(any_storage, RememberedTrail())
        await other.look()
        assert len(other.near(ADMIN, there, 8)) == 2
        assert await device.notify_position(999, 45.80) == 200
        assert len(one.register.near(ADMIN, there, 8)) == 2


async def test_a_position_that_is_old_is_not_believed(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(storage) as one:
        device = await one.device()
        assert await device.register() == 200
        await one.listed()
        await until(lambda: "SUBSCRIBE MobilePosition" in device.heard, "its position is asked for")
        assert await device.notify_position(126.70, 45.80) == 200
        monkeypatch.setattr("sensing.cameras.service.FRESH", -platforms.HEARD_EVERY)
        near = one.register.near(ADMIN, Position(lon=126.651, lat=45.75, accuracy_m=1), 8)
        assert [known.camera.code for known in near] == [DOME]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("silent", CameraFault.SLOW), ("mute", CameraFault.SLOW), ("ssrc", CameraFault.SLOW),
     ("refuses", CameraFault.REFUSED), ("endless", CameraFault.TOO_LARGE)],
)  # fmt: skip
async def test_a_fault_of_a_camera_is_told_and_leaves_nothing(
    storage: Storage, fault: str, cause: CameraFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensing.gb28181.media.MOST_BYTES", 300_000)
    async with world(storage, wait_s=1.5 if cause is CameraFault.SLOW else 30.0) as one:
        device = await one.device(fault=fault)
        assert await device.register() == 200
        await one.listed()
        assert await one.fault() is cause
        await until(lambda: device.playing == 0, "its stream is ended")
        assert one.platform._play._numbers == set()
        await until(lambda: one.platform.questions._open == {}, "every question has its answer")
        if fault == "silent":
            # It answers after we have gone: accepted, and ended at once.
            late = next(body for body in device.bodies if body.startswith("INVITE"))
            device.fault = "mute"
            device.received(late.encode())
            await until(lambda: "BYE" in device.heard, "what came too late is ended")


async def test_lists_that_cannot_be_and_lists_that_nobody_asked_for_change_nothing(storage: Storage) -> None:
    async with world(storage) as one:
        device, other = await one.device(sum_num=100_000_000), await one.device(OTHER, channels=())
        assert await device.register() == 200
        assert await other.register() == 200
        await until(lambda: "MESSAGE Catalog" in device.heard, "its list is asked for")
        await until(lambda: not one.platform._collecting, "the lists are done with")
        device.sum_num = None
        await device.send_catalogue(1)
        assert one.register.index.by_code == {}
        bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>'
        assert (await device.ask("MESSAGE", body=bomb))[0] == 400
        assert await device.keepalive() == 200


async def test_strangers_forgers_and_floods_are_kept_out(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(storage) as one:
        device = await one.device()
        assert await device.register(password="wrong") == 401
        assert await (await one.device("23010300001180000099")).register() == 401
        assert await device.keepalive() == 403
        assert await device.register() == 200
        # Another program on another port says that it is this device.
        forger = await one.device()
        assert await forger.keepalive() == 403
        assert await forger.say("Notify", "Alarm", 5, NORTH) == 403
        assert one.platform.registrar.devices[DEVICE].up
        # Outside of the networks nobody is answered, and a flood does not keep a device out.
        outside = await one.device(own="127.0.0.2")
        for _ in range(50):
            outside._write(b"REGISTER sip:x@y SIP/2.0\r\n\r\n")
        monkeypatch.setattr(platforms, "TICK_S", 0.05)
        for _ in range(2_000):
            forger._write(
                b"REGISTER sip:x@y SIP/2.0\r\nVia: x;branch=1\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n"
            )
        assert await device.keepalive() == 200
        assert outside.answers == []
        assert one.platform.registrar.devices[DEVICE].up


async def test_a_repeated_message_is_answered_and_done_once(storage: Storage) -> None:
    async with world(storage) as one:
        device = await one.device()
        assert await device.register() == 200
        plain = device._write

        def twice(data: bytes) -> None:
            plain(data)
            plain(data)

        device.use(twice, device._own)
        assert await device.say("Notify", "Alarm", 5, NORTH) == 200
        await until(lambda: one.platform._rows[DEVICE].alarms, "the alarm has come")
        assert await device.keepalive() == 200
        assert one.platform._rows[DEVICE].alarms == 1


async def test_a_port_that_is_taken_is_told(storage: Storage) -> None:
    async with world(storage) as one:
        second = GbPlatform(one.settings.gb28181, Addresses(one.settings.networks), storage, one.register)
        with pytest.raises(OSError, match="in use"):
            await second.run()
        assert second.health().state == "degraded"
        assert "is it taken" in second.health().why
        assert one.platform.health().state == "up"
