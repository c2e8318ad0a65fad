"""A camera moved by hand: it stops on release, when the page is silent, after a longest time and after a
restart; one person steers it, and each move is audited. The cameras are simulated.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from core.actor import Actor
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CameraNotTurned, CameraSteered, MoveEnded, NoPicture, NotSteerable
from sensing.onvif.cameras import OnvifCameras
from sensing.presets.service import CameraPresets
from sensing.settings import SensingSettings
from sensing.steering import service as services
from sensing.steering import store
from sensing.steering.leases import SteeringLeases
from sensing.steering.model import CameraVelocity
from sensing.steering.service import CameraMoves
from tests.cases.rooms import AuditedActs
from tests.console.live_service import AnyCase
from tests.peers.simulated_onvif_camera import SimulatedOnvifCamera, simulated_onvif_camera
from tests.sensing.gb28181.test_platform import DEVICE, DOME, World, world
from tests.sensing.test_register import SUPERVISOR
from tests.sensing.test_snapshots import ADMIN, AGENT, DISPATCHER, centre
from tests.waiting import until

RIGHT = CameraVelocity(pan=0.5)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(services, "AGAIN_S", 0.0)


@dataclass
class Moved:
    """Camera `C1` of ONVIF, `F1` that does not turn; or the dome of a device of GB/T 28181."""

    moves: CameraMoves
    presets: CameraPresets
    audited: AuditedActs

    async def begin(
        self, actor: Actor = DISPATCHER, code: str = "C1", velocity: CameraVelocity = RIGHT
    ) -> Any:
        key = uuid7()
        await self.moves.begin(actor, code, velocity, "n-1", op_id=key)
        return key

    def acts(self, action: str) -> list[dict[str, Any]]:
        return [dict(detail) for _, one, _, detail in self.audited.acts if one == action]

    def ends(self) -> list[str]:
        return [one["end"] for one in self.acts("camera-move-end")]


async def _nobody(_camera: RegisteredCamera, _velocity: CameraVelocity) -> None:
    raise NoPicture(CameraFault.AWAY)


@asynccontextmanager
async def moved(
    storage: Storage, peer: SimulatedOnvifCamera | None = None, of: World | None = None, **more: Any
) -> AsyncIterator[Moved]:
    """Cameras of `peer`, or of the devices of another `World`."""
    settings = SensingSettings.model_validate({"networks": ["127.0.0.0/8"], "snapshot_s": 20, **more})
    register = CameraRegister(storage, AuditedActs()) if of is None else of.register
    if peer is not None:
        table = (
            f"code,name,lon,lat,kind,view_angle,address\nC1,学府路,126.63,45.70,ptz,,{peer.address}\n"
            f"F1,南,126.63,45.70,fixed,360,{peer.address}\n"
        )
        assert (await register.import_table(ADMIN, table.encode(), op_id=uuid7())).applied
    audited, leases = AuditedActs(), SteeringLeases(storage.clock, settings.steer_s)
    onvif = OnvifCameras(settings, storage.clock)
    presets = CameraPresets(
        storage, register, onvif, AnyCase(), audited, settings, lambda _code: False, leases
    )
    moves = CameraMoves(
        storage, register, onvif, _nobody if of is None else of.platform.move, presets, leases, AnyCase(),
        audited, settings,
    )  # fmt: skip
    running = asyncio.create_task(moves.run())
    try:
        yield Moved(moves, presets, audited)
    finally:
        running.cancel()
        # Before its database is closed: nobody would tell it any more how its last question ended.
        await asyncio.gather(running, return_exceptions=True)
        await moves.stop_all()
        await presets.stop()


async def rows(storage: Storage) -> list[store.MovingCamera]:
    async with storage.read() as connection:
        return await store.every(connection)


async def test_a_camera_moves_while_it_is_held_and_stops_on_release(any_storage: Storage) -> None:
    async with simulated_onvif_camera() as peer, moved(any_storage, peer) as on:
        key = uuid7()
        for _ in range(2):
            steered = await on.moves.begin(DISPATCHER, "C1", RIGHT, "n-1", op_id=key)
            assert steered.by == DISPATCHER.id
        assert peer.moves == ["0.50 0.00 0 PT10S"]
        assert [one.moved_by for one in await rows(any_storage)] == [DISPATCHER.id]
        assert on.moves.hold(DISPATCHER, "C1", op_id=key).seconds > 0
        for _ in range(2):
            await on.moves.stop(DISPATCHER, "C1", op_id=key)
        assert peer.moves == ["0.50 0.00 0 PT10S", "stop"]
        assert await rows(any_storage) == []
        (began,) = on.acts("camera-move")
        assert began == {"move": str(key), "pan": "0.5", "tilt": "0.0", "zoom": "0.0", "case": "n-1"}
        (ended,) = on.acts("camera-move-end")
        assert (ended["move"], ended["end"], ended["case"]) == (str(key), "released", "n-1")
        assert {one[0] for one in on.audited.acts} == {DISPATCHER.id}
        with pytest.raises(MoveEnded):
            on.moves.hold(DISPATCHER, "C1", op_id=key)
        await on.presets.release(DISPATCHER, "C1")
        with pytest.raises(OperationReused):
            await on.moves.begin(SUPERVISOR, "C1", RIGHT, "", op_id=key)


async def test_a_page_that_says_nothing_any_more_has_the_camera_stopped(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with simulated_onvif_camera() as peer, moved(storage, peer) as on:
        monkeypatch.setattr(services, "HOLD_S", 0.1)
        await on.begin()
        await until(lambda: on.ends() == ["silent"], "it is stopped")
        assert peer.moves[-1] == "stop"
        monkeypatch.setattr(services, "HOLD_S", 60.0)
        monkeypatch.setattr(services, "LONGEST_S", 0.1)
        await on.begin()
        await until(lambda: on.ends() == ["silent", "longest"], "nor does it move for ever")
        assert [one[0] for one in on.audited.acts if one[1] == "camera-move-end"] == ["system:cameras"] * 2


async def test_a_release_that_overtakes_its_move_keeps_the_camera_where_it_is(storage: Storage) -> None:
    async with simulated_onvif_camera() as peer, moved(storage, peer) as on:
        key = uuid7()
        await on.moves.stop(DISPATCHER, "C1", op_id=key)
        await on.moves.begin(DISPATCHER, "C1", RIGHT, "", op_id=key)
        assert peer.moves == []
        assert on.audited.acts == []


async def test_one_person_moves_at_a_time_and_only_who_may(storage: Storage) -> None:
    async with simulated_onvif_camera() as peer, moved(storage, peer) as on:
        key = await on.begin()
        with pytest.raises(CameraSteered) as refused:
            await on.begin(SUPERVISOR)
        assert refused.value.extra["by"] == DISPATCHER.id
        assert on.moves.steered(SUPERVISOR, "C1").by == DISPATCHER.id
        with pytest.raises(CameraSteered):
            await on.presets.turn(SUPERVISOR, "C1", "1", "", op_id=uuid7())
        with pytest.raises(MoveEnded):
            on.moves.hold(SUPERVISOR, "C1", op_id=key)
        with pytest.raises(OperationReused):
            await on.moves.stop(SUPERVISOR, "C1", op_id=key)
        for person in (AGENT, ADMIN):
            with pytest.raises(Forbidden):
                await on.begin(person)
        with pytest.raises(NotSteerable):
            await on.begin(code="F1")
        assert peer.moves == ["0.50 0.00 0 PT10S"]


async def test_another_move_or_a_preset_ends_the_one_before_without_a_stop(storage: Storage) -> None:
    async with simulated_onvif_camera() as peer, moved(storage, peer) as on:
        await on.begin()
        await on.begin(velocity=CameraVelocity(tilt=-1, zoom=0.25))
        await on.presets.turn(DISPATCHER, "C1", "2", "", op_id=uuid7())
        assert peer.moves == ["0.50 0.00 0 PT10S", "0.00 -1.00 0.25 PT10S"]
        assert on.ends() == ["other", "other"]
        assert await rows(storage) == []


async def test_a_move_in_doubt_is_stopped_and_a_stop_is_repeated_until_it_is_heard(storage: Storage) -> None:
    async with simulated_onvif_camera() as peer, moved(storage, peer) as on:
        peer.fault = "stuck"
        with pytest.raises(CameraNotTurned):
            await on.begin()
        await until(lambda: on.ends() == ["refused"], "it is told to stand")
        assert peer.moves == ["stop"]
        peer.fault = ""
        key = await on.begin(SUPERVISOR)
        peer.fault = "status"
        with pytest.raises(CameraNotTurned):
            await on.moves.stop(SUPERVISOR, "C1", op_id=key)
        await until(lambda: peer.questions.count("GetSystemDateAndTime") > 2, "it is told again")
        peer.fault = ""
        await until(lambda: on.ends() == ["refused", "released"], "it is heard")
        assert peer.moves[-1] == "stop"


async def test_what_an_earlier_process_moved_is_stopped(any_storage: Storage) -> None:
    async with simulated_onvif_camera() as peer:
        async with moved(any_storage, peer) as on:
            key = await on.begin()
            (row,) = await rows(any_storage)
        assert peer.moves[-1] == "stop", "a service that ends stops what moves"
        async with any_storage.write() as transaction:
            await store.put(transaction, row)
        async with moved(any_storage, peer) as on:
            await until(lambda: on.ends() == ["restart"], "it is stopped")
            assert on.acts("camera-move-end")[0]["move"] == str(key)
            assert peer.moves.count("stop") == 2
        assert await rows(any_storage) == []


async def test_a_camera_of_gbt_28181_moves_by_its_device(storage: Storage) -> None:
    async with world(storage) as one, moved(storage, of=one) as on:
        device = await one.device()
        assert await device.register() == 200
        await one.listed()
        key = await on.begin(code=DOME, velocity=CameraVelocity(pan=-1, tilt=0.5))
        await on.moves.stop(DISPATCHER, DOME, op_id=key)
        assert device.commands == ["-255 128 0", "stop"]
        asked = next(body for body in device.bodies if "PTZCmd" in body)
        assert f"sip:{DEVICE}@" in asked
        assert f"<DeviceID>{DOME}</DeviceID>" in asked
        assert await device.register(0) == 200
        with pytest.raises(CameraNotTurned) as refused:
            await on.begin(code=DOME)
        assert refused.value.fault is CameraFault.AWAY


async def test_the_desk_moves_a_camera_by_its_routes(storage: Storage, tmp_path: Any) -> None:
    async with simulated_onvif_camera() as peer, centre(storage, tmp_path) as desk:
        table = f"code,name,lon,lat,kind,address\nP1,球机,126.63,45.70,ptz,{peer.address}\n"
        await desk.room.register.import_table(ADMIN, table.encode(), op_id=uuid7())
        key = {"op_id": str(uuid7())}
        for wrong in ({}, {"pan": 2}, {"pan": "inf"}):
            refused = await desk(DISPATCHER, "POST", "/cameras/P1/move", **{**key, **wrong})
            assert refused.status_code == 422
        began = await desk(DISPATCHER, "POST", "/cameras/P1/move", **key, zoom=-0.2)
        assert (began.status_code, began.json()["steered_by"]) == (200, DISPATCHER.id)
        held = await desk(DISPATCHER, "POST", "/cameras/P1/move/hold", **key)
        assert held.json()["hold_s"] == services.HOLD_S
        assert (await desk(DISPATCHER, "GET", "/cameras/P1/steering")).json()["steered_by"] == DISPATCHER.id
        assert (await desk(DISPATCHER, "POST", "/cameras/P1/move/stop", **key)).status_code == 204
        assert peer.moves == ["0 0 -0.20 PT10S", "stop"]
        late = await desk(DISPATCHER, "POST", "/cameras/P1/move/hold", **key)
        assert (late.status_code, late.json()["type"]) == (409, "urn:songhua:problem:move-ended")
        assert (await desk(DISPATCHER, "GET", "/cameras/P1")).json()["camera"]["steerable"]
