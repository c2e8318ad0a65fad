"""Settings of cameras, feeds and change patches, section `[sensing]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.listening import AddressRange
from core.models import StrictSettings
from core.secret import GivenSecret, OwnSecret
from sensing.feeds.settings import FeedName, FeedSettings
from sensing.gb28181.settings import Gb28181Settings
from sensing.nmea.settings import NmeaSettings

AccountName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]


class CameraAccount(StrictSettings):
    """User and password by which cameras let us in."""

    user: str = Field(min_length=1, max_length=64)
    password: GivenSecret


class SensingSettings(StrictSettings):
    networks: tuple[AddressRange, ...] = Field(
        default=(), description="where cameras are; no other address is ever asked"
    )
    accounts: dict[AccountName, CameraAccount] = Field(
        default_factory=dict, description="users of cameras by the name that the register's column has"
    )
    snapshot_s: float = Field(default=7.0, gt=0, le=60, description="a picture takes no longer")
    snapshots_at_once: int = Field(default=4, ge=1, le=32)
    live_s: float = Field(
        default=120.0, ge=2, le=3600, description="a live view ends after so long, unless it goes on"
    )
    live_at_once: int = Field(default=8, ge=0, le=64, description="live views of all people; 0: none")
    live_cameras: int = Field(default=4, ge=1, le=32, description="cameras that are seen live side by side")
    clip_s: float = Field(default=120.0, ge=1, le=600, description="a clip of a recording is no longer")
    clip_mb: int = Field(default=64, ge=1, le=512, description="nor larger")
    clips_at_once: int = Field(default=2, ge=1, le=16, description="clips that are taken side by side")
    steer_s: float = Field(
        default=60.0, ge=1, le=600, description="who turned or moved a camera has it alone for so long"
    )
    home_after_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="a turned camera goes back so long after nobody looks or steers; 0: never",
    )
    health_every_s: float = Field(default=300.0, ge=300, description="each camera is asked so often at most")
    health_at_once: int = Field(default=16, ge=1, le=256, description="cameras that are asked side by side")
    health_wait_s: float = Field(default=3.0, gt=0, le=30, description="a camera answers within, or is away")
    feeds: dict[FeedName, FeedSettings] = Field(
        default_factory=dict,
        max_length=100,
        description="systems that post events, by the name in their address",
    )
    plate_key: OwnSecret | None = Field(
        default=None, description="plates of feeds are stored sealed with it; without it only masked"
    )
    feeds_kept_days: float = Field(
        default=90.0, ge=1, le=3_650, description="events of feeds are kept so long"
    )
    patch_area_km2: float = Field(default=5.0, gt=0, le=1000, description="a change patch covers no more")
    patch_vertices: int = Field(default=10_000, ge=4, le=1_000_000, description="points of a patch at most")
    patch_near_m: float = Field(default=50.0, ge=0, le=1000, description="so near an open case is told")
    patch_file_mb: int = Field(default=256, ge=1, le=2048, description="size of a file of patches at most")
    gb28181: Gb28181Settings = Gb28181Settings()
    nmea: NmeaSettings = NmeaSettings()
