"""One picture of a camera, within its time, a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from core.listening import Addresses
from core.metrics import counter, histogram
from sensing.asking.account import login_of
from sensing.asking.auth import CameraLogin
from sensing.asking.target import target_of
from sensing.cameras.model import REGISTERS, RegisteredCamera
from sensing.errors import CameraFault, CamerasBusy, NoPicture
from sensing.onvif.cameras import OnvifCameras
from sensing.settings import SensingSettings
from sensing.snapshots import http_camera, rtsp_camera
from sensing.snapshots.decoder import decoded
from sensing.snapshots.rtsp_camera import CodedPicture

MOST_WAITING: Final = 32
QUEUE_S: Final = 2.0
"""So long somebody waits for his turn: with the picture's own time it is less than a page waits."""
_OF_THE_PICTURE: Final = frozenset(
    {CameraFault.AWAY, CameraFault.BROKEN, CameraFault.REDIRECTS, CameraFault.REFUSED}
)
"""Faults of the place of a picture that a stream may not have; a refused password is not tried twice."""
_taken = counter("sensing_pictures", "Pictures of cameras by what became of them", ["fate"])
_seconds = histogram(
    "sensing_picture_seconds", "From the question to the picture", (0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30)
)


class CameraPictures:
    """Asks cameras for pictures; `settings` limit where, how long and how many at once."""

    def __init__(
        self,
        settings: SensingSettings,
        program: str = "ffmpeg",
        *,
        registered: Callable[[RegisteredCamera], Awaitable[CodedPicture | bytes]] | None = None,
        onvif: OnvifCameras | None = None,
    ) -> None:
        """`registered` asks a camera that registers with us: for a keyframe, or for a JPEG. `onvif` is shared
        with whoever asks the same cameras.
        """
        self._settings = settings
        self._networks = Addresses(settings.networks)
        self._program = program
        self._registered = registered
        self._onvif = onvif or OnvifCameras(settings)
        self._at_once = asyncio.Semaphore(settings.snapshots_at_once)
        self._waiting = 0

    async def take(self, camera: RegisteredCamera) -> bytes:
        """The JPEG. Raises `NoPicture`, `CamerasBusy`."""
        if self._waiting >= MOST_WAITING:
            raise CamerasBusy(remedy="try again in a moment")
        self._waiting += 1
        try:
            await self._turn()
            try:
                with _seconds.time():
                    picture = await self._within_time(camera)
            finally:
                self._at_once.release()
        except NoPicture as error:
            _taken.labels(error.fault.value).inc()
            raise
        finally:
            self._waiting -= 1
        _taken.labels("taken").inc()
        return picture

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(QUEUE_S):
                await self._at_once.acquire()
        except TimeoutError:
            raise CamerasBusy(remedy="try again in a moment") from None

    async def _within_time(self, camera: RegisteredCamera) -> bytes:
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                return await self._ask(camera)
        except TimeoutError:
            raise NoPicture(CameraFault.SLOW) from None

    async def _ask(self, camera: RegisteredCamera) -> bytes:
        if self._registered is not None and REGISTERS.fullmatch(camera.address):
            found = await self._registered(camera)
            return found if isinstance(found, bytes) else await decoded(found, self._program)
        login = login_of(self._settings, camera.account)
        if camera.speaks_onvif:
            return await self._by_onvif(camera, login)
        target = await target_of(camera.address, self._networks)
        if target.scheme == "rtsp":
            return await decoded(await rtsp_camera.keyframe(target, login), self._program)
        return await http_camera.snapshot(target, login)

    async def _by_onvif(self, camera: RegisteredCamera, login: CameraLogin | None) -> bytes:
        """Its own JPEG; of a camera that has none, a keyframe of its stream."""
        at = await self._onvif.picture(camera)
        if at is not None:
            try:
                return await http_camera.snapshot(at, login)
            except NoPicture as error:
                if error.fault not in _OF_THE_PICTURE:
                    raise
        video = await self._onvif.video(camera)
        return await decoded(await rtsp_camera.keyframe(video, login), self._program)
