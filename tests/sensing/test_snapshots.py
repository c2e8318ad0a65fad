"""A picture on a case: kept once with time, digest, operator and camera; shown to those whom it is for."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cases.drafting.model import SpokenSegment
from core.actor import Actor, Role
from core.errors import SonghuaError, problem_of
from core.ids import uuid7
from core.routes import add_routes
from core.scopes import Scopes
from core.storage import Storage
from field.photos import store as photos
from field.photos.centre.departments import DepartmentPhotos
from field.photos.centre.files import PhotoFiles
from field.photos.centre.service import Photos
from field.settings import FieldSettings
from gateway.bus import LocalBus
from gateway.wiring.cameras import CasesOfCameras, ClipsOfCameras, PhotosOfCameras
from gateway.wiring.department_photos import PhotosOfDepartments
from gateway.wiring.patches import TasksOfPatches
from sensing.ports import FeedDraft, SensingPorts
from sensing.room import SensingRoom, build
from sensing.settings import SensingSettings
from tests.cases.rooms import AuditedActs, Stage, stage
from tests.field.test_photos import PlainVault
from tests.peers.simulated_snapshot_camera import SimulatedSnapshotCamera, simulated_snapshot_camera
from tests.sensing.test_pictures import jpeg

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
AGENT = Actor("wang", "王坐席", frozenset({Role.AGENT}))
OTHER = Actor("sun", "孙坐席", frozenset({Role.AGENT}))
ELSEWHERE = Actor("zhou", "周", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230110"})))
DISPATCHER = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))
PEOPLE = {one.id: one for one in (ADMIN, AGENT, OTHER, ELSEWHERE, DISPATCHER)}


class Seen:
    """The audit trail of looks."""

    def __init__(self) -> None:
        self.views: list[tuple[str, str, str]] = []

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        del detail
        self.views.append((actor.id, action, subject))


class NoDrafts:
    """No feed is set up."""

    async def put(self, draft: FeedDraft) -> UUID:
        raise AssertionError(draft.event_id)


class Centre:
    """Rooms of cases and cameras on one database, one camera, and a desk that calls the routes."""

    def __init__(self, on: Stage, room: SensingRoom, client: httpx.AsyncClient) -> None:
        self.on, self.room, self._client = on, room, client
        self.trail, self.seen = AuditedActs(), Seen()
        self.audited = AuditedActs()
        self.peer: SimulatedSnapshotCamera

    async def __call__(self, who: Actor, method: str, path: str, **body: object) -> httpx.Response:
        return await self._client.request(
            method, f"/api{path}", json=body or None, headers={"x-user": who.id}
        )

    async def case(self, *, confidential: bool = False) -> tuple[UUID, str]:
        call_id = self.on.a_call()
        text = "南岗区学府路七十四号门口路面塌陷"
        await self.on.room.drafts.hear(call_id, SpokenSegment(segment_id="s1", speaker="citizen", text=text))
        (draft,) = await self.on.room.drafts.of_call(call_id)
        filed = await self.on.room.cases.confirm(
            draft.draft_id, op_id=uuid7(), actor=AGENT, confidential=confidential
        )
        return filed.case_id, filed.number


@asynccontextmanager
async def centre(storage: Storage, folder: Path, *, per_hour: int = 9) -> AsyncIterator[Centre]:
    def signed_in(request: Request) -> Actor:
        return PEOPLE[request.headers["x-user"]]

    on = stage(storage)
    app = FastAPI()
    trail, seen, audited = AuditedActs(), Seen(), AuditedActs()
    kept = DepartmentPhotos(
        storage, PhotoFiles(folder, PlainVault()), trail, per_hour=per_hour, mb_per_day=99
    )
    room = build(
        SensingSettings.model_validate({"networks": ["127.0.0.0/8"]}),
        SensingPorts(
            storage,
            audited,
            seen,
            signed_in,
            CasesOfCameras(storage),
            PhotosOfCameras(kept),
            ClipsOfCameras(FieldSettings(photos=folder), PlainVault()),
            NoDrafts(),
            lambda _asked: "",
            LocalBus(),
            TasksOfPatches(on.room.verifications, on.room.reports, storage.clock),
        ),
    )
    for router in room.routers:
        add_routes(app.router, router, "/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        simulated_snapshot_camera(jpeg()) as peer,
    ):
        desk = Centre(on, room, client)
        desk.trail, desk.seen, desk.audited, desk.peer = trail, seen, audited, peer
        table = f"code,name,lon,lat,kind,far_m,address\nC1,学府路,126.63,45.70,ptz,2000,{peer.url}\n"
        done = await room.register.import_table(ADMIN, table.encode(), op_id=uuid7())
        assert done.applied
        yield desk


async def test_a_picture_is_kept_once_on_its_case_with_who_when_and_by_which_camera(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with centre(any_storage, tmp_path) as desk:
        case_id, number = await desk.case()
        op_id = str(uuid7())
        taken, at_once = await asyncio.gather(
            desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=op_id, case_number=number),
            desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=op_id, case_number=number),
        )
        assert taken.status_code == 201, taken.text
        told = taken.json()
        assert at_once.json() == told
        assert (told["snapshot_id"], told["code"], told["case_number"]) == (op_id, "C1", number)
        assert told["taken_by"] == "wang"
        again = await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=op_id, case_number=number)
        assert again.json() == told
        assert len(desk.peer.requests) == 1, "the camera is asked once"
        # It is a photo of the case in the store of photos.
        async with any_storage.read() as connection:
            (photo,) = await photos.of_cases(connection, [case_id])
        assert (photo.by, photo.camera_code, photo.sha256) == ("camera:C1", "C1", told["sha256"])
        look = await desk(OTHER, "GET", f"/snapshots/{op_id}")
        assert (look.status_code, look.headers["content-type"]) == (200, "image/jpeg")
        assert hashlib.sha256(look.content).hexdigest() == told["sha256"]
        listed = (await desk(OTHER, "GET", f"/snapshots?case_id={case_id}")).json()["snapshots"]
        assert listed == [told]
        assert [one[:3] for one in desk.trail.acts] == [("wang", "photo-bring", f"case:{number}")]
        assert desk.trail.acts[0][3]["camera"] == "C1"
        assert desk.seen.views == [
            ("wang", "camera-look", "camera:C1"), ("sun", "photo-look", f"photo:{op_id}"),
        ]  # fmt: skip
        reused = await desk(OTHER, "POST", "/cameras/C1/snapshots", op_id=op_id, case_number=number)
        assert (reused.status_code, reused.json()["type"]) == (409, "urn:songhua:problem:op-id-reused")


async def test_whom_a_case_is_not_for_puts_no_picture_on_it_and_sees_none(
    storage: Storage, tmp_path: Path
) -> None:
    async with centre(storage, tmp_path) as desk:
        case_id, number = await desk.case(confidential=True)
        mine = (
            await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()), case_number=number)
        ).json()
        for who in (OTHER, ELSEWHERE):
            for method, path, body in (
                ("POST", "/cameras/C1/snapshots", {"op_id": str(uuid7()), "case_number": number}),
                ("GET", f"/snapshots?case_id={case_id}", {}),
                ("GET", f"/snapshots/{mine['snapshot_id']}", {}),
                ("GET", f"/cameras/near?case_id={case_id}", {}),
            ):
                assert (await desk(who, method, path, **body)).status_code == 403, (who.id, path)
        refused = await desk(ADMIN, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()))
        assert refused.status_code == 403
        unknown = await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()), case_number="1")
        assert unknown.status_code == 404
        assert (await desk(AGENT, "POST", "/cameras/C9/snapshots", op_id=str(uuid7()))).status_code == 404
        assert len(desk.peer.requests) == 1, "no camera is asked for what is refused"


async def test_a_look_for_no_case_is_for_who_took_it_alone(storage: Storage, tmp_path: Path) -> None:
    async with centre(storage, tmp_path) as desk:
        op_id = uuid7()
        taken = await desk(DISPATCHER, "POST", "/cameras/C1/snapshots", op_id=str(op_id))
        assert taken.json()["case_id"] is None
        assert (await desk(DISPATCHER, "GET", f"/snapshots/{op_id}")).status_code == 200
        assert (await desk(AGENT, "GET", f"/snapshots/{op_id}")).status_code == 404
        of_units = Photos(
            storage, PhotoFiles(tmp_path, PlainVault()), desk.trail,  # type: ignore[arg-type]
            case_of=lambda _: None, districts_of=lambda _: None,  # type: ignore[arg-type, return-value]
            coming_days=7, loose_days=30,
        )  # fmt: skip
        assert await of_units.listed(DISPATCHER) == []
        with pytest.raises(SonghuaError):
            await of_units.look(DISPATCHER, op_id)


async def test_a_camera_without_a_picture_is_told_with_its_cause_and_a_flood_is_limited(
    storage: Storage, tmp_path: Path
) -> None:
    async with centre(storage, tmp_path, per_hour=1) as desk:
        _, number = await desk.case()
        desk.peer.fault = "redirect"
        told = await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()), case_number=number)
        assert (told.status_code, told.json()["why"]) == (502, "redirects")
        assert told.json()["remedy"]
        desk.peer.fault = ""
        body = {"op_id": str(uuid7()), "case_number": number}
        assert (await desk(AGENT, "POST", "/cameras/C1/snapshots", **body)).status_code == 201
        body = {"op_id": str(uuid7()), "case_number": number}
        assert (await desk(AGENT, "POST", "/cameras/C1/snapshots", **body)).status_code == 429


async def test_the_routes_tell_cameras_without_where_they_are_reached(
    storage: Storage, tmp_path: Path
) -> None:
    async with centre(storage, tmp_path) as desk:
        case_id, _ = await desk.case()
        near = (await desk(AGENT, "GET", "/cameras/near?lon=126.63&lat=45.701")).json()
        assert (near["placed"], [one["code"] for one in near["cameras"]]) == (True, ["C1"])
        of_case = (await desk(AGENT, "GET", f"/cameras/near?case_id={case_id}")).json()
        assert of_case["placed"] is True
        assert (await desk(AGENT, "GET", "/cameras/near?lon=1")).status_code == 422
        assert str(desk.peer.port) not in (await desk(AGENT, "GET", "/cameras")).text
        one = (await desk(AGENT, "GET", "/cameras/C1")).json()
        assert (one["camera"]["has_address"], one["changes"]) == (True, [])
        table = b"code,name,lon,lat,kind\nC2,x,126.6,45.7,ptz\n"
        client = desk._client
        tried = await client.post("/api/cameras/import", content=table, headers={"x-user": "root"})
        assert tried.json()["added"] == 1
        refused = await client.post("/api/cameras/import", content=table, headers={"x-user": "wang"})
        assert refused.status_code == 403


async def test_departments_do_not_see_what_cameras_took(storage: Storage, tmp_path: Path) -> None:
    async with centre(storage, tmp_path) as desk:
        case_id, number = await desk.case()
        await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()), case_number=number)
        of = PhotosOfDepartments.__new__(PhotosOfDepartments)
        of._storage = storage
        of.photos = DepartmentPhotos(
            storage, PhotoFiles(tmp_path, PlainVault()), desk.trail, per_hour=9, mb_per_day=9
        )
        assert await of.of_case(case_id) == []
