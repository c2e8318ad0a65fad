"""The room as a part of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from cases.events import CaseFiled, VerificationChanged
from core.listening import Addresses
from core.room import Health
from core.tasks import Tasks
from sensing.cameras.http import camera_routes
from sensing.cameras.service import CameraRegister
from sensing.feeds.drafting import FeedDrafting
from sensing.feeds.evidence import FeedPictures
from sensing.feeds.http import feed_routes
from sensing.feeds.intake import FeedIntake
from sensing.feeds.plates import PlateSeal
from sensing.feeds.service import FeedRegister
from sensing.gb28181.http import upload_routes
from sensing.gb28181.platform import GbPlatform
from sensing.health.watch import CameraHealth
from sensing.live.http import live_routes
from sensing.live.service import CameraLive
from sensing.nmea.service import NmeaPositions
from sensing.onvif.cameras import OnvifCameras
from sensing.patches.http import patch_routes
from sensing.patches.service import ChangePatches
from sensing.ports import SensingPorts
from sensing.presets.http import preset_routes
from sensing.presets.service import CameraPresets
from sensing.recordings.clips import CameraClips
from sensing.recordings.http import recording_routes
from sensing.recordings.service import CameraRecordings
from sensing.settings import SensingSettings
from sensing.snapshots.http import snapshot_routes
from sensing.snapshots.pairs import SnapshotPairs
from sensing.snapshots.picture import CameraPictures
from sensing.snapshots.service import CameraSnapshots
from sensing.steering.http import move_routes
from sensing.steering.leases import SteeringLeases
from sensing.steering.service import CameraMoves

FORGET_EVERY_S: Final = 3_600.0
COUNTS_EVERY_S: Final = 2.0


class SensingRoom:
    """Implements `core.room.Room`. Without networks in the settings no camera is ever asked."""

    name = "sensing"

    def __init__(self, settings: SensingSettings, ports: SensingPorts) -> None:
        self._settings = settings
        self.register = CameraRegister(ports.storage, ports.audit, settings.accounts)
        self.platform = GbPlatform(
            settings.gb28181, Addresses(settings.networks), ports.storage, self.register
        )
        self.positions = NmeaPositions(
            settings.nmea, Addresses(settings.networks), ports.storage, self.register
        )
        self.cameras = CameraHealth(ports.storage, self.register, settings, self.platform.conditions)
        onvif = OnvifCameras(settings, ports.storage.clock)
        pictures = CameraPictures(settings, registered=self.platform.picture, onvif=onvif)
        self.snapshots = CameraSnapshots(
            ports.storage, self.register, pictures, ports.cases, ports.photos, ports.views
        )
        self._clock = ports.storage.clock
        seal = PlateSeal(settings.plate_key.get_secret_value()) if settings.plate_key else None
        self.intake = FeedIntake(ports.storage, settings.feeds, seal)
        self.feeds = FeedRegister(ports.storage, settings.feeds, ports.audit, seal, settings.feeds_kept_days)
        evidence = FeedPictures()
        self.drafting = {
            name: FeedDrafting(name, one, ports.storage, self.intake, evidence, ports.drafts)
            for name, one in settings.feeds.items()
        }
        self.intake.arrived = lambda name: self.drafting[name].wake()
        self.patches = ChangePatches(ports.storage, ports.audit, ports.verifications)
        ports.bus.subscribe(VerificationChanged, self.patches.hear, name="sensing.patches-verification")
        ports.bus.subscribe(CaseFiled, self.patches.on_filed, name="sensing.patches-filed")
        self.pairs = SnapshotPairs(ports.storage, self.register, ports.cases, ports.audit)
        self.live = CameraLive(
            ports.storage, self.register, ports.cases, ports.audit, settings, onvif=onvif,
            registered=self.platform.video,
        )  # fmt: skip
        recordings = CameraRecordings(
            self.register, self.platform.recordings, self.live, ports.views, settings, self._clock
        )
        self.clips = CameraClips(
            ports.storage, self.register, recordings, self.platform.video, ports.cases, ports.clips,
            ports.audit, ports.views, settings,
        )  # fmt: skip
        leases = SteeringLeases(ports.storage.clock, settings.steer_s)
        self.presets = CameraPresets(
            ports.storage, self.register, onvif, ports.cases, ports.audit, settings, self.live.sees, leases
        )
        self.moves = CameraMoves(
            ports.storage, self.register, onvif, self.platform.move, self.presets, leases, ports.cases,
            ports.audit, settings,
        )  # fmt: skip
        self.routers: Sequence[APIRouter] = (
            snapshot_routes(self.snapshots, self.pairs, ports.current_user),
            live_routes(self.live, settings.live_s, ports.current_user),
            recording_routes(recordings, self.clips, settings.live_s, ports.current_user),
            preset_routes(self.presets, ports.current_user),
            move_routes(self.moves, ports.current_user),
            camera_routes(self.register, ports.cases, ports.current_user),
            upload_routes(self.platform.uploads),
            feed_routes(self.intake, self.feeds, ports.current_user, ports.certificate_of),
            patch_routes(self.patches, ports.current_user),
        )
        self._tasks = Tasks("sensing")

    async def start(self) -> None:
        self._tasks.forever("register", self.register.watch)
        if self._settings.networks:
            self._tasks.forever("health", self.cameras.run)
            self._tasks.forever("live", self.live.watch)
            self._tasks.forever("presets", self.presets.run)
            self._tasks.forever("moves", self.moves.run)
            self._tasks.forever("clips", self.clips.run)
        self._tasks.forever("feeds", self._keep_feeds)
        for name, one in self.drafting.items():
            self._tasks.forever(f"feed.{name}", one.run)
        if self._settings.networks and self._settings.gb28181.enabled:
            self._tasks.forever("gb28181", self.platform.run)
        if self._settings.networks and self._settings.nmea.enabled:
            self._tasks.forever("nmea", self.positions.run)

    async def stop(self) -> None:
        await self.moves.stop_all()
        await self._tasks.stop()
        await self.clips.stop()
        await self.live.stop()
        await self.presets.stop()
        await self.cameras.stop()
        await self.platform.stop()

    def health(self) -> Sequence[Health]:
        parts: tuple[Health, ...] = (self.cameras.health(), self.feeds.health(self.intake.backlogs))
        if self._settings.gb28181.enabled:
            parts = (*parts, self.platform.health())
        return (*parts, self.positions.health()) if self._settings.nmea.enabled else parts

    async def _keep_feeds(self) -> None:
        """Read what waits, then store counts of refusals and forget what is old, for ever."""
        await self.intake.look()
        forgotten = self._clock.monotonic() - FORGET_EVERY_S
        while True:
            await self.intake.write_refusals()
            self.feeds.health(self.intake.backlogs)  # whether a feed is silent is a metric too
            if self._clock.monotonic() - forgotten >= FORGET_EVERY_S:
                await self.feeds.forget_old()
                forgotten = self._clock.monotonic()
            await self._clock.sleep(COUNTS_EVERY_S)


def build(settings: SensingSettings, ports: SensingPorts) -> SensingRoom:
    return SensingRoom(settings, ports)
