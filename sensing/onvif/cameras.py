"""What cameras of the register are asked by ONVIF: where their video and pictures are, and to turn.

What a device said is remembered for minutes, so that a picture costs one question. A password that a device
refused is not sent there again for minutes: devices lock out who repeats one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from weakref import WeakValueDictionary

from core.clock import Clock, SystemClock
from core.listening import Addresses
from sensing.asking.account import login_of
from sensing.asking.target import CameraTarget, named_by, target_of
from sensing.cameras.model import RegisteredCamera
from sensing.errors import CameraFault, NoPicture
from sensing.onvif.client import OnvifDevice, service_of
from sensing.onvif.messages import (
    GET_PROFILES,
    GET_SERVICES,
    CameraPreset,
    OnvifProfile,
    chosen,
    continuous_move,
    get_presets,
    get_snapshot,
    get_stream,
    goto_home,
    goto_preset,
    presets_of,
    profiles_of,
    services_of,
    stop_move,
    turning,
    uri_of,
)
from sensing.settings import SensingSettings
from sensing.steering.model import CameraVelocity

KNOWN_S: Final = 300.0
"""So long what a device said counts."""
REFUSED_S: Final = 600.0
"""So long a refused password is not sent again."""
MOST_KNOWN: Final = 10_000
WEB: Final = frozenset({"http", "https"})
RTSP: Final = frozenset({"rtsp"})
_VIDEO, _PICTURE, _PRESETS = "video", "picture", "presets"


@dataclass(frozen=True, slots=True)
class _Known:
    """A device and what it said at `at` (monotonic). `turned_by`: the PTZ service and the profile of it."""

    at: float
    device: OnvifDevice
    media: CameraTarget
    profile: OnvifProfile
    turned_by: tuple[CameraTarget, OnvifProfile] | None


class OnvifCameras:
    """Callers limit the time of each question."""

    def __init__(self, settings: SensingSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._networks = Addresses(settings.networks)
        self._clock = clock or SystemClock()
        self._known: dict[tuple[str, str], _Known] = {}
        """By address and account."""
        self._refused: dict[tuple[str, ...], float] = {}
        """Until when, by address of IP and account; with what was asked when only that is refused."""
        self._asking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def video(self, camera: RegisteredCamera) -> CameraTarget:
        """Where its stream is. Raises `NoPicture`."""
        async with self._asked(camera, _VIDEO) as known:
            body = await known.device.ask(known.media, get_stream(known.profile.token))
            return named_by(known.device.target, uri_of(body), RTSP)

    async def picture(self, camera: RegisteredCamera) -> CameraTarget | None:
        """Where its picture of now is; None for a camera that has none. Raises `NoPicture`."""
        async with self._asked(camera, _PICTURE) as known:
            try:
                body = await known.device.ask(known.media, get_snapshot(known.profile.token))
                return named_by(known.device.target, uri_of(body), WEB)
            except NoPicture as error:
                # GetSnapshotUri is optional.
                if error.fault in {CameraFault.REFUSED, CameraFault.BROKEN}:
                    return None
                raise

    async def presets(self, camera: RegisteredCamera) -> list[CameraPreset]:
        """Empty for a camera that does not turn. Raises `NoPicture`."""
        async with self._asked(camera, _PRESETS) as known:
            if known.turned_by is None:
                return []
            at, profile = known.turned_by
            return presets_of(await known.device.ask(at, get_presets(profile.token)))

    async def go(self, camera: RegisteredCamera, preset: str) -> None:
        """Turn it. Raises `NoPicture`."""
        async with self._asked(camera, _PRESETS) as known:
            at, profile = _turned(known)
            await known.device.ask(at, goto_preset(profile.token, preset))

    async def move(self, camera: RegisteredCamera, velocity: CameraVelocity, most_s: float) -> None:
        """It moves until `halt`, or for `most_s`. Raises `NoPicture`."""
        async with self._asked(camera, _PRESETS) as known:
            at, profile = _turned(known)
            asked = continuous_move(profile.token, velocity.pan, velocity.tilt, velocity.zoom, most_s)
            await known.device.ask(at, asked)

    async def halt(self, camera: RegisteredCamera) -> None:
        """It stands. Raises `NoPicture`."""
        async with self._asked(camera, _PRESETS) as known:
            at, profile = _turned(known)
            await known.device.ask(at, stop_move(profile.token))

    async def go_home(self, camera: RegisteredCamera) -> None:
        """Turn it back: to the preset that its address names as `home`, else to its home position. Raises
        `NoPicture`.
        """
        home = _named(camera, "home")
        async with self._asked(camera, _PRESETS) as known:
            at, profile = _turned(known)
            await known.device.ask(at, goto_preset(profile.token, home) if home else goto_home(profile.token))

    @asynccontextmanager
    async def _asked(self, camera: RegisteredCamera, what: str) -> AsyncIterator[_Known]:
        """What is known of it. What fails is asked anew the next time; a refused password later."""
        target = service_of(await target_of(camera.address, self._networks))
        where = target.ip, camera.account
        # One at a time for each device and account: whoever waits sees that the password was refused.
        alone = self._asking.setdefault(where, asyncio.Lock())
        async with alone:
            self._require(where, (*where, what))
            remembered = self._remembered(camera)
            try:
                with self._remembering(where):
                    known = remembered or await self._found(camera, target)
                if remembered is None:
                    with self._remembering((*where, what)):
                        yield known
                else:
                    # It may be our idea of its clock that it refuses.
                    yield known
            except NoPicture:
                self._known.pop((camera.address, camera.account), None)
                raise

    def _require(self, *keys: tuple[str, ...]) -> None:
        if any(self._refused.get(one, 0.0) > self._clock.monotonic() for one in keys):
            raise NoPicture(
                CameraFault.UNAUTHORISED,
                f"it refused this account, and is asked again {REFUSED_S / 60:.0f} minutes after that",
            )

    @contextmanager
    def _remembering(self, key: tuple[str, ...]) -> Iterator[None]:
        """That what is done here was refused."""
        try:
            yield
        except NoPicture as error:
            if error.fault is CameraFault.UNAUTHORISED:
                self._refused.pop(key, None)
                self._refused[key] = self._clock.monotonic() + REFUSED_S
                _bounded(self._refused)
            raise

    def _remembered(self, camera: RegisteredCamera) -> _Known | None:
        known = self._known.get((camera.address, camera.account))
        return known if known is not None and self._clock.monotonic() - known.at < KNOWN_S else None

    async def _found(self, camera: RegisteredCamera, target: CameraTarget) -> _Known:
        key = camera.address, camera.account
        device = OnvifDevice(target, login_of(self._settings, camera.account), self._clock)
        await device.hear_clock()
        services = services_of(await device.ask(target, GET_SERVICES))
        media = named_by(target, services.media, WEB)
        profiles = profiles_of(await device.ask(media, GET_PROFILES))
        profile = chosen(profiles, _named(camera, "profile"))
        if profile is None:
            raise NoPicture(CameraFault.REFUSED, "it has no such media profile")
        turned = turning(profiles, profile) if services.ptz else None
        found = _Known(
            self._clock.monotonic(), device, media, profile,
            None if turned is None else (named_by(target, services.ptz, WEB), turned),
        )  # fmt: skip
        self._known.pop(key, None)
        self._known[key] = found
        _bounded(self._known)
        return found


def _turned(known: _Known) -> tuple[CameraTarget, OnvifProfile]:
    if known.turned_by is None:
        raise NoPicture(CameraFault.REFUSED, "it does not turn")
    return known.turned_by


def _named(camera: RegisteredCamera, name: str) -> str:
    """What the query of its address says, as `onvif://10.1.2.3/?profile=main&home=1` does."""
    return parse_qs(urlsplit(camera.address).query).get(name, [""])[0][:64]


def _bounded(kept: dict[Any, Any]) -> None:
    while len(kept) > MOST_KNOWN:
        del kept[next(iter(kept))]
