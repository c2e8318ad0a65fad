"""A camera of the register that speaks ONVIF: its picture, its live view and its health, against a simulated
camera whose stream a simulated RTSP camera sends. Each fault ends in time with its cause.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from core.listening import Addresses
from core.storage import Storage
from sensing.cameras.store import CameraState
from sensing.errors import CameraFault, NoPicture
from sensing.health.probe import probe
from sensing.onvif import cameras as asking
from tests.peers.simulated_onvif_camera import simulated_onvif_camera
from tests.peers.simulated_rtsp_camera import simulated_rtsp_camera
from tests.sensing.test_live import seconds_of, watched
from tests.sensing.test_pictures import PASSWORD, USER, camera, fault_of, jpeg, pictures
from tests.sensing.test_snapshots import AGENT

OWN = {"user": USER, "password": PASSWORD}


@pytest.mark.parametrize(
    "how",
    [{}, OWN, {**OWN, "login": "digest"}, {**OWN, "clock_ahead": timedelta(days=-3)},
     {**OWN, "clock_ahead": timedelta(days=9000)}],
    ids=["open", "token", "digest", "clock-behind", "clock-ahead"],
)  # fmt: skip
async def test_its_own_picture_comes_whatever_its_clock_says(how: dict[str, Any]) -> None:
    async with simulated_onvif_camera(jpeg=jpeg(), **how) as peer:
        one = pictures(snapshot_s=20)
        assert await one.take(camera(peer.address, "own")) == jpeg()
        asked = len(peer.questions)
        assert await one.take(camera(peer.address, "own")) == jpeg()
        again = peer.questions[asked:]
        assert set(again) == {"GetSnapshotUri", "GET"}, "what it said before is remembered"
        assert peer.wrong == 0


async def test_a_camera_without_a_picture_of_its_own_gives_a_keyframe_of_its_stream() -> None:
    async with (
        simulated_rtsp_camera(**OWN) as stream,
        simulated_onvif_camera(**OWN, stream=stream.url.replace("://", "://admin:x@"), fault="still") as peer,
    ):  # fmt: skip
        assert (await pictures(snapshot_s=30).take(camera(peer.address, "own"))).startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("hang", CameraFault.SLOW), ("huge", CameraFault.TOO_LARGE), ("endless", CameraFault.TOO_LARGE),
     ("redirect", CameraFault.REDIRECTS), ("html", CameraFault.BROKEN), ("bomb", CameraFault.BROKEN),
     ("status", CameraFault.REFUSED)],
)  # fmt: skip
async def test_a_fault_of_its_service_is_told_with_its_cause(fault: str, cause: CameraFault) -> None:
    async with simulated_onvif_camera(fault=fault) as peer:
        wait = 0.5 if cause is CameraFault.SLOW else 10
        assert await fault_of(pictures(snapshot_s=wait), peer.address) is cause
        assert peer.sent < 8 << 20, "four gigabytes are not taken"


async def test_what_it_names_at_another_host_is_not_asked() -> None:
    async with (
        simulated_onvif_camera(jpeg=jpeg()) as inside,
        simulated_onvif_camera(jpeg=jpeg(), host="127.9.4.1", named_host="127.0.0.1") as peer,
    ):
        peer.port, real = inside.port, peer.port
        address = f"onvif://127.9.4.1:{real}"
        assert await fault_of(pictures(), address) is CameraFault.REDIRECTS
        assert inside.questions == []
        peer.port, peer.named_host = real, ""
        peer.stream, peer.fault = "rtsp://127.0.0.1:9/", "still"
        assert await fault_of(pictures(), address) is CameraFault.REDIRECTS


async def test_a_wrong_password_is_sent_once_and_again_after_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    for login in ("token", "digest"):
        async with simulated_onvif_camera(
            user=USER, password="another-12345", login=login, sources=2
        ) as peer:
            one = pictures(snapshot_s=20)
            for profile in ("main0", "main1") * 4:
                assert (
                    await fault_of(one, f"{peer.address}/?profile={profile}", "own")
                    is CameraFault.UNAUTHORISED
                )
            assert peer.wrong == 1
    monkeypatch.setattr(asking, "REFUSED_S", 0.0)
    async with simulated_onvif_camera(user=USER, password="another-12345") as peer:
        one = pictures(snapshot_s=20)
        assert await fault_of(one, peer.address, "own") is CameraFault.UNAUTHORISED
        peer.password, peer.jpeg = PASSWORD, jpeg()
        assert await one.take(camera(peer.address, "own")) == jpeg()


async def test_a_clock_that_was_set_meanwhile_is_asked_for_again() -> None:
    async with simulated_onvif_camera(jpeg=jpeg(), **OWN) as peer:
        one = pictures(snapshot_s=20)
        await one.take(camera(peer.address, "own"))
        peer.clock_ahead = timedelta(days=400)
        with pytest.raises(NoPicture):
            await one.take(camera(peer.address, "own"))
        assert await one.take(camera(peer.address, "own")) == jpeg()


async def test_a_camera_of_a_recorder_is_named_by_its_profile() -> None:
    async with simulated_onvif_camera(sources=2, jpeg=jpeg()) as peer:
        one = pictures(snapshot_s=20)
        assert await one.take(camera(f"{peer.address}/?profile=main1")) == jpeg()
        assert await fault_of(one, f"{peer.address}/?profile=none") is CameraFault.REFUSED


async def test_it_is_seen_live_as_others_are(storage: Storage) -> None:
    async with (
        simulated_rtsp_camera(rate=25, **OWN) as stream,
        simulated_onvif_camera(**OWN, stream=stream.url) as peer,
        watched(storage, stream, address=peer.address) as on,
    ):
        view, video = await on.looked()
        assert len(await seconds_of(video, 5)) == 5
        assert on.live.sees("C1")
        await on.live.end(AGENT, view)
        assert not on.live.sees("C1")


async def test_whether_it_answers_is_asked_without_a_password() -> None:
    networks = Addresses([ip_network("127.0.0.0/8")])
    async with simulated_onvif_camera(**OWN) as peer:
        assert await probe(peer.address, networks, 20) == (CameraState.UP, "")
        assert peer.questions == ["GetSystemDateAndTime"]
        peer.fault = "hang"
        assert await probe(peer.address, networks, 0.3) == (CameraState.AWAY, "slow")
    assert await probe(peer.address, networks, 20) == (CameraState.AWAY, "away")


async def test_an_address_outside_of_the_networks_is_not_asked() -> None:
    async with simulated_onvif_camera() as peer:
        assert await fault_of(pictures(["10.0.0.0/8"]), peer.address) is CameraFault.NOT_ALLOWED
        assert peer.questions == []
