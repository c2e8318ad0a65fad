"""A camera seen live: its video comes in fragments that a decoder reads, is asked for once for all who look,
is limited in number and time, and every view is recorded with its beginning and its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from gateway.wiring.cameras import CasesOfCameras
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, NoPicture, NoSuchCamera, NoSuchLiveView, TooManyLiveViews
from sensing.live import channel as channels
from sensing.live import service as services
from sensing.live import store
from sensing.live.access_units import AccessUnitCollector
from sensing.live.channel import LiveFragments
from sensing.live.mp4 import begin, parameter_sets
from sensing.live.service import CameraLive
from sensing.live.store import LiveEnd
from sensing.settings import SensingSettings
from sensing.snapshots.keyframe import RtpPacket
from sensing.snapshots.sdp import VideoStream
from tests.cases.rooms import AuditedActs
from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera, simulated_rtsp_camera
from tests.sensing.test_snapshots import ADMIN, AGENT, DISPATCHER, centre
from tests.waiting import until

USER, PASSWORD = "admin", "camera-12345"


class Watched:
    """The live views of one camera, `C1`, and who looked."""

    def __init__(self, live: CameraLive, audited: AuditedActs, peer: SimulatedRtspCamera) -> None:
        self.live, self.audited, self.peer = live, audited, peer

    async def looked(self, actor: Actor = AGENT, case_number: str = "") -> tuple[UUID, AsyncIterator[bytes]]:
        view, mime = await self.live.open(actor, "C1", case_number, op_id=uuid7())
        assert mime.startswith('video/mp4; codecs="avc1.')
        return view.view_id, await self.live.video(actor, view.view_id)

    def ends(self) -> list[str]:
        return [one[3]["end"] for one in self.audited.acts if one[1] == "camera-live-end"]


@asynccontextmanager
async def watched(
    storage: Storage, peer: SimulatedRtspCamera, *, address: str = "", **more: Any
) -> AsyncIterator[Watched]:
    """`address` of the register where it is not that of the stream."""
    audited = AuditedActs()
    settings = SensingSettings.model_validate(
        {
            "networks": ["127.0.0.0/8"], "snapshot_s": 20,
            "accounts": {"own": {"user": USER, "password": PASSWORD}}, **more,
        }
    )  # fmt: skip
    register = CameraRegister(storage, AuditedActs(), settings.accounts)
    table = f"code,name,lon,lat,kind,account,address\nC1,学府路,126.63,45.70,ptz,own,{address or peer.url}\n"
    assert (await register.import_table(ADMIN, table.encode(), op_id=uuid7())).applied
    live = CameraLive(storage, register, CasesOfCameras(storage), audited, settings)
    watching = asyncio.create_task(live.watch())
    try:
        yield Watched(live, audited, peer)
    finally:
        watching.cancel()
        await live.stop()
        await until(lambda: peer.open_connections == 0, "the camera is left")


async def seconds_of(video: AsyncIterator[bytes], pictures: int) -> list[tuple[float, int, int]]:
    """Time, width and brightness at the left edge of so many pictures, as a decoder sees them."""
    data = b""
    while data.count(b"moof") < pictures:
        data += await anext(video)
    with av.open(io.BytesIO(data), "r") as read:
        return [
            (float(one.time), one.width, int(one.to_ndarray(format="gray")[100, 20]))
            for one in read.decode(video=0)
        ][:pictures]


@pytest.mark.parametrize(
    ("codec", "how"),
    [("h264", {}), ("h264", {"tcp": False}), ("h264", {"user": USER, "password": PASSWORD}), ("hevc", {})],
    ids=["h264", "udp", "digest", "h265"],
)  # fmt: skip
async def test_what_comes_is_a_video_whose_pictures_follow_each_other(
    storage: Storage, codec: str, how: dict[str, Any]
) -> None:
    async with (
        simulated_rtsp_camera(codec=codec, rate=25, **how) as peer, watched(storage, peer) as on,
    ):  # fmt: skip
        _, video = await on.looked()
        shown = await seconds_of(video, 60)
        times = [one[0] for one in shown]
        assert times == sorted(times)
        assert times[0] < 0.1
        assert all(1.0 / 250 < b - a < 0.5 for a, b in pairwise(times)) or codec == "hevc"
        assert {one[1] for one in shown} == {640}
        assert max(one[2] for one in shown) < 20, "the black bar of the test picture"


async def test_a_camera_is_asked_once_for_all_who_look_and_left_with_the_last(storage: Storage) -> None:
    async with simulated_rtsp_camera(rate=25) as peer, watched(storage, peer) as on:
        (first, one), (second, two) = [await on.looked(who) for who in (AGENT, DISPATCHER)]
        await seconds_of(one, 5)
        await seconds_of(two, 5)
        assert peer.asked.count("PLAY") == 1
        await on.live.end(AGENT, first)
        while await anext(one, b""):
            pass
        assert b"moof" in await anext(two)
        await two.aclose()  # type: ignore[attr-defined]  # the page has gone
        await until(lambda: peer.open_connections == 0, "the camera is left")
        await until(lambda: len(on.ends()) == 2, "both ends are recorded")
        assert on.ends() == ["viewer", "page"]
        assert peer.asked[-1] == "TEARDOWN"
        begun = [one for one in on.audited.acts if one[1] == "camera-live"]
        assert [(who, subject) for who, _, subject, _ in begun] == [
            ("wang", "camera:C1"), ("zhao", "camera:C1"),
        ]  # fmt: skip
        assert second != first


async def test_number_and_time_are_limited_and_a_view_goes_on_when_somebody_says_so(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "UNUSED_S", 3600.0)
    async with (
        simulated_rtsp_camera(rate=25) as peer, watched(storage, peer, live_at_once=2, live_s=2) as on,
    ):  # fmt: skip
        view, video = await on.looked()
        with pytest.raises(NoSuchLiveView):
            await on.live.video(AGENT, view)  # once
        with pytest.raises(NoSuchLiveView):
            await on.live.extend(DISPATCHER, view)
        other, _ = await on.looked(DISPATCHER)
        with pytest.raises(TooManyLiveViews):
            await on.looked()
        longer = await on.live.extend(AGENT, view)
        while (data := await anext(video, b"")) != b"":
            assert data
        await until(lambda: on.ends() == ["time", "time"], "both end in their time")
        async with storage.read() as connection:
            rows = [await store.find(connection, one) for one in (view, other)]
        assert all(row is not None and row.ended_at is not None for row in rows)
        assert rows[0] is not None
        assert rows[1] is not None
        assert rows[0].until == longer.until > rows[1].until
        await until(lambda: peer.open_connections == 0, "the camera is left")


async def test_a_view_that_no_page_fetches_ends(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "UNUSED_S", 0.0)
    async with simulated_rtsp_camera(rate=25) as peer, watched(storage, peer) as on:
        await on.live.open(AGENT, "C1", "", op_id=uuid7())
        await until(lambda: on.ends() == ["page"], "it ends")
        await until(lambda: peer.open_connections == 0, "the camera is left")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("hang", CameraFault.SLOW), ("stall", CameraFault.SLOW), ("redirect", CameraFault.REDIRECTS),
     ("noise", CameraFault.BROKEN), ("flood", CameraFault.TOO_LARGE)],
)  # fmt: skip
async def test_without_a_picture_the_cause_is_told_and_nothing_is_left(
    storage: Storage, fault: str, cause: CameraFault
) -> None:
    wait = 1 if cause is CameraFault.SLOW else 20
    async with simulated_rtsp_camera(fault=fault) as peer, watched(storage, peer, snapshot_s=wait) as on:
        with pytest.raises(NoPicture) as refused:
            await on.looked()
        assert refused.value.fault is cause
        await until(lambda: peer.open_connections == 0, "the camera is left")
        assert on.audited.acts == [], "nothing was shown"


async def test_a_camera_that_falls_silent_ends_the_view_and_says_so(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "SILENT_S", 1.0)
    async with simulated_rtsp_camera(rate=25, fault="silent") as peer, watched(storage, peer) as on:
        _, video = await on.looked()
        while await anext(video, b""):
            pass
        await until(lambda: on.ends() == [LiveEnd.CAMERA.value], "it is recorded")


async def test_what_is_not_allowed_is_not_asked(storage: Storage) -> None:
    async with simulated_rtsp_camera(rate=25) as peer:
        async with watched(storage, peer, networks=["10.0.0.0/8"]) as on:
            with pytest.raises(NoPicture) as refused:
                await on.looked()
            assert refused.value.fault is CameraFault.NOT_ALLOWED
            with pytest.raises(Forbidden):
                await on.looked(ADMIN)
            with pytest.raises(NoSuchCamera):
                await on.live.open(AGENT, "C9", "", op_id=uuid7())
        assert peer.asked == []


async def test_ffmpeg_of_h265_ends_with_the_view_and_its_death_ends_the_view(storage: Storage) -> None:
    def ffmpegs() -> list[psutil.Process]:
        return [one for one in psutil.Process().children(recursive=True) if "ffmpeg" in one.name()]

    async with simulated_rtsp_camera(codec="hevc", rate=25) as peer, watched(storage, peer) as on:
        view, video = await on.looked()
        assert len(ffmpegs()) == 1
        await on.live.end(AGENT, view)
        await until(lambda: not ffmpegs(), "it is ended")
        view, video = await on.looked()
        ffmpegs()[0].kill()
        while await anext(video, b""):
            pass
        await until(lambda: on.ends() == ["viewer", "camera"], "both are recorded")
        await until(lambda: peer.open_connections == 0, "the camera is left")


async def test_a_view_is_of_its_case_and_its_operation_is_done_once(storage: Storage, tmp_path: Path) -> None:
    async with (
        centre(storage, tmp_path) as desk, simulated_rtsp_camera(rate=25) as peer,
        watched(storage, peer) as on,
    ):  # fmt: skip
        case_id, number = await desk.case()
        op_id = uuid7()
        first, _ = await on.live.open(AGENT, "C1", number, op_id=op_id)
        again, _ = await on.live.open(AGENT, "C1", number, op_id=op_id)
        assert again == first
        with pytest.raises(OperationReused):
            await on.live.open(AGENT, "C1", "", op_id=op_id)
        (listed,) = await on.live.of_case(AGENT, case_id)
        assert (listed.view_id, listed.viewer, listed.case_number) == (op_id, "wang", number)
        with pytest.raises(NoSuchLiveView):
            await on.live.end(DISPATCHER, op_id)
        for _ in range(2):
            await on.live.end(AGENT, op_id)
        with pytest.raises(NoSuchLiveView):
            await on.live.end(DISPATCHER, op_id)
        with pytest.raises(NoSuchLiveView):
            await on.live.open(AGENT, "C1", number, op_id=op_id)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=6))
def test_any_units_are_parameter_sets_or_none_or_refused(units: list[bytes]) -> None:
    try:
        found = parameter_sets([b"\x67" + one for one in units] + [b"\x68" + one for one in units])
    except NoPicture:
        return
    assert found is None or begin(found)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9), st.booleans(), st.binary(max_size=8))))
def test_any_packets_give_pictures_in_order_or_none(
    packets: list[tuple[int, int, bool, bytes]],
) -> None:
    collector, fragments = AccessUnitCollector(VideoStream("h264", 96, "")), LiveFragments()
    for number, clock, marker, data in packets:
        unit = collector.add(RtpPacket(96, number, clock * 3600, marker, data))
        if unit is not None:
            assert unit.units
            with contextlib.suppress(NoPicture):
                fragments.add(unit)
