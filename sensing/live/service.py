"""Who sees a camera live: within rights, number and time, and never unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID
from weakref import WeakValueDictionary

from core.actor import Actor
from core.audit import TransactionAudit
from core.errors import SonghuaError
from core.listening import Addresses
from core.log import logger
from core.metrics import counter, gauge
from core.operations import OperationReused
from core.storage import Storage
from core.tasks import Tasks
from sensing import rights
from sensing.asking.account import login_of
from sensing.asking.target import CameraTarget, target_of
from sensing.cameras.model import REGISTERS, RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CamerasBusy, NoPicture, NoSuchLiveView, TooManyLiveViews
from sensing.live import store
from sensing.live.channel import CameraChannel, CodedVideo, LiveViewer
from sensing.live.store import LiveEnd, RecordedView
from sensing.onvif.cameras import OnvifCameras
from sensing.ports import CasesOfSnapshots, SnapshotCase
from sensing.recordings.model import RecordedSpan
from sensing.settings import SensingSettings
from sensing.snapshots.rtsp_camera import playing

MOST_LISTED: Final = 100
UNUSED_S: Final = 10.0
"""A view whose video nobody fetches ends."""
LOOK_EVERY_S: Final = 0.5
RegisteredVideo: TypeAlias = Callable[
    [RegisteredCamera, RecordedSpan | None], AbstractAsyncContextManager[CodedVideo]
]
"""The video of a camera that registers with us: of now, or recorded. Raises `NoPicture`, `CamerasBusy`."""
_log = logger("sensing")
_views = counter("sensing_live_views", "Live views of cameras by what ended them", ["end"])
_open = gauge("sensing_live_cameras", "Cameras that are seen live now")


@dataclass(eq=False, slots=True)
class _View:
    """An open view; `fetched`: its video goes to a page."""

    row: RecordedView
    actor: Actor
    channel: CameraChannel
    viewer: LiveViewer
    fetched: bool = False

    @property
    def key(self) -> str:
        return _key(self.row.code, None if self.row.span is None else self.row.view_id)


@dataclass(eq=False, slots=True)
class _Shared:
    """A camera that is asked for all its viewers; `wanted` counts those who wait for the first picture."""

    channel: CameraChannel
    wanted: int = 0
    task: asyncio.Task[None] | None = None
    left: bool = False

    def leave(self) -> None:
        """Also before its task has begun."""
        self.left = True
        if self.task is not None:
            self.task.cancel()


class CameraLive:
    """`program` is ffmpeg, for cameras that send H.265 alone."""

    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        cases: CasesOfSnapshots,
        audit: TransactionAudit,
        settings: SensingSettings,
        program: str = "ffmpeg",
        onvif: OnvifCameras | None = None,
        registered: RegisteredVideo | None = None,
    ) -> None:
        self._storage = storage
        self._register = register
        self._cases = cases
        self._audit = audit
        self._settings = settings
        self._program = program
        self._networks = Addresses(settings.networks)
        self._onvif = onvif or OnvifCameras(settings)
        self._registered = registered
        self._writing = asyncio.Lock()
        """Held by who writes down what has ended: each end once."""
        self._tasks = Tasks("sensing-live")
        self._opening: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._starting = 0
        self._cameras: dict[str, _Shared] = {}
        self._open: dict[UUID, _View] = {}
        self._ended: list[_View] = []
        """What is not written down yet."""

    # --- people --------------------------------------------------------------------------------------

    async def open(
        self, actor: Actor, code: str, case_number: str, *, op_id: UUID, span: RecordedSpan | None = None
    ) -> tuple[RecordedView, str]:
        """The view and its media type, once the first picture is here; audited before it is shown. With a
        `span` it shows what was recorded then.

        Raises `Forbidden`, `NoSuchCamera`, `OutOfScope`, `OperationReused`, `TooManyLiveViews`, `NoPicture`.
        """
        (rights.LIVE if span is None else rights.PLAY_BACK).check(actor)
        camera = self._register.get(actor, code)
        case = await self._cases.by_number(actor, case_number) if case_number else None
        # Whoever asks again while the first question is open gets its answer.
        alone = self._opening.setdefault(op_id, asyncio.Lock())
        async with alone:
            return await self._opened(actor, camera, case, case_number, op_id, span)

    async def _opened(
        self,
        actor: Actor,
        camera: RegisteredCamera,
        case: SnapshotCase | None,
        case_number: str,
        op_id: UUID,
        span: RecordedSpan | None,
    ) -> tuple[RecordedView, str]:
        code = camera.code
        async with self._storage.read() as connection:
            known = await store.find(connection, op_id)
        if known is not None:
            if (known.code, known.case_number, known.viewer, known.span) != (
                code, case_number, actor.id, span,
            ):  # fmt: skip
                raise OperationReused
            there = self._mine(actor, op_id)
            return there.row, there.channel.mime
        if len(self._open) + self._starting >= self._settings.live_at_once:
            raise TooManyLiveViews(remedy="end another live view, or wait: [sensing] live_at_once")
        self._starting += 1
        try:
            key = _key(code, op_id if span is not None else None)
            shared = await self._shared(key, camera, span)
            now = self._storage.clock.now()
            row = RecordedView(
                op_id, code, None if case is None else case.case_id, case_number, actor.id, now,
                now + timedelta(seconds=self._settings.live_s),
                plays_from=None if span is None else span.begin, plays_to=None if span is None else span.end,
            )  # fmt: skip
            try:
                await self._write_beginning(actor, row)
                # It may have ended meanwhile.
                shared.channel.require()
                self._open[op_id] = _View(row, actor, shared.channel, shared.channel.join())
            except NoPicture:
                self._ended.append(_View(_ended(row, now), actor, shared.channel, LiveViewer()))
                raise
            finally:
                shared.wanted -= 1
                self._release(key)
        finally:
            self._starting -= 1
        return row, shared.channel.mime

    async def video(self, actor: Actor, view_id: UUID) -> AsyncIterator[bytes]:
        """What the page shows, until the view ends. Raises `Forbidden`, `NoSuchLiveView`."""
        rights.LIVE.check(actor)
        view = self._mine(actor, view_id)
        if view.fetched:
            raise NoSuchLiveView(remedy="look again: a view is shown once")
        view.fetched = True
        return self._sent(view)

    async def extend(self, actor: Actor, view_id: UUID) -> RecordedView:
        """It goes on for as long as a new one. Raises `Forbidden`, `NoSuchLiveView`."""
        rights.LIVE.check(actor)
        view = self._mine(actor, view_id)
        row = replace(view.row, until=self._storage.clock.now() + timedelta(seconds=self._settings.live_s))
        async with self._storage.write() as transaction:
            await store.save(transaction, row)
        if self._open.get(view_id) is not view:
            raise NoSuchLiveView(remedy="look again")
        view.row = row
        return row

    async def end(self, actor: Actor, view_id: UUID) -> None:
        """Its viewer has seen enough. Ended before, nothing happens. Raises `Forbidden`, `NoSuchLiveView`."""
        rights.LIVE.check(actor)
        view = self._open.get(view_id)
        if view is not None:
            self._close(self._mine(actor, view_id), LiveEnd.VIEWER)
            return
        async with self._storage.read() as connection:
            row = await store.find(connection, view_id)
        if row is None or row.viewer != actor.id:
            raise NoSuchLiveView(remedy="look again")

    async def of_case(self, actor: Actor, case_id: UUID) -> list[RecordedView]:
        """The newest first, of cameras that are for this person. Raises `Forbidden`, `OutOfScope`."""
        rights.LIVE.check(actor)
        await self._cases.require(actor, case_id)
        async with self._storage.read() as connection:
            found = await store.of_case(connection, case_id, MOST_LISTED)
        return [one for one in found if self._register.lets_see(actor, one.code)]

    def sees(self, code: str) -> bool:
        """Whether somebody sees this camera live now."""
        return any(one.row.code == code and one.row.span is None for one in self._open.values())

    def _mine(self, actor: Actor, view_id: UUID) -> _View:
        view = self._open.get(view_id)
        if view is None or view.row.viewer != actor.id:
            raise NoSuchLiveView(remedy="look again")
        return view

    async def _sent(self, view: _View) -> AsyncIterator[bytes]:
        try:
            while (data := await view.viewer.queue.get()) is not None:
                yield data
        finally:
            # Also when the page has gone: then this is where it is noticed.
            self._close(view, LiveEnd.PAGE)

    # --- cameras -------------------------------------------------------------------------------------

    async def _shared(self, key: str, camera: RegisteredCamera, span: RecordedSpan | None) -> _Shared:
        """The camera with its first picture, wanted once more. Raises `NoPicture`, `TooManyLiveViews`."""
        shared = self._cameras.get(key)
        if shared is None:
            if len(self._cameras) >= self._settings.live_cameras:
                raise TooManyLiveViews(remedy="end another live view, or wait: [sensing] live_cameras")
            channel = CameraChannel(self._program)
            shared = _Shared(channel)
            self._cameras[key] = shared
            self._tasks.spawn("camera", partial(self._run, key, camera, span, shared))
            _open.set(len(self._cameras))
        shared.wanted += 1
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                while not shared.channel.mime and shared.channel.fault is None:
                    shared.channel.changed.clear()
                    await shared.channel.changed.wait()
            shared.channel.require()
        except BaseException as error:
            shared.wanted -= 1
            self._release(key)
            if isinstance(error, TimeoutError):
                raise NoPicture(CameraFault.SLOW) from None
            raise
        return shared

    async def _run(
        self, key: str, camera: RegisteredCamera, span: RecordedSpan | None, shared: _Shared
    ) -> None:
        channel, fault = shared.channel, NoPicture(CameraFault.BROKEN, "its video ended")
        shared.task = asyncio.current_task()
        try:
            if shared.left:
                return
            async with asyncio.timeout(self._settings.snapshot_s) as limit:
                await self._show(camera, span, channel, limit)
        except NoPicture as error:
            fault = error
        except CamerasBusy as error:
            fault = NoPicture(CameraFault.SLOW, error.detail)
        except TimeoutError:
            fault = NoPicture(CameraFault.SLOW)
        except OSError:
            fault = NoPicture(CameraFault.AWAY)
        finally:
            if (there := self._cameras.get(key)) is not None and there.channel is channel:
                del self._cameras[key]
                _open.set(len(self._cameras))
            for view in [one for one in self._open.values() if one.channel is channel]:
                self._close(view, LiveEnd.CAMERA)
            channel.end(fault)

    async def _show(
        self,
        camera: RegisteredCamera,
        span: RecordedSpan | None,
        channel: CameraChannel,
        limit: asyncio.Timeout,
    ) -> None:
        """Until its video ends; `limit` is for the first picture alone."""
        if self._registered is not None and REGISTERS.fullmatch(camera.address):
            channel.recorded = span is not None
            async with self._registered(camera, span) as video:
                limit.reschedule(None)
                await channel.show(video)
            return
        if span is not None:
            raise NoPicture(CameraFault.REFUSED, "its recordings are not played here")
        target = await self._video_of(camera)
        async with playing(target, login_of(self._settings, camera.account)) as played:
            limit.reschedule(None)
            await channel.run(played)

    async def _video_of(self, camera: RegisteredCamera) -> CameraTarget:
        """Raises `NoPicture`."""
        if camera.speaks_onvif:
            return await self._onvif.video(camera)
        target = await target_of(camera.address, self._networks)
        _require_video(target)
        return target

    def _release(self, key: str) -> None:
        """A camera that nobody looks at is asked no longer."""
        shared = self._cameras.get(key)
        if shared is not None and not shared.wanted and not shared.channel.viewers:
            del self._cameras[key]
            _open.set(len(self._cameras))
            shared.leave()

    # --- time and record -----------------------------------------------------------------------------

    async def watch(self) -> None:
        """End what is over, and write down what has ended. For ever."""
        began: dict[UUID, float] = {}
        loop = asyncio.get_running_loop()
        while True:
            now, moment = self._storage.clock.now(), loop.time()
            began = {one: began.get(one, moment) for one in self._open}
            for view in list(self._open.values()):
                if view.row.until <= now:
                    self._close(view, LiveEnd.TIME)
                elif not view.fetched and moment - began[view.row.view_id] > UNUSED_S:
                    self._close(view, LiveEnd.PAGE)
            await self._write_ends()
            await asyncio.sleep(LOOK_EVERY_S)

    async def stop(self) -> None:
        """No camera is asked any longer; what has ended is written down."""
        for view in list(self._open.values()):
            self._close(view, LiveEnd.SERVICE)
        await self._tasks.stop()
        await self._write_ends()

    def _close(self, view: _View, end: LiveEnd) -> None:
        """Once; the first reason counts."""
        if self._open.pop(view.row.view_id, None) is None:
            return
        view.row = replace(view.row, ended_at=self._storage.clock.now(), ended_by=end)
        view.channel.viewers.discard(view.viewer)
        view.viewer.end()
        self._release(view.key)
        self._ended.append(view)
        _views.labels(end.value).inc()

    async def _write_beginning(self, actor: Actor, row: RecordedView) -> None:
        detail = {"view": str(row.view_id), "case": row.case_number, **_played(row)}
        async with self._storage.write() as transaction:
            await store.add(transaction, row)
            await self._audit.record_in(transaction, actor, _act(row), f"camera:{row.code}", detail)

    async def _write_ends(self) -> None:
        """What cannot be written is written later."""
        async with self._writing:
            await self._write_each_end()

    async def _write_each_end(self) -> None:
        for view in list(self._ended):
            row = view.row
            assert row.ended_at is not None
            detail = {
                "view": str(row.view_id), "case": row.case_number, "from": row.began_at.isoformat(),
                "to": row.ended_at.isoformat(), "end": row.ended_by.value,
                **_played(row),
            }  # fmt: skip
            try:
                async with self._storage.write() as transaction:
                    await store.save(transaction, row)
                    await self._audit.record_in(
                        transaction, view.actor, f"{_act(row)}-end", f"camera:{row.code}", detail
                    )
            except SonghuaError as error:
                _log.warning("the end of a live view is written later", why=error.kind)
                return
            self._ended.remove(view)


def _key(code: str, view: UUID | None) -> str:
    """By which a camera is shared: who looks at what was recorded is alone with it."""
    return code if view is None else f"{code} {view}"


def _act(row: RecordedView) -> str:
    """As the audit trail names it."""
    return "camera-live" if row.span is None else "camera-playback"


def _played(row: RecordedView) -> dict[str, str]:
    """What was recorded when."""
    if row.span is None:
        return {}
    return {"recorded_from": row.span.begin.isoformat(), "recorded_to": row.span.end.isoformat()}


def _ended(row: RecordedView, at: datetime) -> RecordedView:
    return replace(row, ended_at=at, ended_by=LiveEnd.CAMERA)


def _require_video(target: CameraTarget) -> None:
    """Raises `NoPicture` for a camera that gives single pictures."""
    if target.scheme != "rtsp":
        raise NoPicture(CameraFault.CODEC, "it gives single pictures by HTTP: it is not seen live")
