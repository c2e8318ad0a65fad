"""Presets of a turning camera, a simulated one: one person at a time, audited, and back when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.actor import Actor
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CameraNotTurned, CameraSteered, NoPresets, NoSuchCamera, NoSuchPreset
from sensing.onvif.cameras import OnvifCameras
from sensing.presets import service as services
from sensing.presets import store
from sensing.presets.service import CameraPresets
from sensing.settings import SensingSettings
from sensing.steering.leases import SteeringLeases
from tests.cases.rooms import AuditedActs
from tests.console.live_service import AnyCase
from tests.peers.simulated_onvif_camera import SimulatedOnvifCamera, simulated_onvif_camera
from tests.sensing.test_pictures import PASSWORD, USER
from tests.sensing.test_register import SUPERVISOR
from tests.sensing.test_snapshots import ADMIN, AGENT, DISPATCHER, centre
from tests.waiting import until

OWN: dict[str, Any] = {"user": USER, "password": PASSWORD}


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LOOK_EVERY_S", 0.02)


@dataclass
class Steered:
    """Camera `C1` of `peer`, `F1` that does not turn; `seen` are those that somebody sees live."""

    presets: CameraPresets
    register: CameraRegister
    audited: AuditedActs
    peer: SimulatedOnvifCamera
    seen: set[str] = field(default_factory=set)

    async def turn(self, actor: Actor, preset: str, case_number: str = "") -> str:
        return (await self.presets.turn(actor, "C1", preset, case_number, op_id=uuid7())).name

    def acts(self, action: str) -> list[dict[str, Any]]:
        return [dict(detail) for _, one, _, detail in self.audited.acts if one == action]


@asynccontextmanager
async def steered(
    storage: Storage, peer: SimulatedOnvifCamera, *, query: str = "", **more: Any
) -> AsyncIterator[Steered]:
    settings = SensingSettings.model_validate(
        {"networks": ["127.0.0.0/8"], "snapshot_s": 20, "accounts": {"own": OWN}, **more}
    )
    register = CameraRegister(storage, AuditedActs(), settings.accounts)
    table = (
        "code,name,lon,lat,kind,view_angle,account,address\n"
        f"C1,学府路,126.63,45.70,ptz,,own,{peer.address}{query}\nF1,南,126.63,45.70,fixed,360,own,{peer.address}\n"
    )
    assert (await register.import_table(ADMIN, table.encode(), op_id=uuid7())).applied
    audited, seen = AuditedActs(), set[str]()
    presets = CameraPresets(
        storage,
        register,
        OnvifCameras(settings, storage.clock),
        AnyCase(),
        audited,
        settings,
        seen.__contains__,
        SteeringLeases(storage.clock, settings.steer_s),
    )
    running = asyncio.create_task(presets.run())
    try:
        yield Steered(presets, register, audited, peer, seen)
    finally:
        running.cancel()
        # Before its database is closed: nobody would tell it any more how its last question ended.
        await asyncio.gather(running, return_exceptions=True)
        await presets.stop()


async def test_a_preset_is_turned_to_once_and_the_turn_is_audited(storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer) as on:
        found, nobody = await on.presets.listed(DISPATCHER, "C1")
        assert [(one.token, one.name) for one in found] == [("1", "路口东"), ("2", "路口西")]
        assert nobody.by == ""
        key = uuid7()
        for _ in range(2):
            assert (await on.presets.turn(DISPATCHER, "C1", "2", "n-1", op_id=key)).name == "路口西"
        assert peer.turned == ["2"]
        assert on.acts("camera-turn") == [{"preset": "2", "name": "路口西", "case": "n-1"}]
        assert on.audited.acts[0][0] == DISPATCHER.id
        with pytest.raises(OperationReused):
            await on.presets.turn(DISPATCHER, "C1", "1", "n-1", op_id=key)
        with pytest.raises(NoSuchPreset):
            await on.turn(DISPATCHER, "9")
        with pytest.raises(NoPresets):
            await on.presets.listed(DISPATCHER, "F1")
        with pytest.raises(NoSuchCamera):
            await on.presets.listed(DISPATCHER, "none")
        for refused in (AGENT, ADMIN):
            with pytest.raises(Forbidden):
                await on.turn(refused, "1")
            with pytest.raises(Forbidden):
                await on.presets.listed(refused, "C1")
        assert peer.turned == ["2"]


async def test_one_person_steers_at_a_time_and_the_second_is_told_who_does(storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer) as on:
        both = await asyncio.gather(
            on.turn(DISPATCHER, "1"), on.turn(SUPERVISOR, "2"), return_exceptions=True
        )
        assert both[0] == "路口东"
        assert isinstance(both[1], CameraSteered)
        assert both[1].extra["by"] == DISPATCHER.id
        assert 0 < float(both[1].extra["seconds"] or 0) <= 60
        _, now = await on.presets.listed(SUPERVISOR, "C1")
        assert now.by == DISPATCHER.id
        assert await on.turn(DISPATCHER, "2") == "路口西"
        await on.presets.release(SUPERVISOR, "C1")
        with pytest.raises(CameraSteered):
            await on.turn(SUPERVISOR, "1")
        await on.presets.release(DISPATCHER, "C1")
        assert await on.turn(SUPERVISOR, "1") == "路口东"
        assert peer.turned == ["1", "2", "1"]


async def test_nobody_steers_any_more_after_a_time(storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer, steer_s=1) as on:
        await on.turn(DISPATCHER, "1")
        await until(lambda: not on.presets.steered("C1").by, "the time is over")
        assert await on.turn(SUPERVISOR, "2") == "路口西"


async def test_a_turn_that_the_camera_refuses_leaves_it_to_others(storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer) as on:
        peer.fault = "stuck"
        with pytest.raises(CameraNotTurned) as refused:
            await on.turn(DISPATCHER, "1")
        assert refused.value.fault is CameraFault.REFUSED
        assert len(on.acts("camera-turn")) == 1, "who tried is on record"
        peer.fault = ""
        assert await on.turn(SUPERVISOR, "1") == "路口东"


async def test_a_wrong_password_is_not_repeated_by_pressing_again(storage: Storage) -> None:
    async with (
        simulated_onvif_camera(user=USER, password="another-12345") as peer, steered(storage, peer) as on,
    ):  # fmt: skip
        for _ in range(8):
            with pytest.raises(CameraNotTurned) as refused:
                await on.presets.listed(DISPATCHER, "C1")
            assert refused.value.fault is CameraFault.UNAUTHORISED
        assert peer.wrong == 1


@pytest.mark.parametrize(("query", "where"), [("", "home"), ("/?home=1", "1")])
async def test_it_goes_back_when_nobody_steers_and_nobody_sees_it(
    storage: Storage, query: str, where: str
) -> None:
    async with (
        simulated_onvif_camera(**OWN) as peer, steered(storage, peer, query=query, home_after_s=0.2) as on,
    ):  # fmt: skip
        on.seen.add("C1")
        await on.turn(DISPATCHER, "2", "n-1")
        await on.presets.release(DISPATCHER, "C1")
        await until(lambda: not on.presets.steered("C1").by, "nobody steers it")
        for _ in range(5):
            on.presets.tick()
            await asyncio.sleep(0.1)  # longer than the time to go back, were it not seen
        assert peer.turned == ["2"]
        on.seen.clear()
        await until(lambda: len(on.acts("camera-turn-back")) == 1, "it is back")
        assert peer.turned == ["2", where]
        assert on.acts("camera-turn-back") == [
            {"case": "n-1", "preset": "2", "turned_by": DISPATCHER.id, "why": ""}
        ]
        async with storage.read() as connection:
            assert await store.every(connection) == []


async def test_what_an_earlier_process_turned_goes_back(any_storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer:
        async with steered(any_storage, peer, home_after_s=600) as on:
            await on.turn(DISPATCHER, "2")
        async with steered(any_storage, peer, home_after_s=0.2) as on:
            await until(lambda: peer.turned == ["2", "home"], "it is back")
            await until(lambda: len(on.acts("camera-turn-back")) == 1, "and that is recorded")


async def test_a_camera_that_does_not_answer_is_told_a_few_times(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AGAIN_S", 0.0)
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer, home_after_s=0.1) as on:
        await on.turn(DISPATCHER, "2")
        peer.fault = "status"
        await on.presets.release(DISPATCHER, "C1")
        await until(lambda: len(on.acts("camera-turn-back")) == 1, "it is given up")
        assert on.acts("camera-turn-back")[0]["why"] == "refused"
        assert peer.turned == ["2"]
        assert peer.questions.count("GotoHomePosition") <= services.MOST_TRIES


async def test_without_a_time_to_go_back_it_stays(storage: Storage) -> None:
    async with simulated_onvif_camera(**OWN) as peer, steered(storage, peer, home_after_s=0) as on:
        await on.turn(DISPATCHER, "2")
        async with storage.read() as connection:
            assert await store.every(connection) == []


async def test_the_desk_turns_a_camera_by_its_routes(storage: Storage, tmp_path: Any) -> None:
    async with simulated_onvif_camera() as peer, centre(storage, tmp_path) as desk:
        table = f"code,name,lon,lat,kind,address\nP1,球机,126.63,45.70,ptz,{peer.address}\n"
        await desk.room.register.import_table(ADMIN, table.encode(), op_id=uuid7())
        _, number = await desk.case()
        listed = (await desk(DISPATCHER, "GET", "/cameras/P1/presets")).json()
        assert listed == {
            "presets": [{"token": "1", "name": "路口东"}, {"token": "2", "name": "路口西"}],
            "steered_by": "", "seconds": 0.0,
        }  # fmt: skip
        asked = {"op_id": str(uuid7()), "preset": "2", "case_number": number}
        turned = await desk(DISPATCHER, "POST", "/cameras/P1/preset", **asked)
        assert (turned.status_code, turned.json()["preset"]["name"]) == (200, "路口西")
        elsewhere = await desk(AGENT, "POST", "/cameras/P1/preset", **asked)
        assert elsewhere.status_code == 403
        unknown = await desk(DISPATCHER, "POST", "/cameras/P1/preset", **{**asked, "case_number": "none"})
        assert unknown.status_code == 404
        assert (await desk(DISPATCHER, "POST", "/cameras/P1/preset/release")).status_code == 204
        assert peer.turned == ["2"]
        known = (await desk(DISPATCHER, "GET", "/cameras/P1")).json()["camera"]
        assert (known["source"], known["turns"]) == ("onvif", True)
