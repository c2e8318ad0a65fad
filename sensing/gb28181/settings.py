"""Settings of cameras that register with us, section `[sensing.gb28181]`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from core.models import StrictSettings
from core.secret import GivenSecret
from sensing.gb28181.ids import ID, SERVER_TYPE

GbId = Annotated[str, Field(pattern=ID)]


class GbDeviceSettings(StrictSettings):
    """A camera, recorder or platform that registers with us. Its id is the key."""

    password: GivenSecret
    positions: bool = Field(default=False, description="it moves: ask it for its position")


class Gb28181Settings(StrictSettings):
    """Nothing listens as long as there is no device."""

    id: GbId = Field(default="23010000002000000001", description="our own id: type 200, a signalling server")
    host: str = Field(
        default="127.0.0.1", description="where devices reach us, and what they send pictures to"
    )
    port: int = Field(default=5065, ge=1, le=65535, description="SIP over UDP and TCP")
    media_first: int = Field(default=21000, ge=1024, le=65535, description="first UDP port for pictures")
    media_last: int = Field(default=21019, ge=1024, le=65535)
    upload_url: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]{1,200})?$",
        description="where devices of the 2022 edition reach our web to bring pictures; empty: streams alone",
    )
    keepalive_s: float = Field(
        default=60.0, ge=5, le=3600, description="so often devices say that they are there"
    )
    missed: int = Field(default=3, ge=1, le=20, description="after so many that did not come it is away")
    catalogue_every_s: float = Field(default=3600.0, ge=60, description="lists of cameras are asked for")
    cameras_per_device: int = Field(
        default=5_000, ge=1, le=20_000, description="further cameras of a device are left out"
    )
    devices: dict[GbId, GbDeviceSettings] = Field(default_factory=dict, max_length=2000)

    @property
    def enabled(self) -> bool:
        return bool(self.devices)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.id[10:13] != SERVER_TYPE:
            raise ValueError(f"id: digits 11 to 13 are {SERVER_TYPE} for a signalling server")
        if self.media_first > self.media_last:
            raise ValueError("media_first must not be above media_last")
        if self.id in self.devices:
            raise ValueError(f"devices: {self.id} is our own id")
        return self
