"""A picture that a camera of the 2022 edition brings by HTTP: only where it was asked to, once, and else its
stream. The devices are simulated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SonghuaError, problem_of
from core.storage import Storage
from sensing.errors import CamerasBusy, NoPicture
from sensing.gb28181 import uploads as services
from sensing.gb28181.http import upload_routes
from sensing.gb28181.manscdp import document_of, message
from sensing.gb28181.uploads import MOST_BYTES, PictureUploads, jpeg_of
from tests.peers.simulated_gb28181_camera import SimulatedGb28181Camera
from tests.sensing.gb28181.test_platform import ADMIN, NORTH, World, world
from tests.sensing.test_pictures import jpeg
from tests.waiting import until

URL = "http://10.20.0.2:8080"


@asynccontextmanager
async def web(one: World) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(upload_routes(one.platform.uploads), prefix="/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        yield client


async def come(one: World, client: httpx.AsyncClient, **how: Any) -> SimulatedGb28181Camera:
    async def bring(url: str, body: bytes) -> int:
        assert url.startswith(f"{URL}/api/camera-pictures/")
        return (await client.post(urlsplit(url).path, content=body)).status_code

    device = await one.device(**{"edition": "3.0", "jpeg": jpeg("red"), "bring": bring, **how})
    assert await device.register() == 200
    await one.listed()
    return device


async def says_so(one: World) -> None:
    states = one.platform.registrar.devices.values()
    await until(lambda: any(state.takes_snapshots for state in states), "it says that it can bring pictures")


async def taken(one: World) -> bytes:
    return await one.pictures.take(one.register.get(ADMIN, NORTH))


async def test_a_camera_that_says_it_can_brings_its_picture(storage: Storage) -> None:
    async with world(storage, upload_url=URL) as one, web(one) as client:
        device = await come(one, client)
        await says_so(one)
        assert await taken(one) == jpeg("red")
        assert device.uploads == [200]
        assert "INVITE" not in device.heard
        asked = next(body for body in device.bodies if "SnapShotConfig" in body and "SnapNum" in body)
        assert f"<DeviceID>{NORTH}</DeviceID>" in asked
        assert "<SnapShotConfig><SnapNum>1</SnapNum><Interval>1</Interval><UploadURL>" in asked
        assert one.platform.uploads._open == {}


@pytest.mark.parametrize(
    ("how", "url"),
    [({"edition": "2.0"}, URL), ({"edition": ""}, URL), ({"jpeg": b""}, URL), ({}, "")],
    ids=["2016", "silent", "cannot", "no-address"],
)
async def test_a_camera_that_does_not_say_so_is_asked_for_its_stream(
    storage: Storage, how: dict[str, Any], url: str
) -> None:
    async with world(storage, upload_url=url) as one, web(one) as client:
        device = await come(one, client, **how)
        await until(lambda: "MESSAGE DeviceStatus" in device.heard, "it is asked about itself")
        assert (await taken(one)).startswith(b"\xff\xd8")
        assert "INVITE" in device.heard
        assert "MESSAGE DeviceConfig" not in device.heard


@pytest.mark.parametrize("fault", ["forgets", "noise"])
async def test_a_camera_that_brings_nothing_is_asked_for_its_stream(storage: Storage, fault: str) -> None:
    async with world(storage, upload_url=URL) as one, web(one) as client:
        device = await come(one, client, fault=fault, **({"jpeg": b"GIF89a"} if fault == "noise" else {}))
        await says_so(one)
        device.fault = "forgets" if fault == "forgets" else ""
        assert (await taken(one)).startswith(b"\xff\xd8")
        assert {"MESSAGE DeviceConfig", "INVITE"} <= set(device.heard)
        assert device.uploads == ([] if fault == "forgets" else [404])


async def test_nobody_brings_what_was_not_asked_for(storage: Storage) -> None:
    async with world(storage, upload_url=URL) as one, web(one) as client:
        uploads = one.platform.uploads
        guessed = await client.post("/api/camera-pictures/0000", content=jpeg())
        assert (guessed.status_code, guessed.json()["type"]) == (
            404,
            "urn:songhua:problem:picture-not-awaited",
        )
        with uploads.opened() as upload:
            at = f"/api/camera-pictures/{upload.session}"
            assert (await client.put(at, content=b"x" * (MOST_BYTES + 1))).status_code == 404
            assert not upload.picture.done()
            assert (await client.put(at, content=jpeg())).status_code == 200
            assert (await client.put(at, content=jpeg("red"))).status_code == 404
            assert await upload.picture == jpeg()
        assert (await client.put(at, content=jpeg())).status_code == 404


async def test_a_session_ends_with_its_question_and_there_are_not_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uploads = PictureUploads()
    monkeypatch.setattr(services, "MOST_OPEN", 1)
    with uploads.opened() as upload:
        uploads.finished("another")
        with pytest.raises(CamerasBusy), uploads.opened():
            pass
        uploads.finished(upload.session)
        with pytest.raises(NoPicture):
            await upload.picture
    assert not uploads.awaits(upload.session)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_picture_is_found_in_a_form_and_any_bytes_are_a_picture_or_none(
    before: bytes, after: bytes
) -> None:
    found = jpeg_of(before + jpeg() + after)
    assert found.startswith(b"\xff\xd8\xff")
    assert found.endswith(b"\xff\xd9")
    form = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + jpeg() + b"\r\n--x--\r\n"
    assert jpeg_of(form) == jpeg()
    assert jpeg_of(before) in (b"", before[before.find(b"\xff\xd8\xff") : before.rfind(b"\xff\xd9") + 2])


SIGNS = st.characters(codec="ascii", categories=("L", "N", "P", "S"))


@given(st.dictionaries(st.sampled_from(["SnapNum", "UploadURL"]), st.text(SIGNS, max_size=30)))
def test_elements_within_elements_are_read_as_they_were_written(inner: dict[str, str]) -> None:
    said = document_of(message("Control", "DeviceConfig", 1, NORTH, {"SnapShotConfig": inner}))
    config = said.child("SnapShotConfig")
    assert config is not None
    assert {one.name: one.text for one in config.children} == inner
