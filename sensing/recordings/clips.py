"""Clips of recordings, kept with their case: taken apart from who asked, exactly once, erased with the case.

A clip that was asked for is a row first: it is taken after a restart too. When its bytes are kept, their
SHA-256 is audited in the transaction that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import TransactionAudit
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.operations import OperationReused
from core.storage import Storage
from core.tasks import Tasks
from core.views import Views
from sensing import rights
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CamerasBusy, NoPicture, NoSuchClip
from sensing.live.channel import CameraChannel, CodedVideo
from sensing.ports import CasesOfSnapshots, ClipFiles
from sensing.recordings import store
from sensing.recordings.model import RecordedSpan
from sensing.recordings.service import CameraRecordings, span_of
from sensing.recordings.store import ClipState, RecordedClip
from sensing.settings import SensingSettings

MOST_LISTED: Final = 200
MOST_WAITING: Final = 50
LOOK_EVERY_S: Final = 1.0
FLUSH_S: Final = 0.5
"""So often what has come is written to the disk."""
PATIENCE: Final = timedelta(minutes=3)
"""So long after a start, or after somebody asked, devices have time to come back."""
AGAIN_S: Final = 5.0
FORGET_EVERY_S: Final = 3_600.0
MOST_ERASED: Final = 500
SLOWER: Final = 2.0
"""A recorder sends as fast as it was recorded; after so many times that the clip is given up."""
_log = logger("sensing")
_clips = counter("sensing_clips", "Clips of recordings by what became of them", ["fate"])

RecordedVideo = Callable[[RegisteredCamera, RecordedSpan | None], AbstractAsyncContextManager[CodedVideo]]


class CameraClips:
    """`video` plays what a device has recorded. `program` is ffmpeg, for H.265 alone."""

    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        recordings: CameraRecordings,
        video: RecordedVideo,
        cases: CasesOfSnapshots,
        files: ClipFiles,
        audit: TransactionAudit,
        views: Views,
        settings: SensingSettings,
        program: str = "ffmpeg",
    ) -> None:
        self._storage = storage
        self._clock = storage.clock
        self._register = register
        self._recordings = recordings
        self._video = video
        self._cases = cases
        self._files = files
        self._audit = audit
        self._views = views
        self._settings = settings
        self._program = program
        self._tasks = Tasks("sensing-clips")
        self._asked = asyncio.Event()
        self._taking: set[UUID] = set()
        self._after: dict[UUID, float] = {}
        self._began = storage.clock.now()

    # --- people --------------------------------------------------------------------------------------

    async def ask(
        self, actor: Actor, code: str, case_number: str, begin: datetime, end: datetime, *, op_id: UUID
    ) -> RecordedClip:
        """It is taken as soon as its turn comes, once for each `op_id`; audited.

        Raises `Forbidden`, `NoSuchCamera`, `NoCameraRecordings`, `Invalid`, `OutOfScope`, `OperationReused`,
        `CamerasBusy`.
        """
        rights.KEEP_CLIP.check(actor)
        self._recordings.camera(actor, code)
        now = self._clock.now()
        span = span_of(begin, end, self._settings.clip_s, now)
        case = await self._cases.by_number(actor, case_number)
        clip = RecordedClip(
            op_id, code, case.case_id, case.number, span.begin, span.end, now, actor.id, actor.name[:200]
        )
        async with self._storage.write() as transaction:
            known = await store.find(transaction.connection, op_id)
            if known is None:
                if await store.count_taking(transaction.connection) >= MOST_WAITING:
                    raise CamerasBusy(remedy="wait until clips that were asked for are kept")
                await store.add(transaction, clip)
                await self._audit.record_in(
                    transaction, actor, "clip-ask", f"case:{case.number}", _told(clip)
                )
        if known is not None:
            asked = (known.code, known.case_number, known.span, known.asked_by)
            if asked != (code, case.number, span, actor.id):
                raise OperationReused
            return known
        self._asked.set()
        return clip

    async def of_case(self, actor: Actor, case_id: UUID) -> list[RecordedClip]:
        """The newest first, of cameras that are for this person. Raises `Forbidden`, `OutOfScope`."""
        rights.SEE_CLIPS.check(actor)
        await self._cases.require(actor, case_id)
        async with self._storage.read() as connection:
            found = await store.of_case(connection, case_id, MOST_LISTED)
        return [one for one in found if self._register.lets_see(actor, one.code)]

    async def look(self, actor: Actor, clip_id: UUID) -> bytes:
        """The video, MP4; audited before. Raises `Forbidden`, `NoSuchClip`, `OutOfScope`, and what the vault
        raises.
        """
        rights.SEE_CLIPS.check(actor)
        async with self._storage.read() as connection:
            found = await store.find(connection, clip_id)
        if (
            found is None
            or found.state is not ClipState.KEPT
            or not self._register.lets_see(actor, found.code)
        ):
            raise NoSuchClip(remedy="look at the case again")
        await self._cases.require(actor, found.case_id)
        await self._views.viewed(actor, "clip-look", f"clip:{clip_id}", {"case": found.case_number})
        try:
            return await asyncio.to_thread(self._files.read, clip_id, found.path, found.key_id)
        except FileNotFoundError as error:
            raise NoSuchClip(remedy="restore the file from its copy") from error

    # --- they are taken ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Take what was asked for, also of an earlier process; delete the files of erased ones. For ever."""
        await self._register.look()
        self._began = self._clock.now()
        forgotten = self._clock.monotonic() - FORGET_EVERY_S
        while True:
            await self.begin_waiting()
            if self._clock.monotonic() - forgotten >= FORGET_EVERY_S:
                forgotten = self._clock.monotonic()
                await self.finish_erasing()
            self._asked.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY_S if self._after or self._taking else AGAIN_S):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """What is being taken is taken anew after the next start."""
        await self._tasks.stop()

    async def begin_waiting(self) -> None:
        """Begin with those whose turn has come."""
        # What ends while the rows are read still stands there as if it were to be taken.
        busy = set(self._taking)
        async with self._storage.read() as connection:
            waiting = await store.taking(connection)
        now = self._clock.monotonic()
        self._after = {one: at for one, at in self._after.items() if at > now}
        for clip in waiting:
            if len(self._taking) >= self._settings.clips_at_once:
                return
            if clip.clip_id in busy or clip.clip_id in self._after:
                continue
            if self._tasks.spawn("take", partial(self._take, clip)):
                self._taking.add(clip.clip_id)

    async def _take(self, clip: RecordedClip) -> None:
        try:
            done = await self._taken(clip)
            if done is not None:
                await self._finish(done)
        except (SonghuaError, OSError) as error:
            _log.warning("a clip is taken later", error=getattr(error, "kind", "os"))
            self._after[clip.clip_id] = self._clock.monotonic() + AGAIN_S
        finally:
            self._taking.discard(clip.clip_id)
            self._asked.set()

    async def _taken(self, clip: RecordedClip) -> RecordedClip | None:
        """The clip with its bytes, or why there are none; None: it is tried again."""
        camera = self._register.index.by_code.get(clip.code)
        try:
            seconds = await self._fetched(clip, _recording(camera))
        except NoPicture as error:
            patient = self._clock.now() - max(self._began, clip.asked_at) < PATIENCE
            if error.fault is CameraFault.AWAY and patient:
                self._after[clip.clip_id] = self._clock.monotonic() + AGAIN_S
                return None
            await asyncio.to_thread(self._files.erase, clip.clip_id, "")
            return replace(clip, state=ClipState.FAILED, why=error.fault.value)
        kept = await asyncio.to_thread(self._files.keep, clip.clip_id)
        return replace(
            clip, state=ClipState.KEPT, kept_at=self._clock.now(), seconds=round(seconds, 1),
            sha256=kept.sha256, size=kept.size, path=kept.path, key_id=kept.key_id,
        )  # fmt: skip

    async def _fetched(self, clip: RecordedClip, camera: RegisteredCamera) -> float:
        """How many seconds are on the disk now. Raises `NoPicture`, `CamerasBusy`, `OSError`."""
        channel, coming = CameraChannel(self._program), _ComingBytes(self._files, clip.clip_id, self._most)
        channel.taker, channel.recorded = coming.take, True
        try:
            async with asyncio.timeout(self._settings.snapshot_s) as limit:
                async with self._video(camera, clip.span) as video:
                    limit.reschedule(asyncio.get_running_loop().time() + self._longest(clip))
                    await self._collect(channel, video, coming, clip.span.seconds)
        except TimeoutError:
            if not coming.size:
                raise NoPicture(CameraFault.SLOW) from None
        except NoPicture as error:
            # A recorder that falls silent at the end has sent what it has.
            if error.fault is not CameraFault.SLOW or not coming.size:
                raise
        await coming.flush()
        if not coming.size:
            raise NoPicture(CameraFault.BROKEN, "its recording has no picture")
        return channel.seconds

    @property
    def _most(self) -> int:
        return self._settings.clip_mb * 1024 * 1024

    def _longest(self, clip: RecordedClip) -> float:
        return clip.span.seconds * SLOWER + self._settings.snapshot_s

    async def _collect(
        self, channel: CameraChannel, video: CodedVideo, coming: _ComingBytes, seconds: float
    ) -> None:
        """Until so many seconds have come, or there is no more."""
        showing = asyncio.ensure_future(channel.show(video))
        try:
            while not showing.done() and channel.seconds < seconds:
                await asyncio.wait({showing}, timeout=FLUSH_S)
                await coming.flush()
            if showing.done():
                showing.result()
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _finish(self, done: RecordedClip) -> None:
        """Raises `StorageAway`: then it is taken anew."""
        asker = Actor(done.asked_by, done.asked_name, frozenset())
        kept = done.state is ClipState.KEPT
        proof = {"sha256": done.sha256, "size": str(done.size)} if kept else {"why": done.why}
        async with self._storage.write() as transaction:
            finished = await store.finish(transaction, done)
            if finished:
                await self._audit.record_in(
                    transaction, asker, "clip-keep" if kept else "clip-fail", f"case:{done.case_number}",
                    {**_told(done), **proof},
                )  # fmt: skip
            now = await store.find(transaction.connection, done.clip_id)
        if not finished and (now is None or now.state is ClipState.ERASED):
            await asyncio.to_thread(self._files.erase, done.clip_id, done.path)
        _clips.labels(done.state.value if finished else "erased").inc()

    # --- they go -------------------------------------------------------------------------------------

    async def erase_of_cases(self, case_ids: Collection[UUID], *, by: str) -> None:
        """The rows first, so that nobody is shown them any more. Raises `StorageAway`."""
        async with self._storage.write() as transaction:
            await store.mark_erased(transaction, case_ids, at=self._clock.now(), by=by)
        await self.finish_erasing()

    async def finish_erasing(self) -> None:
        """Delete the files of erased clips; what cannot be deleted now is tried again later."""
        async with self._storage.read() as connection:
            left = await store.left_behind(connection, MOST_ERASED)
        for one in left:
            try:
                await asyncio.to_thread(self._files.erase, one.clip_id, one.path)
            except (OSError, SonghuaError):
                continue
            async with self._storage.write() as transaction:
                await store.file_gone(transaction, one.clip_id)


class _ComingBytes:
    """What has come of a clip, on its way to the disk; `size` bytes in all."""

    def __init__(self, files: ClipFiles, clip_id: UUID, most: int) -> None:
        self._files = files
        self._clip_id = clip_id
        self._most = most
        self._data = bytearray()
        self._written = 0

    @property
    def size(self) -> int:
        return self._written + len(self._data)

    def take(self, data: bytes) -> None:
        """Raises `NoPicture` beyond the longest."""
        if self.size + len(data) > self._most:
            raise NoPicture(CameraFault.TOO_LARGE, "the clip is larger than [sensing] clip_mb")
        self._data += data

    async def flush(self) -> None:
        """Raises `OSError`."""
        if self._data:
            piece, self._data = bytes(self._data), bytearray()
            await asyncio.to_thread(self._files.append, self._clip_id, self._written, piece)
            self._written += len(piece)


def _recording(camera: RegisteredCamera | None) -> RegisteredCamera:
    """Raises `NoPicture` for one that the register has no longer."""
    if camera is None or not camera.records:
        raise NoPicture(CameraFault.NO_ADDRESS)
    return camera


def _told(clip: RecordedClip) -> dict[str, str]:
    return {
        "clip": str(clip.clip_id), "camera": clip.code, "from": clip.plays_from.isoformat(),
        "to": clip.plays_to.isoformat(),
    }  # fmt: skip
