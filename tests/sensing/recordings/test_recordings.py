"""What a recorder has is found, played and kept as a clip exactly once. The recorder is simulated; a real
ffmpeg made its streams and reads what is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import pytest

from cases.timeline.model import TimelineSubject
from core.actor import Actor
from core.errors import Forbidden, Invalid
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from field.settings import FieldSettings
from gateway.wiring.cameras import ClipsOfCameras, ClipsOfCase
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, NoCameraRecordings, NoPicture, NoSuchClip
from sensing.live import channel as channels
from sensing.live.service import CameraLive
from sensing.recordings import clips as services
from sensing.recordings import store
from sensing.recordings.clips import CameraClips
from sensing.recordings.service import CameraRecordings
from sensing.recordings.store import ClipState, RecordedClip
from tests.cases.rooms import AuditedActs
from tests.console.live_service import AnyCase
from tests.field.test_photos import PlainVault
from tests.peers.simulated_gb28181_camera import SimulatedGb28181Camera
from tests.sensing.gb28181.test_platform import DOME, NORTH, World, world
from tests.sensing.test_live import seconds_of
from tests.sensing.test_snapshots import ADMIN, AGENT, DISPATCHER, Seen, centre
from tests.waiting import until

BEGIN = (datetime.now(UTC) - timedelta(days=2)).replace(hour=1, minute=0, second=0, microsecond=0)
DAY = BEGIN.date().isoformat()
RECORDED = tuple(
    (f"{DAY}T{begin}:00", f"{DAY}T{end}:00")
    for begin, end in (("08:59", "09:30"), ("09:30", "10:00"), ("12:00", "13:00"))
)
CASE = UUID(int=1)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(services, "AGAIN_S", 0.05)
    monkeypatch.setattr(services, "FLUSH_S", 0.05)


@dataclass
class Recorded:
    """The recorder, and what is done with its recordings."""

    one: World
    device: SimulatedGb28181Camera
    live: CameraLive
    recordings: CameraRecordings
    clips: CameraClips
    audited: AuditedActs
    seen: Seen

    async def ask(
        self, seconds: float = 2, *, actor: Actor = DISPATCHER, key: UUID | None = None
    ) -> RecordedClip:
        end = BEGIN + timedelta(seconds=seconds)
        return await self.clips.ask(actor, NORTH, "n-1", BEGIN, end, op_id=key or uuid7())

    async def done(self, clip_id: UUID) -> RecordedClip:
        async def over() -> bool:
            return (await self.clip(clip_id)).state is not ClipState.TAKING

        await until(over, "the clip is done")
        return await self.clip(clip_id)

    async def clip(self, clip_id: UUID) -> RecordedClip:
        async with self.clips._storage.read() as connection:
            found = await store.find(connection, clip_id)
        assert found is not None
        return found

    def acts(self, action: str) -> list[dict[str, Any]]:
        return [dict(detail) for _, one, _, detail in self.audited.acts if one == action]


@asynccontextmanager
async def recorder(
    storage: Storage, folder: Path, *, registers: bool = True, run: bool = True, **how: Any
) -> AsyncIterator[Recorded]:
    async with world(storage) as one:
        device = await one.device(**{"recordings": RECORDED, **how})
        audited, seen, settings = AuditedActs(), Seen(), one.settings
        live = CameraLive(storage, one.register, AnyCase(), audited, settings, registered=one.platform.video)
        recordings = CameraRecordings(
            one.register, one.platform.recordings, live, seen, settings, storage.clock
        )
        files = ClipsOfCameras(FieldSettings(photos=folder / "photos"), PlainVault())
        clips = CameraClips(
            storage, one.register, recordings, one.platform.video, AnyCase(), files, audited, seen, settings
        )
        on = Recorded(one, device, live, recordings, clips, audited, seen)
        if registers:
            assert await device.register() == 200
            await one.listed()
        tasks = [asyncio.create_task(live.watch())]
        if run:
            tasks.append(asyncio.create_task(clips.run()))
        try:
            yield on
        finally:
            for task in tasks:
                task.cancel()
            # Before their database is closed: nobody would tell them how their last question ended.
            await asyncio.gather(*tasks, return_exceptions=True)
            await clips.stop()
            await live.stop()


def files_in(folder: Path) -> list[Path]:
    return [one for one in (folder / "photos").rglob("*") if one.is_file()]


def shown(data: bytes) -> list[tuple[float, int, str]]:
    """Time, width and codec of each picture of a clip, as a decoder sees them."""
    with av.open(io.BytesIO(data), "r") as read:
        codec = read.streams.video[0].codec_context.name
        return [(float(one.time or 0), one.width, codec) for one in read.decode(video=0)]


async def test_what_a_recorder_has_is_found_within_the_time_and_the_search_is_audited(
    storage: Storage, tmp_path: Path
) -> None:
    async with recorder(storage, tmp_path) as on:
        found = await on.recordings.found(DISPATCHER, NORTH, BEGIN, BEGIN + timedelta(hours=2))
        assert [(one.begin.minute, one.seconds) for one in found] == [(0, 1800), (30, 1800)]
        asked = next(body for body in on.device.bodies if "RecordInfo" in body)
        assert f"<StartTime>{DAY}T09:00:00</StartTime>" in asked
        assert f"<DeviceID>{NORTH}</DeviceID>" in asked
        assert on.seen.views == [(DISPATCHER.id, "camera-recordings", f"camera:{NORTH}")]
        for refused in (AGENT, ADMIN):
            with pytest.raises(Forbidden):
                await on.recordings.found(refused, NORTH, BEGIN, BEGIN + timedelta(hours=2))
        now = storage.clock.now()
        for begin, end in (
            (BEGIN, BEGIN), (BEGIN, BEGIN - timedelta(1)), (BEGIN, BEGIN + timedelta(2)),
            (now, now + timedelta(hours=1)), (BEGIN.replace(tzinfo=None), BEGIN),
        ):  # fmt: skip
            with pytest.raises(Invalid):
                await on.recordings.found(DISPATCHER, NORTH, begin, end)
        table = "code,name,lon,lat,kind,address\nR1,北,126.6,45.7,ptz,rtsp://10.1.2.3/\n"
        await on.one.register.import_table(ADMIN, table.encode(), op_id=uuid7())
        with pytest.raises(NoCameraRecordings):
            await on.recordings.found(DISPATCHER, "R1", BEGIN, BEGIN + timedelta(hours=2))
        # A list that nobody asked for changes nothing, and one that cannot be is said to be so.
        assert on.one.platform._searching == {}
        await on.device.send_recordings(1, NORTH)
        assert await on.device.register(0) == 200
        with pytest.raises(NoPicture) as away:
            await on.recordings.found(DISPATCHER, NORTH, BEGIN, BEGIN + timedelta(hours=2))
        assert away.value.fault is CameraFault.AWAY


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_a_recording_is_played_in_the_browser_to_its_end_and_recorded(
    storage: Storage, tmp_path: Path, codec: str
) -> None:
    async with recorder(storage, tmp_path, codec=codec, pace=1.0) as on:
        end = BEGIN + timedelta(seconds=3)
        key = uuid7()
        row, mime = await on.recordings.play(DISPATCHER, NORTH, "n-1", BEGIN, end, op_id=key)
        assert mime.startswith('video/mp4; codecs="avc1.')
        assert (row.plays_from, row.plays_to) == (BEGIN, end)
        video = await on.live.video(DISPATCHER, row.view_id)
        data = b"".join([one async for one in video])
        pictures = shown(data)
        assert 10 < len(pictures) <= 30
        assert {one[1] for one in pictures} == {320}
        asked = next(body for body in on.device.bodies if body.startswith("INVITE"))
        lines = asked.partition("\r\n\r\n")[2].split("\r\n")
        assert lines[2:4] == ["s=Playback", f"u={NORTH}:0"]
        assert f"t={int(BEGIN.timestamp())} {int(end.timestamp())}" in lines
        assert any(line.startswith("y=11000") for line in lines)
        await until(lambda: "BYE" in on.device.heard, "the session is ended")
        await until(lambda: len(on.acts("camera-playback-end")) == 1, "its end is recorded")
        (began,) = on.acts("camera-playback")
        assert (began["recorded_from"], began["case"]) == (BEGIN.isoformat(), "n-1")
        with pytest.raises(OperationReused):
            await on.recordings.play(DISPATCHER, NORTH, "n-1", BEGIN, end + timedelta(1 / 86400), op_id=key)


async def test_a_camera_of_gbt_28181_is_seen_live(storage: Storage, tmp_path: Path) -> None:
    async with recorder(storage, tmp_path, video_s=6, pace=1.0) as on:
        row, mime = await on.live.open(AGENT, NORTH, "", op_id=uuid7())
        assert mime.startswith('video/mp4; codecs="avc1.')
        video = await on.live.video(AGENT, row.view_id)
        seen = await seconds_of(video, 20)
        assert {round(b[0] - a[0], 1) for a, b in pairwise(seen)} == {0.1}
        assert on.live.sees(NORTH)
        await on.live.end(AGENT, row.view_id)
        await until(lambda: "BYE" in on.device.heard, "the session is ended")
        asked = next(body for body in on.device.bodies if body.startswith("INVITE"))
        assert "s=Play\r\n" in asked


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_a_clip_is_kept_with_its_case_once_and_seen_by_whom_it_is_for(
    any_storage: Storage, tmp_path: Path, codec: str
) -> None:
    async with recorder(any_storage, tmp_path, codec=codec) as on:
        key = uuid7()
        for _ in range(2):
            assert (await on.ask(key=key)).clip_id == key
        clip = await on.done(key)
        assert (clip.state, clip.case_number, clip.asked_by) == (ClipState.KEPT, "n-1", DISPATCHER.id)
        data = await on.clips.look(DISPATCHER, key)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (clip.sha256, clip.size)
        pictures = shown(data)
        assert 15 <= len(pictures) <= 20
        assert clip.seconds is not None
        assert clip.seconds > 1
        assert on.device.spans == [2]
        (asked,), (kept,) = on.acts("clip-ask"), on.acts("clip-keep")
        assert kept == {**asked, "sha256": clip.sha256, "size": str(clip.size)}
        assert kept["camera"] == NORTH
        assert on.seen.views == [(DISPATCHER.id, "clip-look", f"clip:{key}")]
        assert [one.clip_id for one in await on.clips.of_case(DISPATCHER, CASE)] == [key]
        case = TimelineSubject(CASE, "n-1", [], {})
        (entry,) = await ClipsOfCase(any_storage).entries(DISPATCHER, case)
        assert (entry.act, entry.by, entry.words, entry.at) == (
            "clip-kept",
            DISPATCHER.id,
            NORTH,
            clip.kept_at,
        )
        assert await ClipsOfCase(any_storage).entries(AGENT, case) == ()
        with pytest.raises(OperationReused):
            await on.ask(3, key=key)
        with pytest.raises(Invalid):
            await on.ask(121)
        with pytest.raises(Forbidden):
            await on.clips.look(AGENT, key)
        await on.clips.erase_of_cases([CASE], by="system:retention")
        with pytest.raises(NoSuchClip):
            await on.clips.look(DISPATCHER, key)
        assert await on.clips.of_case(DISPATCHER, CASE) == []
        assert await ClipsOfCase(any_storage).entries(DISPATCHER, case) == []
        assert files_in(tmp_path) == []
        gone = await on.clip(key)
        assert (gone.erased_by, gone.sha256, gone.path) == ("system:retention", clip.sha256, "")


async def test_a_clip_that_an_earlier_process_began_is_kept_once_its_device_is_back(
    storage: Storage, tmp_path: Path
) -> None:
    async with recorder(storage, tmp_path, run=False) as on:
        key = (await on.ask()).clip_id
        on.clips._files.append(key, 0, b"half of a clip that was being taken")
    async with recorder(storage, tmp_path, registers=False) as on:
        await on.one.register.look()
        await until(lambda: key in on.clips._after, "its device is away: it waits")
        assert await on.device.register() == 200
        clip = await on.done(key)
        assert clip.state is ClipState.KEPT
        assert len(shown(await on.clips.look(DISPATCHER, key))) >= 15
        assert [one["clip"] for one in on.acts("clip-keep")] == [str(key)]


def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CameraClips, "_most", 10_000)


def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PATIENCE", timedelta())


def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "SILENT_S", 0.3)


@pytest.mark.parametrize(
    ("fault", "change", "why"),
    [("refuses", _hasty, "refused"), ("", _small, "too-large"), ("away", _impatient, "away")],
)
async def test_a_clip_that_cannot_be_taken_says_why_and_leaves_nothing(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str,
    change: Callable[[pytest.MonkeyPatch], None], why: str,
) -> None:  # fmt: skip
    change(monkeypatch)
    async with recorder(storage, tmp_path, fault=fault if fault != "away" else "") as on:
        if fault == "away":
            assert await on.device.register(0) == 200
        clip = await on.done((await on.ask()).clip_id)
        assert (clip.state, clip.why, clip.sha256) == (ClipState.FAILED, why, "")
        (failed,) = on.acts("clip-fail")
        assert failed["why"] == why
        assert files_in(tmp_path) == []
        with pytest.raises(NoSuchClip):
            await on.clips.look(DISPATCHER, clip.clip_id)


async def test_a_recorder_that_falls_silent_has_sent_what_it_has(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hasty(monkeypatch)
    async with recorder(storage, tmp_path, fault="unended") as on:
        clip = await on.done((await on.ask(2)).clip_id)
        assert clip.state is ClipState.KEPT
        assert len(shown(await on.clips.look(DISPATCHER, clip.clip_id))) >= 15


async def test_a_clip_whose_case_is_erased_while_it_is_taken_is_not_kept(
    storage: Storage, tmp_path: Path
) -> None:
    async with recorder(storage, tmp_path, run=False) as on:
        clip = await on.ask()
        await on.clips.erase_of_cases([CASE], by="system:retention")
        await on.clips._take(clip)
        assert (await on.clip(clip.clip_id)).state is ClipState.ERASED
        assert on.acts("clip-keep") == []
        assert files_in(tmp_path) == []


async def test_the_desk_is_told_of_recordings_by_its_routes(storage: Storage, tmp_path: Path) -> None:
    async with centre(storage, tmp_path) as desk:
        register: CameraRegister = desk.room.register
        table = (
            "code,name,lon,lat,kind,address\n"
            f"G1,球机,126.63,45.70,ptz,gb28181://23010300001180000001/{DOME}\n"
            "R1,北,126.63,45.70,ptz,rtsp://127.0.0.1/\n"
        )
        await register.import_table(ADMIN, table.encode(), op_id=uuid7())
        case_id, number = await desk.case()
        when = {"begin": BEGIN.isoformat(), "end": (BEGIN + timedelta(seconds=9)).isoformat()}
        query = f"begin={when['begin']}&end={when['end']}".replace("+", "%2B")
        away = await desk(DISPATCHER, "GET", f"/cameras/G1/recordings?{query}")
        assert (away.status_code, away.json()["why"]) == (502, "away")
        none = await desk(DISPATCHER, "GET", f"/cameras/R1/recordings?{query}")
        assert (none.status_code, none.json()["type"]) == (409, "urn:songhua:problem:no-camera-recordings")
        asked = {"op_id": str(uuid7()), **when, "case_number": number}
        assert (await desk(DISPATCHER, "POST", "/cameras/G1/playback", **asked)).status_code == 502
        clip = await desk(DISPATCHER, "POST", "/cameras/G1/clips", **asked)
        assert (clip.status_code, clip.json()["state"]) == (202, "taking")
        listed = (await desk(DISPATCHER, "GET", f"/clips?case_id={case_id}")).json()["clips"]
        assert [one["clip_id"] for one in listed] == [asked["op_id"]]
        early = await desk(DISPATCHER, "GET", f"/clips/{asked['op_id']}/video")
        assert early.status_code == 404
        assert (await desk(AGENT, "GET", f"/clips?case_id={case_id}")).status_code == 403
        naive = {**asked, "op_id": str(uuid7()), "begin": f"{DAY}T09:00:00"}
        assert (await desk(DISPATCHER, "POST", "/cameras/G1/clips", **naive)).status_code == 422
        known = (await desk(DISPATCHER, "GET", "/cameras/G1")).json()["camera"]
        assert (known["records"], known["steerable"], known["turns"]) == (True, True, False)
