"""One picture of a camera, by RTSP and HTTP, against simulated cameras: each fault ends in time with its
cause, and leaves no process and no connection. The packets and pictures are a real ffmpeg's.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from typing import Any

import psutil
import pytest
from PIL import Image

from core.listening import Addresses
from sensing.asking.target import target_of
from sensing.cameras.model import RegisteredCamera
from sensing.errors import CameraFault, CamerasBusy, NoPicture
from sensing.settings import SensingSettings
from sensing.snapshots import picture as taking
from sensing.snapshots.decoder import argv, decoded
from sensing.snapshots.picture import CameraPictures
from sensing.snapshots.rtsp_camera import CodedPicture
from tests.peers.simulated_rtsp_camera import simulated_rtsp_camera
from tests.peers.simulated_snapshot_camera import simulated_snapshot_camera
from tests.waiting import until

USER, PASSWORD = "admin", "camera-12345"
WAIT_S = 2.0


def pictures(
    networks: Sequence[str] = ("127.0.0.0/8",), program: str = "ffmpeg", **more: Any
) -> CameraPictures:
    return CameraPictures(
        SensingSettings.model_validate(
            {
                "networks": networks,
                "snapshot_s": WAIT_S,
                "accounts": {"own": {"user": USER, "password": PASSWORD}},
                **more,
            }
        ),
        program,
    )


def camera(address: str, account: str = "") -> RegisteredCamera:
    return RegisteredCamera(
        code="C1", name="一号", lon=126.65, lat=45.75, view_angle=360, address=address, account=account
    )


def jpeg(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "JPEG")
    return out.getvalue()


async def fault_of(taken_by: CameraPictures, address: str, account: str = "") -> CameraFault:
    """Why there is no picture, told in time and with nothing left behind."""
    began = time.monotonic()
    with pytest.raises(NoPicture) as refused:
        await taken_by.take(camera(address, account))
    assert time.monotonic() - began < WAIT_S + 5, "it is told in time"
    assert refused.value.remedy
    assert PASSWORD not in str(refused.value.extra)
    assert psutil.Process().children(recursive=True) == [] or not _ffmpegs()
    return refused.value.fault


def _ffmpegs() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if "ffmpeg" in one.name()]


@pytest.mark.parametrize(
    ("codec", "how"),
    [("h264", {}), ("hevc", {}), ("h264", {"tcp": False}), ("h264", {"fault": "lossy"}),
     ("h264", {"user": USER, "password": PASSWORD})],
    ids=["h264", "h265", "udp", "lossy", "digest"],
)  # fmt: skip
async def test_the_first_whole_keyframe_becomes_a_picture(codec: str, how: dict[str, Any]) -> None:
    async with simulated_rtsp_camera(codec=codec, **how) as peer:
        taken = await pictures(snapshot_s=30).take(camera(peer.url, "own"))
        image = Image.open(io.BytesIO(taken)).convert("RGB")
        assert image.size == (640, 360)
        # The bars of the test picture: black and white at its sides.
        assert sum(image.getpixel((20, 100))) < 60  # type: ignore[arg-type]
        assert sum(image.getpixel((600, 100))) > 700  # type: ignore[arg-type]
        assert peer.asked[-1] == "TEARDOWN"
        await until(lambda: peer.open_connections == 0, "the connection is closed")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("hang", CameraFault.SLOW), ("stall", CameraFault.SLOW), ("redirect", CameraFault.REDIRECTS),
     ("noise", CameraFault.BROKEN), ("head", CameraFault.BROKEN), ("flood", CameraFault.TOO_LARGE)],
)  # fmt: skip
async def test_a_fault_of_an_rtsp_camera_is_told_with_its_cause(fault: str, cause: CameraFault) -> None:
    async with simulated_rtsp_camera(fault=fault) as peer:
        assert await fault_of(pictures(), peer.url) is cause
        await until(lambda: peer.open_connections == 0, "the connection is closed")


async def test_a_codec_that_is_not_read_and_a_wrong_password_are_told() -> None:
    async with simulated_rtsp_camera(codec="mjpeg") as peer:
        assert await fault_of(pictures(), peer.url) is CameraFault.CODEC
    async with simulated_rtsp_camera(user=USER, password="another") as peer:
        assert await fault_of(pictures(), peer.url, "own") is CameraFault.UNAUTHORISED
        assert await fault_of(pictures(), peer.url) is CameraFault.UNAUTHORISED


@pytest.mark.parametrize("login", ["", "basic", "digest"])
async def test_a_picture_by_http_comes_as_the_camera_made_it(login: str) -> None:
    async with simulated_snapshot_camera(jpeg(), login=login) as peer:
        assert await pictures().take(camera(peer.url, "own")) == jpeg()
        if login == "digest":
            assert PASSWORD not in "".join(peer.requests)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("hang", CameraFault.SLOW), ("stall", CameraFault.SLOW), ("redirect", CameraFault.REDIRECTS),
     ("huge", CameraFault.TOO_LARGE), ("endless", CameraFault.TOO_LARGE), ("chunks", CameraFault.TOO_LARGE),
     ("short", CameraFault.AWAY), ("number", CameraFault.BROKEN), ("html", CameraFault.BROKEN),
     ("away", CameraFault.AWAY), ("status", CameraFault.REFUSED)],
)  # fmt: skip
async def test_a_fault_of_an_http_camera_is_told_with_its_cause(fault: str, cause: CameraFault) -> None:
    async with simulated_snapshot_camera(jpeg(), fault=fault) as peer:
        assert (
            await fault_of(pictures(snapshot_s=10 if cause is CameraFault.TOO_LARGE else 0.5), peer.url)
            is cause
        )
        assert peer.sent < 64 << 20, "four gigabytes are not taken"


async def test_only_addresses_of_the_networks_are_asked_and_nothing_else_is_tried() -> None:
    async with simulated_snapshot_camera(jpeg()) as peer:
        for networks in ((), ("10.0.0.0/8",)):
            assert await fault_of(pictures(networks), peer.url) is CameraFault.NOT_ALLOWED
        assert peer.requests == []
    assert await fault_of(pictures(), "") is CameraFault.NO_ADDRESS
    for inside in ("http://169.254.169.254/latest", "http://[::1]/", "http://0.0.0.0/", "rtsp://192.0.2.1/"):
        assert await fault_of(pictures(), inside) is CameraFault.NOT_ALLOWED


async def test_a_name_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"], []]

    async def told(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (one, 80)) for one in answers.pop(0)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", told)
    networks = Addresses(SensingSettings.model_validate({"networks": ["127.0.0.0/8"]}).networks)
    assert (await target_of("http://camera.example/x?y=1", networks)).ip == "127.0.0.1"
    for _ in range(2):
        with pytest.raises(NoPicture) as refused:
            await target_of("http://camera.example/x", networks)
        assert refused.value.fault is CameraFault.NOT_ALLOWED


async def test_the_decoder_is_bounded_and_reads_nothing_but_its_pipe() -> None:
    words = " ".join(argv("/usr/bin/ffmpeg", "h264"))
    assert "ulimit -t 5; ulimit -v 1048576; ulimit -f 0" in words
    assert "-protocol_whitelist pipe" in words
    assert "rtsp" not in words
    with pytest.raises(NoPicture) as refused:
        await decoded(CodedPicture("h264", b"\0\0\0\1" + bytes(200_000), "tcp"))
    assert refused.value.fault is CameraFault.BROKEN
    with pytest.raises(NoPicture) as refused:
        await decoded(CodedPicture("h264", b"", "tcp"), "no-such-program")
    assert refused.value.fault is CameraFault.NO_DECODER


async def test_a_decoder_that_hangs_ends_with_the_time_of_the_picture(tmp_path: Any) -> None:
    program = tmp_path / "ffmpeg-hangs"
    program.write_text("#!/bin/sh\nexec sleep 3600\n")
    program.chmod(0o755)
    async with simulated_rtsp_camera() as peer:
        assert await fault_of(pictures(program=str(program)), peer.url) is CameraFault.SLOW
    assert [one for one in psutil.Process().children(recursive=True) if one.name() == "sleep"] == []


async def test_a_few_are_taken_at_once_and_a_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_WAITING", 3)
    async with simulated_snapshot_camera(jpeg(), fault="hang") as peer:
        one = pictures(snapshots_at_once=1, snapshot_s=1)
        asked = [asyncio.create_task(one.take(camera(peer.url))) for _ in range(3)]
        await until(lambda: len(peer.requests) == 1, "one is asked")
        with pytest.raises(CamerasBusy):
            await one.take(camera(peer.url))
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(error) for error in ended} <= {NoPicture, CamerasBusy}
        assert isinstance(ended[0], NoPicture)
